"""A problem in a template stands at its own line and column, however the text is written in YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pinned import options

from imagenspec.project.check import check_bytes

if TYPE_CHECKING:
    from imagenspec.project.findings import Finding

HEAD = "imagenspec: 1\ntask: generate\nmodel: imagen-4.0-generate-001\n"


def findings(prompt: str, line_break: str = "\n", *, mark: bool = False) -> tuple[str, list[Finding]]:
    text = (HEAD + "prompt: " + prompt).replace("\n", line_break)
    data = (b"\xef\xbb\xbf" if mark else b"") + text.encode()
    return text, list(check_bytes("a.imagen.yaml", data, options()).findings)


@pytest.mark.parametrize(
    "prompt",
    [
        "a {{ nowhere }} b\n",
        "  a {{nowhere}}  # why\n",
        "a\n  b c\n  {{ nowhere }} d\n",
        "'it''s {{ nowhere }}'\n",
        "'it''s\n\n  {{ nowhere }}'\n",
        '"a\\n\\t\\u00e4\\U0001F600 {{ nowhere }}"\n',
        '"a \\\n  b\\x41 {{ nowhere }}"\n',
        '"a\n  b {{ nowhere\\x20}}"\n',
        "|\n  a\n    b\n  {{ nowhere }}\n",
        "|2-\n    a {{ nowhere }}\n",
        "|+ # note\n  \U0001f600 {{ nowhere }}\n\n",
        ">\n  a\n  b {{ nowhere }}\n",
        ">-\n  a\n\n\n  b\n    c\n    {{ nowhere }}\n  d\n",
        ">-\n\n  a\n  {{ nowhere }}\n",
        "&anchor a {{ nowhere }}\n",
        "!!str |\n  a {{ nowhere }}\n",
        "\u00e4\u4e2d\U0001f600 {{ nowhere }}\n",
    ],
)
@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [False, True])
def test_an_undefined_name_stands_where_it_is_written(prompt: str, line_break: str, mark: bool) -> None:
    text, [found] = findings(prompt, line_break, mark=mark)
    assert found.code == "IMG602"
    assert text[found.span.start : found.span.end] == "nowhere"
    assert found.span.start == text.index("nowhere")


@pytest.mark.parametrize("prompt", ["so {{ here }} {{ nowhere }}\n", "|\n  {{ nowhere }}\n\n  {{ nowhere }}\n"])
def test_every_use_is_reported_once_at_its_own_place(prompt: str) -> None:
    text, found = findings(prompt)
    starts = [one.span.start for one in found]
    assert len(set(starts)) == len(starts) == prompt.count("{{")
    assert all(text[one.span.start : one.span.end] in ("here", "nowhere") for one in found)


@pytest.mark.parametrize(
    ("prompt", "marked"),
    [
        ("|\n  one\n  {{ 'a' * 3 }}\n", "*"),
        (">-\n  one\n  two {% set x = 1 %}\n", "set"),
        ('"\\u00e4 {{ x|nofilter }}"\n', "nofilter"),
        ("a {{ x is notest }}\n", "notest"),
        ("a\n  b {% include 'x' %}\n", "include"),
    ],
)
def test_a_refusal_points_at_the_word(prompt: str, marked: str) -> None:
    text, found = findings(prompt)
    refused = [one for one in found if one.code == "IMG604"]
    assert [text[one.span.start : one.span.end] for one in refused] == [marked]


@pytest.mark.parametrize(
    "prompt", ["|\n  one\n  two {{ a b }}\n", "one {{ 'a }}\n", "|\n  {% if a %}\n", "one {{ }}\n"]
)
def test_a_template_that_does_not_parse_is_reported_within_the_text(prompt: str) -> None:
    text, found = findings(prompt)
    assert [one.code for one in found] == ["IMG601"]
    assert text.index("prompt: ") < found[0].span.start < found[0].span.end <= len(text)


def test_a_marker_without_reference_stands_where_it_is_written_through_folding_and_escapes() -> None:
    head = "imagenspec: 1\ntask: customize\nmodel: imagen-3.0-capability-001\n"
    references = "references:\n  look: {subject: default, description: a look, image: 'gs://bucket/a.png'}\n"
    for prompt in ("[1] and [7]\n", '"[1] \\u00e4 and [7]"\n', ">-\n  [1] and\n\n  so [7]\n", "'[1]''s [7]'\n"):
        text = f"{head}{references}prompt: {prompt}" if prompt[0] != "[" else f"{head}{references}prompt: a {prompt}"
        [found] = check_bytes("a.imagen.yaml", text.encode(), options()).findings
        assert (found.code, text[found.span.start : found.span.end]) == ("IMG401", "[7]")
