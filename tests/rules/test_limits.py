"""Values and numbers at the limits of models, and how many findings of one kind are shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pinned import DAY

from imagenspec.project.check import check_bytes
from imagenspec.project.options import Options
from imagenspec.rules.limits import _outside

HERE = Path(__file__).resolve().parent


@pytest.mark.parametrize(
    ("allowed", "value", "said"),
    [
        ({"minimum": 1, "maximum": 4}, 0, "1 to 4, not 0"),
        ({"minimum": 1, "maximum": 4}, 1, None),
        ({"minimum": 1, "maximum": 4}, 4, None),
        ({"minimum": 1, "maximum": 4}, 5, "1 to 4, not 5"),
        ({"minimum": 0.5, "maximum": 1.5}, 1.75, "0.5 to 1.5, not 1.75"),
        ({"minimum": 1, "maximum": 1}, 2, "1, not 2"),
        ({"minimum": 1}, 5, None),
        ({"maximum": 4}, 0, None),
        ({"minimum": 1, "maximum": 4}, "many", None),
        (["1K", "2K"], "1K", None),
        (["1K", "2K"], "4K", '"1k" or "2k", not "4K"'),
        (480, 500, None),
    ],
)
def test_value_outside_of_what_is_allowed_is_said_to_be(allowed: Any, value: Any, said: str | None) -> None:
    assert _outside(allowed, value) == said


def test_no_more_than_fifty_markers_are_reported() -> None:
    markers = " ".join(f"[{number}]" for number in range(100, 160))
    recipe = f"""\
imagenspec: 1
task: customize
model: imagen-3.0-capability-001
prompt: "[1] {markers}"
references:
  cup: {{subject: product, description: a cup, image: ../images/cup.png}}
"""
    found = check_bytes(str(HERE / "cup.imagen.yaml"), recipe.encode(), Options(as_of=DAY)).findings
    assert [one.code for one in found] == ["IMG401"] * 50
