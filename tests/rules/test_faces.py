"""Small recipes for each face of a rule: all that is found in them, with messages, other places and edits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pinned import DAY
from ruamel.yaml import YAML
from test_beside_findings import beside, place

from imagenspec.project.check import check_bytes
from imagenspec.project.options import Options

HERE = Path(__file__).resolve().parent


def faces() -> list[dict[str, Any]]:
    """Return the rows of ``faces.yaml``; paths in their recipes are those of this folder."""
    table: list[dict[str, Any]] = YAML(typ="safe", pure=True).load((HERE / "faces.yaml").read_text("utf-8"))
    return table


def found_in(face: dict[str, Any]) -> list[str]:
    """Return a line for each finding, followed by one for each thing that stands beside it."""
    options = Options(as_of=face.get("as_of", DAY))
    lines = []
    for one in check_bytes(str(HERE / "face.imagen.yaml"), face["recipe"].encode(), options).findings:
        lines.append(f"{place(one, one.span)} {one.severity} {one.code} {one.message}")
        lines += beside(one)
    return lines


@pytest.mark.parametrize("face", [pytest.param(face, id=face["name"]) for face in faces()])
def test_each_face_is_found_as_its_row_says(face: dict[str, Any]) -> None:
    assert found_in(face) == face["found"]


def test_no_two_faces_have_one_name() -> None:
    names = [face["name"] for face in faces()]
    assert len(names) == len(set(names))
