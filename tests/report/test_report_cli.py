"""The reports of ``imagenspec lint`` as a process: which one, where to, and the exit code."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Protocol
from xml.etree import ElementTree as ET

import pytest
from report_findings import CUP

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from conftest import Imagenspec

BROKEN = CUP + "colour: blue\n"
INFORMED = CUP + "raw: {parameters: {newParameter: 1}}\n"
MISSPELT = CUP + "parameters: {sampel_count: 1, seeed: 7}\n"
OUTSIDE = {"GITHUB_ACTIONS": "", "GITHUB_WORKSPACE": "", "CI_PROJECT_DIR": ""}
FORMATS = ("auto", "text", "concise", "json", "sarif", "github", "gitlab", "junit")
FOR_PROGRAMS = ("json", "sarif", "gitlab", "junit")


class Lint(Protocol):
    """Runs ``imagenspec lint`` in the test's folder, with further environment variables."""

    def __call__(
        self, *arguments: str, stdin: bytes = b"", cwd: Path | None = None, **env: str
    ) -> subprocess.CompletedProcess[bytes]: ...


@pytest.fixture
def lint(folder: Path, imagenspec: Imagenspec) -> Lint:
    (folder / "cup.imagen.yaml").write_text(BROKEN)

    def run(
        *arguments: str, stdin: bytes = b"", cwd: Path | None = None, **env: str
    ) -> subprocess.CompletedProcess[bytes]:
        return imagenspec("lint", *arguments, stdin=stdin, cwd=cwd, env=OUTSIDE | env)

    return run


def names_in(form: str, report: bytes) -> set[str]:
    """Return the files that a report speaks of, read as its readers would."""
    if form == "junit":
        return {str(case.get("name")) for case in ET.fromstring(report).iter("testcase")}  # noqa: S314 - made here
    if form in ("text", "concise", "auto"):
        return {line.split(":")[0] for line in report.decode().splitlines() if "IMG101" in line}
    if form == "github":
        return {line.split("file=")[1].split(",")[0] for line in report.decode().splitlines()}
    data = json.loads(report)
    if form == "sarif":
        places = [result["locations"][0]["physicalLocation"] for result in data["runs"][0]["results"]]
        return {place["artifactLocation"]["uri"] for place in places}
    if form == "json":
        return {one["file"] for one in data["findings"]}
    return {one["location"]["path"] for one in data}


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_printed_and_written_alike(form: str, folder: Path, lint: Lint) -> None:
    (folder / "mug.imagen.yaml").write_text(BROKEN)
    printed = lint("--format", form)
    written = lint("--format", form, "--output", "new/report")
    assert printed.returncode == written.returncode == 1
    assert (folder / "new" / "report").read_bytes() == printed.stdout
    assert names_in(form, printed.stdout) == {"cup.imagen.yaml", "mug.imagen.yaml"}
    assert re.fullmatch(rb"2 recipes checked: 2 errors[^\n]*\n", written.stderr)
    assert written.stdout == b""
    assert printed.stderr == (b"" if form in FOR_PROGRAMS else written.stderr)


@pytest.mark.parametrize("form", ["github", "sarif"])
@pytest.mark.parametrize(("text", "code"), [(CUP, 0), (INFORMED, 0), (BROKEN, 1)])
def test_exit_code_is_that_of_the_findings_unless_zero_is_asked_for(
    form: str, text: str, code: int, folder: Path, lint: Lint
) -> None:
    (folder / "cup.imagen.yaml").write_text(text)
    assert lint("--format", form).returncode == code
    assert lint("--format", form, "--exit-zero").returncode == 0


def test_exit_zero_is_for_findings_only(lint: Lint) -> None:
    assert lint("--exit-zero", "missing.imagen.yaml").returncode == 2
    assert lint("--exit-zero", "--output", "/dev/null/report").returncode == 3


def test_auto_is_github_in_a_job_of_github_actions_and_text_elsewhere(lint: Lint) -> None:
    assert lint(GITHUB_ACTIONS="true").stdout.startswith(b"::error file=cup.imagen.yaml,line=5,col=1,")
    assert lint("--format", "text", GITHUB_ACTIONS="true").stdout == lint().stdout
    for value in ("", "false"):
        assert lint(GITHUB_ACTIONS=value).stdout.startswith(b"cup.imagen.yaml:5:1: error[IMG101]: ")


def test_auto_in_a_file_is_text_for_people(folder: Path, lint: Lint) -> None:
    lint("--output", "report.txt", GITHUB_ACTIONS="true")
    assert (folder / "report.txt").read_bytes() == lint().stdout


@pytest.mark.parametrize("form", ["github", "gitlab", "sarif"])
@pytest.mark.parametrize("variable", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
def test_paths_for_services_are_from_the_root_of_the_checkout(
    form: str, variable: str, folder: Path, lint: Lint
) -> None:
    below = folder / "images of cups"
    below.mkdir()
    (below / "mug.imagen.yaml").write_text(BROKEN)
    name = "images%20of%20cups/mug.imagen.yaml" if form == "sarif" else "images of cups/mug.imagen.yaml"
    shown = lint("--format", form, "mug.imagen.yaml", cwd=below, **{variable: str(folder)})
    assert names_in(form, shown.stdout) == {name}
    assert names_in(form, lint("--format", form, "mug.imagen.yaml", cwd=below).stdout) == {"mug.imagen.yaml"}


def test_sarif_says_why_and_how_to_mend_as_the_rule_command_does(lint: Lint, imagenspec: Imagenspec) -> None:
    [rule] = json.loads(lint("--format", "sarif").stdout)["runs"][0]["tool"]["driver"]["rules"]
    page = json.loads(imagenspec("rule", "IMG101", "--format", "json").stdout)
    assert page["why"] in rule["help"]["markdown"]
    assert page["mend"] in rule["help"]["markdown"]
    assert rule["properties"]["sources"]
    assert all(source.startswith(("https://", "README.md#")) for source in rule["properties"]["sources"])


def test_standard_input_has_the_name_it_is_given(lint: Lint) -> None:
    for form in FOR_PROGRAMS:
        shown = lint("-", "--stdin-filename", "in.imagen.yaml", "--format", form, stdin=BROKEN.encode())
        assert names_in(form, shown.stdout) == {"in.imagen.yaml"}


@pytest.mark.parametrize(
    "output",
    ["cup.imagen.yaml", "other.imagen.yaml", "OTHER.IMAGEN.YAML", "any name.txt", ".imagenspec.toml", "pyproject.toml",
     "cup.png", "picture", "link", "sub", "sub/", "new/"],
)  # fmt: skip
def test_inputs_and_folders_are_never_written_over(output: str, folder: Path, lint: Lint) -> None:
    (folder / "any name.txt").write_text(BROKEN)
    (folder / "picture").write_bytes((folder / "cup.png").read_bytes())
    (folder / "link").symlink_to("cup.imagen.yaml")
    (folder / "sub").mkdir()
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    done = lint("any name.txt", ".", "--output", output)
    assert done.returncode == 2
    assert f"--output {output} ".encode() in done.stderr
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_older_report_is_written_over_and_kept_where_there_is_no_new_one(folder: Path, lint: Lint) -> None:
    (folder / "report.json").write_text("old")
    assert lint("--output", "report.json", "--format", "json").returncode == 1
    new = (folder / "report.json").read_bytes()
    assert json.loads(new)["summary"]["errors"] == 1
    for arguments in (["missing.imagen.yaml"], ["-", "cup.imagen.yaml"]):
        assert lint(*arguments, "--output", "report.json", "--format", "json").returncode == 2
    (folder / "z").mkdir()
    (folder / "z" / ".imagenspec.toml").write_text("colour = 1\n")
    (folder / "z" / "z.imagen.yaml").write_text(CUP)
    for form in ("text", "json"):
        assert lint("--output", "report.json", "--format", form).returncode == 2
    assert (folder / "report.json").read_bytes() == new
    assert [path.name for path in folder.iterdir() if path.name.endswith(".part")] == []


def test_report_has_no_colour_in_a_file(folder: Path, lint: Lint) -> None:
    assert b"\x1b[" in lint(FORCE_COLOR="1").stdout
    lint("--output", "report.txt", FORCE_COLOR="1")
    assert b"\x1b" not in (folder / "report.txt").read_bytes()


@pytest.mark.parametrize("form", ["auto", "text", "concise"])
def test_statistics_are_a_table(form: str, folder: Path, lint: Lint) -> None:
    (folder / "mug.imagen.yaml").write_text(MISSPELT)
    (folder / "tea.imagen.yaml").write_text(INFORMED)
    done = lint("--statistics", "--format", form, GITHUB_ACTIONS="true")
    assert done.stdout.decode().splitlines() == [
        "count  code    name           severity  fixable  with --unsafe",
        "3      IMG101  unknown-key    error     2        0",
        "1      IMG112  unchecked-raw  info      0        0",
    ]
    assert re.fullmatch(rb"3 recipes checked: 3 errors, 1 info[^\n]*\n", done.stderr)
    assert done.returncode == 1


def test_statistics_may_be_json_and_go_into_a_file(folder: Path, lint: Lint) -> None:
    done = lint("--statistics", "--format", "json", "--exit-zero", "--output", "counts.json")
    assert done.returncode == 0
    report = json.loads((folder / "counts.json").read_bytes())
    assert [(row["code"], row["count"]) for row in report["statistics"]] == [("IMG101", 1)]
    assert report["summary"] == {"recipes": 1, "errors": 1, "warnings": 0, "infos": 0}


@pytest.mark.parametrize("form", ["sarif", "github", "gitlab", "junit"])
def test_statistics_have_no_other_format(form: str, lint: Lint) -> None:
    done = lint("--statistics", "--format", form)
    assert (done.returncode, done.stdout) == (2, b"")
    assert form.encode() in done.stderr


def test_schema_of_the_report_is_printed(imagenspec: Imagenspec) -> None:
    assert json.loads(imagenspec("schema", "report").stdout)["$id"] == "urn:imagenspec:report:1"


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_name_and_text_stay_on_their_lines(form: str, folder: Path, lint: Lint) -> None:
    name = os.fsdecode(b"x\n::error file=y::z\x1b[31m\xff.imagen.yaml")
    (folder / "cup.imagen.yaml").unlink()
    (folder / name).write_text(CUP + '"\\e]0;t\\a\\u202e::stop-commands::t": 1\n')
    done = lint("--format", form)
    assert done.returncode == 1
    shown = done.stdout.decode("utf-8")
    assert not set(shown) & {"\x1b", "\x07", "\u202e"}
    assert sum(line.lstrip().startswith("::") for line in shown.splitlines()) == (form == "github")


@pytest.mark.parametrize("form", FOR_PROGRAMS)
def test_reports_for_programs_are_utf8_whatever_the_terminal_is(form: str, folder: Path, lint: Lint) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP + "杯: 1\n", "utf-8")
    assert "杯" in lint("--format", form, PYTHONIOENCODING="ascii").stdout.decode("utf-8")
