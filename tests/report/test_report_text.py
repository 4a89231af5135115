"""The report for people: carets stand under what is meant, whatever a terminal makes of the line."""

from __future__ import annotations

import pytest
from report_findings import CUP, finding, findings_of

from imagenspec.project.findings import Severity
from imagenspec.report.text import as_text, counted, summary
from imagenspec.source.diagnostics import Fix, Related
from imagenspec.source.text import Span

GUTTER = len("    1 | ")


def excerpt(line: str, marked: str) -> tuple[str, str]:
    """Return the line and the carets that a finding about a part of a line shows, without their gutters."""
    start = line.index(marked)
    _, shown, carets = as_text([finding(text=line, span=(start, start + len(marked)))], colour=False)
    assert (shown[:GUTTER], carets[:GUTTER]) == ("    1 | ", "      | ")
    return shown[GUTTER:], carets[GUTTER:]


@pytest.mark.parametrize(
    ("line", "shown", "carets"),
    [
        ("prompt: a BAD cup", "prompt: a BAD cup", "          ^^^"),
        ("prompt: 一杯咖啡 BAD", "prompt: 一杯咖啡 BAD", "                 ^^^"),
        ("\uff17\uff18 BAD", "\uff17\uff18 BAD", "     ^^^"),
        ("ﾊﾝｶｸ BAD", "ﾊﾝｶｸ BAD", "     ^^^"),
        ("e\u0301e\u0301 BAD", "e\u0301e\u0301 BAD", "   ^^^"),
        ("한글 BAD", "한글 BAD", "     ^^^"),
        ("\u1112\u1161\u11ab BAD", "\u1112\u1161\u11ab BAD", "   ^^^"),
        ("👩\u200d🍳 BAD", "👩🍳 BAD", "     ^^^"),
        ("👩\u200d❤\ufe0f\u200d👨 BAD", "👩❤👨 BAD", "      ^^^"),
        ("👍🏽 BAD", "👍🏽 BAD", "   ^^^"),
        ("❤\ufe0f BAD", "❤ BAD", "  ^^^"),
        ("1\ufe0f\u20e3 BAD", "1\u20e3 BAD", "  ^^^"),
        ("🇯🇵 BAD", "🇯🇵 BAD", "   ^^^"),
        ("می\u200cشود BAD", "میشود BAD", "      ^^^"),
        ("a\u200db BAD", "a\ufffdb BAD", "    ^^^"),
        ("a\ufe0fb BAD", "a\ufffdb BAD", "    ^^^"),
        ("a\u202eb\x1b[0m BAD", "a\ufffdb\ufffd[0m BAD", "        ^^^"),
        ("\ta:\tBAD", "    a:    BAD", "          ^^^"),
    ],
)  # fmt: skip
def test_carets_stand_under_what_is_meant(line: str, shown: str, carets: str) -> None:
    assert excerpt(line, "BAD") == (shown, carets)


@pytest.mark.parametrize(
    ("marked", "carets"),
    [("表示", "^^^^"), ("👩\u200d🍳", "^^^^"), ("e\u0301", "^"), ("a\tb", "^^^^^^"), ("\u200b", "^")],
)
def test_carets_are_as_wide_as_what_is_marked(marked: str, carets: str) -> None:
    assert excerpt(f"k: {marked} # 1", marked)[1] == f"   {carets}"


def test_both_places_of_a_finding_have_their_line_and_carets() -> None:
    text = CUP.replace("a cup of coffee", "茶") + "parameters: {sample_count: 1, 'sample_count': 2}\n"
    [duplicate] = findings_of(text)
    shown = list(as_text([duplicate], colour=False))
    assert [line[GUTTER:] for line in shown if "^" in line] == [" " * 30 + "^" * 14, " " * 13 + "^" * 12]
    assert shown[3].startswith("  note: cup.imagen.yaml:5:14: ")


def test_place_on_another_line_has_an_excerpt_of_its_own() -> None:
    text = "一: x\n二三: y\n"
    one = finding(
        text=text, span=(0, 1), related=(Related(Span(5, 7), "here too"),), fix=Fix("mend it", (), safe=False)
    )
    assert list(as_text([one], colour=False)) == [
        "cup.imagen.yaml:1:1: error[IMG101]: something is wrong (unknown-key)",
        "    1 | 一: x",
        "      | ^^",
        "  note: cup.imagen.yaml:2:1: here too",
        "    2 | 二三: y",
        "      | ^^^^",
        "  perhaps: mend it",
    ]


def test_span_over_several_lines_is_marked_to_the_end_of_its_first() -> None:
    text = "k: |  \n  one\n  two\n"
    shown = list(as_text([finding(text=text, span=(0, len(text)))], colour=False))
    assert shown[1:] == ["    1 | k: |  ", "      | ^^^^"]


@pytest.mark.parametrize("text", ["a: b\r\nc: d\r\n", "a: b\n", "a: b"])
def test_span_behind_the_last_character_has_one_caret(text: str) -> None:
    for start in (4, len(text.splitlines(keepends=True)[0]) - 1):
        shown = list(as_text([finding(text=text, span=(start, start))], colour=False))
        assert shown[1].endswith("| a: b")
        assert shown[2].strip(" |") == "^"


def test_span_inside_the_line_break_of_a_long_line_is_marked_at_its_end() -> None:
    text = "x" * 900 + "\r\n"
    _, shown, carets = as_text([finding(text=text, span=(901, 902))], colour=False)
    assert carets.index("^") == len(shown)


@pytest.mark.parametrize("filler", ["x", "表", "👩\u200d🍳", "\t", "e\u0301", "\u200b"])
def test_of_a_long_line_the_part_around_the_mark_is_shown(filler: str) -> None:
    for before, behind in ((0, 900), (900, 900), (900, 0), (30, 900)):
        shown, carets = excerpt(filler * before + "BAD" + filler * behind, "BAD")
        assert "BAD" in shown
        assert len(carets) <= 160 + len("...")
        assert carets.strip() == "^^^"
        assert shown.endswith("...") is (behind > 0)
        if filler == "x":
            assert shown.index("BAD") == carets.index("^")
            assert len(shown) <= 160 + 2 * len("...")


def test_mark_that_is_longer_than_the_window_ends_with_it() -> None:
    shown, carets = excerpt("k: " + "表" * 5000, "表" * 5000)
    assert shown.endswith("表...")
    assert carets == "   " + "^" * 156


def test_colour_paints_without_moving_anything() -> None:
    one = finding(text="表: b\n", span=(0, 1))
    plain, painted = (list(as_text([one], colour=colour)) for colour in (False, True))
    for escape in ("\x1b[1m", "\x1b[2m", "\x1b[31;1m", "\x1b[0m"):
        painted = [line.replace(escape, "") for line in painted]
    assert painted == plain


def test_summary_counts_by_severity() -> None:
    found = [finding(severity=severity) for severity in (Severity.INFO, Severity.ERROR, Severity.ERROR)]
    assert summary(found, 2) == "2 recipes checked: 2 errors, 1 info"
    assert counted({}, 1) == "1 recipe checked: no findings"
