"""``imagenspec rule`` and ``imagenspec rules``: everything about a code, for people and machines."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from environment import clean_environment
from pinned import CONFIGURATION

from imagenspec.catalog.codes import codes, rule_texts
from imagenspec.catalog.examples import DAY, example_path
from imagenspec.cli.rule_pages import rule_pages
from imagenspec.project.config import OWN_FILE
from imagenspec.report.rules import as_markdown, as_text

if TYPE_CHECKING:
    from conftest import Imagenspec

CHECKOUT = Path(__file__).resolve().parents[2]
COLOUR = r"\x1b\[[0-9;]*m"


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("code", codes())
def test_page_has_everything_that_is_known_of_the_code(code: str) -> None:
    page, row, text = rule_pages()[code], codes()[code], rule_texts()[code]
    shown = words("\n".join(as_text(page, colour=False)))
    wanted = [code, row.name, row.severity, row.about, text.why, text.mend, row.confidence, row.checked]
    wanted += [page.bad or "", page.good or "", page.finding or "", page.fix, text.shown or ""]
    wanted += [source.url for source in page.sources]
    assert [each for each in wanted if words(each) not in shown] == []
    assert len(page.sources) >= len(row.source)


@pytest.mark.parametrize("code", codes())
def test_prose_of_a_page_fits_a_terminal_and_cannot_steer_it(code: str) -> None:
    page = rule_pages()[code]
    recipes = {f"  {line}" for recipe in (page.bad, page.good) if recipe for line in recipe.splitlines()}
    for line in as_text(page, colour=False):
        assert line.isprintable()
        assert len(line) <= 80 or line in recipes or "://" in line or line.startswith(("bad, ", "good, ", "  ")), line


def test_rule_is_found_by_code_and_by_name_in_any_case(imagenspec: Imagenspec) -> None:
    pages = [imagenspec("rule", word) for word in ("IMG301", "img301", "seed-with-watermark")]
    assert {page.returncode for page in pages} == {0}
    [text] = {page.stdout.decode() for page in pages}
    assert text.startswith("IMG301 seed-with-watermark: error\n")
    assert "\nfix     add add_watermark: false (safe)\n" in text
    assert "# imagenspec: ignore[seed-with-watermark] why" in text
    assert "https://github.com/GoogleCloudPlatform/generative-ai/issues/780" in text
    assert b"\x1b" not in pages[0].stdout


def test_code_that_cannot_be_ignored_says_so(imagenspec: Imagenspec) -> None:
    assert b"\nignore  no; without it mended there is no request\n" in imagenspec("rule", "IMG101").stdout


def test_unsafe_fix_says_how_to_apply_it(imagenspec: Imagenspec) -> None:
    assert b'fix     drop "negative_prompt" (unsafe: imagenspec fix --unsafe)' in imagenspec("rule", "IMG210").stdout


def test_bytes_that_are_no_text_are_shown_as_such(imagenspec: Imagenspec) -> None:
    assert "caf\ufffd au lait" in imagenspec("rule", "IMG004").stdout.decode()


def test_colour_changes_nothing_but_the_colour(imagenspec: Imagenspec) -> None:
    plain = imagenspec("rule", "IMG113").stdout.decode()
    coloured = imagenspec("rule", "IMG113", env={"FORCE_COLOR": "1"}).stdout.decode()
    assert re.sub(COLOUR, "", coloured) == plain
    assert coloured != plain


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("IMG031", 'did you mean "'),
        ("seed-watermark", 'did you mean "seed-with-watermark"?'),
        ("IMG3", '"imagenspec rules" lists them'),
        ("", '"imagenspec rules" lists them'),
        ("\x1b[2J", '"imagenspec rules" lists them'),
    ],
)
def test_unknown_code_is_wrong_usage_with_what_was_meant(imagenspec: Imagenspec, word: str, hint: str) -> None:
    done = imagenspec("rule", word)
    assert done.returncode == 2
    assert done.stdout == b""
    assert hint in done.stderr.decode()
    assert b"\x1b" not in done.stderr


def test_rules_as_markdown_are_the_file_of_the_documentation(imagenspec: Imagenspec) -> None:
    written = (CHECKOUT / "docs" / "rules.md").read_bytes()
    assert imagenspec("rules", "--format", "markdown").stdout == written
    assert imagenspec("rules", "--format", "md").stdout == written
    assert b"[text|json|markdown]" in imagenspec("rules", "--help").stdout


def test_rule_as_json_is_the_same_as_in_the_list(imagenspec: Imagenspec) -> None:
    done = imagenspec("rules", "--format", "json")
    assert done.returncode == 0
    rules: list[dict[str, Any]] = json.loads(done.stdout)
    assert [rule["code"] for rule in rules] == list(codes())
    assert json.loads(imagenspec("rule", "IMG301", "--format", "json").stdout) == next(
        rule for rule in rules if rule["code"] == "IMG301"
    )
    for rule in rules:
        assert rule["severity"] in ("error", "warning", "info")
        assert (rule["prints"] is None) is (rule["shown"] is not None)
        assert all(source["title"] and source["url"] for source in rule["sources"])


def test_list_has_a_line_for_every_code(imagenspec: Imagenspec) -> None:
    done = imagenspec("rules")
    head, *lines = done.stdout.decode().splitlines()
    assert done.returncode == 0
    assert head.split() == ["code", "severity", "name", "what", "it", "finds"]
    assert [line.split()[:3] for line in lines] == [[one.code, one.severity, one.name] for one in codes().values()]
    assert f'{len(lines)} codes; "imagenspec rule CODE" explains one' in done.stderr.decode()


def test_document_has_a_section_for_every_code_to_which_the_readme_leads() -> None:
    document = as_markdown(list(rule_pages().values()), DAY)
    sections = re.findall(r"^### (IMG\d{3}) (\S+)$", document, re.MULTILINE)
    assert sections == [(one.code, one.name) for one in codes().values()]
    links = re.findall(r"\(docs/rules\.md#(\S+?)\)", (CHECKOUT / "README.md").read_text("utf-8"))
    assert links == [f"{code.lower()}-{name}" for code, name in sections]


def test_document_shows_every_example_and_finding_as_code() -> None:
    pages = rule_pages()
    document = as_markdown(list(pages.values()), DAY)
    blocks = set(re.findall(r"^```(?:yaml|text)\n(.*?)\n```$", document, re.MULTILINE | re.DOTALL))
    for page in pages.values():
        for text in (page.bad, page.good, page.finding):
            assert text is None or text.rstrip("\n") in blocks, page.code


def test_prose_of_the_document_has_no_markup_of_its_own() -> None:
    document = as_markdown(list(rule_pages().values()), DAY)
    prose = re.sub(r"```.*?```|`[^`\n]*`|^<!--.*?-->$", "", document, flags=re.MULTILINE | re.DOTALL)
    assert re.findall(r"(?<!\\)<[^>\n]*", prose) == []
    assert all(paragraph.count("**") % 2 == 0 for paragraph in prose.split("\n\n"))


def test_lint_reads_neither_texts_nor_examples(tmp_path: Path) -> None:
    shutil.copy(example_path("IMG109", "bad"), tmp_path / "cup.imagen.yaml")
    (tmp_path / OWN_FILE).write_text(CONFIGURATION, "utf-8")
    program = (
        "import sys; opened = []; "
        "sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == 'open' else None); "
        "from imagenspec.cli import cli; "
        "cli(['lint', 'cup.imagen.yaml'], standalone_mode=False); "
        "print(*opened, sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "IMG109" in done.stdout
    opened = {Path(name).name for name in done.stdout.splitlines()}
    assert {"rules.json", "cup.imagen.yaml"} <= opened
    assert not [name for name in opened if "rule_texts" in name or re.match(r"IMG\d{3}\.|printed", name)]
