"""What a picture says of where it comes from."""

from __future__ import annotations

import re
from typing import NamedTuple

from imagenspec.provenance.xmp import (
    IPTC,
    OWN,
    Element,
    PacketError,
    description,
    descriptions,
    escaped,
    fields_of,
    items_of,
    packet_of,
    text_of,
)

_TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_MOST_ITEMS = 1_000


class Input(NamedTuple):
    """A picture that a request held: its path from the recipe's folder, and the SHA-256 of its bytes."""

    path: str
    sha256: str


class Record(NamedTuple):
    """What a picture says of where it comes from; nothing in it is private.

    Attributes:
        tool: The program and its version.
        data: The version of the facts that the request was made with.
        task: The task.
        recipe: The recipe's file, from the project's root with forward slashes.
        case: The id of the case; empty without a matrix.
        model: The model that was asked.
        seed: The seed that was sent.
        prompt: The prompt that was sent.
        sample: The number of the picture in its request, from 1.
        request: The digest of the request.
        picture: The SHA-256 of the picture's bytes as the service sent them.
        inputs: The pictures that the request held.
        withheld: What of the recipe is not told, as dotted paths, since it may name accounts or buckets.
        resolved: A recipe of this case alone.
        source_type: How the picture came to be, as IPTC's word for it; nothing where none fits.
    """

    tool: str
    data: str
    task: str
    recipe: str
    case: str
    model: str
    seed: int | None
    prompt: str | None
    sample: int
    request: str
    picture: str
    inputs: tuple[Input, ...] = ()
    withheld: tuple[str, ...] = ()
    resolved: str = ""
    source_type: str | None = None

    def tells_the_same(self, other: Record | None) -> bool:
        """Return whether another record says the same of the picture; its writer, facts and IPTC word may be others."""
        return other is not None and any(
            other == one._replace(tool=other.tool, data=other.data, source_type=other.source_type)
            for one in (self, _as_read(self))
        )


_TEXTS = {
    "Tool": "tool",
    "Data": "data",
    "Task": "task",
    "Recipe": "recipe",
    "Case": "case",
    "Model": "model",
    "Seed": "seed",
    "Prompt": "prompt",
    "Sample": "sample",
    "Request": "request",
    "Picture": "picture",
    "Resolved": "resolved",
}
"""The names of properties, and what they hold."""


def written(record: Record, *, about: str = "", with_type: bool = True) -> bytes:
    """Return a record as a description of a picture.

    Args:
        record: What to say.
        about: What the other descriptions of the packet are about.
        with_type: Say the IPTC digital source type too; a packet must not have it twice.
    """
    lines = []
    if with_type and record.source_type is not None:
        lines.append(_element("Iptc4xmpExt:DigitalSourceType", _TERMS + record.source_type))
    for name, member in _TEXTS.items():
        value = getattr(record, member)
        if value is not None and value != "":
            lines.append(_element(f"imagenspec:{name}", str(value)))
    if record.inputs:
        lines += _listed("Inputs", [_structure(one) for one in record.inputs])
    if record.withheld:
        lines += _listed("Withheld", [_element("rdf:li", one) for one in record.withheld])
    return description("".join(f"{line}\n" for line in lines), about)


def read(packet: bytes) -> Record | None:
    """Return the record of a packet, nothing where it has none; whatever it says is somebody's claim.

    Raises:
        PacketError: The packet cannot be read.
    """
    return record_of(descriptions(packet))


def _as_read(record: Record) -> Record:
    """Return a record as it reads once it was written: empty texts are left out, and XML has no control characters."""
    try:
        return read(packet_of(written(record))) or record
    except PacketError:
        return record


def record_of(found: list[Element]) -> Record | None:
    """Return the record among descriptions, whoever has written them anew meanwhile."""
    texts = {member: text_of(found, f"{OWN} {name}") for name, member in _TEXTS.items()}
    request = texts["request"] or ""
    if not _DIGEST.fullmatch(request):
        return None
    type_of = text_of(found, f"{IPTC} DigitalSourceType") or ""
    return Record(
        **{
            member: texts[member] or ""
            for member in ("tool", "data", "task", "recipe", "case", "model", "picture", "resolved")
        },
        seed=_number(texts["seed"]),
        prompt=texts["prompt"],
        sample=_number(texts["sample"]) or 0,
        request=request,
        inputs=tuple(_inputs(found)),
        withheld=tuple(item.text for item in items_of(found, f"{OWN} Withheld")[:_MOST_ITEMS]),
        source_type=type_of.removeprefix(_TERMS) if type_of.startswith(_TERMS) else None,
    )


def _inputs(found: list[Element]) -> list[Input]:
    structures = [fields_of(item) for item in items_of(found, f"{OWN} Inputs")[:_MOST_ITEMS]]
    pairs = [(text_of(one, f"{OWN} Path") or "", text_of(one, f"{OWN} SHA256") or "") for one in structures]
    return [Input(path, digest) for path, digest in pairs if path and _DIGEST.fullmatch(digest)]


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and _NUMBER.fullmatch(text) else None


def _element(name: str, text: str) -> str:
    return f"<{name}>{escaped(text)}</{name}>"


def _structure(one: Input) -> str:
    fields = _element("imagenspec:Path", one.path) + _element("imagenspec:SHA256", one.sha256)
    return f'<rdf:li rdf:parseType="Resource">{fields}</rdf:li>'


def _listed(name: str, items: list[str]) -> list[str]:
    return [f"<imagenspec:{name}><rdf:Seq>", *items, f"</rdf:Seq></imagenspec:{name}>"]
