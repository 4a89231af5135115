"""Every member of a payload has a place in the recipe, and everything that is written lands there or says why not."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from compiling import checked, shape_counts_alone
from hypothesis import assume, given
from hypothesis import strategies as st
from pinned import options
from recipe_strategies import TINY_PNG, any_recipes
from test_generated_recipes import PNG
from yaml_writing import document, in_any_hand

from imagenspec.catalog.members import fact_of
from imagenspec.project.build import built
from imagenspec.source.nodes import walk
from imagenspec.wire.origins import origins
from imagenspec.wire.origins_default import defaults
from imagenspec.wire.origins_line import Line
from imagenspec.wire.origins_unsent import unsent
from imagenspec.wire.pointers import names_of, pointer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from imagenspec.project.check import CheckedRecipe
    from imagenspec.source.nodes import Path as Place
    from imagenspec.wire.origins import Origin
    from imagenspec.wire.origins_unsent import Unsent

OTHER_PNG = "other.png"
NOT_IN_BODIES = ("task", "model")
"""What a request has outside its body: the model is in the URL, and the task decides which model fits."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = shape_counts_alone(tmp_path_factory.mktemp("origins"))
    (folder / TINY_PNG).write_bytes(PNG)
    (folder / OTHER_PNG).write_bytes(PNG + b"more")
    return folder


_RAW_VALUES = st.recursive(
    st.integers(0, 9) | st.booleans() | st.sampled_from(["a", ""]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b", "0", "1"]), inner, max_size=2)
    ),
    max_leaves=4,
)
_RAW_NAMES = ("prompt", "newThing", "image", "referenceImages", "productImages")
_RAW_PARAMETERS = ("sampleCount", "outputOptions", "newThing", "mode")
_POINTERS = (
    "/instances/0/prompt",
    "/instances/0/referenceImages/0",
    "/instances/0/referenceImages/1/referenceId",
    "/instances/0/referenceImages/0/referenceImage",
    "/instances/0/referenceImages/0/subjectImageConfig/subjectType",
    "/instances/0/referenceImages/0/maskImageConfig",
    "/parameters/sampleCount",
    "/parameters/outputOptions/mimeType",
    "/labels",
)


@st.composite
def full_recipes(draw: st.DrawFn) -> dict[str, Any]:
    """Return recipes with variables, a matrix, ``raw`` and notes, or without."""
    data = draw(any_recipes())
    if "prompt" in data and draw(st.booleans()):
        names = [name for name in data.get("references", {}) if name.isidentifier() and name != "word"]
        named = "".join(f" {{{{ {name} }}}}" for name in names[:2])
        data["prompt"] = f"{data['prompt']} {{{{ word }}}}{named} of {{{{ size }}}}"
        data["vars"] = {"word": "harbour", "size": 3}
    if draw(st.booleans()):
        data["matrix"] = draw(_matrices(data))
    if draw(st.integers(0, 3)) == 0:
        data["raw"] = draw(_raws())
    if draw(st.booleans()):
        data["x-note"] = {"a": [1, "two"]}
    return data


@st.composite
def _matrices(draw: st.DrawFn, data: dict[str, Any]) -> dict[str, Any]:
    axes: dict[str, Any] = {}
    if "vars" in data:
        axes["word"] = draw(st.sampled_from([["quay"], ["quay", "pier"], ["pier", "quay"]]))
        if draw(st.booleans()):
            axes["size"] = "4..5"
            if draw(st.booleans()):
                axes["include"] = [{"word": "mole"}]
    scalars = [key for key, value in data.get("parameters", {}).items() if isinstance(value, int | str)]
    for key in scalars[: draw(st.integers(0, 2))]:
        axes[f"parameters.{key}"] = [data["parameters"][key]]
        for combination in axes.get("include", ()):
            combination[f"parameters.{key}"] = data["parameters"][key]
    if not axes:
        axes["labels.team"] = ["a", "b"]
    return axes


@st.composite
def _raws(draw: st.DrawFn) -> dict[str, Any]:
    raw: dict[str, Any] = {}
    if draw(st.booleans()):
        raw["instance"] = draw(st.dictionaries(st.sampled_from(_RAW_NAMES), _RAW_VALUES, max_size=2))
    if draw(st.booleans()):
        raw["parameters"] = draw(st.dictionaries(st.sampled_from(_RAW_PARAMETERS), _RAW_VALUES, max_size=2))
    if draw(st.booleans()):
        raw["body"] = {"newThing": draw(_RAW_VALUES)}
    if draw(st.integers(0, 2)) == 0:
        raw["omit"] = draw(st.lists(st.sampled_from(_POINTERS), min_size=1, max_size=2, unique=True))
    return raw


class Traced(NamedTuple):
    """The first case of a recipe with the origins of its members."""

    checked: CheckedRecipe
    one: Any
    found: list[Origin]
    left: list[Unsent]

    def leaves(self) -> dict[str, Any]:
        return {pointer(origin.steps): repr(origin.value) for origin in self.found}


def traced(text: str, folder: Path) -> list[Traced]:
    """Return the cases of a recipe; none where it has errors."""
    recipe = checked(text, folder)
    if not recipe.ok or recipe.document is None:
        return []
    found = []
    for one in built(recipe, options().images):
        members = origins(one.request, one.recipe, one.case)
        found.append(Traced(recipe, one, members, unsent(recipe.document, one.recipe, one.case, members)))
    return found


@given(full_recipes(), st.data())
def test_every_member_has_a_place_in_the_recipe(project: Path, recipe: dict[str, Any], data: st.DataObject) -> None:
    text = data.draw(in_any_hand(recipe))
    for case in traced(text, project):
        assert [origin.steps for origin in case.found] == [steps for steps, _ in case.one.request.members()]
        for origin in case.found:
            assert origin.how != "unknown", origin
            assert origin.path is not None
            assert origin.span is not None
            assert text[origin.span.start : origin.span.end].strip(), origin
            assert origin.how == "raw" or fact_of(case.one.recipe.task, names_of(origin.steps)) is not None, origin
            if origin.how == "written" and not origin.why and isinstance(origin.value, str | int | float):
                assert case.one.document.node(origin.path).value == origin.value
                assert case.one.document.node(origin.path).span == origin.span


@given(full_recipes())
def test_everything_that_is_written_lands_in_the_payload_or_says_why_not(project: Path, recipe: dict[str, Any]) -> None:
    for case in traced(document(recipe), project):
        root = case.checked.document.root  # type: ignore[union-attr]
        written = {path: node.span for path, node in walk(root) if path and not node.entries and not node.items}
        assert [left.path for left in case.left if not left.why] == []
        spans = {span for origin in case.found for span in origin.spans}
        silent = set(written) - {left.path for left in case.left}
        for path in silent:
            assert {written[path], case.checked.document.key_span(path)} & spans, path  # type: ignore[union-attr]


@given(full_recipes())
def test_defaults_are_of_members_that_are_not_sent(project: Path, recipe: dict[str, Any]) -> None:
    for case in traced(document(recipe), project):
        sent = {origin.steps: origin.value for origin in case.found}
        absent = [one.steps for one in defaults(case.one.recipe.task, case.one.recipe.model, sent)]
        assert len(set(absent)) == len(absent)
        for steps in absent:
            assert not any(one[: len(steps)] == steps for one in sent), pointer(steps)


@given(full_recipes(), st.data())
def test_every_member_is_made_by_the_line_of_its_place(
    project: Path, recipe: dict[str, Any], data: st.DataObject
) -> None:
    text = data.draw(in_any_hand(recipe))
    for case in traced(text, project)[:1]:
        assert case.checked.document is not None
        place = case.checked.document.file.position
        for origin in case.found:
            for span in origin.spans:
                assert Line(case.checked.document, place(span.start).line).has(origin.spans)


def scalars(value: Any, path: Place = ()) -> Iterator[tuple[Place, Any]]:
    if isinstance(value, dict | list):
        children = value.items() if isinstance(value, dict) else enumerate(value)
        for key, child in children:
            yield from scalars(child, (*path, key))
    else:
        yield path, value


def others(path: Place, value: Any) -> list[Any]:
    """Return values that could stand in the place of another one."""
    if value == TINY_PNG:
        return [OTHER_PNG]
    if path[:1] == ("matrix",) and isinstance(value, str) and ".." in value:
        return ["6..7"]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, float):
        return [value / 2, value * 0.9 + 0.01, 0.25]
    return [f"{value}z", *_words(), "gs://bucket/z.png", "de"]


def _words() -> list[str]:
    from imagenspec.catalog.fields import TASKS, parameters  # noqa: PLC0415 - one table for all words
    from imagenspec.catalog.models import mask_classes  # noqa: PLC0415

    words: dict[str, None] = dict.fromkeys(["person", "animal", "face_mesh", "canny", "background", "foreground"])
    for task in TASKS:
        for member in parameters(task).values():
            for one in (member, *member.members.values()):
                words |= dict.fromkeys(one.values)
    return [*words, *list(mask_classes())[:2]]


def with_value(data: dict[str, Any], path: Place, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(data)
    inside: Any = changed
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = value
    return changed


@given(full_recipes(), st.data())
def test_a_changed_value_changes_the_members_that_come_from_it_and_no_others(
    project: Path, recipe: dict[str, Any], data: st.DataObject
) -> None:
    before = traced(document(recipe), project)
    assume(before)
    path, value = data.draw(st.sampled_from([one for one in scalars(recipe) if not _is_about_others(one[0])]))
    after: list[Traced] = []
    for other in others(path, value):
        if other != value:
            after = traced(document(with_value(recipe, path, other)), project)
        if after:
            break
    if not after:  # every other value keeps the recipe from being compiled
        return
    first, second = before[0], after[0]
    one, two = first.leaves(), second.leaves()
    changed = {name for name in one.keys() | two.keys() if one.get(name) != two.get(name)}
    if path in {left.path for left in first.left} and path in {left.path for left in second.left}:
        assert first.one.request.digest == second.one.request.digest, (path, json.dumps(recipe))
        return
    assert changed, path
    from_it = {
        pointer(origin.steps) for case in (first, second) for origin in case.found if _comes_from(origin, path, case)
    }
    assert changed <= from_it, (changed - from_it, path)


def _is_about_others(path: Place) -> bool:
    return path[0] in NOT_IN_BODIES or path[:2] == ("raw", "omit")


def _comes_from(origin: Origin, path: Place, case: Traced) -> bool:
    """Tell whether a member names a place; ids that are given follow all that are written."""
    if origin.how == "automatic" or any("given in file order" in part.why for part in origin.parts):
        return True
    assert case.checked.document is not None
    return case.checked.document.value_span(path) in origin.spans or origin.path == path
