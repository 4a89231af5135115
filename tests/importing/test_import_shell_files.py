"""The files of shell scripts: what a script writes is what is read, where that is sure; else it is refused or told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from round_trip import generate

import imagenspec
from imagenspec.importing.convert import Wish
from imagenspec.importing.refusals import BodyError
from imagenspec.importing.run import import_files, output_of

if TYPE_CHECKING:
    from pathlib import Path

    from imagenspec.importing.convert import Imported

MODELS = "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/publishers/google/models"
URL = f"{MODELS}/imagen-4.0-fast-generate-001:predict"
BODY = json.dumps(generate())
OTHER = BODY.replace("a cup", "A never sent")
SEND = f"curl -d @a.json {URL}"
WRITTEN = f"cat > a.json <<'E'\n{OTHER}\nE\n"
NOTE = "the script may write a.json itself; what the file holds now was read"


def imported(script: str, folder: Path) -> Imported:
    (folder / "call.sh").write_text(script, "utf-8")
    [found] = import_files([str(folder / "call.sh")], output_of(str(folder / "out"), force=False), Wish())
    return found


CONDITIONAL = {
    "or": f"[ -f a.json ] || echo '{OTHER}' > a.json\n{SEND}",
    "and": f"[ -f a.json ] && echo '{OTHER}' > a.json\n{SEND}",
    "or, through a pipe": f"[ -f a.json ] || echo '{OTHER}' | tee a.json\n{SEND}",
    "or a group": f"[ -f a.json ] || {{ echo '{OTHER}' > a.json; }}\n{SEND}",
    "or in brackets": f"[ -f a.json ] || (echo '{OTHER}' > a.json)\n{SEND}",
    "if": f"if [ ! -f a.json ]; then\n{WRITTEN}fi\n{SEND}",
    "one of two": f"if [ $1 ]; then {WRITTEN}else\n{SEND}\nfi",
    "while": f"while read x; do\n{WRITTEN}done\n{SEND}",
    "case": f"case $1 in\na)\n{WRITTEN};;\nb) {SEND} ;;\nesac",
    "function": f"make() {{\n{WRITTEN}}}\n{SEND}",
    "function on two lines": f"make()\n{{\n{WRITTEN}}}\n{SEND}",
    "function of bash": f"function make {{\n{WRITTEN}}}\n{SEND}",
    "function that is called": f"make() {{\ncat b.json > a.json\n}}\n{WRITTEN}make\n{SEND}",
    "where nothing is overwritten": f"set -C\n{WRITTEN}{SEND}",
    "written again after a function": f"{WRITTEN}send() {{\n{SEND}\n}}\n{WRITTEN}send",
}


@pytest.mark.parametrize("name", CONDITIONAL)
def test_file_that_is_perhaps_written_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(BODY, "utf-8")
    with pytest.raises(BodyError, match=r'whether "\./a\.json"|whether "a\.json" is written with this'):
        imported(CONDITIONAL[name], tmp_path)


EDITED = [
    "jq '.x = 1' a.json > t && mv t a.json",
    "mv other.json a.json",
    "cp other.json a.json",
    "cp ../a.json .",
    "yq -i '.x = 1' a.json",
    "perl -pi -e 's/a/b/' ./a.json",
    "sed --in-place s/a/b/ a.json",
    "sed -Ei s/a/b/ a.json",
    "sed -i s/a/b/ *.json",
    'sed -i s/a/b/ "$1"',
    "find . -name '*.json' -exec sed -i s/a/b/ {} +",
    "jq . a.json | sponge a.json",
    "date | tee -a a.json",
    "python3 -c \"open('a.json', 'w')\"",
    "python3 - <<'P'\nopen('a.json', 'w')\nP",
    "fix a.json",
    "echo x >> a.json",
    "curl -s https://example.com/ -o a.json",
    "rm a.json",
    "awk '{print > \"a.json\"}' b.json",
    "cat b.json > $PWD/a.json",
    "for F in a.json; do cat b.json > $F; done",
    "dd if=b.json of=a.json",
    'exec 3> "$2"; cat b.json | tee "$1"; xargs sed -i s/a/b/ < list',
]


@pytest.mark.parametrize("edit", EDITED)
def test_file_that_is_edited_is_refused(edit: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(BODY, "utf-8")
    with pytest.raises(BodyError, match=r'what is written to "a.json" is not known|this file is written in parts'):
        imported(f"{WRITTEN}{edit}\n{SEND}", tmp_path)


READ = [
    "jq . a.json > /dev/null",
    "cp a.json b.json; sed -i s/a/b/ b.json",
    "chmod 600 a.json; ls -l a.json; trap 'rm -f a.json' EXIT",
    "sed -n 1p a.json",
    'cd "$(dirname "$0")"',
    "for one in 1 2; do",
]


@pytest.mark.parametrize("reader", READ)
def test_file_that_is_only_read_is_known(reader: str, tmp_path: Path) -> None:
    end = "\ndone" if reader.endswith("do") else ""
    script = f"{WRITTEN}{reader}\n{SEND}{end}" if "cd" not in reader else f"{reader}\n{WRITTEN}{SEND}"
    loaded = imported(script.replace("A never sent", "a cup"), tmp_path)
    assert loaded.body == generate()
    assert not [note for note in loaded.notes if "may write" in note]


KNOWN = {
    "loop": f"for one in 1 2; do\n{WRITTEN}{SEND}\ndone",
    "function": f"send() {{\n{WRITTEN}{SEND}\n}}\nsend",
    "part of a condition": f"if [ $1 ]; then\n{WRITTEN}{SEND}\nelse\ndate\nfi",
    "group": f"{{\n{WRITTEN}}}\n{SEND}",
    "two files of one tee": f"echo '{OTHER}' | tee b.json a.json\n{SEND}",
    "temporary file": f'T=$(mktemp)\ntrap \'rm -f "$T"\' EXIT\necho \'{OTHER}\' > "$T"\ncurl -d "@$T" {URL}',
    "answers elsewhere": f'{WRITTEN}for i in 1 2; do\n{SEND} > "answer_$i.txt"\ndone',
    "numbered": f"for i in 1 2; do\necho '{OTHER}' > \"a$i.json\"\ncurl -d @a$i.json {URL}\ndone",
}


@pytest.mark.parametrize("name", KNOWN)
def test_file_that_is_written_in_the_same_part_is_known(name: str, tmp_path: Path) -> None:
    assert imported(KNOWN[name].replace("A never sent", "a cup"), tmp_path).body == generate()


def test_file_of_a_variable_that_changes_is_refused(tmp_path: Path) -> None:
    script = f"F=a.json\necho '{OTHER}' > $F\nF=b.json\ncurl -d @$F {URL}"
    with pytest.raises(BodyError, match=r'what is written to "\$F" is not known'):
        imported(script, tmp_path)


STALE = [
    "jq . other.json > a.json",
    f"{{ echo '{OTHER}'; }} > a.json",
    "cp other.json a.json",
    "mv other.json a.json",
    "sed -i s/a/b/ a.json",
    "python3 - > a.json <<P\nprint()\nP",
    "make > a.json",
    "date | tee b.json a.json; sed -i s/a/b/ a.json",
    "curl -s https://example.com/ > a.json",
    "curl -so a.json https://example.com/",
    "if [ $1 ]; then jq . b.json > a.json; fi",
    "sed -i s/a/b/ *.json",
]


@pytest.mark.parametrize("writer", STALE)
def test_file_of_the_disk_that_the_script_writes_is_told(writer: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(BODY, "utf-8")
    found = imported(f"{writer}\n{SEND}", tmp_path)
    assert found.body == generate()
    assert NOTE in found.notes


def test_file_that_the_script_does_not_write_needs_no_note(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(BODY, "utf-8")
    found = imported(f"jq . a.json > b.json\nsed -i s/a/b/ c.json\n{SEND} > answer.json", tmp_path)
    assert not [note for note in found.notes if "may write" in note]


@pytest.mark.parametrize("going", ["cd sub", "pushd sub", "mkdir sub && cd sub", 'cd "$HOME"'])
def test_file_in_another_folder_is_refused(going: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(BODY, "utf-8")
    with pytest.raises(BodyError, match=r'the script goes to another folder before it reads "a\.json"'):
        imported(f"{WRITTEN}{going}\n{SEND}", tmp_path)
    known = f"{going}\n{WRITTEN}{SEND}".replace("A never sent", "a cup")
    assert imagenspec.load_request(known).request.task == "generate"


def test_remark_of_cmd_is_no_command(tmp_path: Path) -> None:
    assert imported(f"REM curl -d '{OTHER}' {URL}\ncurl -d '{BODY}' {URL}", tmp_path).body == generate()


@pytest.mark.parametrize("header", ["X: ^", "^", 'a \\"^\\" b', "^ "])
def test_caret_in_quotes_is_none_of_cmd(header: str) -> None:
    script = f"curl -H \"{header}\" {URL} -d '{BODY}'"
    assert json.loads(b"".join(imagenspec.load_request(script).request.body())) == generate()
