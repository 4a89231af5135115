"""Content Credentials (C2PA) as files hold them: JUMBF boxes in ``caBX`` chunks and APP11 segments, built by hand.

Sources: ISO 19566-5 (boxes, and their split over segments of a JPEG); C2PA specification 2.1, sections 11.1 and A.3.
"""

from __future__ import annotations

from carrying import app1, chunk, exif, itxt, jpeg_with, png_with, saved, segment

_TYPE = bytes.fromhex("00110010800000aa00389b71")
"""What all UUIDs of boxes end with."""


def box(kind: bytes, content: bytes, *, long: bool = False) -> bytes:
    """Return a box; a long one has its length behind its kind."""
    if long:
        return (1).to_bytes(4) + kind + (len(content) + 16).to_bytes(8) + content
    return (len(content) + 8).to_bytes(4) + kind + content


def superbox(kind: bytes, label: bytes, *content: bytes, long: bool = False) -> bytes:
    """Return a box of boxes, with what describes it."""
    described = box(b"jumd", kind + _TYPE + b"\3" + label + b"\0")
    return box(b"jumb", described + b"".join(content), long=long)


def manifests(size: int, *, long: bool = False) -> bytes:
    """Return a store of one manifest, whose signature has as many bytes; they look like what ends files."""
    signature = (b"\xff\xd9\xff\xda\0\0\0\0IEND\xaeB`\x82" * (size // 10 + 1))[:size]
    claim = superbox(b"c2cl", b"c2pa.claim", box(b"cbor", b"\xa1\x63alg\x66sha256"))
    signed = superbox(b"c2cs", b"c2pa.signature", box(b"cbor", signature))
    manifest = superbox(b"c2ma", b"urn:uuid:7b57930e-2f23-47fc-affe-0400d70b738d", claim, signed)
    return superbox(b"c2pa", b"c2pa", manifest, long=long)


def app11(store: bytes, *, fill: bytes = b"") -> bytes:
    """Return the segments of a store, each with the head of its box, and fill bytes before each."""
    head = store[: 16 if store[:4] == b"\0\0\0\1" else 8]
    rest, room = store[len(head) :], 65_000
    pieces = [rest[at : at + room] for at in range(0, len(rest), room)]
    heads = (b"JP" + (0x211).to_bytes(2) + number.to_bytes(4) + head for number in range(1, len(pieces) + 1))
    return b"".join(fill + segment(0xEB, one + piece) for one, piece in zip(heads, pieces, strict=True))


def signed_pictures(packet: bytes) -> dict[str, bytes]:
    """Return pictures that are signed, some with a packet too."""
    small, large, long = manifests(90), manifests(200_000), manifests(90, long=True)
    png, jpeg = saved("PNG"), saved("JPEG")
    with_exif = saved("JPEG", exif=exif())
    return {
        "png": png_with(chunk(b"caBX", small)),
        "png large": png_with(chunk(b"caBX", large)),
        "png long": png_with(chunk(b"caBX", long)),
        "png with a palette": png_with(chunk(b"caBX", small), data=saved("PNG", "P")),
        "png behind the pixels": png[:-12] + chunk(b"caBX", small) + png[-12:],
        "png behind a packet": png_with(itxt(packet), chunk(b"caBX", small)),
        "png before a packet": png_with(chunk(b"caBX", small), itxt(packet)),
        "png with trailing bytes": png_with(chunk(b"caBX", small)) + b"\0more",
        "jpeg": jpeg_with(app11(small)),
        "jpeg large": jpeg_with(app11(large)),
        "jpeg long": jpeg_with(app11(long)),
        "jpeg with fill bytes": jpeg_with(app11(large, fill=b"\xff\xff\xff")),
        "jpeg before jfif": jpeg[:2] + app11(small) + jpeg[2:],
        "jpeg with exif": jpeg_with(app11(small), data=with_exif),
        "jpeg progressive": jpeg_with(app11(small), data=saved("JPEG", progressive=True)),
        "jpeg behind the pixels": jpeg[:-2] + app11(small) + jpeg[-2:],
        "jpeg behind a packet": jpeg_with(app1(packet), app11(small)),
        "jpeg before a packet": jpeg_with(app11(small), app1(packet)),
        "jpeg with trailing bytes": jpeg_with(app11(small)) + b"\0more",
    }
