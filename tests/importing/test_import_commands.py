"""Commands as people and programs write them: what a shell would send is what is read, and nothing is passed over."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from counting import lines_run
from round_trip import compiled, generate, run, written

import imagenspec
from imagenspec.importing.commands.powershell import powershell_requests
from imagenspec.importing.refusals import BodyError
from imagenspec.importing.source import Source

if TYPE_CHECKING:
    from imagenspec import LoadedRequest

CHECKOUT = Path(__file__).resolve().parents[2]
MODELS = "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/publishers/google/models"
URL = f"{MODELS}/imagen-4.0-fast-generate-001:predict"
BODY = json.dumps(generate())


def body_of(loaded: LoadedRequest) -> Any:
    return json.loads(b"".join(loaded.request.body()))


@pytest.mark.parametrize("form", ["request", "curl", "powershell", "http"])
def test_each_request_of_several_has_its_own_body(form: str, tmp_path: Path) -> None:
    recipe = CHECKOUT / "recipes/text-to-image.imagen.yaml"
    compile_it = (sys.executable, "-m", "imagenspec", "compile", str(recipe), "--format", form, "-o", "calls.txt")
    subprocess.run(compile_it, cwd=tmp_path, capture_output=True, check=True, timeout=60)
    done = run("calls.txt", "-o", "out", folder=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    wanted = [json.loads(b"".join(request.body())) for request in imagenspec.compile(recipe)]
    names = ["calls", *(f"calls-{number}" for number in range(2, len(wanted) + 1))]
    assert [compiled(tmp_path / f"out/{name}.imagen.yaml") for name in names] == wanted
    assert len({json.dumps(one) for one in wanted}) == len(wanted)


POWERSHELL = {
    "in a block": f"foreach ($n in 1, 2) {{\n$b = '{BODY}' # one\nirm '{URL}' -Body $b; }}",
    "escaped": f"irm '{URL}' -Body \"{BODY.replace(chr(34), '`' + chr(34))}\" -Method Post",
    "doubled": f"irm '{URL}' -Body \"{BODY.replace(chr(34), chr(34) * 2)}\"",
    "comments": f"# irm u -Body 'x'\n<# irm u -Body 'x'\n$b = 'y' #>\n$b = '{BODY}'\nirm '{URL}' -Body $b # -Body 'z'",
    "call in a text": f"Write-Host 'irm u -Body y'; irm '{URL}' -Body '{BODY}'",
    "file written again": (
        f"'{{}}' | Set-Content a.json\ndate\n'{BODY}' | Set-Content a.json\nirm '{URL}' -InFile a.json"
    ),
    "file with a blank": f"@'\n{BODY}\n'@ | Set-Content 'my body.json'\nInvoke-WebRequest -InFile \"my body.json\"",
    "variable to a file": f"$b = '{BODY}'\n$b | Out-File -FilePath r.json\nInvoke-RestMethod -InFile r.json",
    "alias": f"$r = irm -Uri '{URL}' -Method Post -Body '{BODY}'",
    "alias and place": f"iwr '{URL}' -Body '{BODY}' | ConvertTo-Json",
    "bytes": f"$b = '{BODY}'\nirm {URL} -Body ([System.Text.Encoding]::UTF8.GetBytes($b))",
    "in brackets": f"$b = '{BODY}'\nirm {URL} -Body ($b)",
    "here-string in place": f"Invoke-RestMethod -Body @'\n{BODY}\n'@ -Uri '{URL}'",
}


@pytest.mark.parametrize("name", POWERSHELL)
def test_powershell(name: str) -> None:
    assert body_of(imagenspec.load_request(POWERSHELL[name])) == generate()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (f"Invoke-WebRequest -Body $b\n$b = '{BODY}'", '"$b" is not set above to a text in quotes'),
        (f"$b = '{BODY}'\n$b += 'x'\nInvoke-WebRequest -Body $b", '"$b" is not set above to a text in quotes'),
        (
            f"$b = '{BODY}'\n$b = @{{\na = 1\n}} | ConvertTo-Json\nInvoke-WebRequest -Body $b",
            '"$b" is made with ConvertTo-Json',
        ),
        ("irm -Uri u -Body (@{a = 1} | ConvertTo-Json)", "this body is made with ConvertTo-Json, which is not run"),
        (f"$b = '{BODY}'\niwr u -Body ($b | ConvertTo-Json)", "this body is made with ConvertTo-Json"),
        (f"$b = '{BODY}'\niwr u -Body ($b -replace 'a', 'b')", "this body is no text in quotes, and no variable alone"),
        (f"iwr u -Body '{BODY}'.Replace('a', 'b')", "this body is no text in quotes, and no variable alone"),
        (f"iwr u -Body @'\n{BODY}\n'@ -replace 'a', 'b'", "this body is no text in quotes, and no variable alone"),
        *(
            (f"{script}\niwr u -Body $b", '"$b" is not set above to a text in quotes, once and for sure')
            for script in (
                f"$b = '{BODY}'.Replace('a', 'b')",
                f"$b = '{BODY}' -replace 'a', 'b'",
                f"$b = '{BODY}' -f 'x'",
                f"$b = @'\n{BODY}\n'@.Replace('a', 'b')",
                f"$b = '{BODY}'\n| ForEach-Object {{ 'x' }}",
                f"$b = '{{}}'\n$b = '{BODY}'",
                f"if ($false) {{ $b = '{BODY}' }}",
                f"$b = '{{}}'\nfunction f {{ $b = '{BODY}' }}",
                f"$b = '{BODY}'\nSet-Variable b 'x'",
                f"$b = '{BODY}'\n$global:b = 'x'",
                f"$b = '{BODY}'\n$a, $b = 1, 2",
                f"$b = '{BODY}'\n$b, $a = 1, 2",
                f"$b = '{BODY}'\nforeach ($b in 1, 2) {{ $b }}",
                f"$b = '{BODY}'\n${{b}} = 'x'",
                f"$b = '{BODY}'\nTee-Object -Variable b",
                f"$b = '{BODY}'\n. ./settings.ps1",
                f"$b = '{BODY}'\nSet-Variable $n 'x'",
                f"$a = 1; [xml]$b = '{BODY}'",
                f"# $b = '{BODY}'",
            )
        ),
        *(
            (f"'{BODY}' | Set-Content a.json\n{script}\niwr u -InFile a.json", 'what is written to "a.json" is no text')
            for script in (
                "'x' | Add-Content a.json",
                "'x' | Out-File a.json -Append",
                "(Get-Content a.json) -replace 'a', 'b' | Set-Content a.json",
                "Copy-Item b.json ./a.json",
            )
        ),
    ],
)
def test_powershell_body_that_is_not_known_is_refused(script: str, reason: str) -> None:
    with pytest.raises(BodyError) as caught:
        imagenspec.load_request(script)
    assert reason in str(caught.value)


def test_powershell_variables_that_stay_are_told() -> None:
    body = BODY.replace("cup", "$p $($p.Length) `$5")
    loaded = imagenspec.load_request(f"$p = 'x'\nirm '{URL}' -Body @\"\n{body}\n\"@")
    told = [note for note in loaded.notes if "is left to the shell" in note]
    assert [name for name in ("$p", "$(...)", "$5") if any(f'"{name}"' in note for note in told)] == ["$p", "$(...)"]


def test_powershell_file_that_the_script_may_write_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(BODY, "utf-8")
    (tmp_path / "a.ps1").write_text(f"jq . b.json > a.json\nirm '{URL}' -InFile a.json", "utf-8")
    done = run("a.ps1", "-o", "out", folder=tmp_path)
    assert b"the script may write a.json itself; what the file holds now was read" in done.stderr
    assert compiled(tmp_path / "out/a.imagen.yaml") == generate()


@pytest.mark.parametrize("url", ['"%s/${m}:predict"', '"%s/$m`:predict"', "-Uri $u", '-Uri "$u"'])
def test_powershell_url_with_variables(url: str) -> None:
    model = "imagen-4.0-ultra-generate-001"
    script = f"$m = '{model}'\n$u = '{MODELS}/{model}:predict'\nirm {url.replace('%s', MODELS)} -Body '{BODY}'"
    assert imagenspec.load_request(script).model == model
    if "m" in url.partition("$")[2][:2]:
        with pytest.raises(BodyError, match=r'the URL has "\$\{?m\}?`?"; say the model with --model'):
            imagenspec.load_request(script.replace("$m =", "$n ="))


def test_powershell_calls_of_others_are_passed_over() -> None:
    other = "irm https://oauth2.googleapis.com/token -Method Post -Body @{grant_type='a'}"
    loaded = imagenspec.load_request(f"{other}\nirm '{URL}' -Body '{BODY}'\n")
    assert body_of(loaded) == generate()
    assert loaded.notes[:1] == ("the command at the body:1:1 is passed over: it is sent to oauth2.googleapis.com",)


def test_powershell_call_in_a_text_is_none() -> None:
    with pytest.raises(BodyError, match="no command here sends a body"):
        imagenspec.load_request("$a = @'\nInvoke-WebRequest -Body $b\n'@\n")


POWERSHELL_OF_MANY = {
    "variables": "$a = 1\n",
    "variables on files": "$b = 'x'\n$b | Set-Content b.json\n",
    "bodies of one call": "Invoke-WebRequest -Uri u -Body @'\n'@ -Body @'\n'@ ",
    "here-strings": "$c = @'\n'@\n",
    "calls": "Invoke-WebRequest -Body '{}'\n",
    "files": "Invoke-WebRequest -InFile a.json\n",
    "blocks": "if (1) { $d } # '\n",
}


@pytest.mark.parametrize("name", POWERSHELL_OF_MANY)
def test_powershell_is_gone_through_once(name: str) -> None:
    def work(times: int) -> int:
        data = (POWERSHELL_OF_MANY[name] * times + "Invoke-WebRequest -Uri u -Body '{}'").encode()
        source = Source("calls", data, data, 0, len(data))
        return lines_run(lambda: list(powershell_requests(source, lambda _name, _offset: source)))

    assert work(400) < 5 * work(100)


SHELL = {
    "loop": f"for one in 1 2; do curl -d '{BODY}' {URL}; done",
    "kept answer": f"r=$(curl -d '{BODY}' {URL})",
    "kept answer in quotes": f'r="$(curl -s -d \'{BODY}\' "{URL}")"',
    "backticks": f"r=`curl -d '{BODY}' {URL}`",
    "condition": f"if curl -d '{BODY}' {URL}; then echo; fi",
    "not": f"if ! curl -d '{BODY}' {URL}; then exit 1; fi",
    "time": f"time -p curl -d '{BODY}' {URL}",
    "variable before": f"X=1 curl -d '{BODY}' {URL}",
    "braces": f"{{ curl -d '{BODY}' {URL}; }}",
    "of root": f"sudo -u me curl -d '{BODY}' {URL}",
    "timeout": f"timeout 30 curl -d '{BODY}' {URL}",
    "clustered": f"curl -sSd '{BODY}' -XPOST {URL}",
    "clustered and attached": f"curl -sSd'{BODY}' {URL}",
    "method in the word": f"curl -XPOST -H'a: b' {URL} -d '{BODY}'",
    "piped on": f"curl -d @- {URL} <<EOF | jq .\n{BODY}\nEOF\n",
    "and then": f"curl -d @- {URL} <<'EOF' && echo done; echo\n{BODY}\nEOF\n",
    "here-string": f"curl -d @- {URL} <<< '{BODY}'",
    "output of cat": f'curl {URL} -d "$(cat <<EOF\n{BODY}\nEOF\n)"',
    "errors elsewhere": f"curl 2>&1 -d '{BODY}' {URL} > answer.json 2>/dev/null",
    "errors in a file too": f"curl &> log -d '{BODY}' {URL}",
    "echoed": f"echo '{BODY}' 2> log > ./r.json\ncurl -d @r.json {URL}",
    "teed": f"tee r.json <<EOF\n{BODY}\nEOF\ncurl -d @r.json {URL}",
    "empty quotes": f"curl -d $'''{BODY}' {URL}",
    "form feeds": f"curl \f\v -d '{BODY}' {URL}",
}


@pytest.mark.parametrize("name", SHELL)
def test_curl_wherever_it_stands(name: str) -> None:
    loaded = imagenspec.load_request(SHELL[name])
    assert body_of(loaded) == generate()
    assert loaded.model == "imagen-4.0-fast-generate-001"


def test_requests_of_one_curl_command(tmp_path: Path) -> None:
    script = f"curl -d '{BODY}' {URL} --next -d '{BODY.replace('cup', 'pot')}' {URL}\n"
    assert run("-", folder=tmp_path, data=script.encode()).returncode == 0
    found = [compiled(tmp_path / f"request{end}.imagen.yaml")["instances"][0]["prompt"] for end in ("", "-2")]
    assert found == ["a cup", "a pot"]


REFUSED = {
    "two bodies": (f"curl -d '{BODY}' \\\n -d 'x=1' {URL}", "2:2: a second body"),
    "no body": (f"echo\ncurl {URL}", "2:1: this curl command sends no body"),
    "other body": (f"curl {URL} --data-urlencode 'a=b'", "this curl command sends its body with --data-urlencode"),
    "in quotes": (f"true\nbash -c \"curl -d '{{}}' {URL}\"", "2:1: a curl command in quotes"),
    "one of two": (f"curl -d '{BODY}' {URL}\ntimeout 3 curl {URL}", "2:11: this curl command sends no body"),
    "no end of a command": (f"r=$(curl -d '{BODY}' {URL}", '1:3: this "$(" is never closed'),
    "no end of backticks": (f"r=`curl -d '{BODY}' {URL}", "1:3: this backtick is never closed"),
    "depth": ("$(" * 5000 + "curl -d x", "more than 20 levels of commands in commands"),
    "half a character": (r"curl -d $'\ud83c'", "is no character"),
    "beyond Unicode": (r"curl -d $'\Uffffffff'", "is no character"),
    "other method": (f"curl -d '{BODY}' {MODELS}/veo-2.0-generate-001:predictLongRunning", '"predictLongRunning"'),
    "method of Gemini": (f"curl -d '{BODY}' {MODELS}/gemini-2.5-flash-image:generateContent", '"generateContent"'),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused(name: str) -> None:
    script, reason = REFUSED[name]
    with pytest.raises(BodyError) as caught:
        imagenspec.load_request(script)
    assert reason in str(caught.value)


def test_what_only_speaks_of_curl_is_passed_over() -> None:
    others = f"# curl -d x {URL}\napt-get install curl\necho curl -d x {URL}\ncurl https://x.org/\n"
    assert body_of(imagenspec.load_request(f"{others}curl -d '{BODY}' {URL}")) == generate()


PROMPTS = {
    "unquoted": (r"curl -d @- <<EOF" + "\n%s\nEOF\n", r"a \"cup\" \$5 \`x\` \\n", 'a "cup" $5 `x` \n'),
    "quoted": (r"curl -d @- <<'EOF'" + "\n%s\nEOF\n", r"a $5 \\n", "a $5 \\n"),
    "bytes": ("curl -d $'%s'", r"\xc3\xa9 \303\251 é \u00e9 \ud83c\udf75 \U0001f375", "é é é é 🍵 🍵"),
}


@pytest.mark.parametrize("name", PROMPTS)
def test_values_are_what_bash_sends(name: str) -> None:
    script, prompt, wanted = PROMPTS[name]
    text = script % f'{{"instances": [{{"prompt": "{prompt}"}}]}}'
    loaded = imagenspec.load_request(text)
    assert body_of(loaded)["instances"][0]["prompt"] == wanted
    assert not [note for note in loaded.notes if "left to the shell" in note]


@pytest.mark.parametrize(
    ("script", "left"),
    [
        ("curl -d @- <<EOF\n%s\nEOF\n", ["$NAME", "${OTHER}"]),
        ('curl -d "%s"', ["$NAME", "${OTHER}"]),
        ("curl -d @- <<'EOF'\n%s\nEOF\n", []),
        ("curl -d '%s'", []),
    ],
)
def test_variables_stay_and_are_told(script: str, left: list[str]) -> None:
    body = '{"instances": [{"prompt": "a $NAME, ${OTHER}, $NAME"}]}'
    loaded = imagenspec.load_request(script % (body.replace('"', '\\"') if '"%s"' in script else body))
    assert body_of(loaded)["instances"][0]["prompt"] == "a $NAME, ${OTHER}, $NAME"
    told = [note for note in loaded.notes if "is left to the shell" in note]
    assert [name for name in ("$NAME", "${OTHER}") if any(f'"{name}"' in note for note in told)] == left
    assert len(told) == len(left)


@pytest.mark.parametrize("head", ["### a cup\n", "# @name cup\n", "@host = x\n\n", "// one\n### a\n@a = b\r\n\n", ""])
def test_http_text_with_names_and_variables(head: str) -> None:
    loaded = imagenspec.load_request(f"{head}POST {URL} HTTP/1.1\nA: b\n\n{BODY}\n")
    assert body_of(loaded) == generate()
    assert loaded.model == "imagen-4.0-fast-generate-001"


@pytest.mark.parametrize(
    "behind",
    ["\n> {%\n client.log(1)\n%}\n", "\n<> 2024.json\n", "\n>> answer.json\n\n###\nGET https://example.com/\n"],
)
@pytest.mark.parametrize(
    "before", ["", "### list\nGET https://example.com/\n\n###\n", "PUT https://example.com/\n\n{}\n\n###\n"]
)
def test_http_text_with_answers_and_other_requests(before: str, behind: str) -> None:
    assert body_of(imagenspec.load_request(f"{before}POST {URL}\nA: b\n\n{BODY}\n{behind}")) == generate()


def test_http_text_behind_what_is_run_before_it() -> None:
    before = "< {%\n request.variables.set('p', 'x')\n%}\n"
    assert body_of(imagenspec.load_request(f"{before}POST {URL}\n\n{BODY}")) == generate()


def test_http_variables_that_stay_are_told() -> None:
    body = BODY.replace("cup", "{{p}} {{p}}")
    loaded = imagenspec.load_request(f"@p = cup\nPOST {URL}\nA: b\n\n{body}")
    assert body_of(loaded)["instances"][0]["prompt"] == "a {{p}} {{p}}"
    [told] = [note for note in loaded.notes if "is left to the editor" in note]
    assert told.startswith('the body:5:30: "{{p}}" is left')


HTTP_WITH_FILE = {
    "plain": "< ./request.json",
    "variables in it": "<@utf8 request.json\n",
    "answer": "\n< ./request.json\r\n\n> {% client.log(1) %}\n",
    "next": "< request.json\n\n###\nGET https://example.com/\n",
}


@pytest.mark.parametrize("name", HTTP_WITH_FILE)
def test_http_text_with_its_body_in_a_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text(BODY, "utf-8")
    (tmp_path / "call.http").write_text(f"POST {URL}\nA: b\n\n{HTTP_WITH_FILE[name]}", "utf-8")
    done = run("call.http", "-o", "out", folder=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert compiled(tmp_path / "out/call.imagen.yaml") == generate()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"POST {URL}\nA: b\n\n< ./request.json\n", "4:3: the body is in ./request.json; load that file"),
        (f"POST {URL}\nA: b\n\n< a.json\n{BODY}", "5:1: a body is in one file"),
        (f"@model = a\nPOST {MODELS}/{{{{model}}}}:predict\nA: b\n\n{BODY}", 'the URL has "{{model}}"; say the model'),
    ],
)
def test_http_text_that_cannot_be_read_is_refused(text: str, reason: str) -> None:
    with pytest.raises(BodyError) as caught:
        imagenspec.load_request(text)
    assert reason in str(caught.value)


def test_http_requests_of_others_are_passed_over() -> None:
    other = "POST https://oauth2.googleapis.com/token\nA: b\n\ngrant_type=a\n\n###\n"
    assert body_of(imagenspec.load_request(f"{other}POST {URL}\nA: b\n\n{BODY}\n")) == generate()


def test_entries_of_others_are_passed_over(tmp_path: Path) -> None:
    foreign = URL.replace("google/models", "meta/models"), URL.replace(":predict", ":predictLongRunning")
    foreign = (*foreign, URL.replace(":predict", ":generateContent"), "https://example.com/:count")
    entries = [{"request": {"url": url, "postData": {"text": BODY}}} for url in (*foreign, URL)]
    (tmp_path / "a.har").write_text(json.dumps({"log": {"entries": entries}}), "utf-8")
    done = run("a.har", "-o", "out", folder=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert b'entry 1 of a.har is passed over: its model is one of "meta"' in done.stderr
    assert b'entry 2 of a.har is passed over: it is sent to the method "predictLongRunning"' in done.stderr
    assert b'entry 3 of a.har is passed over: it is sent to the method "generateContent"' in done.stderr
    assert b"entry 4" not in done.stderr
    assert written(tmp_path / "out") == {"a.imagen.yaml"}
    with pytest.raises(BodyError, match="no entry of this archive is a request to :predict with a body; entry 1"):
        imagenspec.load_request(json.dumps(entries[:1]))


def test_posted_base64() -> None:
    data = {"encoding": "base64", "text": base64.b64encode(BODY.encode()).decode()}
    assert body_of(imagenspec.load_request(json.dumps([{"request": {"url": URL, "postData": data}}]))) == generate()
    data["text"] = "!"
    with pytest.raises(BodyError, match="the body of entry 1: base64 that does not decode"):
        imagenspec.load_request(json.dumps([{"request": {"url": URL, "postData": data}}]))
