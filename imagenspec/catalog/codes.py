"""The diagnostic codes: name, severity and source of each."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import NamedTuple

from imagenspec.catalog.tables import rows


class Severity(StrEnum):
    """How bad a finding is; only errors keep a recipe from being compiled."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Code(NamedTuple):
    """A kind of finding.

    Attributes:
        fatal: Whether there is no request as long as it is there; it can be mended but not ignored.
    """

    code: str
    name: str
    severity: Severity
    about: str
    source: tuple[str, ...]
    confidence: str
    checked: str
    fatal: bool


@cache
def codes() -> dict[str, Code]:
    """Return every diagnostic code by its number."""
    return {
        row["code"]: Code(
            row["code"],
            row["name"],
            Severity(row["severity"]),
            row["about"],
            tuple(row["source"]),
            row["confidence"],
            row["checked"],
            row.get("fatal", False),
        )
        for row in rows("rules")
    }


class RuleText(NamedTuple):
    """What ``imagenspec rule`` says of a code beside its row, and SARIF of its rules.

    Attributes:
        why: Why the finding matters: what the service answers, or what goes wrong without a word.
        mend: How to mend it.
        source: Where ``why`` is from.
        checked: The day on which that was looked up.
        day: The day on which the examples are read, where that matters.
        shown: What the findings are about, of a code without example recipes.
        configuration: The configuration beside the examples, by their kind.
    """

    why: str
    mend: str
    source: tuple[str, ...]
    checked: str
    day: str | None
    shown: str | None
    configuration: dict[str, str]


@cache
def rule_texts() -> dict[str, RuleText]:
    """Return the texts about every diagnostic code by its number."""
    return {
        row["code"]: RuleText(
            row["why"],
            row["mend"],
            tuple(row["source"]),
            row["checked"],
            row.get("day"),
            row.get("shown"),
            row.get("configuration", {}),
        )
        for row in rows("rule_texts")
    }


def codes_of(word: str) -> tuple[str, ...]:
    """Return the codes that a word means: a code, a name, or the beginning of codes (``IMG``, ``IMG5``, ``IMG51``)."""
    exact = tuple(code.code for code in codes().values() if word in (code.code, code.name))
    return exact or (tuple(code for code in codes() if word.startswith("IMG") and code.startswith(word)))
