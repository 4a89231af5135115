"""What a compiled body lacks of another one, put under ``raw``, makes it that one; and data survives its YAML."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from imagenspec.recipe.model import Raw, Recipe
from imagenspec.recipe.writing import recipe_text
from imagenspec.source.text import SourceFile
from imagenspec.source.yaml import read_yaml
from imagenspec.wire.leftover import leftover, orders, same
from imagenspec.wire.raw import with_raw

_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=30)
_TEXTS = _WORDS | st.sampled_from(("no", "16:9", "1_000", "a: b", " x", "x ", "#", "- a", "\n", "a\nb", "long " * 40))
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXTS
)
_NAMES = st.sampled_from(("a", "b", "c", "instances", "parameters", "with/slash", "with~tilde", ""))
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4), max_leaves=12
)
_BODIES = st.fixed_dictionaries(
    {"instances": st.lists(st.dictionaries(_NAMES, _VALUES, max_size=4), min_size=1, max_size=2)},
    optional={"parameters": st.dictionaries(_NAMES, _VALUES, max_size=4), "labels": _VALUES},
)


def recipe_with(raw: dict[str, Any]) -> Recipe:
    rest = Raw(raw.get("body", {}), tuple(raw.get("omit", ())), raw.get("order", {}))
    instance, parameters = raw.get("instance", {}), raw.get("parameters", {})
    return Recipe("generate", "", None, (), None, None, None, (), {}, None, instance, parameters, raw=rest)


def applied(body: dict[str, Any], raw: dict[str, Any]) -> dict[str, Any]:
    def no_file(_: Any) -> Any:
        raise AssertionError

    return with_raw(json.loads(json.dumps(body)), recipe_with(raw), no_file)


@given(made=_BODIES, wanted=_BODIES)
def test_what_is_left_over_makes_one_body_the_other(made: dict[str, Any], wanted: dict[str, Any]) -> None:
    found = leftover(made, wanted)
    raw = found.as_raw()
    body = applied(made, raw)
    assert same(body, wanted)
    assert bool(raw) == (not same(made, wanted)) == bool(found.places)
    order = orders(body, wanted)
    ordered = applied(made, {**raw, "order": order}) if order else body
    assert json.dumps(ordered) == json.dumps(wanted)


@given(data=st.dictionaries(st.sampled_from(("prompt", "parameters", "raw", "labels", "references")), _VALUES))
def test_data_of_a_recipe_survives_its_text(data: dict[str, Any]) -> None:
    text = recipe_text({"imagenspec": 1, **data})
    document, problems = read_yaml(SourceFile("a.imagen.yaml", text))
    assert problems == []
    assert document is not None
    assert same(document.data, {"imagenspec": 1, **data})
    assert all(len(line) < 120 or "\\" in line or '"' in line for line in text.splitlines())


@given(data=st.dictionaries(st.sampled_from(("prompt", "labels", "raw")), st.dictionaries(_TEXTS, _TEXTS, max_size=3)))
def test_any_key_survives_too(data: dict[str, Any]) -> None:
    document, _ = read_yaml(SourceFile("a.imagen.yaml", recipe_text({"imagenspec": 1, **data})))
    assert document is not None
    assert same(document.data, {"imagenspec": 1, **data})
