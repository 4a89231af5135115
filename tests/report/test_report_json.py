"""The JSON report, and the schema that is published for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from report_findings import CHECKOUT, CUP, HOSTILE, STEERING, err_findings, err_recipes, finding, findings_of

from imagenspec._version import __version__
from imagenspec.project.findings import Severity
from imagenspec.project.verdict import Verdict
from imagenspec.report.json import as_json, statistics_as_json
from imagenspec.report.statistics import Tally, as_rows, as_table
from imagenspec.rules.reproducibility import GRADES
from imagenspec.source.diagnostics import Edit, Fix, Related
from imagenspec.source.edits import apply
from imagenspec.source.text import Position, SourceFile, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.project.findings import Finding

SCHEMA: dict[str, Any] = json.loads((CHECKOUT / "schemas" / "report.schema.json").read_bytes())


def objects(node: Any, path: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every mapping of a schema with its path."""
    if isinstance(node, dict):
        yield path, node
        for key, child in node.items():
            yield from objects(child, f"{path}/{key}")
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from objects(child, f"{path}/{index}")


def strict() -> dict[str, Any]:
    """Return the schema as one that also refuses members that it does not name."""
    schema: dict[str, Any] = json.loads(json.dumps(SCHEMA))
    for _, node in objects(schema):
        if isinstance(node.get("properties"), dict):
            node["additionalProperties"] = False
    return schema


STRICT = [jsonschema.Draft7Validator(strict()), jsonschema.Draft202012Validator(strict())]


def read(text: str) -> dict[str, Any]:
    """Return a report, which is valid in both drafts and has no member that the schema does not describe."""
    report: dict[str, Any] = json.loads(text)
    for validator in STRICT:
        assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(report)] == []
    return report


def about(*findings: Finding) -> Verdict:
    return Verdict("cup.imagen.yaml", findings)


def tallied(recipes: list[Verdict]) -> Tally:
    tally = Tally()
    assert list(tally.counting(recipes)) == recipes
    return tally


def test_schema_is_one_of_both_drafts_and_has_an_id_of_its_own() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"] == "urn:imagenspec:report:1"


def test_every_member_is_described_and_every_definition_used() -> None:
    names = []
    for path, node in objects(SCHEMA):
        if path.endswith("/properties"):
            for name, member in node.items():
                names.append(name)
                shown = SCHEMA["definitions"][member["$ref"].rpartition("/")[2]] if "$ref" in member else member
                assert shown["description"], f"{path}/{name}"
    assert len(names) > 25
    used = {node["$ref"].rpartition("/")[2] for _, node in objects(SCHEMA) if "$ref" in node}
    assert used == set(SCHEMA["definitions"])


def test_reports_of_all_recipes_with_findings_are_valid() -> None:
    found = err_findings()
    report = read(as_json(err_recipes()))
    assert len(report["findings"]) == len(found)
    assert report["summary"]["recipes"] == len(err_recipes())
    assert sum(report["summary"].values()) == len(found) + len(err_recipes())
    assert [one["file"] for one in report["recipes"]] == [one.name for one in err_recipes()]
    assert {one["task"] for one in report["recipes"]} >= {None, "generate", "edit"}
    assert any(one["models"] for one in report["recipes"])
    assert any(one["related"] for one in report["findings"])
    assert any(one["fix"] for one in report["findings"])


@pytest.mark.parametrize("place", ["findings.0.start.column", "findings.0.fix.safe", "summary.infos", "version"])
def test_schema_refuses_a_report_without_a_member(place: str) -> None:
    report = read(as_json([about(finding(fix=Fix("mend", (Edit(Span(0, 1), "b"),))))]))
    *path, last = place.split(".")
    node: Any = report
    for step in path:
        node = node[int(step) if step.isdigit() else step]
    del node[last]
    assert not STRICT[0].is_valid(report)
    assert not jsonschema.Draft7Validator(SCHEMA).is_valid(report)


def test_schema_takes_either_findings_or_statistics() -> None:
    report = json.loads(as_json([]))
    assert STRICT[0].is_valid(report)
    assert not STRICT[0].is_valid({**report, "statistics": []})
    del report["findings"], report["recipes"]
    assert not STRICT[0].is_valid(report)
    assert STRICT[0].is_valid({**report, "statistics": []})


def test_report_names_its_version_and_its_tool() -> None:
    report = read(as_json([Verdict(name, ()) for name in "abc"]))
    assert list(report) == ["version", "tool", "findings", "recipes", "summary"]
    assert report["version"] == 1
    assert report["tool"] == {"name": "imagenspec", "version": __version__}
    assert report["summary"] == {"recipes": 3, "errors": 0, "warnings": 0, "infos": 0}


def test_what_is_no_recipe_has_findings_but_is_not_counted() -> None:
    verdicts = [Verdict("cup.imagen.yaml", (), "generate", ("m",), "C"), about(finding())._replace(is_recipe=False)]
    report = read(as_json(verdicts))
    assert report["recipes"] == [{"file": "cup.imagen.yaml", "task": "generate", "models": ["m"], "grade": "C"}]
    assert report["summary"] == {"recipes": 1, "errors": 1, "warnings": 0, "infos": 0}
    assert tallied(verdicts).recipes == 1


def test_edits_of_a_report_change_the_text_as_the_fix_does() -> None:
    fixable = [one for one in err_findings() if one.fix is not None]
    for one, shown in zip(fixable, read(as_json([about(*fixable)]))["findings"], strict=True):
        edits = [Edit(Span(at(one.source, edit["start"]), at(one.source, edit["end"])), edit["text"])
                 for edit in shown["fix"]["edits"]]  # fmt: skip
        assert one.fix is not None
        assert apply(one.source.text, edits) == apply(one.source.text, one.fix.edits)


def at(file: SourceFile, position: dict[str, int]) -> int:
    return file.offset(Position(position["line"], position["column"]))


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_come_back_as_they_were_and_cannot_steer_a_terminal(words: str) -> None:
    one = finding(words, name=words, related=(Related(Span(0, 1), words),), fix=Fix(words, (Edit(Span(0, 1), words),)))
    text = as_json([about(one)])
    shown = read(text)["findings"][0]
    assert {shown["message"], shown["file"], shown["fix"]["edits"][0]["text"]} == {words.replace("\udcff", "?")}
    assert not set(text) & STEERING


def several() -> list[Verdict]:
    """Return two recipes with findings and one without: three safe fixes, one unsafe, and one finding without."""
    text = CUP + "colour: blue\nparameters: {sampel_count: 1, add_watermrak: false}\n"
    info = finding(severity=Severity.INFO)._replace(code="IMG109", name="wire-spelling")
    unsafe: Finding = info._replace(fix=Fix("mend", (), safe=False))
    return [Verdict("a", tuple(findings_of(text))), Verdict("b", (info, unsafe)), Verdict("c", ())]


def test_statistics_count_codes_most_frequent_first() -> None:
    tally = tallied(several())
    assert as_rows(tally) == [
        {"code": "IMG101", "name": "unknown-key", "severity": "error", "count": 3, "fixable": 2, "fixable_unsafe": 0},
        {"code": "IMG109", "name": "wire-spelling", "severity": "info", "count": 2, "fixable": 0, "fixable_unsafe": 1},
    ]
    assert list(as_table(tally)) == [
        "count  code    name           severity  fixable  with --unsafe",
        "3      IMG101  unknown-key    error     2        0",
        "2      IMG109  wire-spelling  info      0        1",
    ]
    assert tally.summary(GRADES) == "3 recipes checked: 3 errors, 2 infos"
    assert tally.failed


def test_statistics_as_json_are_valid() -> None:
    recipes = list(err_recipes())
    tally = tallied(recipes)
    report = read(statistics_as_json(as_rows(tally), tally.severities, tally.recipes))
    assert "findings" not in report
    assert sum(row["count"] for row in report["statistics"]) == len(err_findings())
    counts = [row["count"] for row in report["statistics"]]
    assert counts == sorted(counts, reverse=True)
    assert report["summary"] == read(as_json(recipes))["summary"]


def test_statistics_of_nothing_are_empty_and_infos_are_no_failure() -> None:
    assert list(as_table(tallied([]))) == []
    assert not tallied([Verdict("b", (finding(severity=Severity.INFO),))]).failed
    assert tallied([Verdict("b", (finding(severity=Severity.WARNING),))]).failed
