"""Shell scripts step by step: what comes through pipes, out of files and out of variables is what would be sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from round_trip import generate, run

import imagenspec
from imagenspec.importing.convert import Wish
from imagenspec.importing.refusals import BodyError
from imagenspec.importing.run import import_files, output_of

if TYPE_CHECKING:
    from pathlib import Path

    from imagenspec.importing.convert import Imported

MODELS = "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/publishers/google/models"
URL = f"{MODELS}/imagen-4.0-fast-generate-001:predict"
ULTRA = "imagen-4.0-ultra-generate-001"
BODY = json.dumps(generate())
ESCAPED = BODY.replace('"', '\\"')
OTHER = json.dumps(generate()).replace("a cup", "A never sent")
WRITTEN = f"cat <<EOF > a.json\n{OTHER}\nEOF\n"


def prompt_of(script: str) -> Any:
    return json.loads(b"".join(imagenspec.load_request(script).request.body()))["instances"][0]["prompt"]


def imported(script: str, folder: Path, name: str = "call.sh") -> Imported:
    (folder / name).write_text(script, "utf-8")
    [found] = import_files([str(folder / name)], output_of(str(folder / "out"), force=False), Wish())
    return found


INPUTS = {
    "file through a pipe": f'{WRITTEN}cat b.json | curl -d @- "{URL}"',
    "file to read from": f'{WRITTEN}curl -d @- "{URL}" < b.json',
    "file through a pipe alone": f"cat b.json | curl --data-binary @- {URL}",
    "pipe at the line end": f"{WRITTEN}cat ./b.json |\n\n  curl -d @- {URL}",
    "file behind a text": f'echo "Rendering..."\ncurl -d @- {URL} < ./b.json',
    "file that was copied": f"{WRITTEN}cat b.json > c.json\ncurl -d @c.json {URL}",
    "file that was read": f"{WRITTEN}cat < b.json | tee log.json | curl -d @- {URL}",
    "file of a variable": f'NAME=b\n{WRITTEN}curl -d "@$NAME.json" {URL}',
    "file that is written again": f"{WRITTEN}cat b.json > a.json\ncurl -d @- {URL} < a.json",
    "file that a program writes": f"echo '{OTHER}' > b.json\njq . x.json > b.json\ncurl -d @b.json {URL}",
    "file that a group writes": f"echo '{OTHER}' > b.json\n(date) > b.json\ncurl -d @b.json {URL}",
}


@pytest.mark.parametrize("name", INPUTS)
def test_standard_input_is_what_comes_in(name: str, tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text(BODY, "utf-8")
    assert imported(INPUTS[name], tmp_path).body == generate()


NO_INPUT = '"@-" is standard input, and what comes in there is not known'
UNKNOWN = {
    "nothing": (f"{WRITTEN}echo '{OTHER}'\ncurl -d @- {URL}", f"5:9: {NO_INPUT}"),
    "output of a program": (f"cat <<EOF | jq . | curl -d @- {URL}\n{BODY}\nEOF\n", NO_INPUT),
    "output of a group": (f"(date; echo '{BODY}') | curl -d @- {URL}", NO_INPUT),
    "two files": (f"cat a.json b.json | curl -d @- {URL}", NO_INPUT),
    "output in place of a file": (f"curl -d @<(jq . a.json) {URL}", "1:9: a file has a name here"),
    "output to read from": (f"curl -d @- {URL} < <(jq . a.json)", "a file has a name here"),
    "file in parts": (f"echo '{{' > b\necho '}}' >> b\ncurl -d @b {URL}", "2:13: this file is written in parts"),
    "file that is edited": (f"{WRITTEN}sed -i s/a/b/ a.json\ncurl -d @a.json {URL}", '"a.json" is not known'),
    "output as the body": (f'curl -d "$(jq . a.json)" {URL}', '"$(...)" is the body, and no command is run'),
    "number in printf": (
        f"printf '{BODY.replace('cup', '%d')}' 5 | curl -d @- {URL}",
        '1:9: "%d" of printf is not read',
    ),
    "too many for printf": (f"printf '%s' a b | curl -d @- {URL}", "this printf has more arguments than %s"),
    "code in echo": (
        f"echo -e '{BODY.replace('cup', chr(92) + 'x41')}' | curl -d @- {URL}",
        'x" of echo -e is not read',
    ),
    "empty echo": (f"echo | curl -d @- {URL}", "this echo writes nothing"),
    "printf to a variable": (f"printf -v BODY '{BODY}' | curl -d @- {URL}", "this printf writes nothing that is read"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_input_that_takes_a_run_to_know_is_refused(name: str) -> None:
    script, reason = UNKNOWN[name]
    with pytest.raises(BodyError) as caught:
        imagenspec.load_request(script)
    assert reason in str(caught.value)


PRINTED = {
    "percent": (f"printf '{BODY.replace('cup', '100%% cup')}' > b.json\ncurl -d @b.json {URL}", "a 100% cup"),
    "argument": (f"printf '%s\\n' '{BODY.replace('cup', '5% cup')}' | curl -d @- {URL}", "a 5% cup"),
    "argument inside": (f"printf -- '{BODY.replace('cup', '%s of %s')}' cup tea | curl -d @- {URL}", "a cup of tea"),
    "escape": (f'printf "{ESCAPED.replace("cup", chr(92) * 4 + "n cup")}" | curl -d @- {URL}', "a \n cup"),
    "escape of echo": (f"echo -e '{BODY.replace('cup', chr(92) * 2 + 'n cup')}' | curl -d @- {URL}", "a \n cup"),
    "no escape of echo": (f"echo -n '{BODY.replace('cup', chr(92) + 'n cup')}' | curl -d @- {URL}", "a \n cup"),
    "words": (
        f"echo '{BODY.split('a cup', maxsplit=1)[0]}a' 'cup{BODY.split('a cup')[1]}' | curl -d @- {URL}",
        "a cup",
    ),
    "variable": (f"B='{BODY}'\necho \"$B\" | curl -d @- {URL}", "a cup"),
    "progress": (f"printf '%d%%\\n' 5; echo -e '\\x41'\ncurl -d '{BODY}' {URL}", "a cup"),
}


@pytest.mark.parametrize("name", PRINTED)
def test_printed_bodies_are_what_bash_prints(name: str) -> None:
    script, prompt = PRINTED[name]
    assert prompt_of(script) == prompt


CALL = f"curl -X POST \"{MODELS}/${{M}}:predict\" -d '{BODY}'"
SET = {
    "double quotes": f'M="{ULTRA}"\n{CALL}',
    "none": f"M={ULTRA} # the best\n{CALL}",
    "exported": f"export P=x M='{ULTRA}'\n{CALL}",
    "by default": f'M="${{M:-{ULTRA}}}"\n{CALL}',
    "set and by default": f"M={ULTRA}\n{CALL.replace('{M}', '{M:-imagen-3.0-generate-002}')}",
    "in a line": f"M={ULTRA} && {CALL}",
    "empty, by default": f"M=\n{CALL.replace('{M}', '{M:-' + ULTRA + '}')}",
    "by default in place": CALL.replace("{M}", f"{{M:-{ULTRA}}}"),
    "through another one": f"V=ultra\nM=imagen-4.0-$V-generate-001\n{CALL}",
    "whole URL": f"M={ULTRA}\nURL=\"{MODELS}/$M:predict\"\ncurl -d '{BODY}' $URL",
    "before a loop": f"M={ULTRA}\nfor one in 1 2; do {CALL}; done",
    "in a file too": f'M={ULTRA}\ncurl -d @b.json "{MODELS}/$M:predict"',
}


@pytest.mark.parametrize("name", SET)
def test_model_that_the_script_sets_is_taken_and_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text(BODY, "utf-8")
    found = imported(SET[name], tmp_path)
    assert (found.model, found.body) == (ULTRA, generate())
    told = [
        note for note in found.notes if note.startswith(("filled in as the script sets ", "filled in with its default"))
    ]
    assert '"$' in told[0]


UNSET = {
    "nowhere": CALL,
    "in a condition": f"M={ULTRA}\nif [ $1 ]; then M=$1; fi\n{CALL}",
    "in one of two": f"M=a\nif [ $1 ]; then M={ULTRA}; fi\n{CALL}",
    "perhaps": f"[ $1 ] && M={ULTRA}\n{CALL}",
    "in brackets": f"(M={ULTRA})\n{CALL}",
    "for another command": f"M={ULTRA} date\n{CALL}",
    "in a function": f"f() {{\nM={ULTRA}\n}}\n{CALL}",
    "in a loop": f"for M in {ULTRA}; do {CALL}; done",
    "read": f"M={ULTRA}\nIFS= read -r M\n{CALL}",
    "taken away": f"M={ULTRA}\nunset M\n{CALL}",
    "added to": f"M=imagen\nM+=-4.0\n{CALL}",
    "output": f"M=$(head model)\n{CALL}",
    "list": f"M=({ULTRA} b)\n{CALL}",
    "from elsewhere": f"M={ULTRA}\n. ./settings\n{CALL}",
    "counted": f"M=1\n((M++))\n{CALL}",
    "declared": f"declare -u M={ULTRA}\n{CALL}",
    "behind another command": f"date && M={ULTRA} && {CALL}",
    "set again": f"M=imagen-3.0-generate-002\nM={ULTRA}\n{CALL}",
    "at the same time": f"M={ULTRA} &\n{CALL}",
    "in a pipe": f"M={ULTRA} | date\n{CALL}",
    "as a home": f"M=~/{ULTRA}\n{CALL}",
    "in a function on two lines": f"f()\n{{\nM={ULTRA}\n}}\nf\n{CALL}",
    "in a text that is run": f'M={ULTRA}\neval "$1"\n{CALL}',
    "by a trap": f"M={ULTRA}\ntrap 'M=x' DEBUG\n{CALL}",
    "under a name that is made": f'M={ULTRA}\nexport "$1=x"\n{CALL}',
    "in arithmetic": f"M=1\n: $(( M = 2 ))\n{CALL}",
    "by the shell's default": f": ${{M:={ULTRA}}}\n{CALL}",
    "after it": f"f() {{\n{CALL}\n}}\nM={ULTRA}\nf",
}

LEFT = {
    "set in a pipe": ("date | M=y\n{0}", "${M:-x}"),
    "argument": ("", "${1:-x}"),
    "of the shell": ("", "${USER:-x}"),
    "set after it": ("f() {{\n{0}\n}}\nM=y\nf", "${M:-x}"),
    "set twice": ("M=y; M=z\n{0}", "${M:-x}"),
    "named elsewhere": ("read M\n{0}", "${M:-x}"),
    "set from elsewhere": (". ./settings\n{0}", "${M:-x}"),
}


@pytest.mark.parametrize("name", LEFT)
def test_default_that_takes_a_run_to_know_is_left(name: str) -> None:
    script, variable = LEFT[name]
    command = f'curl -d "{ESCAPED.replace("cup", variable)}" {URL}'
    loaded = imagenspec.load_request(script.format(command) if script else command)
    assert json.loads(b"".join(loaded.request.body()))["instances"][0]["prompt"] == f"a {variable}"
    assert [note for note in loaded.notes if f'"{variable}" is left to the shell' in note]


@pytest.mark.parametrize(("variable", "prompt"), [("${M:-tea cup}", "a tea cup"), ("${M-tea}", "a tea")])
def test_default_is_filled_in_and_told(variable: str, prompt: str) -> None:
    loaded = imagenspec.load_request(f'curl -d "{ESCAPED.replace("cup", variable)}" {URL}')
    assert json.loads(b"".join(loaded.request.body()))["instances"][0]["prompt"] == prompt
    assert f'filled in with its default: "{variable}"' in loaded.notes


def test_empty_value_stands_before_its_default() -> None:
    script = f'M=\ncurl -d "{ESCAPED.replace("a cup", "cup ${M-x}")}" {URL}'
    assert prompt_of(script) == "cup "


@pytest.mark.parametrize("name", UNSET)
def test_model_that_takes_a_run_to_know_is_asked_for(name: str) -> None:
    with pytest.raises(BodyError, match=r'the URL has "\$\{M\}"; say the model with --model'):
        imagenspec.load_request(UNSET[name])
    assert imagenspec.load_request(UNSET[name], model=ULTRA).model == ULTRA


BODIES = {
    "text": f"B='{BODY}'\ncurl -d \"$B\" {URL}",
    "document": f'B=$(cat <<EOF\n{BODY}\nEOF\n)\ncurl -d "${{B}}" {URL}',
    "document in quotes": f'B="$(cat <<\'EOF\'\n{BODY}\nEOF\n)"\ncurl -d "$B" {URL}',
    "prompt in quotes": f'P=cup\ncurl -d "{ESCAPED.replace("cup", "$P")}" {URL}',
    "prompt in a document": f"P=cup\ncurl -d @- {URL} <<EOF\n{BODY.replace('cup', '${P}')}\nEOF\n",
    "number": f"N=1\ncurl -d @- {URL} <<EOF\n{BODY.replace(': 1', ': ${N}')}\nEOF\n",
}


@pytest.mark.parametrize("name", BODIES)
def test_variables_of_bodies_are_filled_in_and_told(name: str) -> None:
    loaded = imagenspec.load_request(BODIES[name])
    assert json.loads(b"".join(loaded.request.body())) == generate()
    assert [note for note in loaded.notes if note.startswith("filled in as the script sets it: ")]
    assert not [note for note in loaded.notes if "left to the shell" in note]


def test_line_ends_at_the_end_of_an_output_are_taken_away() -> None:
    assert (
        prompt_of(f"P=$(cat <<E\ncup\n\nE\n)\ncurl -d '{BODY.replace('cup', chr(39) + '$P' + chr(39) + '.')}' {URL}")
        == "a cup."
    )


def test_output_that_is_cut_at_its_blanks_is_no_body() -> None:
    with pytest.raises(BodyError, match="is the body, and no command is run"):
        imagenspec.load_request(f"curl -d $(cat <<E\n{BODY}\nE\n) {URL}")


def test_value_without_quotes_is_cut_where_the_script_says_how() -> None:
    with pytest.raises(BodyError, match=r'the URL has "\$M"'):
        imagenspec.load_request(f"IFS=-\nM={ULTRA}\ncurl -d '{BODY}' {MODELS}/$M:predict")


def test_places_in_a_variable_are_told() -> None:
    with pytest.raises(BodyError, match=r'the body:1:5: a name in double quotes or "}" belongs here'):
        imagenspec.load_request(f"B='{{oops}}'\ncurl -d \"$B\" {URL}")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (f"B='{BODY}'\ncurl -d $B {URL}", '"$B" is the body, without a text, or without double quotes'),
        (f'curl -d "$B" {URL}', '"$B" is the body, and is not set to a text here'),
        (f'B=$(jq . a.json)\ncurl -d "$B" {URL}', '2:10: "$B" is the body, and is not set to a text here'),
    ],
)
def test_variable_that_is_no_text_is_no_body(script: str, reason: str) -> None:
    with pytest.raises(BodyError) as caught:
        imagenspec.load_request(script)
    assert reason in str(caught.value)


def test_commands_of_others_are_passed_over_and_told(tmp_path: Path) -> None:
    script = (
        "curl -d grant_type=a -d b=c https://oauth2.googleapis.com/token?x=SECRET\n"
        f"curl -d '{BODY}' {URL}\n"
        'curl -d \'{"text": "done"}\' https://hooks.slack.com/services/SECRET\n'
        f"curl -d '{{}}' {MODELS}/gemini-2.5-flash:generateContent; curl -d '{{}}' {MODELS}/veo:predictLongRunning\n"
    )
    (tmp_path / "a.sh").write_text(script, "utf-8")
    done = run("a.sh", folder=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    told = [line.strip() for line in done.stderr.decode().splitlines() if "passed over" in line]
    assert told[:2] == [
        "the command at a.sh:1:1 is passed over: it is sent to oauth2.googleapis.com",
        "the command at a.sh:3:1 is passed over: it is sent to hooks.slack.com",
    ]
    assert [line.rpartition(": ")[2] for line in told[2:]] == [
        'it is sent to the method "generateContent"',
        'it is sent to the method "predictLongRunning"',
    ]
    assert b"SECRET" not in done.stderr


def test_commands_of_others_alone_are_an_error() -> None:
    with pytest.raises(BodyError, match='a value belongs here, not "grant_type=a"'):
        imagenspec.load_request("curl -d grant_type=a https://oauth2.googleapis.com/token")


def test_command_whose_url_is_not_known_is_not_passed_over() -> None:
    with pytest.raises(BodyError, match='a value belongs here, not "x=1"'):
        imagenspec.load_request(f"curl -d '{BODY}' {URL}\ncurl -d x=1 \"https://$HOST/\"")


@pytest.mark.parametrize("command", [f'curl "{URL}" ^\n  -d "{{}}"', f'curl ^"{URL}^" -d ^"x^"'])
def test_quotes_of_cmd_are_not_read(command: str) -> None:
    with pytest.raises(BodyError, match=r'this "\^" is of cmd, whose quotes are not read'):
        imagenspec.load_request(command)


def test_quotes_as_powershell_hands_them_to_programs() -> None:
    body = BODY.replace("a cup", '"a" cup').replace('""a" cup"', '"\\"a\\" cup"')
    slashed = body.replace('\\"', '\\\\"').replace('"', '\\"')
    assert prompt_of(f"curl.exe -X POST `\n  -H 'a: b' `\r\n  -d '{slashed}' {URL}") == '"a" cup'


@pytest.mark.parametrize("colon", ["%3A", "%3a"])
def test_colon_of_a_proxy(colon: str) -> None:
    url = URL.replace(":predict", f"{colon}predict")
    assert imagenspec.load_request(f"curl -d '{BODY}' {url}").model == "imagen-4.0-fast-generate-001"
    archive = json.dumps([{"request": {"url": url, "postData": {"text": BODY}}}])
    assert imagenspec.load_request(archive).model == "imagen-4.0-fast-generate-001"
    with pytest.raises(BodyError, match="this curl command sends no body"):
        imagenspec.load_request(f"curl {url}")
