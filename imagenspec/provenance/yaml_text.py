"""Plain data as the text of a recipe: one key a line, texts in quotes wherever anybody could misread them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_WORDS = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))
"""What readers of some version of YAML take for something else than a text."""
_ESCAPED = re.compile(r"[^\n -~\u00a1-\u1fff\u2c00-\ud7ff\U00010000-\U0001fffd]")
_DEEPEST = 60


def as_yaml(data: dict[str, Any]) -> str:
    """Return data as YAML 1.2, which reads back as the same data.

    Raises:
        ValueError: It is too deep.
    """
    return "".join(f"{line}\n" for line in _mapping(data, 0))


def _mapping(data: dict[str, Any], depth: int) -> Iterator[str]:
    for key, value in data.items():
        yield from _entry(f"{_scalar(key)}:", value, depth)


def _entry(head: str, value: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        raise ValueError("the data is too deep")
    indent = "  " * depth
    if isinstance(value, dict) and value:
        yield indent + head
        yield from _mapping(value, depth + 1)
    elif isinstance(value, list) and value:
        yield indent + head
        for item in value:
            yield from _entry("-", item, depth + 1)
    else:
        yield f"{indent}{head} {_scalar(value)}"


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
            return value
        quoted = json.dumps(value, ensure_ascii=False)
        return _ESCAPED.sub(lambda found: f"\\U{ord(found[0]):08x}", quoted)
    return json.dumps(value)
