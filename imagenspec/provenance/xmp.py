"""XMP packets: written, joined with one that is there already, taken apart again, and read with care.

Sources: XMP specification part 1 (ISO 16684-1), sections 7.3 (packet wrapper) and 7.4 (``rdf:RDF``, one ``rdf:about``
for all descriptions), and C.2 (what RDF may look like).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from xml.parsers.expat import ExpatError, ParserCreate

if TYPE_CHECKING:
    from collections.abc import Iterator

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
OWN = "urn:imagenspec:provenance:1#"
_DC_TERMS = "http://purl.org/dc/terms/"

_BEGIN = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="imagenspec">\n'
    f'<rdf:RDF xmlns:rdf="{RDF}">\n'
).encode()
_FINISH = b'</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="w"?>'
_OPENING = (
    f'<rdf:Description xmlns:imagenspec="{OWN}" xmlns:Iptc4xmpExt="{IPTC}" xmlns:rdf="{RDF}" rdf:about="'.encode()
)
_CLOSING = b"</rdf:Description>\n"
_OWN_TAG = re.compile(rb'</?(?:imagenspec|Iptc4xmpExt|rdf):[A-Za-z0-9]+(?: rdf:parseType="Resource")?>')
_END_OF_RDF = re.compile(rb"</(?:[A-Za-z_][\w.-]*:)?RDF\s*>")

LARGEST = 1 << 24
"""The most bytes of a packet that is read."""
_DEEPEST = 40
_MOST_ELEMENTS = 50_000


class PacketError(Exception):
    """A packet that is not read: no XML, or XML that means harm."""


class Element(NamedTuple):
    """An element of a packet; names are a namespace and a name with a blank between them."""

    name: str
    attributes: dict[str, str]
    children: list[Element]
    texts: list[str]

    @property
    def text(self) -> str:
        """Its own text."""
        return "".join(self.texts)


def description(properties: str, about: str = "") -> bytes:
    """Return properties, as XML without line breaks between them and the end, as a description of a picture."""
    return _OPENING + f'{escaped(about)}">\n{properties}'.encode() + _CLOSING


def packet_of(described: bytes) -> bytes:
    """Return a packet that has one description."""
    return _BEGIN + described + _FINISH


def joined(packet: bytes, described: bytes) -> bytes | None:
    """Return somebody's packet with a description as its last one, or nothing where there is no telling where."""
    ends = list(_END_OF_RDF.finditer(packet))
    if not ends:
        return None
    at = ends[-1].start()
    return packet[:at] + described + packet[at:]


def without_own(packet: bytes) -> bytes | None:
    """Return a packet without the description that was written here; nothing if then nothing is left.

    A description that somebody has added to is theirs, and stays.
    """
    start = packet.find(_OPENING)
    end = packet.find(_CLOSING, start) if start >= 0 else -1
    if end < 0:
        return packet
    head, _, properties = packet[start + len(_OPENING) : end].partition(b">")
    foreign = _OWN_TAG.sub(b"", properties)
    if b"<" in head or b"<" in foreign or b">" in foreign:
        return packet
    rest = packet[:start] + packet[end + len(_CLOSING) :]
    return None if rest == _BEGIN + _FINISH else rest


def escaped(text: str) -> str:
    """Return text as XML has it; what XML has no way to say becomes U+FFFD."""
    text = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
    for character, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("\r", "&#13;")):
        text = text.replace(character, name)
    return text


def descriptions(packet: bytes) -> list[Element]:
    """Return the descriptions of a packet.

    Raises:
        PacketError: It is no XML, has a document type (so that no entity grows), or is too large, deep or wide.
    """
    root = _parsed(packet)
    rdf = next((one for one in _walk(root) if one.name == f"{RDF} RDF"), None)
    if rdf is None:
        raise PacketError("there is no rdf:RDF in it")
    return [one for one in rdf.children if one.name == f"{RDF} Description"]


def about(found: list[Element]) -> str:
    """Return what descriptions are about: one thing, mostly an empty text."""
    return next((one.attributes[f"{RDF} about"] for one in found if f"{RDF} about" in one.attributes), "")


def has_source_type(found: list[Element]) -> bool:
    """Return whether descriptions have the IPTC digital source type."""
    return text_of(found, f"{IPTC} DigitalSourceType") is not None


def has_remote_credentials(found: list[Element]) -> bool:
    """Return whether descriptions lead to Content Credentials elsewhere, which are signed for this very file."""
    return text_of(found, f"{_DC_TERMS} provenance") is not None


def text_of(found: list[Element], name: str) -> str | None:
    """Return the text of a property, written as an element or as an attribute."""
    for one in found:
        if name in one.attributes:
            return one.attributes[name]
        for child in one.children:
            if child.name == name:
                return child.text or child.attributes.get(f"{RDF} resource", "")
    return None


def items_of(found: list[Element], name: str) -> list[Element]:
    """Return the items of a list."""
    lists = [child for one in found for child in one.children if child.name == name]
    return [item for one in lists for kind in one.children for item in kind.children if item.name == f"{RDF} li"]


def fields_of(item: Element) -> list[Element]:
    """Return what has the fields of a structure, in each way that RDF has to write one."""
    nested = [child for child in item.children if child.name == f"{RDF} Description"]
    return nested or [item]


def _walk(element: Element) -> Iterator[Element]:
    yield element
    for child in element.children:
        yield from _walk(child)


def _parsed(packet: bytes) -> Element:
    if len(packet) > LARGEST:
        raise PacketError(f"it has more than {LARGEST:,} bytes")
    builder = _Builder()
    parser = ParserCreate("utf-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.EntityDeclHandler = builder.refuse
    try:
        parser.Parse(packet.strip(b"\0 \r\n\t"), True)
    except (ExpatError, ValueError) as error:
        raise PacketError(f"it is no XML: {error}") from error
    return builder.root.children[0]


class _Builder:
    """Builds the tree of a packet, and stops where it is more than a packet would be."""

    def __init__(self) -> None:
        self.root = Element("", {}, [], [])
        self._open = [self.root]
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > _MOST_ELEMENTS or len(self._open) > _DEEPEST:
            raise PacketError("it has too many elements")
        element = Element(name, attributes, [], [])
        self._open[-1].children.append(element)
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def text(self, text: str) -> None:
        self._open[-1].texts.append(text)

    def refuse(self, *_: object) -> None:
        raise PacketError("it has a document type, which no packet needs")
