"""Templates that only name things mean the same to both engines."""

from __future__ import annotations

import keyword
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from imagenspec.recipe.jinja import parse_jinja
from imagenspec.recipe.template import ReferenceText
from imagenspec.recipe.templates import parse_template

_RESERVED = [
    "self", "loop", "super", "caller", "varargs", "kwargs", "block", "set", "range", "dict", "cycler", "lipsum",
    "joiner", "namespace", "context", "environment", "resolve", "missing", "undefined", "name", "t_1", "l_0_a",
]  # fmt: skip
_WORDS = ["man", "a", "_x", "A9", *_RESERVED]
_NAMES = st.sampled_from(_WORDS) | st.from_regex(r"[A-Za-z_][A-Za-z0-9_]?", fullmatch=True)
_SPACE = st.sampled_from(["", " ", "  ", "\t", "\n", "\u00a0"])
_DATA = st.text(
    st.sampled_from("ab {}%#-+\n\r\t\\'\"\u2028\x85\U0001f600.") | st.characters(codec="utf-8"), max_size=12
)
_PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
_REFERENCES = st.builds(ReferenceText, st.integers(0, 20), st.none() | st.text(max_size=5))
_PLACES = st.builds(
    lambda name, attribute, left, right: f"{{{{{left}{name}{attribute}{right}}}}}",
    _NAMES,
    st.sampled_from(["", "", "", ".marker", ".id", ".description"]),
    _SPACE,
    _SPACE,
)
_TEMPLATES = st.lists(_DATA | _PLACES, max_size=6).map("".join)


@given(_TEMPLATES, st.data())
@example("{{ a }}\n", None)
@example("{{ a }} {{ a }}\r\n", None)
@example("{{ a }}{", None)
@example("{{ true }} {{ none }} {{ not }}", None)
def test_both_engines_render_the_same(source: str, data: st.DataObject | None) -> None:
    template, jinja = parse_template(source), parse_jinja(source)
    assert template.problems == jinja.problems
    if template.problems:
        return
    assert (template.asks, template.uses) == (jinja.asks, jinja.uses)
    values: dict[str, Any] = {}
    for use in template.uses:
        of_reference = use.attribute is not None
        values.setdefault(use.name, data.draw(_REFERENCES if of_reference else _PLAIN | _REFERENCES) if data else "v")
    if all(use.attribute is None or isinstance(values[use.name], ReferenceText) for use in template.uses):
        assert template.render(values) == jinja.render(values)


@given(st.sampled_from(keyword.kwlist + _RESERVED), _PLAIN)
def test_no_name_has_a_meaning_of_its_own(name: str, value: Any) -> None:
    source = f"a {{{{ {name} }}}} b"
    template = parse_template(source)
    if not template.problems and template.uses:
        assert template.render({name: value}) == parse_jinja(source).render({name: value})


@given(_TEMPLATES)
def test_names_stand_where_the_engine_says(source: str) -> None:
    template = parse_template(source)
    for use in () if template.problems else template.uses:
        written = use.name if use.attribute is None else f"{use.name}.{use.attribute}"
        assert source[use.start : use.end] == written
