"""What differs between two texts: words, white space, characters of scripts without blanks."""

from __future__ import annotations

import random

import pytest

from imagenspec.report.changes_words import runs_of
from imagenspec.review.words import word_diff

ALPHABET = ("a", "cup", " ", "  ", "\n", "\t", ",", "-", "咖", "啡", "é", "e\u0301", "👍🏽", "don't")


def shown(old: str, new: str) -> str:
    marks = {"-": "[-{}-]", "+": "{{+{}+}}", " ": "{}"}
    return "".join(marks[mark].format(text) for mark, text in runs_of(word_diff(old, new)))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("A cat on a mat", "A  cat on a mat", "A[-·-]{+··+}cat on a mat"),
        ("a cup", "a cup\n", "a cup{+↵+}"),
        ("a red\nbig cup", "a small cup", "a [-red↵big-]{+small+} cup"),
        ("a red big cup", "a blue huge cup", "a [-red big-]{+blue huge+} cup"),
        ("a red cup", "a cup", "a [-red -]cup"),
        ("咖啡杯在桌子上", "咖啡壶在桌子上", "咖啡[-杯-]{+壶+}在桌子上"),
        ("close-up, soft", "close-up; soft", "close-up[-,-]{+;+} soft"),
        ("don't", "don\u2019t", "[-don't-]{+don\u2019t+}"),
        ("", "a cup", "{+a cup+}"),
    ],
)
def test_what_differs(old: str, new: str, expected: str) -> None:
    assert shown(old, new) == expected


def test_what_stays_far_away_is_left_out() -> None:
    words = " ".join(str(number) for number in range(40))
    assert shown(f"a {words}", f"b {words}") == "[-a-]{+b+} 0 1 2 3 4 5 ..."
    assert shown(f"{words} a", f"{words} b") == "... 34 35 36 37 38 39 [-a-]{+b+}"
    assert shown("杯" * 99 + "a", "杯" * 99 + "b") == "... " + "杯" * 12 + "[-a-]{+b+}"


def test_runs_make_both_texts() -> None:
    chance = random.Random(5)  # noqa: S311 - texts, no secrets
    for _ in range(500):
        old, new = ("".join(chance.choices(ALPHABET, k=chance.randint(0, 12))) for _ in range(2))
        runs = word_diff(old, new)
        assert "".join(text for mark, text in runs if mark != "+") == old
        assert "".join(text for mark, text in runs if mark != "-") == new


def test_texts_that_are_too_long_are_not_compared_inside() -> None:
    old, new = (" ".join(f"{name}{number}" for number in range(2_000)) for name in "ab")
    assert [mark for mark, _ in word_diff(f"x {old} y", f"x {new} y")] == [" ", "-", "+", " "]
