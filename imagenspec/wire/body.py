"""A body's bytes: streamed as they are sent, canonical for digests, and without base64 for people."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, cast

from imagenspec.images.base64 import base64_chunks, base64_length
from imagenspec.source.text import harmless_json
from imagenspec.wire.image_bytes import ImageBytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imagenspec.images.files import ImageFile, ImageFiles


_LONG = 200
"""The most characters of base64 that anything but the body itself shows."""


def body_parts(body: dict[str, Any], *, ascii_only: bool = False) -> list[str | ImageFile]:
    """Return compact JSON text, with image files between its quotes where base64 stands.

    In ASCII, ``{{`` is escaped too: compact JSON only has it inside texts, and editors take it for a variable.
    """
    parts: list[str | ImageFile] = []
    text: list[str] = []

    def spelt(value: Any) -> str:
        return harmless_json(json.dumps(value, ensure_ascii=ascii_only, allow_nan=False))

    def write(value: Any) -> None:
        if isinstance(value, ImageBytes):
            parts.extend(("".join([*text, '"']), value.image))
            text[:] = ['"']
        elif isinstance(value, dict):
            separator = "{"
            for key, child in value.items():
                text.append(f"{separator}{spelt(key)}:")
                write(child)
                separator = ","
            text.append("}" if value else "{}")
        elif isinstance(value, list):
            separator = "["
            for child in value:
                text.append(separator)
                write(child)
                separator = ","
            text.append("]" if value else "[]")
        else:
            text.append(spelt(value))

    write(body)
    found = [*parts, "".join(text)]
    if not ascii_only:
        return found
    return [part.replace("{{", r"\u007b{") if isinstance(part, str) else part for part in found]


def body_chunks(parts: list[str | ImageFile], files: ImageFiles) -> Iterator[bytes]:
    """Yield a body's bytes; images are read, encoded and forgotten piece by piece."""
    for part in parts:
        if isinstance(part, str):
            yield part.encode()
        else:
            yield from base64_chunks(files, part)


def body_length(parts: list[str | ImageFile]) -> int:
    """Return how many bytes a body has, without reading its images."""
    return sum(len(part.encode()) if isinstance(part, str) else base64_length(part.size) for part in parts)


def replace_images(value: Any, stand_in: Callable[[ImageFile], Any]) -> Any:
    """Return a body with something else where base64 stands."""
    if isinstance(value, ImageBytes):
        return stand_in(value.image)
    if isinstance(value, dict):
        return {key: replace_images(child, stand_in) for key, child in value.items()}
    if isinstance(value, list):
        return [replace_images(child, stand_in) for child in value]
    return value


def canonical(body: dict[str, Any], files: ImageFiles) -> bytes:
    """Return the canonical payload: each image's bytes as digest and type, keys sorted, no spaces, UTF-8."""
    plain = replace_images(body, lambda image: {"sha256": files.sha256(image), "mimeType": image.media_type})
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(body: dict[str, Any], files: ImageFiles) -> str:
    """Return the SHA-256 of the canonical payload in hexadecimal."""
    return hashlib.sha256(canonical(body, files)).hexdigest()


def file_refs(body: dict[str, Any], files: ImageFiles) -> dict[str, Any]:
    """Return a body with ``{"$file", "sha256", "bytes"}`` where base64 stands."""
    plain: dict[str, Any] = replace_images(
        body, lambda image: {"$file": image.written, "sha256": files.sha256(image), "bytes": image.size}
    )
    return cast("dict[str, Any]", without_base64(plain))


def without_base64(value: Any) -> Any:
    """Return plain data in which what looks like base64, as ``raw`` may have it, is only counted."""
    if isinstance(value, dict):
        return {without_base64(key): without_base64(child) for key, child in value.items()}
    if isinstance(value, list):
        return [without_base64(child) for child in value]
    if isinstance(value, str) and len(value) > _LONG:
        return re.sub(r"[A-Za-z0-9+/_-]{200,}={0,2}", lambda run: f"<{len(run[0])} characters of base64>", value)
    return value
