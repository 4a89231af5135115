"""What a comparison finds, as values: reasons, cases, recipes, and what rendering again costs."""

from __future__ import annotations

import posixpath
from typing import Any, Literal, NamedTuple, TypeAlias

Kind: TypeAlias = Literal["model", "prompt", "seed", "parameter", "mask", "image", "data"]
Word: TypeAlias = Literal["added", "removed", "changed", "renamed", "moved", "broken"]


class Absent:
    """Stands for a member that one side does not have."""

    def __repr__(self) -> str:
        """Return how it is shown."""
        return "nothing"

    def __reduce__(self) -> str:
        """Return the name by which other processes know the only one."""
        return "ABSENT"


ABSENT = Absent()


class SubmoduleCommit(NamedTuple):
    """A commit of a submodule that is not here: the submodule's path, and the commit's id."""

    path: str
    commit: str


class ImageState(NamedTuple):
    """An image of a request on one side.

    Attributes:
        path: As the recipe writes it.
        sha256: The SHA-256 of its bytes; nothing where only its name is known, because git was never given it, or
            because it is in a submodule that is not here.
        bytes: How many they are; nothing where that is not known.
        size: Width and height in pixels, where they can be read.
        thumbnail: The beginning of the SHA-256 of a small picture of its pixels, where they can be decoded.
        submodule: Where it is, if that is in a submodule that is not here.
    """

    path: str
    sha256: str | None
    bytes: int | None
    size: tuple[int, int] | None = None
    thumbnail: str | None = None
    submodule: SubmoduleCommit | None = None


class Reason(NamedTuple):
    """Why a request is another one.

    Attributes:
        kind: What it is about.
        pointer: The JSON pointer of the member in the body; of the model and the rule data, nothing.
        old: Its value before, :data:`ABSENT` where there was none; an image is an :class:`ImageState`.
        new: Its value after.
        words: Of a prompt, runs of it with ``-`` for what went, ``+`` for what came and a space for what stayed; those
            with a space or ``-`` make the old one, those with a space or ``+`` the new one, blanks included.
    """

    kind: Kind
    pointer: str
    old: Any
    new: Any
    words: tuple[tuple[str, str], ...] = ()

    @property
    def is_same_look(self) -> bool:
        """Whether this is an image with other bytes, and yet of the same size with the same thumbnail."""
        old, new = self.old, self.new
        both = isinstance(old, ImageState) and isinstance(new, ImageState)
        return both and old.thumbnail is not None and (old.thumbnail, old.size) == (new.thumbnail, new.size)

    @property
    def is_unknown(self) -> bool:
        """Whether this is an image of one name that one side only knows by that name: nobody can tell if it changed.

        An image in a submodule of which there is another commit is taken for changed.
        """
        old, new = self.old, self.new
        if not isinstance(old, ImageState) or not isinstance(new, ImageState) or old.submodule or new.submodule:
            return False
        return None in (old.sha256, new.sha256) and posixpath.normpath(old.path) == posixpath.normpath(new.path)


class CaseChange(NamedTuple):
    """What became of a case.

    Attributes:
        case: Its id; empty where the recipe has no matrix.
        word: Added, removed, changed, or moved to another id with the same request.
        model: The model that it is for now, or was.
        old: The digest of its request before; nothing where it is new, or has an image that is unknown.
        new: The digest of its request now; nothing where it is gone, or has an image that is unknown.
        samples: How many pictures it asks for now; 0 where it is gone.
        reasons: Why it changed; of a case that is new, the images that are unknown.
        old_case: The id that it had, where that is another: its request is the same (moved), or the most alike.
    """

    case: str
    word: Word
    model: str
    old: str | None
    new: str | None
    samples: int
    reasons: tuple[Reason, ...] = ()
    old_case: str | None = None


class RecipeChange(NamedTuple):
    """What became of a recipe.

    Attributes:
        recipe: The name of its file.
        word: Added, removed, changed, renamed (perhaps with cases that changed), or broken where a side cannot be
            compiled.
        cases: What became of its cases, but for those that are as they were.
        same: How many cases are as they were.
        old_recipe: The name that it had, where that is another.
        broken_old: Why the old side cannot be compiled.
        broken_new: Why the new side cannot be compiled.
    """

    recipe: str
    word: Word
    cases: tuple[CaseChange, ...] = ()
    same: int = 0
    old_recipe: str | None = None
    broken_old: str | None = None
    broken_new: str | None = None


class Again(NamedTuple):
    """What rendering again takes.

    Attributes:
        requests: How many requests; one that several cases share counts once.
        samples: How many pictures they ask for.
        usd: US dollars for the models whose price is known.
        unknown: The models whose price is not known.
    """

    requests: int
    samples: int
    usd: float
    unknown: tuple[str, ...] = ()


class Difference(NamedTuple):
    """How recipes differ between two sides.

    Attributes:
        old: What people call the old side.
        new: What people call the new side.
        recipes: The recipes that differ, by name.
        compared: How many recipes there are on either side; one that has another name counts once.
        again: What rendering the difference takes.
        submodules: Submodules with recipes, none of which is compared.
    """

    old: str
    new: str
    recipes: tuple[RecipeChange, ...]
    compared: int
    again: Again
    submodules: tuple[str, ...] = ()

    def count(self, word: Word) -> int:
        """Return how many cases had this happen to them."""
        return sum(case.word == word for recipe in self.recipes for case in recipe.cases)

    @property
    def broken(self) -> int:
        """How many recipes one of both sides cannot compile."""
        return self.broken_before + self.broken_now

    @property
    def broken_before(self) -> int:
        """How many recipes only the old side cannot compile: they were mended, or are gone."""
        return sum(recipe.broken_new is None and recipe.broken_old is not None for recipe in self.recipes)

    @property
    def broken_now(self) -> int:
        """How many recipes the new side cannot compile."""
        return sum(recipe.broken_new is not None for recipe in self.recipes)

    @property
    def renamed(self) -> int:
        """How many recipes have another name."""
        return sum(recipe.word == "renamed" for recipe in self.recipes)

    @property
    def is_empty(self) -> bool:
        """Whether every request is as it was; names do not count."""
        return not any(
            recipe.broken_old or recipe.broken_new or any(case.word != "moved" for case in recipe.cases)
            for recipe in self.recipes
        )
