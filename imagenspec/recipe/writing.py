"""Data of a recipe as YAML in the hand of a person: blocks outside, short things in one line, long texts folded."""

from __future__ import annotations

import json
import re
import textwrap
from typing import Any

from imagenspec.source.scalars import resolve_plain
from imagenspec.source.yaml11 import misread

_WIDTH = 100
_ORDER = ("imagenspec", "task", "model", "description", "image", "mask", "canvas", "person", "products", "references")
_LAST = ("classes", "prompt", "scribble", "parameters", "labels", "raw")
_PLAIN = re.compile(r"[A-Za-z0-9_./$][A-Za-z0-9 _./@$+()'!;*=~^%<>-]*(?<! )", re.ASCII)
_PLAIN_ALONE = re.compile(r"[A-Za-z0-9_./$][A-Za-z0-9 _./@$+()'!;*=~^%<>,\[\]&?-]*(?<! )", re.ASCII)
"""What needs no quotes outside brackets."""
_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_.-]*|[0-9]{1,9}", re.ASCII)
_UNPRINTED = re.compile(
    "[^ -~\u00a1-\u061b\u061d-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\ud7ff\ue000-\ufdcf"
    "\ufdf0-\ufefe\uff00-\uffef\U00010000-\U0001fffd]"
)
"""What is written as an escape: what editors do not show, or show elsewhere."""
_APART = ("references", "prompt", "parameters", "labels", "raw", "image", "person")
"""What a blank line is before."""
_BLOCKS = ("parameters", "references", "raw")


def recipe_text(data: dict[str, Any], head: tuple[str, ...] = ()) -> str:
    """Return the text of a recipe, which reads back as its data; keys that have no order come last.

    Args:
        data: Its data, at most as deep as a text of YAML may be.
        head: Comments for its first lines.
    """
    known = (*_ORDER, *_LAST)
    keys = [*(key for key in known if key in data), *(key for key in data if key not in known)]
    lines = [f"# {line}" for line in head]
    for key in keys:
        if key in _APART or (key == "products" and "person" not in data):
            lines += [] if lines[-1:] == [""] else [""]
        lines += _entry(key, data[key], 0, block=key in _BLOCKS)
    return "\n".join(lines) + "\n"


def _entry(key: str, value: Any, indent: int, *, block: bool = False) -> list[str]:
    """Return the lines of a member of a mapping."""
    lead = f"{' ' * indent}{_key(key)}:"
    if isinstance(value, (dict, list)) and value:
        line = f"{lead} {flow(value)}" if not block and not _has_long_text(value) else ""
        if line and len(line) <= _WIDTH:
            return [line]
        return [lead, *_children(value, indent + 2)]
    if isinstance(value, str):
        return _text(lead, value, indent + 2)
    return [f"{lead} {flow(value)}"]


def _children(value: dict[str, Any] | list[Any], indent: int) -> list[str]:
    if isinstance(value, dict):
        return [line for key, child in value.items() for line in _entry(key, child, indent)]
    lines = []
    for child in value:
        line = f"{' ' * indent}- {flow(child)}"
        if isinstance(child, dict) and child and (len(line) > _WIDTH or _has_long_text(child)):
            inner = _children(child, indent + 2)
            lines += [f"{' ' * indent}- {inner[0].lstrip()}", *inner[1:]]
        else:
            lines.append(line)
    return lines


def _text(lead: str, text: str, indent: int) -> list[str]:
    """Return a text in one line, folded, or line by line."""
    line = f"{lead} {scalar(text, _PLAIN_ALONE)}"
    pad = " " * indent
    if "\n" in text and _is_block(text):
        return [f"{lead} |-", *(f"{pad}{part}" if part else "" for part in text.split("\n"))]
    if len(line) <= _WIDTH or "\n" in text or not _is_block(text):
        return [line]
    parts = textwrap.wrap(text, _WIDTH - indent, break_long_words=False, break_on_hyphens=False)
    return [f"{lead} >-", *(f"{pad}{part}" for part in parts)] if " ".join(parts) == text else [line]


def _is_block(text: str) -> bool:
    """Tell whether a text can stand in a block scalar, line by line."""
    if _UNPRINTED.search(text.replace("\n", " ")) or text.endswith("\n") or not text.strip():
        return False
    parts = text.split("\n")
    return not any(part != part.rstrip() or part[:1] in (" ", "\t") for part in parts) and parts[0] != ""


def _has_long_text(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) > 60
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_has_long_text, children))


def flow(value: Any) -> str:
    """Return a value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {flow(child)}" for key, child in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, float):
        return _float(value)
    return json.dumps(value)


def scalar(text: str, plain: re.Pattern[str] = _PLAIN) -> str:
    """Return a text on one line, in quotes where any reader of YAML could take it for something else."""
    is_plain = plain.fullmatch(text) and resolve_plain(text) == text and misread(text, text) is None
    if is_plain and text.lower() not in ("null", "true", "false") and not text.startswith((".", "...", "---", "%")):
        return text
    return scalar_quoted(text)


def _key(key: str) -> str:
    return (
        key
        if _KEY.fullmatch(key) and misread(key, key) is None and key.lower() not in ("null", "true", "false")
        else scalar_quoted(key)
    )


def scalar_quoted(text: str) -> str:
    """Return a text in double quotes."""
    return _UNPRINTED.sub(lambda found: f"\\U{ord(found[0]):08x}", json.dumps(text, ensure_ascii=False))


def _float(value: float) -> str:
    written = repr(value)
    return written if "." in written else written.replace("e", ".0e")
