"""The diagnostic codes for people and machines: one page each, as text, JSON and Markdown. Pure functions."""

from __future__ import annotations

import json
import re
from textwrap import TextWrapper
from typing import TYPE_CHECKING, Any, NamedTuple

from imagenspec.report.paint import COLOURS, painter
from imagenspec.report.table import columns
from imagenspec.report.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from imagenspec.project.findings import Severity

_WIDTH = 80
_FAMILIES = {
    "IMG0": "The text",
    "IMG1": "The shape",
    "IMG2": "The model",
    "IMG3": "Parameters",
    "IMG4": "References, masks and controls",
    "IMG5": "Image files",
    "IMG6": "Prompts and templates",
    "IMG7": "Reproducibility",
    "IMG8": "The project",
    "IMG9": "Ignores and configuration",
}
_INTRODUCTION = """\
<!-- Generated from schemas/data/ by: python -m imagenspec.dev sync --write -->
# The rules

What `imagenspec lint` finds, one section for each code. `imagenspec rule CODE` prints the same.

An error keeps a recipe from being compiled, a warning makes `imagenspec lint` fail, an info does neither. The
confidence says how well a constraint is known: `documented` on a page, stated or enforced by Google's `sdk`, `observed`
in an answer of the service, or `inferred` from these; nothing inferred is an error.

Examples are read as of {day}, when most Imagen models were alive, unless they say otherwise. The tests run each of
them: the bad one has the one finding that is shown, the good one has none."""


class Source(NamedTuple):
    """A page that a rule rests on; what the project itself has decided stands in its README."""

    title: str
    url: str


class Page(NamedTuple):
    """Everything that is known of a code.

    Attributes:
        about: What it finds.
        why: Why that matters.
        mend: What to do about it.
        confidence: How well the constraint is known.
        checked: The day when its sources were last read.
        ignorable: Whether a comment or the configuration can silence it.
        sources: The pages that it rests on.
        bad: A recipe that has it, and nothing else; some codes have none.
        good: The same recipe, mended.
        prints: The finding of the bad recipe, as ``imagenspec lint --format json`` has it.
        day: The day whose models count in both.
        configuration: The configuration beside each of them, where that is their point.
        shown: What has it, of a code that no recipe alone can show.
    """

    code: str
    name: str
    severity: Severity
    about: str
    why: str
    mend: str
    confidence: str
    checked: str
    ignorable: bool
    sources: tuple[Source, ...]
    bad: str | None
    good: str | None
    prints: dict[str, Any] | None
    day: str
    configuration: dict[str, str]
    shown: str | None

    @property
    def family(self) -> str:
        """What the codes with the same first digit are about."""
        return _FAMILIES[self.code[:4]]

    @property
    def finding(self) -> str | None:
        """The finding of the bad recipe as one line."""
        if self.prints is None:
            return None
        start = self.prints["start"]
        place = f"{start['line']}:{start['column']}"
        return f"{place}: {self.severity}[{self.code}]: {self.prints['message']} ({self.name})"

    @property
    def fix(self) -> str:
        """What ``imagenspec fix`` can do about the finding of the bad recipe."""
        fix = self.prints["fix"] if self.prints is not None else None
        if fix is None:
            return "none; mend it by hand"
        return f"{fix['title']} ({'safe' if fix['safe'] else 'unsafe: imagenspec fix --unsafe'})"

    @property
    def ignoring(self) -> str:
        """Whether and how it can be silenced."""
        if not self.ignorable:
            return "no; without it mended there is no request"
        if self.code >= "IMG8":
            return f'in the configuration: ignore = ["{self.name}"]'
        return f"# imagenspec: ignore[{self.name}] why"


def as_table(pages: Sequence[Page]) -> Iterator[str]:
    """Yield the codes as a table."""
    rows = [(page.code, page.severity.value, page.name, page.about) for page in pages]
    yield from columns(("code", "severity", "name", "what it finds"), rows)


def as_json(pages: Sequence[Page]) -> str:
    """Return the codes with all that is known of them as a JSON list."""
    return json.dumps([page_as_dict(page) for page in pages], indent=2)


def page_as_dict(page: Page) -> dict[str, Any]:
    """Return a page as plain data."""
    return {**page._asdict(), "sources": [source._asdict() for source in page.sources]}


def as_text(page: Page, *, colour: bool) -> Iterator[str]:
    """Yield a page as lines for a terminal.

    Args:
        page: What to show.
        colour: Whether to use ANSI colours.
    """
    paint = painter(colour=colour)
    tint = COLOURS[page.severity]
    yield f"{paint(page.code, '1')} {paint(page.name, '1')}: {paint(page.severity.value, tint)}"
    yield ""
    yield from _wrapped(page.about)
    yield ""
    facts = {
        "why": page.why,
        "mend": page.mend,
        "fix": page.fix,
        "ignore": page.ignoring,
        "known": f"{page.confidence}, checked {page.checked}",
    }
    for label, fact in facts.items():
        first, *rest = _wrapped(fact, indent=" " * 8)
        yield f"{paint(f'{label:<6}', '2')}{first[6:]}"
        yield from rest
    yield from _examples(page, paint)
    if page.shown is not None:
        yield ""
        yield from _wrapped(f"For example: {page.shown}")
    yield ""
    yield paint("sources", "2")
    for source in page.sources:
        yield f"  {source.title}"
        yield f"    {source.url}"


def _examples(page: Page, paint: Callable[[str, str], str]) -> Iterator[str]:
    for kind, recipe in (("bad", page.bad), ("good", page.good)):
        if recipe is None:
            continue
        yield ""
        yield paint(f"{kind}{_circumstances(page, kind)}", "2")
        yield from (f"  {visible(line)}".rstrip() for line in recipe.splitlines())
        if kind == "bad" and page.finding is not None:
            yield paint("prints", "2")
            yield from _wrapped(visible(page.finding), indent="  ")


def _wrapped(text: str, indent: str = "") -> list[str]:
    """Return a text as lines that fit a terminal; ids and addresses stay whole."""
    return TextWrapper(
        _WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ).wrap(text)


def _circumstances(page: Page, kind: str, usual_day: str = "", mark: str = "") -> str:
    """Return under which circumstances an example is read; ``mark`` stands around what is written in files."""
    day = f", as of {page.day}" if page.day != usual_day else ""
    setting = page.configuration.get(kind)
    return day + (f", with {mark}{setting}{mark} in {mark}.imagenspec.toml{mark}" if setting else "")


def as_markdown(pages: Sequence[Page], day: str) -> str:
    """Return the codes as a Markdown document, one section each, for the folder ``docs/`` of the project.

    Args:
        pages: What to show.
        day: The day whose models count in most examples.
    """
    parts = [_INTRODUCTION.format(day=day)]
    family = None
    for page in pages:
        if page.family != family:
            family = page.family
            parts.append(f"## {family}")
        parts += _section(page, day)
    return "\n\n".join(parts)


def _section(page: Page, day: str) -> Iterator[str]:
    """Yield the parts of a code's section."""
    yield f"### {page.code} {page.name}"
    yield f"**{page.severity.value}**, {page.confidence}, checked {page.checked}. {_prose(page.about)}"
    yield f"{_prose(page.why)}\n**{_prose(page.mend)}**"
    for kind, recipe in (("bad", page.bad), ("good", page.good)):
        if recipe is None:
            continue
        yield f"{kind.capitalize()}{_circumstances(page, kind, day, '`')}:"
        yield f"```yaml\n{_shown(recipe)}\n```"
        if kind == "bad" and page.finding is not None:
            yield f"```text\n{visible(page.finding)}\n```"
    if page.shown is not None:
        yield f"For example: {_prose(page.shown)}"
    if page.prints is not None and page.prints["fix"] is not None:
        yield f"Fix: {_prose(page.fix)}."
    yield f"Ignore: {page.ignoring if not page.ignorable else f'`{page.ignoring}`'}."
    links = (f"[{one.title}]({one.url if ':' in one.url else f'../{one.url}'})" for one in page.sources)
    yield f"Sources: {'; '.join(links)}."


def _shown(text: str) -> str:
    """Return the lines of a recipe without what could steer a terminal."""
    return "\n".join(visible(line) for line in text.splitlines())


def _prose(text: str) -> str:
    """Return a sentence whose special characters Markdown shows as they are."""
    return re.sub(r"([\\`*<>\[\]#|]|(?<!\w)_|_(?!\w))", r"\\\1", text)
