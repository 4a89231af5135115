"""SARIF: valid by the schema of 2.1.0, and with the same places, texts and edits as the findings."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import jsonschema_rs
import pytest
from report_findings import CHECKOUT, CUP, ERR, HERE, HOSTILE, STEERING, err_findings, finding, findings_of

from imagenspec.catalog.codes import codes
from imagenspec.project.findings import Finding, Severity
from imagenspec.report.places import Places
from imagenspec.report.sarif import Rule, as_sarif
from imagenspec.source.diagnostics import Edit, Fix, Related
from imagenspec.source.edits import apply
from imagenspec.source.text import Position, SourceFile, Span

FILE = Path(__file__).with_name("sarif-2.1.0-rtm.5.json")


def validator() -> jsonschema_rs.Validator:
    """Return the validator of the schema, which also looks at the form of URIs."""
    schema = json.loads(FILE.read_bytes())
    for name in ("run", "toolComponent"):
        del schema["definitions"][name]["properties"]["language"]["pattern"]  # a bracket too many for this engine
    return jsonschema_rs.Draft4Validator(schema, validate_formats=True)


SCHEMA = validator()
RULES = {
    one.code: Rule(one.about, f"why {one.code}", f"mend {one.code}", one.source, one.confidence, one.checked)
    for one in codes().values()
}


def run_of(findings: list[Finding], places: Places = HERE) -> dict[str, Any]:
    """Return the only run of the log about findings, which is valid."""
    log = json.loads(as_sarif(findings, RULES, places))
    assert [f"{error.instance_path}: {error.message}" for error in SCHEMA.iter_errors(log)] == []
    [run] = log["runs"]
    return dict(run)


def result_of(one: Finding, places: Places = HERE) -> dict[str, Any]:
    [result] = run_of([one], places)["results"]
    return dict(result)


def span_of(region: dict[str, int], file: SourceFile) -> Span:
    start = Position(region["startLine"], region["startColumn"])
    end = Position(region["endLine"], region["endColumn"])
    return Span(file.offset(start), file.offset(end))


def test_schema_is_the_file_that_its_note_describes() -> None:
    note = FILE.with_suffix(".md").read_text("utf-8")
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() in note


def test_schema_refuses_what_is_not_sarif() -> None:
    log = json.loads(as_sarif([finding()], RULES, HERE))
    assert SCHEMA.is_valid(log)
    for key, value in (("level", "info"), ("ruleIndex", -2), ("message", {}), ("colour", 1)):
        [result] = json.loads(json.dumps(log["runs"][0]["results"]))
        assert not SCHEMA.is_valid({**log, "runs": [{**log["runs"][0], "results": [{**result, key: value}]}]}), key


def test_recipes_with_findings_make_a_valid_log_with_a_result_for_each() -> None:
    found = err_findings()
    run = run_of(found)
    assert len(run["results"]) == len(found) > len(ERR) > 100
    for one, result in zip(found, run["results"], strict=True):
        [location] = result["locations"]
        assert span_of(location["physicalLocation"]["region"], one.source) == one.span
        assert (
            unquote_to_bytes(location["physicalLocation"]["artifactLocation"]["uri"])
            == b"tests/err/" + Path(one.file).name.encode()
        )
        assert result["message"]["text"].startswith(one.message[:4])
        assert [each["message"]["text"] for each in result.get("relatedLocations", [])] == [
            each.message for each in one.related
        ]
    assert run["columnKind"] == "unicodeCodePoints"


def test_rules_are_all_that_occur_and_results_point_at_theirs() -> None:
    found = err_findings()
    run = run_of(found)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({one.code for one in found})
    levels = {"error": "error", "warning": "warning", "info": "note"}
    for result in run["results"]:
        rule = rules[result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert result["level"] == rule["defaultConfiguration"]["level"] == levels[codes()[rule["id"]].severity]
    for rule in rules:
        row = codes()[rule["id"]]
        assert re.fullmatch(r"([A-Z][a-z0-9]*)+", rule["name"])
        assert rule["name"].lower() == row.name.replace("-", "")
        assert rule["shortDescription"]["text"] == row.about
        for words in (row.about, f"why {row.code}", f"mend {row.code}", row.confidence, row.checked, *row.source):
            assert words in rule["help"]["text"]
            assert words in rule["help"]["markdown"]
        assert set(rule["properties"]) == {"confidence", "sources", "checked"}


def test_clean_run_has_no_results_and_no_rules() -> None:
    run = run_of([])
    assert run["results"] == run["tool"]["driver"]["rules"] == []


def test_fixes_change_the_text_as_the_edits_do() -> None:
    fixable = [one for one in err_findings() if one.fix is not None]
    assert len(fixable) > 10
    for one in fixable:
        assert one.fix is not None
        [fix] = result_of(one)["fixes"]
        [change] = fix["artifactChanges"]
        edits = [
            Edit(span_of(each["deletedRegion"], one.source), each["insertedContent"]["text"])
            for each in change["replacements"]
        ]
        assert apply(one.source.text, edits) == apply(one.source.text, one.fix.edits)
        assert fix["properties"]["safe"] is one.fix.safe
        assert fix["description"]["text"] == one.fix.title


def test_line_breaks_of_a_fix_are_those_of_the_file() -> None:
    fix = Fix("add a line", (Edit(Span(4, 4), "\nc: d"),))
    texts = [
        result_of(finding(text=text, fix=fix))["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]
        for text in ("a: b\n", "a: b\r\n")
    ]
    assert texts == [{"text": "\nc: d"}, {"text": "\r\nc: d"}]


def test_columns_count_code_points_and_lines_all_line_breaks() -> None:
    [one] = findings_of(CUP.replace("\n", "\r").replace("a cup", "\U0001f431\U0001f431 {{ x }}"))
    region = result_of(one)["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 4, "startColumn": 15, "endLine": 4, "endColumn": 16}


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("cup.imagen.yaml", "sub/cup.imagen.yaml"),
        ("./a/../cup.imagen.yaml", "sub/cup.imagen.yaml"),
        ("../cup.imagen.yaml", "cup.imagen.yaml"),
        ("a b#c?d%.yaml", "sub/a%20b%23c%3Fd%25.yaml"),
        ("x:y.yaml", "sub/x%3Ay.yaml"),
        ("杯.yaml", "sub/%E6%9D%AF.yaml"),
        ("y\udcff.yaml", "sub/y%FF.yaml"),
        ("<stdin>", "sub/%3Cstdin%3E"),
        ("../../cup.imagen.yaml", "file:///cup.imagen.yaml"),
        ("/else where/cup.imagen.yaml", "file:///else%20where/cup.imagen.yaml"),
        ("/work-tree/sub/cup.imagen.yaml", "sub/cup.imagen.yaml"),
    ],
)
def test_uris_are_relative_below_the_root_and_absolute_elsewhere(name: str, uri: str) -> None:
    one = finding(name=name, related=(Related(Span(3, 4), "here"),), fix=Fix("mend", (Edit(Span(0, 1), "b"),)))
    result = result_of(one, Places("/work-tree/sub", "/work-tree"))
    locations = [*result["locations"], *result["relatedLocations"]]
    artifacts = [location["physicalLocation"]["artifactLocation"] for location in locations]
    artifacts += [result["fixes"][0]["artifactChanges"][0]["artifactLocation"]]
    assert artifacts == [{"uri": uri}] * 3


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_leave_the_log_valid_and_harmless(words: str) -> None:
    related, fix = Related(Span(3, 4), words), Fix(words, (Edit(Span(0, 1), words.replace("\udcff", "")),), safe=False)
    text = as_sarif([finding(words, name=words.replace("\x00", ""), related=(related,), fix=fix)], RULES, HERE)
    run_of([finding(words, name=words.replace("\x00", ""), related=(related,), fix=fix)])
    assert not set(text) & STEERING
    message = json.loads(text)["runs"][0]["results"][0]["message"]["text"]
    assert message.isprintable()
    assert "](" not in message


def fingerprints_of(findings: list[Finding]) -> list[str]:
    return [result["partialFingerprints"]["imagenspecFinding/v1"] for result in run_of(findings)["results"]]


def fingerprints(text: str, name: str = "cup.imagen.yaml") -> list[str]:
    return fingerprints_of(findings_of(text, name))


def test_fingerprints_stay_when_lines_move() -> None:
    text = CUP + "colour: blue\nparameters: {sampel_count: 1}\n"
    before = fingerprints(text)
    assert len(before) == len(set(before)) == 2
    assert fingerprints("# a comment\n\n" + text) == before
    assert fingerprints(text.replace("parameters: {", "parameters:\n  {")) != before
    assert fingerprints(text.replace("\n", "\r\n")) == before
    assert fingerprints(text.replace("colour: blue", "colour:   blue"))[0] != before[0]
    assert fingerprints(text, "mug.imagen.yaml") != before


def test_fingerprints_stay_when_indents_change_and_tell_codes_apart() -> None:
    plain, indented = finding(text="a: b\n"), finding(text="    a: b  \n", span=(4, 5))
    other = plain._replace(code="IMG102")
    marks = [mark for one in (plain, indented, other) for mark in fingerprints_of([one])]
    assert marks[0] == marks[1] != marks[2]


def test_equal_lines_have_fingerprints_of_their_own() -> None:
    text = "- BAD\n- BAD\n- BAD\n"
    found = [finding(text=text, span=(start, start + 3)) for start in (2, 8, 14)]
    assert len(set(fingerprints_of(found))) == 3


def test_fingerprints_of_a_huge_line_take_no_more_than_its_surroundings() -> None:
    far = "x" * 5000
    texts = (far + "BAD" + far, "y" + far + "BAD" + far)
    marks = [fingerprints_of([finding(text=text, span=(text.index("BAD"), text.index("BAD") + 3))]) for text in texts]
    assert marks[0] == marks[1]


def test_severities_are_levels() -> None:
    assert [result_of(finding(severity=one))["level"] for one in Severity] == ["error", "warning", "note"]


def test_examples_of_a_checkout_are_found_from_its_root() -> None:
    assert HERE.path(str(CHECKOUT / "recipes" / "x.imagen.yaml")) == "recipes/x.imagen.yaml"
