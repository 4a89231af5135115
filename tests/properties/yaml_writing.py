"""Plain data as YAML text in many hands: block and flow, every quoting style, comments, any key order."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import strategies as st

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 _.-]*(?<! )")
_WORDS = {"null", "true", "false"}
_ESCAPED = re.compile(r"[^\n -~\u00a1-\u1fff\u2c00-\ud7ff\U00010000-\U0001fffd]")


def double_quoted(text: str) -> str:
    """Return a text in double quotes, with escapes wherever a character could be misread."""
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\U{ord(found[0]):08x}", quoted)


def flow(data: Any) -> str:
    """Return data on one line."""
    if isinstance(data, dict):
        return "{" + ", ".join(f"{double_quoted(key)}: {flow(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(map(flow, data)) + "]"
    return double_quoted(data) if isinstance(data, str) else json.dumps(data)


def document(data: dict[str, Any]) -> str:
    """Return a recipe with one top-level key a line."""
    return "".join(f"{key}: {flow(value)}\n" for key, value in data.items())


@st.composite
def in_any_hand(draw: st.DrawFn, data: dict[str, Any]) -> str:
    """Return a recipe written in styles of somebody's choice."""
    return _block(draw, data, 0)


def _block(draw: st.DrawFn, data: dict[str, Any], indent: int) -> str:
    lines = []
    for key, value in data.items():
        if draw(st.integers(0, 3)) == 0:
            lines.append(" " * indent + draw(st.sampled_from(["# a note", "#", "# imagen: {"])) + "\n")
        name = key if _is_plain(key) and draw(st.booleans()) else double_quoted(key)
        if isinstance(value, dict) and value and draw(st.booleans()):
            lines.append(f"{' ' * indent}{name}:\n{_block(draw, value, indent + 2)}")
        else:
            written = _scalar(draw, value, indent + 2) if isinstance(value, str) else flow(value)
            lines.append(f"{' ' * indent}{name}: {written}\n")
    return "".join(lines)


def _is_plain(text: str) -> bool:
    return bool(_PLAIN.fullmatch(text)) and text.lower() not in _WORDS


def _scalar(draw: st.DrawFn, text: str, indent: int) -> str:
    styles = [double_quoted(text)]
    if _is_plain(text):
        styles += [text, f"{text}  # so it is"]
    if not _ESCAPED.search(text) and "\n" not in text:
        styles.append("'" + text.replace("'", "''") + "'")
        if text.strip():
            styles += [f"|{indent}-\n{' ' * indent}{text}" if indent == 2 else double_quoted(text)]
            if not text[0].isspace():
                styles += [f"|-\n{' ' * indent}{text}", f">-\n{' ' * indent}{text}"]
    return draw(st.sampled_from(styles))
