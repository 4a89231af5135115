"""Offsets and positions are two spellings of one place."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from imagenspec.source.text import Position, SourceFile

_TEXTS = st.text(st.sampled_from("ab\n\r\t\u2028\x85\u00e4\U0001f600") | st.characters(codec="utf-8"), max_size=60)


@given(_TEXTS)
def test_every_offset_comes_back_from_its_position(text: str) -> None:
    file = SourceFile("a.yaml", text)
    for offset in range(len(text) + 1):
        assert file.offset(file.position(offset)) == offset


@given(_TEXTS)
def test_lines_end_with_lf_crlf_and_cr_and_nothing_else(text: str) -> None:
    file = SourceFile("a.yaml", text)
    lines = re.split("\r\n|\n|\r", text)
    assert [file.line_text(number) for number in range(1, len(lines) + 1)] == lines
    assert len(file.line_starts) == len(lines)


@given(_TEXTS)
def test_positions_grow_with_offsets(text: str) -> None:
    file = SourceFile("a.yaml", text)
    positions = [file.position(offset) for offset in range(len(text) + 1)]
    assert positions[0] == Position(1, 1)
    assert positions == sorted(positions)
    assert len(set(positions)) == len(positions)


@given(_TEXTS, st.data())
def test_a_column_counts_code_points_of_its_line(text: str, data: st.DataObject) -> None:
    file = SourceFile("a.yaml", text)
    offset = data.draw(st.integers(0, len(text)))
    line, column = file.position(offset)
    assert text[offset - (column - 1) : offset] == (file.line_text(line) + "\r\n")[: column - 1].rstrip("\r\n") or (
        text[offset - 1 : offset + 1] == "\r\n"
    )
