"""Pictures in every build of file that a packet may be put into, or must not be; made by Pillow and by hand."""

from __future__ import annotations

import io
import zlib
from typing import Any

from PIL import Image, ImageCms, PngImagePlugin

from imagenspec.provenance.record import Input, Record

RECORD = Record(
    tool="imagenspec 9.8.7",
    data="0123456789abcdef",
    task="edit",
    recipe="recipes/cup.imagen.yaml",
    case="season=winter,seed=7",
    model="imagen-3.0-capability-001",
    seed=-7,
    prompt='a <cup> & "tea"\r\n\tin {{ Zürich }} 🫖 ',
    sample=3,
    request="ab" * 32,
    picture="cd" * 32,
    inputs=(Input("refs/a b.png", "01" * 32), Input("mask.png", "23" * 32)),
    withheld=("labels",),
    resolved='imagenspec: 1\nprompt: "a <cup>"\n',
    source_type="compositeWithTrainedAlgorithmicMedia",
)
OTHERS = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 5.5.0">
 <r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <r:Description r:about="uuid:7" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    photoshop:Credit="Made with Google AI"
    Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>
  <!-- </r:RDF> -->
 </r:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()
"""A packet as a service may put it into its pictures, in a hand of its own."""
REMOTE = OTHERS.replace(b"photoshop:Credit=", b'xmlns:d="http://purl.org/dc/terms/" d:provenance=')


def chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)


def itxt(packet: bytes, *, compressed: bool = False, language: bytes = b"") -> bytes:
    text = zlib.compress(packet) if compressed else packet
    return chunk(b"iTXt", b"XML:com.adobe.xmp\0" + bytes((compressed, 0)) + language + b"\0\0" + text)


def segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2) + content


def app1(packet: bytes) -> bytes:
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)


def png_with(*chunks: bytes, data: bytes | None = None) -> bytes:
    """Return a PNG with chunks behind its header."""
    data = saved("PNG") if data is None else data
    return data[:33] + b"".join(chunks) + data[33:]


def jpeg_with(*segments: bytes, data: bytes | None = None) -> bytes:
    """Return a JPEG with segments behind its JFIF segment."""
    data = saved("JPEG") if data is None else data
    return data[:20] + b"".join(segments) + data[20:]


def saved(form: str, mode: str = "RGB", **options: Any) -> bytes:
    image = Image.radial_gradient("L").resize((37, 23)).convert(mode)
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def _animated() -> bytes:
    frames = [Image.new("RGB", (9, 7), (level, 0, 0)) for level in (10, 90, 200)]
    stream = io.BytesIO()
    frames[0].save(stream, "PNG", save_all=True, append_images=frames[1:])
    return stream.getvalue()


def _commented() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "a cup")
    info.add_itxt("Title", "eine Tasse", "de", "Titel", zip=True)
    return info


def interlaced() -> bytes:
    """Return an interlaced (Adam7) grey PNG of 3 x 3 pixels, which Pillow reads but does not write."""
    header = (3).to_bytes(4) + (3).to_bytes(4) + bytes((8, 0, 0, 0, 1))
    passes = [(1, 1), (1, 1), (2, 1), (1, 2), (3, 1)]
    rows = b"".join(b"\0" + bytes(range(40 * index, 40 * index + width)) for index, (width, high) in enumerate(passes)
                    for _ in range(high))  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def filled(jpeg: bytes) -> bytes:
    """Return a JPEG with fill bytes before its markers."""
    return jpeg[:20] + b"\xff\xff\xff" + jpeg[20:-2] + b"\xff\xff" + jpeg[-2:]


def restarted() -> bytes:
    return saved("JPEG", restart_marker_blocks=1)


def exif() -> Image.Exif:
    found = Image.Exif()
    found[0x010E] = "a cup"
    return found


_ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
_MORE = b"http://ns.adobe.com/xmp/extension/\0"

CARRYING = {
    "png": saved("PNG"),
    "png grey": saved("PNG", "L"),
    "png palette": saved("PNG", "P"),
    "png with alpha": saved("PNG", "RGBA"),
    "png of bits": saved("PNG", "1"),
    "png interlaced": interlaced(),
    "png animated": _animated(),
    "png with exif, profile and comments": saved("PNG", exif=exif(), icc_profile=_ICC, pnginfo=_commented()),
    "png with trailing bytes": saved("PNG") + b"\0trailing" * 9,
    "png with a packet": png_with(itxt(OTHERS)),
    "png with a packet behind the pixels": saved("PNG")[:-12] + itxt(OTHERS) + saved("PNG")[-12:],
    "jpeg": saved("JPEG"),
    "jpeg grey": saved("JPEG", "L"),
    "jpeg of four inks": saved("JPEG", "CMYK"),
    "jpeg progressive": saved("JPEG", progressive=True),
    "jpeg with restarts": restarted(),
    "jpeg with exif, profile and a comment": saved("JPEG", exif=exif(), icc_profile=_ICC, comment=b"\xff\xd9 a cup"),
    "jpeg with trailing bytes": saved("JPEG") + b"\xff\xd8\xff trailing",
    "jpeg with fill bytes": filled(saved("JPEG")),
    "jpeg without jfif": saved("JPEG")[:2] + saved("JPEG")[20:],
    "jpeg with a packet": jpeg_with(app1(OTHERS)),
    "jpeg with a packet and more of it elsewhere": jpeg_with(app1(OTHERS), segment(0xE1, _MORE + bytes(60))),
    "jpeg with what is no more a packet behind the pixels": saved("JPEG")[:-2] + app1(OTHERS) + saved("JPEG")[-2:],
    "jpeg with several pictures": saved("MPO", save_all=True, append_images=[Image.new("RGB", (9, 9))]),
}  # fmt: skip
"""Pictures that carry their record themselves."""

_CREDENTIALS = segment(0xEB, b"JP\0\1\0\0\0\1\0\0\0\x10jumb" + bytes(20))
LEFT_ALONE = {
    "png signed": png_with(chunk(b"caBX", b"\0\0\0\x10jumb" + bytes(30))),
    "png signed behind the pixels": saved("PNG")[:-12] + chunk(b"caBX", bytes(9)) + saved("PNG")[-12:],
    "png signed and with a packet": png_with(itxt(OTHERS), chunk(b"caBX", bytes(9))),
    "png signed elsewhere": png_with(itxt(REMOTE)),
    "png with a compressed packet": png_with(itxt(OTHERS, compressed=True)),
    "png with a packet in a language": png_with(itxt(OTHERS, language=b"en")),
    "png with two packets": png_with(itxt(OTHERS), itxt(OTHERS)),
    "png with a packet of a wrong sum": png_with(itxt(OTHERS)[:-1] + b"\0"),
    "png with a packet that is none": png_with(itxt(b"<a>")),
    "png with an empty packet": png_with(itxt(b"")),
    "png with a document type": png_with(itxt(b"<!DOCTYPE a>" + OTHERS)),
    "png with a packet in utf-16": png_with(itxt(OTHERS.decode().encode("utf-16"))),
    "png with a packet that seems to end twice": png_with(itxt(OTHERS + b"<!-- </r:RDF> -->")),
    "png with a packet that ends nowhere": png_with(itxt(b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>')),
    "png cut off": saved("PNG")[:-12],
    "png without pixels": saved("PNG")[:33] + chunk(b"IEND", b""),
    "png whose chunk is too long": png_with(b"\x7f\xff\xff\xfftEXt"),
    "png whose header is not first": saved("PNG")[:8] + chunk(b"tEXt", b"a\0b") + saved("PNG")[8:],
    "jpeg signed": jpeg_with(_CREDENTIALS),
    "jpeg signed and with a packet": jpeg_with(app1(OTHERS), _CREDENTIALS),
    "jpeg signed elsewhere": jpeg_with(app1(REMOTE)),
    "jpeg with two packets": jpeg_with(app1(OTHERS), app1(OTHERS)),
    "jpeg with a packet that leaves no room": jpeg_with(app1(OTHERS + b" " * 64_000)),
    "jpeg with a packet behind a list of pictures": jpeg_with(segment(0xE2, b"MPF\0" + bytes(20)), app1(OTHERS)),
    "jpeg cut off": saved("JPEG")[:-2],
    "jpeg with a restart among its segments": jpeg_with(b"\xff\xd0\0\2"),
    "jpeg with a zero among its segments": jpeg_with(b"\xff\0\0\2"),
    "jpeg without pixels": saved("JPEG")[:20] + b"\xff\xd9",
    "jpeg whose segment is too long": saved("JPEG")[:20] + b"\xff\xfe\xff\xff",
    "gif": saved("GIF"),
    "webp": saved("WEBP"),
    "text": b"a cup",
    "nothing": b"",
}  # fmt: skip
"""Pictures whose record stands beside them, since nothing may be put in."""
WRONG_SUM = png_with(chunk(b"tEXt", b"a\0b")[:-1] + b"\0")
"""A PNG whose comment has a wrong checksum, which readers forgive or do not."""
