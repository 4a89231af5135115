"""One compiled case explained: every member with the place that made it and what is documented of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from imagenspec.catalog.members import fact_of
from imagenspec.catalog.tables import source_urls
from imagenspec.images.files import ImageFile
from imagenspec.project.build import built
from imagenspec.wire.body import without_base64
from imagenspec.wire.origins import origins
from imagenspec.wire.origins_default import defaults
from imagenspec.wire.origins_line import Line
from imagenspec.wire.origins_unsent import unsent
from imagenspec.wire.pointers import names_of, pointer

if TYPE_CHECKING:
    from imagenspec.catalog.members import Fact
    from imagenspec.project.build import Built
    from imagenspec.project.check import CheckedRecipe
    from imagenspec.project.options import Options
    from imagenspec.source.nodes import Document, Path
    from imagenspec.source.text import SourceFile, Span
    from imagenspec.wire.origins import Origin
    from imagenspec.wire.origins_default import DefaultMember
    from imagenspec.wire.origins_text import Part
    from imagenspec.wire.origins_unsent import Unsent
    from imagenspec.wire.pointers import Steps


class Meaning(NamedTuple):
    """What is documented of a member.

    Attributes:
        about: What it means.
        of_value: What its value means, where values are documented one by one.
        page: The address of the page that documents it.
        sources: The keys of all that it rests on; :attr:`Explanation.pages` has their addresses.
        confidence: How sure that is.
        note: Where pages disagree about it, or leave something open.
    """

    about: str
    of_value: str | None
    page: str
    sources: tuple[str, ...]
    confidence: str
    note: str | None


class Written(NamedTuple):
    """A place in a recipe, or something outside it, that a member is made of; or what is not sent, and why."""

    path: str | None
    span: Span | None
    why: str


class Member(NamedTuple):
    """A member of the body that holds no others.

    Attributes:
        pointer: Its JSON pointer.
        value: What is sent; of an image's bytes, an :class:`Picture`.
        how: How it came about; ``default`` if it is not sent.
        place: What made it; of a default, only what kind of default it is.
        parts: What else it is made of.
        meaning: What is documented of it; nothing for members of ``raw`` that nobody documents.
    """

    pointer: str
    value: Any
    how: str
    place: Written
    parts: tuple[Written, ...]
    meaning: Meaning | None


class Picture(NamedTuple):
    """The bytes of an image, which stand in the body as base64."""

    file: str
    sha256: str
    bytes: int


class Explanation(NamedTuple):
    """One case, or what one line of it makes.

    Attributes:
        source: The text of the recipe.
        task: Its task.
        model: The publisher model.
        case: The id of the case; empty without a matrix.
        cases: How many cases the recipe has.
        line: The line that is explained, from 1, if not the whole.
        members: The members that are sent.
        defaults: Those that are not, and have a documented default.
        unsent: What is written and not sent.
        pages: The addresses of sources by their keys.
    """

    source: SourceFile
    task: str
    model: str
    case: str
    cases: int
    line: int | None
    members: tuple[Member, ...]
    defaults: tuple[Member, ...]
    unsent: tuple[Written, ...]
    pages: dict[str, str]


def explain(
    checked: CheckedRecipe, options: Options, case: str | None = None, line: int | None = None
) -> Explanation | None:
    """Return what a case, or one line of it, makes; without a case the first one, or the first that the line is for.

    Args:
        checked: A recipe without errors.
        options: The options that it was checked with.
        case: The id of the case.
        line: A line of the recipe, from 1.

    Returns:
        Nothing where there is no such case.

    Raises:
        RecipeError: The recipe has errors, or one of its images may not be sent.
    """
    document = checked.document
    cases = sum(1 for _ in checked.cases())
    first = None
    for one in built(checked, options.images, () if case is None else (case,)):
        if document is None:
            break
        explained = _explained(one, document, options, line, cases)
        if line is None or explained.members or case is not None:
            return explained
        first = first or explained
    return first


def _explained(one: Built, document: Document, options: Options, number: int | None, cases: int) -> Explanation:
    given = options.variables
    found = origins(one.request, one.recipe, one.case, given)
    left = unsent(document, one.recipe, one.case, found, given)
    absent: list[DefaultMember] = []
    if number is not None:
        line = Line(document, number)
        found = [origin for origin in found if line.has(origin.spans)]
        left = [each for each in left if line.has((each.span,))]
    else:
        absent = defaults(one.recipe.task, one.recipe.model, {origin.steps: origin.value for origin in found})
    members = tuple(_member(origin, one) for origin in found)
    missing = tuple(_default(each, one.recipe.task) for each in absent)
    return Explanation(
        document.file,
        one.recipe.task,
        one.recipe.model,
        one.request.case,
        cases,
        number,
        members,
        missing,
        tuple(_left(each) for each in left),
        _pages((*members, *missing)),
    )


def _pages(members: tuple[Member, ...]) -> dict[str, str]:
    urls = source_urls()
    keys = {key for member in members if member.meaning is not None for key in member.meaning.sources}
    return {key: urls[key] for key in sorted(keys)}


def _member(origin: Origin, one: Built) -> Member:
    value = origin.value
    if isinstance(value, ImageFile):
        value = Picture(value.written, one.request.sha256(value), value.size)
    fact = fact_of(one.recipe.task, names_of(origin.steps))
    return Member(
        pointer(tuple(without_base64(step) for step in origin.steps)),
        without_base64(value),
        origin.how,
        Written(_dotted(origin.path), origin.span, origin.why),
        tuple(_part(part) for part in origin.parts),
        None if fact is None else _meaning(fact, value),
    )


def _meaning(fact: Fact, value: Any) -> Meaning:
    of_value = fact.values.get(value) if isinstance(value, str) else None
    return Meaning(fact.about, of_value, fact.page, fact.sources, fact.confidence, fact.note)


def _default(absent: DefaultMember, task: str) -> Member:
    fact = fact_of(task, names_of(absent.steps))
    value, sources = absent.default.value, absent.default.sources
    meaning = None if fact is None else _meaning(fact, value)._replace(sources=sources)
    why = "the default of the model" if absent.default.of_model else "the default of the task"
    return Member(pointer(absent.steps), value, "default", Written(None, None, why), (), meaning)


def _part(part: Part) -> Written:
    return Written(_dotted(part.path), part.span, part.why)


def _left(one: Unsent) -> Written:
    return Written(_dotted(one.path), one.span, one.why)


def _dotted(path: Path | Steps | None) -> str | None:
    return None if path is None else ".".join(str(without_base64(step)) for step in path)
