"""What differs between two texts: words, white space, characters of scripts without blanks."""

from __future__ import annotations

import random
from functools import partial
from itertools import pairwise

import pytest
from counting import lines_run

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


def test_a_rewritten_text_keeps_its_phrases() -> None:
    old = "A close-up of a red cup, filled with coffee, on a table, steam rising"
    new = "A close-up of a blue cup, filled with tea, standing on a table, with steam rising"
    first = "A close-up of a [-red-]{+blue+} cup, filled with [-coffee-]{+tea+}, "
    assert shown(old, new) == first + "{+standing +}on a table,{+ with+} steam rising"


def prompt(chance: random.Random, words: int) -> str:
    """Return a text of which, as of any, a few words make a half."""
    usual = chance.choices(("a", "the", "of", ",", "and", "in"), k=words)
    rare = chance.choices([f"word{number}" for number in range(words)], k=words)
    return " ".join(chance.choice(pair) for pair in zip(usual, rare, strict=True))


def test_runs_make_both_texts() -> None:
    chance = random.Random(5)  # noqa: S311 - texts, no secrets
    pairs = [["".join(chance.choices(ALPHABET, k=chance.randint(0, 12))) for _ in range(2)] for _ in range(500)]
    pairs += [["".join(chance.choices(ALPHABET, k=chance.randint(200, 900))) for _ in range(2)] for _ in range(20)]
    pairs += [[prompt(chance, chance.randint(200, 900)) for _ in range(2)] for _ in range(20)]
    for old, new in pairs:
        runs = word_diff(old, new)
        assert "".join(text for mark, text in runs if mark != "+") == old
        assert "".join(text for mark, text in runs if mark != "-") == new
        assert all(one[0] != other[0] for one, other in pairwise(runs))


def test_the_work_does_not_grow_with_the_third_power() -> None:
    chance = random.Random(6)  # noqa: S311 - texts, no secrets
    for words in (100, 400, 1_400):
        old, new = (prompt(chance, words) for _ in range(2))
        assert lines_run(partial(word_diff, old, new)) < 200 * words
    old, new = (" ".join(f"{name}{number} word{number}" for number in range(200)) for name in "ab")
    assert lines_run(partial(word_diff, old, new)) < 1_000 * 400


def test_texts_that_are_too_long_are_not_compared_inside() -> None:
    old, new = (" ".join(f"{name}{number}" for number in range(2_000)) for name in "ab")
    assert [mark for mark, _ in word_diff(f"x {old} y", f"x {new} y")] == [" ", "-", "+", " "]
