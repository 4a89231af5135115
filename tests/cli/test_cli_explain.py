"""``imagenspec explain``: every member with its place, in text for people and JSON for programs."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from cli_recipes import BROKEN, CUP, SEASONS, UPSCALE
from environment import CHECKOUT, clean_environment

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

WIDE = "\u65e5\u672c\u306e\u5668 "
LONG = f"{CUP.replace('a cup of coffee', WIDE * 60)}labels: {{team: {'a' * 50}}}\n"
HOSTILE = (
    CUP
    + 'raw: {parameters: {"\\e]0;a\\a": "\\e[31m \\u202e x", "b": "'
    + "QUJD" * 500
    + '"}}\n"x-\\e[31m": "\\e[2J"\n'
    + 'labels: {team: "a\\u200bb"}\n'
)


def explained(imagenspec: Imagenspec, *arguments: str, stdin: bytes = b"") -> Any:
    done = imagenspec("explain", "--format", "json", *arguments, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_recipe_of_the_project_is_explained_in_a_hundred_columns() -> None:
    recipes = sorted((CHECKOUT / "recipes").glob("*.imagen.yaml"))
    assert len(recipes) > 20
    for recipe in recipes[::4]:
        command = [sys.executable, "-m", "imagenspec", "explain", str(recipe.relative_to(CHECKOUT))]
        done = subprocess.run(command, cwd=CHECKOUT, env=clean_environment(), capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        text = done.stdout.decode()
        assert "\x1b" not in text
        assert [line for line in text.splitlines() if len(line) > 100 and "https://" not in line] == []
        assert not [line for line in text.splitlines() if line != line.rstrip()]


def test_members_defaults_and_what_is_not_sent_have_their_places(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(UPSCALE)
    report = explained(imagenspec, "cup.imagen.yaml")
    assert (report["version"], report["file"], report["task"]) == (1, "cup.imagen.yaml", "upscale")
    assert (report["case"], report["cases"], report["line"]) == ("", 1, None)
    body = json.loads(imagenspec("compile", "cup.imagen.yaml", "--format", "file-refs").stdout)
    members = {one["pointer"]: one for one in report["members"]}
    assert list(members) == [
        "/instances/0/image/bytesBase64Encoded",
        "/parameters/mode",
        "/parameters/upscaleConfig/upscaleFactor",
    ]
    image = members["/instances/0/image/bytesBase64Encoded"]
    assert image["value"] == body["instances"][0]["image"]["bytesBase64Encoded"]
    assert (image["start"], image["path"]) == ({"line": 4, "column": 8}, "image")
    assert image["meaning"]
    assert image["page"].startswith("https://")
    assert members["/parameters/mode"]["how"] == "derived"
    assert members["/parameters/mode"]["start"] == {"line": 2, "column": 1}
    [watermark] = [one for one in report["defaults"] if one["pointer"] == "/parameters/addWatermark"]
    assert (watermark["value"], watermark["start"], watermark["why"]) == (True, None, "the default of the model")
    assert [one["path"] for one in report["unsent"]] == ["imagenspec", "model"]
    sources = {key for one in [*report["members"], *report["defaults"]] for key in one["sources"]}
    assert report["pages"].keys() == sources
    assert all(url.startswith("https://") for url in report["pages"].values())


def test_text_has_the_place_the_value_the_meaning_and_the_page(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    text = imagenspec("explain", "cup.imagen.yaml").stdout.decode()
    assert '    4:9  /instances/0/prompt = "a cup of coffee"\n         prompt\n         What the image' in text
    assert "      -  /parameters/sampleCount = 4\n         the default of the model" in text
    assert "   3:8  model       stands in the URL of the request, not in its body\n" in text
    assert "\n  D-GEN   https://" in text


def test_where_pages_disagree_there_is_a_note(folder: Path, imagenspec: Imagenspec) -> None:
    output = (
        "parameters: {output_options: {mime_type: image/jpeg, compression_quality: 80}, person_generation: allow_all}"
    )
    (folder / "cup.imagen.yaml").write_text(f"{CUP}{output}\nlabels: {{a: b, c: d}}\n")
    note = "Google's pages disagree on which end is the better quality."
    report = explained(imagenspec, "cup.imagen.yaml")
    notes = {one["pointer"]: one["note"] for one in report["members"]}
    assert notes["/parameters/outputOptions/compressionQuality"] == note
    assert notes["/parameters/personGeneration"].startswith("The API reference gives allow_adult as default, ")
    of_defaults = {one["pointer"]: one["note"] for one in report["defaults"]}
    assert of_defaults["/parameters/includeSafetyAttributes"] is None
    assert of_defaults["/parameters/sampleCount"].startswith("8 for imagegeneration@002, 4 for every other model.")
    text = imagenspec("explain", "cup.imagen.yaml").stdout.decode()
    assert f"For image/jpeg only.\n         note: {note}\n         documented: " in text
    assert text.count("note: No task page mentions it") == 1


def test_a_line_shows_its_members_alone(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP + "# note\n\nparameters:\n  seed: 7\n  add_watermark: false\n")
    report = explained(imagenspec, "cup.imagen.yaml:8")
    assert [one["pointer"] for one in report["members"]] == ["/parameters/seed"]
    assert (report["line"], report["defaults"], report["unsent"]) == (8, [], [])
    whole = explained(imagenspec, "cup.imagen.yaml:7")
    assert [one["pointer"] for one in whole["members"]] == ["/parameters/seed", "/parameters/addWatermark"]
    of_finding = explained(imagenspec, "cup.imagen.yaml:9:3")
    assert [one["pointer"] for one in of_finding["members"]] == ["/parameters/addWatermark"]


@pytest.mark.parametrize(("line", "words"), [(5, b"a comment"), (6, b"an empty line"), (3, b"stands in the URL")])
def test_a_line_without_members_says_so(line: int, words: bytes, folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP + "# note\n\nparameters: {sample_count: 1}\n")
    done = imagenspec("explain", f"cup.imagen.yaml:{line}")
    assert done.returncode == 0
    assert b"0 members made by this line" in done.stdout
    assert words in done.stdout


def test_of_several_cases_the_first_is_explained_or_the_one_that_is_asked_for(
    folder: Path, imagenspec: Imagenspec
) -> None:
    (folder / "seasons.imagen.yaml").write_text(SEASONS)
    first = explained(imagenspec, "seasons.imagen.yaml")
    assert (first["case"], first["cases"], first["members"][0]["value"]) == ("season=spring", 2, "a cup in spring")
    other = explained(imagenspec, "seasons.imagen.yaml", "--case", "season=autumn")
    assert (other["case"], other["members"][0]["value"]) == ("season=autumn", "a cup in autumn")
    assert b"case season=spring, one of 2; --case" in imagenspec("explain", "seasons.imagen.yaml").stdout


def test_a_line_of_one_case_explains_that_case(folder: Path, imagenspec: Imagenspec) -> None:
    text = SEASONS.replace("{season: [spring, autumn]}", "\n  season:\n    - spring\n    - autumn")
    (folder / "seasons.imagen.yaml").write_text(text)
    line = text.splitlines().index("    - autumn") + 1
    report = explained(imagenspec, f"seasons.imagen.yaml:{line}")
    assert (report["case"], report["members"][0]["value"]) == ("season=autumn", "a cup in autumn")
    of_first = explained(imagenspec, f"seasons.imagen.yaml:{line}", "--case", "season=spring")
    assert (of_first["members"], of_first["unsent"][0]["why"]) == ([], "of other cases")


def test_a_variable_of_the_command_line_is_named(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "seasons.imagen.yaml").write_text(SEASONS)
    report = explained(imagenspec, "seasons.imagen.yaml", "--var", "thing=mug")
    assert report["members"][0]["value"] == "a mug in spring"
    assert '"thing" was given by --var' in [part["why"] for part in report["members"][0]["parts"]]


def test_standard_input_is_a_recipe_with_lines(imagenspec: Imagenspec) -> None:
    assert explained(imagenspec, "-", stdin=CUP.encode())["members"][0]["value"] == "a cup of coffee"
    report = explained(imagenspec, "--stdin-filename", "new.imagen.yaml", "--", "-:4", stdin=CUP.encode())
    assert (report["file"], report["line"], len(report["members"])) == ("new.imagen.yaml", 4, 1)


def test_a_line_of_standard_input_is_no_option(imagenspec: Imagenspec) -> None:
    for words in (("-:4",), ("-:4:2", "--stdin-filename", "new.imagen.yaml")):
        assert explained(imagenspec, *words, stdin=CUP.encode())["line"] == 4
    assert b"No such option" in imagenspec("explain", "-:x").stderr


def test_a_file_whose_name_ends_like_a_line_is_the_file(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup:3").write_text(CUP)
    assert explained(imagenspec, "cup:3")["line"] is None
    assert explained(imagenspec, "cup:3:4")["line"] == 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["cup.imagen.yaml:0"], "has no line 0; it has 1 to 4"),
        (["cup.imagen.yaml:5"], "has no line 5; it has 1 to 4"),
        (["cup.imagen.yaml:x"], '"x" is no line; write cup.imagen.yaml:12'),
        (["cup.imagen.yaml:-1"], '"-1" is no line'),
        (["cap.imagen.yaml"], 'cap.imagen.yaml: no such file; did you mean "cup.imagen.yaml"?'),
        (["cap.imagen.yaml:4"], 'cap.imagen.yaml: no such file; did you mean "cup.imagen.yaml"?'),
        (["nowhere/a.yaml"], "nowhere/a.yaml: no such file"),
        (["."], ". is a folder; name one recipe"),
        (["cup.imagen.yaml", "--case", "a=1"], "there is no matrix"),
        (["seasons.imagen.yaml", "--case", "season=autum"], 'did you mean "season=autumn"?'),
        (["seasons.imagen.yaml", "--case", "zzz"], 'cases: "season=autumn" or "season=spring"'),
        (["seasons.imagen.yaml", "--var", "thin=mug"], 'did you mean "thing"?'),
        (["seasons.imagen.yaml", "--var", "thin"], "--var takes name=value"),
        ([""], "no such file"),
        ([":3"], "no such file"),
    ],
)
def test_wrong_usage_says_what_would_be_right(
    arguments: list[str], words: str, folder: Path, imagenspec: Imagenspec
) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    (folder / "seasons.imagen.yaml").write_text(SEASONS)
    done = imagenspec("explain", *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert words in done.stderr.decode()


def test_a_recipe_with_errors_shows_its_findings(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(BROKEN)
    for place in ("cup.imagen.yaml", "cup.imagen.yaml:2", "cup.imagen.yaml:99"):
        done = imagenspec("explain", place)
        assert (done.returncode, done.stdout) == (1, b"")
        assert b"cup.imagen.yaml:5:1: error[IMG101]" in done.stderr
        assert b"cup.imagen.yaml: not explained, the recipe has errors" in done.stderr


def test_nothing_that_a_recipe_says_steers_a_terminal_and_no_base64_is_shown(
    folder: Path, imagenspec: Imagenspec
) -> None:
    (folder / "cup.imagen.yaml").write_text(HOSTILE)
    for form in ("text", "json"):
        done = imagenspec("explain", "cup.imagen.yaml", "--format", form)
        assert done.returncode == 0, done.stderr
        text = done.stdout.decode()
        assert not any(character in text for character in "\x1b\x07\u202e")
        assert "QUJD" * 50 not in text
    [shortened] = [
        one for one in explained(imagenspec, "cup.imagen.yaml")["members"] if one["path"] == "raw.parameters.b"
    ]
    assert shortened["value"] == "<2000 characters of base64>"


def test_long_and_wide_texts_are_cut(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(LONG, encoding="utf-8")
    text = imagenspec("explain", "cup.imagen.yaml").stdout.decode()
    [line] = [line for line in text.splitlines() if line.startswith('         = "\u65e5')]
    assert line.endswith("...")
    assert len(line) + sum(ord(character) > 255 for character in line) <= 100


def test_colours_are_for_terminals(folder: Path) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    command = [sys.executable, "-m", "imagenspec", "explain", "cup.imagen.yaml:4"]
    for added, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        ours, theirs = pty.openpty()
        with subprocess.Popen(command, cwd=folder, stdout=theirs, env=clean_environment(**added)) as process:
            assert process.wait(60) == 0
        os.close(theirs)
        shown = os.read(ours, 65536)
        os.close(ours)
        assert (b"\x1b[1m/instances/0/prompt\x1b[0m" in shown) is coloured


def test_images_are_named_not_shown(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "pictures").mkdir()
    shutil.move(folder / "cup.png", folder / "pictures" / "cup.png")
    (folder / "cup.imagen.yaml").write_text(UPSCALE.replace("cup.png", "pictures/cup.png"))
    text = imagenspec("explain", "cup.imagen.yaml:4").stdout.decode()
    assert "= base64 of pictures/cup.png (" in text
