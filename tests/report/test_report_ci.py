"""The reports that continuous integration reads: GitHub's commands, GitLab's list, JUnit's XML, and plain lines."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_findings import CHECKOUT, CUP, HERE, HOSTILE, err_findings, err_recipes, finding, findings_of

from imagenspec.project.findings import Severity
from imagenspec.project.verdict import Verdict
from imagenspec.report.concise import as_concise
from imagenspec.report.github import as_github
from imagenspec.report.gitlab import as_gitlab
from imagenspec.report.junit import as_junit
from imagenspec.report.places import Places, places_of
from imagenspec.source.diagnostics import Fix, Related
from imagenspec.source.text import Span

WORDS = st.text(max_size=40) | st.sampled_from(HOSTILE) | st.text("%:,\r\n=# ", max_size=20)
NAMES = WORDS.map(lambda words: words.replace("\x00", "") or "x")


def read_command(line: str) -> tuple[str, dict[str, str], str]:
    """Return a workflow command as the runner reads it: name, properties and message."""
    assert not re.search(r"[\r\n]", line)
    found = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", line)
    assert found is not None, line
    properties = dict(pair.split("=", 1) for pair in found[2].split(","))
    return found[1], {name: unescaped(value) for name, value in properties.items()}, unescaped(found[3])


def unescaped(text: str) -> str:
    for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, character)
    return text


def test_github_has_a_command_for_each_finding() -> None:
    found = err_findings()
    commands = [read_command(line) for line in as_github(found, HERE)]
    names = {"error": "error", "warning": "warning", "info": "notice"}
    for one, (name, properties, message) in zip(found, commands, strict=True):
        assert name == names[one.severity]
        assert (CHECKOUT / properties["file"]).is_file()
        assert (properties["line"], properties["col"]) == (str(one.start.line), str(one.start.column))
        assert properties["title"] == f"{one.code} {one.name}"
        assert message.startswith(one.message[:4])
        assert len(message.split("\n")) == 1 + len(one.related) + (one.fix is not None)


def test_github_is_told_the_end_only_on_the_same_line() -> None:
    one_line = finding(text="a: b\nc: d\n", span=(3, 4))
    several = finding(text="a: b\nc: d\n", span=(3, 6))
    ends = [read_command(line)[1] for line in as_github([one_line, several], HERE)]
    assert (ends[0]["endLine"], ends[0]["endColumn"]) == ("1", "5")
    assert set(ends[1]) == {"file", "line", "col", "title"}


def test_github_shows_further_places_and_the_fix_below_the_message() -> None:
    one = finding("100% wrong", related=(Related(Span(3, 4), "see: this, too"),), fix=Fix("mend it", (), safe=False))
    [line] = as_github([one], HERE)
    assert line == (
        "::error file=cup.imagen.yaml,line=1,col=1,endLine=1,endColumn=2,title=IMG101 unknown-key"
        "::100%25 wrong%0Anote: 1:4: see: this, too%0Aperhaps: mend it"
    )


@given(NAMES, WORDS)
@settings(max_examples=300, deadline=None)
def test_no_name_and_no_message_makes_another_command(name: str, words: str) -> None:
    one = finding(words, name=name, related=(Related(Span(3, 4), words),))
    [line] = as_github([one], HERE)
    command, properties, message = read_command(line)
    assert (command, set(properties)) == ("error", {"file", "line", "col", "endLine", "endColumn", "title"})
    assert all(part.replace("\t", "").isprintable() for part in properties.values())
    assert len(message.split("\n")) == 2
    assert line.splitlines() == [line]


def test_paths_are_from_the_root_of_the_checkout() -> None:
    one = finding(name="sub/cup.imagen.yaml")
    [line] = as_github([one], Places("/checkout/folder", "/checkout"))
    assert read_command(line)[1]["file"] == "folder/sub/cup.imagen.yaml"
    [entry] = json.loads(as_gitlab([one], Places("/checkout/folder", "/checkout")))
    assert entry["location"]["path"] == "folder/sub/cup.imagen.yaml"


@pytest.mark.parametrize("variable", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
def test_root_is_what_the_job_says_if_the_working_folder_is_below(variable: str) -> None:
    below = CHECKOUT / "tests"
    assert places_of(str(below), {variable: str(CHECKOUT)}).root == str(CHECKOUT)
    assert places_of(str(below), {variable: str(below / "err")}).root == str(below)
    assert places_of(str(below), {variable: ""}).root == str(below)
    assert places_of(str(below), {}).root == str(below)


def test_gitlab_has_what_its_documentation_asks_for() -> None:
    found = err_findings()
    report = json.loads(as_gitlab(found, HERE))
    assert len({entry["fingerprint"] for entry in report}) == len(found) == len(report)
    severities = {"error": "major", "warning": "minor", "info": "info"}
    for one, entry in zip(found, report, strict=True):
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["check_name"] == one.code
        assert entry["severity"] == severities[one.severity]
        assert (CHECKOUT / entry["location"]["path"]).is_file()
        assert entry["location"]["lines"] == {"begin": one.start.line}


def test_gitlab_of_no_findings_is_an_empty_list() -> None:
    assert json.loads(as_gitlab([], HERE)) == []


def test_gitlab_fingerprints_stay_when_lines_move() -> None:
    text = CUP + "colour: blue\n"
    before, after = (json.loads(as_gitlab(findings_of(each), HERE)) for each in (text, "\n# new\n" + text))
    assert [entry["fingerprint"] for entry in before] == [entry["fingerprint"] for entry in after]
    assert [entry["location"] for entry in before] != [entry["location"] for entry in after]


def test_junit_has_a_test_for_each_recipe_and_a_failure_for_each_error_and_warning() -> None:
    recipes = [*err_recipes(), Verdict("fine.imagen.yaml", ())]
    suites = ET.fromstring(as_junit(recipes))  # noqa: S314 - the text was made here
    [suite] = suites
    cases = list(suite)
    assert (suites.tag, suite.tag, suite.get("name")) == ("testsuites", "testsuite", "imagenspec")
    assert [case.get("name") for case in cases] == [recipe.name for recipe in recipes]
    failed = 0
    for recipe, case in zip(recipes, cases, strict=True):
        failures = case.findall("failure")
        counted = [one for one in recipe.findings if one.severity is not Severity.INFO]
        assert [failure.text for failure in failures] == list(as_concise(counted))
        infos = "\n".join(as_concise(one for one in recipe.findings if one.severity is Severity.INFO))
        assert (case.findtext("system-out") or "") == infos
        failed += bool(failures)
    assert suite.get("tests") == str(len(recipes))
    assert suite.get("failures") == suites.get("failures") == str(failed)


@given(st.lists(st.tuples(NAMES, WORDS), max_size=3))
@settings(max_examples=300, deadline=None)
def test_junit_is_xml_whatever_the_words(words: list[tuple[str, str]]) -> None:
    recipes = [Verdict(name, (finding(message, name=name),)) for name, message in words]
    text = as_junit(recipes)
    suites = ET.fromstring(text.encode())  # noqa: S314 - the text was made here
    assert len(suites.findall("testsuite/testcase/failure")) == len(words)
    assert len(suites.findall("testsuite/testcase")) == len({name for name, _ in words})
    assert not re.search("[^\n\t\x20-\x7e\xa0-\ufffd\U00010000-\U0010ffff]", text)


@given(NAMES, WORDS)
@settings(max_examples=300, deadline=None)
def test_concise_is_one_line_whatever_the_words(name: str, words: str) -> None:
    [line] = as_concise([finding(words, name=name)])
    assert line.splitlines() == [line]
    assert all(character.isprintable() or character == "\t" for character in line)


def test_concise_is_place_severity_code_message_and_name() -> None:
    [one] = findings_of(CUP + "colour: blue\n")
    assert list(as_concise([one])) == [f"cup.imagen.yaml:5:1: error[IMG101] {one.message} (unknown-key)"]


@given(st.lists(st.tuples(NAMES, WORDS), max_size=3))
@settings(max_examples=200, deadline=None)
def test_gitlab_is_harmless_json_whatever_the_words(words: list[tuple[str, str]]) -> None:
    text = as_gitlab([finding(message, name=name) for name, message in words], HERE)
    report = json.loads(text)
    assert len({entry["fingerprint"] for entry in report}) == len(words)
    assert all(character.isprintable() or character in "\n\t" for character in text)
