"""Comments that ignore findings: where they count, what they may name, and what is said of those that do nothing."""

from __future__ import annotations

import pytest
from pinned import options

from imagenspec.catalog.codes import codes
from imagenspec.project.check import check_bytes
from imagenspec.source.edits import apply

HEAD = "imagenspec: 1\ntask: generate\nmodel: imagen-4.0-generate-001\n"
GENERATE = f"{HEAD}prompt: a cup\n"
SEED = "parameters:\n  enhance_prompt: false\n  seed: 7\n"
"""A seed with the watermark on: IMG301, seed-with-watermark."""
SUBJECTS = (
    "imagenspec: 1\ntask: customize\nmodel: imagen-3.0-capability-001\nreferences:\n"
    "  man: {subject: default, description: a man, image: 'gs://b/a.png'}\n"
)


def found(text: str) -> list[tuple[str, int]]:
    """Return the code and the line of each finding."""
    return [(one.code, one.start.line) for one in check_bytes("a.imagen.yaml", text.encode(), options()).findings]


def codes_in(text: str) -> list[str]:
    return [code for code, _ in found(text)]


def fixed(text: str) -> str:
    """Return a text with the fixes of all its findings about comments applied."""
    findings = check_bytes("a.imagen.yaml", text.encode(), options()).findings
    return apply(text, [edit for one in findings if one.fix and one.code > "IMG9" for edit in one.fix.edits])


def test_the_recipes_of_these_tests_have_their_finding() -> None:
    assert found(GENERATE + SEED) == [("IMG301", 7)]
    assert found(f"{SUBJECTS}prompt: a [1] and a [2]\n") == [("IMG401", 6)]


@pytest.mark.parametrize(
    "seed",
    [
        "  seed: 7  # imagenspec: ignore[IMG301] why",
        "  seed: 7 # imagenspec: ignore[IMG301]",
        "  seed: 7\t# imagenspec: ignore[IMG301]",
        "  seed: 7  #imagenspec:ignore[IMG301]",
        "  seed: 7  # imagenspec: ignore [IMG301]",
        "  seed: 7  # imagenspec: ignore[ IMG301 ] why",
        "  seed: 7  # imagenspec: ignore[seed-with-watermark] why",
        "  seed: 7  # as in the sample  # imagenspec: ignore[IMG301]",
        "  # imagenspec: ignore[IMG301] why\n  seed: 7",
        "# imagenspec: ignore[IMG301] why\n  seed: 7",
        "      # imagenspec: ignore[IMG301] why\n  seed: 7",
        "  # imagenspec: ignore[IMG301] why\n\n  # more words\n  seed: 7",
        "  # imagenspec: ignore[IMG301] why\n      \n  seed: 7",
    ],
)
def test_a_comment_on_the_line_or_alone_above_it_counts(seed: str) -> None:
    assert found(GENERATE + SEED.replace("  seed: 7", seed)) == []


@pytest.mark.parametrize(
    ("seed", "lines"),
    [
        ("  # imagenspec: ignore[IMG301]\n  sample_count: 2\n  seed: 7", [("IMG901", 7), ("IMG301", 9)]),
        ("  seed: 7\n  # imagenspec: ignore[IMG301]\n  sample_count: 2", [("IMG301", 7), ("IMG901", 8)]),
        ("  sample_count: 2  # imagenspec: ignore[IMG301]\n  seed: 7", [("IMG901", 7), ("IMG301", 8)]),
        ("  seed: 7\n  # imagenspec: ignore[IMG301]", [("IMG301", 7), ("IMG901", 8)]),
    ],
    ids=["two lines below", "above", "on the line before", "at the end of the file"],
)
def test_a_comment_elsewhere_does_not_count_and_is_reported(seed: str, lines: list[tuple[str, int]]) -> None:
    assert found(GENERATE + SEED.replace("  seed: 7", seed)) == lines


def test_comments_above_one_another_all_count_for_the_line_below_them() -> None:
    seed = "  # imagenspec: ignore[IMG301] as in the sample\n  # imagenspec: ignore[IMG302] so it is\n  seed: 0"
    assert codes_in(GENERATE + SEED.replace("  seed: 7", "  seed: 0")) == ["IMG301", "IMG302"]
    assert found(GENERATE + SEED.replace("  seed: 7", seed)) == []


@pytest.mark.parametrize("words", ["IMG301, IMG302", "IMG301,IMG302", "IMG301 seed-outside-guide", "IMG302,  IMG301,"])
def test_a_comment_may_name_several(words: str) -> None:
    assert found(GENERATE + SEED.replace("seed: 7", f"seed: 0  # imagenspec: ignore[{words}]")) == []


def test_a_comment_counts_for_everything_that_starts_on_its_line() -> None:
    flow = "parameters: {enhance_prompt: false, seed: 0}  # imagenspec: ignore[IMG301, IMG302] why\n"
    assert found(GENERATE + flow) == []


def test_a_comment_inside_flow_style_counts_for_its_own_line() -> None:
    flow = "parameters: {\n  enhance_prompt: false,{above}\n  seed: 7{behind}\n  }\n"
    comment = "  # imagenspec: ignore[IMG301]"
    assert found(GENERATE + flow.replace("{above}", "").replace("{behind}", comment)) == []
    assert codes_in(GENERATE + flow.replace("{above}", comment).replace("{behind}", "")) == ["IMG901", "IMG301"]
    assert found(GENERATE + flow.replace("{above}", f"\n{comment}").replace("{behind}", "")) == []


@pytest.mark.parametrize("header", ["|", ">-", "|2-", ">+"])
def test_a_comment_on_the_header_of_a_text_counts_for_the_whole_text(header: str) -> None:
    text = f"{SUBJECTS}prompt: {header}  # imagenspec: ignore[IMG401] the second is text\n  a [1]\n\n  and [2]\n"
    assert codes_in(text.replace("  # imagenspec: ignore[IMG401] the second is text", "")) == ["IMG401"]
    assert found(text) == []


@pytest.mark.parametrize("prompt", [">-\n  a [1]\n  and [2]", "'a [1]\n  and [2]'", "a [1]\n  and [2]"])
def test_a_comment_above_the_key_counts_for_a_text_of_several_lines(prompt: str) -> None:
    assert found(f"{SUBJECTS}# imagenspec: ignore[IMG401] the second is text\nprompt: {prompt}\n") == []


def test_a_comment_behind_a_text_of_several_lines_counts_for_its_last_line() -> None:
    assert found(f"{SUBJECTS}prompt: 'a [1]\n  and [2]'  # imagenspec: ignore[IMG401]\n") == []


@pytest.mark.parametrize(
    "note",
    [
        "description: 'it is # imagenspec: ignore[IMG301] here'",
        'description: "it is # imagenspec: ignore[IMG301] here"',
        "description: it is# imagenspec:ignore[IMG301] here",
        "description: |\n  # imagenspec: ignore[IMG301] here",
        "description: >-\n  a text\n  # imagenspec: ignore[IMG301] here",
        '"x- # imagenspec: ignore[IMG301]": 1',
        "tags: [' # imagenspec: ignore[IMG301]']",
    ],
)
def test_what_looks_like_a_comment_in_a_text_is_none(note: str) -> None:
    assert codes_in(f"{HEAD}prompt: a cup\n{note}\n{SEED}") == ["IMG301"]
    assert codes_in(f"{HEAD}prompt: a cup\n{note}\n") == []


def test_a_comment_behind_a_text_that_looks_like_one_counts() -> None:
    text = "description: 'a # imagenspec: ignore[IMG603]'\nvars: {x: '# imagenspec: ignore'}  "
    assert found(f"{GENERATE}{text}# imagenspec: ignore[IMG603]\n") == []


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_breaks_and_byte_order_marks_make_no_difference(line_break: str, mark: str) -> None:
    seed = SEED.replace("  seed: 7", "  # imagenspec: ignore[IMG301] why\n  seed: 0  # imagenspec: ignore[IMG302] why")
    text = f"{mark}# imagenspec: ignore-file[IMG603] why\n{GENERATE}vars: {{x: 1}}\n{seed}"
    assert found(text.replace("\n", line_break)) == []


def test_ignore_file_counts_everywhere_from_before_the_first_key() -> None:
    for place in (
        "# imagenspec: ignore-file[IMG301] why\n",
        "\n# words\n\n#imagenspec: ignore-file[IMG301]\n# words\n",
    ):
        assert found(place + GENERATE + SEED) == []
    assert found(f"---\n# imagenspec: ignore-file[seed-with-watermark] why\n{GENERATE}{SEED}") == []


@pytest.mark.parametrize("place", [1, 3, 7])
def test_ignore_file_behind_the_first_key_is_reported_and_does_not_count(place: int) -> None:
    lines = (GENERATE + SEED).splitlines(keepends=True)
    lines.insert(place, "# imagenspec: ignore-file[IMG301] why\n")
    assert sorted(found("".join(lines))) == [("IMG301", 8 if place < 7 else 7), ("IMG903", place + 1)]


def test_ignore_file_behind_the_first_key_of_flow_style_is_late_too() -> None:
    rest = '"task": generate, "model": imagen-4.0-generate-001, "prompt": a}'
    assert found(f'{{"imagenspec": 1, # imagenspec: ignore-file[IMG301]\n{rest}\n') == [("IMG903", 1)]


@pytest.mark.parametrize("words", ["", "[]", "[ ]", "[,]", "(IMG301)", ": IMG301", " IMG301", "[IMG301", "d[IMG301]"])
def test_what_cannot_be_read_is_reported_and_ignores_nothing(words: str) -> None:
    text = GENERATE + SEED.replace("seed: 7", f"seed: 7  # imagenspec: ignore{words}")
    assert sorted(codes_in(text)) == ["IMG301", "IMG903"]


@pytest.mark.parametrize(
    "comment", ["# imagenspec", "# imagenspec: 1", "# image: ignore[IMG301]", "# see imagenspec: ignore[IMG301]"]
)
def test_other_comments_are_left_alone(comment: str) -> None:
    assert codes_in(f"{comment}\n{GENERATE}{SEED}") == ["IMG301"]


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("IMG310x", 'did you mean "IMG310"?'),
        ("seed-with-watermrk", 'did you mean "seed-with-watermark"?'),
        ("SEED-WITH-WATERMARK", 'did you mean "seed-with-watermark"?'),
        ("img301", 'did you mean "IMG301"?'),
        ("something-else-altogether", '"imagenspec rules" lists them'),
        ("IMG3", "a comment names single codes; families are for the configuration"),
    ],
)
def test_unknown_words_are_reported_with_a_hint_and_ignore_nothing(word: str, hint: str) -> None:
    text = GENERATE + SEED.replace("seed: 7", f"seed: 7  # imagenspec: ignore[{word}]")
    findings = check_bytes("a.imagen.yaml", text.encode(), options()).findings
    assert [one.code for one in findings] == ["IMG301", "IMG902"]
    assert findings[1].message == f'unknown code "{word}"; {hint}'
    assert text[findings[1].span.start : findings[1].span.end] == word


def test_the_fix_of_a_slip_writes_the_word_that_was_meant_and_asks_first() -> None:
    text = GENERATE + SEED.replace("seed: 7", "seed: 7  # imagenspec: ignore[seed-with-watermrk] why")
    [_, slip] = check_bytes("a.imagen.yaml", text.encode(), options()).findings
    assert slip.fix is not None
    assert not slip.fix.safe
    assert found(apply(text, slip.fix.edits)) == []


def test_a_family_of_codes_has_no_fix() -> None:
    text = GENERATE + SEED.replace("seed: 7", "seed: 7  # imagenspec: ignore[IMG3]")
    [_, family] = check_bytes("a.imagen.yaml", text.encode(), options()).findings
    assert family.fix is None


FATAL = {
    "key written twice": ("prompt: b\n", "IMG002"),
    "unknown key": ("colour: blue\n", "IMG101"),
    "wrong type": ("parameters: {sample_count: two}\n", "IMG103"),
    "undefined name": ("parameters: {negative_prompt: '{{ x }}'}\n", "IMG602"),
}


@pytest.mark.parametrize(("line", "code"), FATAL.values(), ids=FATAL)
def test_what_leaves_no_request_cannot_be_ignored(line: str, code: str) -> None:
    recipe = GENERATE.replace("imagen-4.0", "imagen-3.0")
    written = line.rstrip("\n") + f"  # imagenspec: ignore[{code}] why\n"
    assert sorted(codes_in(recipe + written)) == [code, "IMG904"]
    assert sorted(codes_in(f"# imagenspec: ignore-file[{code}]\n{recipe}{line}")) == [code, "IMG904"]


def test_what_cannot_be_ignored_is_not_reported_as_unused_where_it_is_not_found() -> None:
    assert codes_in(f"{GENERATE}tags: [a]  # imagenspec: ignore[unknown-key]\n") == ["IMG904"]


def test_comments_are_not_said_to_be_unused_where_not_all_rules_had_their_say() -> None:
    broken = GENERATE.replace("prompt: a cup", "promt: a cup")
    assert codes_in(f"# imagenspec: ignore-file[IMG301] why\n{broken}") == ["IMG101"]
    assert codes_in(f"# imagenspec: ignore-file[IMG301] why\n{GENERATE}") == ["IMG901"]


UNUSED = {
    "behind a value": ("tags: [a]  # imagenspec: ignore[IMG301] why\nlabels: {}\n", "tags: [a]\nlabels: {}\n"),
    "on a line of its own": ("tags: [a]\n  # imagenspec: ignore[IMG301] why\nlabels: {}\n", "tags: [a]\nlabels: {}\n"),
    "on the last line": ("tags: [a]\n# imagenspec: ignore[IMG301]\n", "tags: [a]\n"),
    "on a last line without an end": ("tags: [a]\n# imagenspec: ignore[IMG301]", "tags: [a]"),
    "first of two words": (
        "vars: {x: 1} # imagenspec: ignore[IMG301, IMG603]\n",
        "vars: {x: 1} # imagenspec: ignore[IMG603]\n",
    ),
    "last of two words": (
        "vars: {x: 1} # imagenspec: ignore[IMG603, IMG301]\n",
        "vars: {x: 1} # imagenspec: ignore[IMG603]\n",
    ),
    "middle of three words": (
        "vars: {x: off}  # imagenspec: ignore[IMG603, IMG301, IMG020]\n",
        "vars: {x: off}  # imagenspec: ignore[IMG603, IMG020]\n",
    ),
    "of two comments": (
        "# imagenspec: ignore[IMG301]\n# imagenspec: ignore[IMG603]\nvars: {x: 1}\n",
        "# imagenspec: ignore[IMG603]\nvars: {x: 1}\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), UNUSED.values(), ids=UNUSED)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_a_word_that_ignores_nothing_is_reported_and_its_fix_takes_it_out(
    before: str, after: str, line_break: str
) -> None:
    text, wanted = ((GENERATE + part).replace("\n", line_break) for part in (before, after))
    assert codes_in(text) == ["IMG901"]
    assert fixed(text) == wanted
    assert found(wanted) == []


def test_the_fix_of_an_unused_word_is_safe() -> None:
    [unused] = check_bytes(
        "a.imagen.yaml", f"# imagenspec: ignore-file[IMG301]\n{GENERATE}".encode(), options()
    ).findings
    assert unused.fix is not None
    assert unused.fix.safe


def test_of_two_comments_for_one_finding_both_count_as_used() -> None:
    assert (
        found(f"# imagenspec: ignore-file[IMG603]\n{GENERATE}vars: {{x: 1}}  # imagenspec: ignore[unused-variable]\n")
        == []
    )


def test_an_axis_is_ignored_where_it_is_written() -> None:
    text = (
        GENERATE
        + "parameters: {enhance_prompt: false}\nmatrix:\n  parameters.seed: 1..2  # imagenspec: ignore[IMG301]\n"
    )
    assert found(text) == []


def test_a_value_behind_an_alias_is_ignored_at_the_place_of_the_finding() -> None:
    anchored = "x-all: &all\n  enhance_prompt: false\n  seed: 0\nparameters:\n  <<: *all\n  add_watermark: false\n"
    [finding] = check_bytes("a.imagen.yaml", (GENERATE + anchored).encode(), options()).findings
    lines = (GENERATE + anchored).splitlines()
    lines[finding.start.line - 1] += "  # imagenspec: ignore[IMG302]"
    assert finding.code == "IMG302"
    assert found("\n".join(lines) + "\n") == []


@pytest.mark.parametrize(
    ("code", "line"), [("IMG301", SEED), ("IMG603", "vars: {x: 1}\n"), ("IMG112", "raw: {instance: {x: 1}}\n")]
)
def test_codes_and_names_mean_the_same(code: str, line: str) -> None:
    assert codes_in(GENERATE + line) == [code]
    for word in (code, codes()[code].name):
        assert found(f"# imagenspec: ignore-file[{word}] why\n{GENERATE}{line}") == []
