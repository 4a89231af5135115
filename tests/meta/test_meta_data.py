"""The tables of schemas/data: every row says where it is from, and codes and sources lead somewhere."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
DATA = CHECKOUT / "schemas" / "data"
OWN = "RECIPE"
"""The source of what this project decided itself."""
CONFIDENCES = {"documented", "sdk", "enforced", "observed", "inferred"}


def rows(table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((DATA / f"{table}.json").read_text("utf-8"))["rows"]
    return found


TABLES = sorted(path.stem for path in DATA.glob("*.json"))
FACTS = [table for table in TABLES if table != "sources"]


def test_all_tables_are_there() -> None:
    wanted = {"fields", "limits", "mask_classes", "models", "rules", "sources", "support_codes"}
    assert wanted <= set(TABLES)


@pytest.mark.parametrize("table", FACTS)
def test_every_row_has_sources_that_exist_a_confidence_and_a_day(table: str) -> None:
    known = {row["key"] for row in rows("sources")}
    assert rows(table)
    for row in rows(table):
        assert row["source"], row
        assert isinstance(row["source"], list), row
        assert set(row["source"]) <= known, row
        assert row["confidence"] in CONFIDENCES, row
        assert date.fromisoformat(row["checked"]) >= date(2026, 1, 1), row


@pytest.mark.parametrize("table", FACTS)
def test_values_inside_a_row_name_their_own_sources_rightly(table: str) -> None:
    known = {row["key"] for row in rows("sources")}
    for row in rows(table):
        for value in row.get("values", ()):
            assert set(value.get("source", ())) <= known, row


def test_sources_have_a_page_a_title_and_a_day() -> None:
    keys = [row["key"] for row in rows("sources")]
    assert len(set(keys)) == len(keys)
    for row in rows("sources"):
        assert row["title"], row
        assert date.fromisoformat(row["checked"]), row
        assert row["key"] == OWN or re.fullmatch(r"https://[a-z0-9.-]+/\S*", row["url"]), row


@pytest.mark.parametrize(
    ("table", "key"),
    [("rules", "code"), ("rules", "name"), ("models", "id"), ("mask_classes", "id"), ("mask_classes", "name"),
     ("support_codes", "code"), ("language", "path")],
)  # fmt: skip
def test_keys_of_a_table_are_unique(table: str, key: str) -> None:
    keys = [row[key] for row in rows(table)]
    assert len(set(keys)) == len(keys)


def test_there_are_194_mask_classes_in_order() -> None:
    assert [row["id"] for row in rows("mask_classes")] == list(range(194))


def test_rules_are_sorted_named_in_kebab_case_and_sure_enough_for_their_severity() -> None:
    codes = [row["code"] for row in rows("rules")]
    assert codes == sorted(codes)
    for row in rows("rules"):
        assert re.fullmatch(r"IMG[0-9]{3}", row["code"])
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["name"])
        assert row["severity"] in ("error", "warning", "info")
        assert row["severity"] != "error" or row["confidence"] != "inferred", row
        assert row["about"].endswith("."), row


def test_codes_of_the_program_and_codes_of_the_table_are_the_same() -> None:
    texts = [path.read_text("utf-8") for path in (CHECKOUT / "imagenspec").rglob("*.py")]
    mentioned = {code for text in texts for code in re.findall(r"IMG[0-9]{3}", text)}
    assert mentioned == {row["code"] for row in rows("rules")}


def test_limits_and_successors_are_of_known_models() -> None:
    known = {row["id"] for row in rows("models")}
    assert {row["model"] for row in rows("limits")} <= known
    for row in rows("models"):
        assert row["successor"] is None or row["successor"] in known or row["successor"].startswith("gemini-"), row


def test_generated_files_have_not_drifted() -> None:
    from imagenspec.dev.sync import drifted  # noqa: PLC0415 - only this test needs the makers

    assert drifted() == []
