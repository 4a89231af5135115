"""What is to be rendered: a case with its request, what is expected of the answer, and where its pictures go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagenspec.recipe.model import Recipe
    from imagenspec.render.ledger.tasks import Task
    from imagenspec.source.nodes import Document
    from imagenspec.wire.request import Request

OnFiltered: TypeAlias = Literal["fail", "warn", "retry"]


class Expected(NamedTuple):
    """What the answer must bring.

    Attributes:
        pictures: How many there are; nothing where the answer decides.
        reasons: Whether the request asks for the reasons of filtered pictures.
        media_type: Their content type.
        size: Width and height in pixels, where they are documented and known.
    """

    pictures: int | None
    reasons: bool
    media_type: str
    size: tuple[int, int] | None


class Work(NamedTuple):
    """One request and what it is for.

    Attributes:
        task: How the ledger knows it.
        request: What is sent.
        recipe: What the case means.
        document: The text of the case.
        expected: What the answer must bring.
        path: Where its pictures go, from the recipe's folder, with ``{sample}`` for the number and without a suffix.
        on_filtered: What a filtered picture does.
        inputs: The digests of its input pictures by the paths that the recipe writes.
        data: The version of the facts that the request was made with.
    """

    task: Task
    request: Request
    recipe: Recipe
    document: Document
    expected: Expected
    path: str
    on_filtered: OnFiltered
    inputs: dict[str, str]
    data: str

    @property
    def seed(self) -> int | None:
        """The seed that the request has."""
        seed = self.recipe.parameters.get("seed")
        return None if seed is None else int(seed)

    def wants_more(self, outcomes: Iterable[str]) -> bool:
        """Return whether the recipe wants more than what came of its pictures.

        A missing picture is never what it wants, a filtered one is with ``on_filtered: warn``.

        Args:
            outcomes: What came of each: ``image``, ``filtered`` or ``missing``.
        """
        return any(one == "missing" or (one == "filtered" and self.on_filtered != "warn") for one in outcomes)
