"""Templates from strangers: what prompts do not need is refused, and nothing runs or grows for long."""

from __future__ import annotations

import json

import pytest
from bounded_check import codes_within_bounds

from imagenspec.recipe.templates import parse_template

HEAD = "imagenspec: 1\ntask: generate\nmodel: imagen-4.0-generate-001\n"


def codes(template: str, a: str) -> list[str]:
    recipe = f"{HEAD}vars: {{a: {json.dumps(a)}}}\nprompt: {json.dumps(template)}\n"
    return [code for code in codes_within_bounds(recipe) if code != "IMG603"]


@pytest.mark.parametrize(
    "template",
    [
        "{{ a.__class__ }}",
        "{{ a.__class__.__mro__ }}",
        "{{ a['__class__'] }}",
        "{{ a|attr('__class__') }}",
        "{% for x in a %}{{ x.__class__ }}{% endfor %}",
        "{% for x in a %}{{ loop.__class__ }}{% endfor %}",
        "{{ a|map('upper') }}",
        "{{ a|list|join(',', attribute='__class__') }}",
        "{{ a|list|sort(attribute='__class__') }}",
        "{{ a|list|sum(attribute='__class__') }}",
        "{{ a|list|max(attribute='__class__') }}",
        "{{ a|list|unique(attribute='__class__')|list }}",
        "{{ '%s' % a }}",
        "{{ a.format(a) }}",
        "{{ self }}",
        "{{ self._TemplateReference__context }}",
        "{{ lipsum() }}",
        "{{ lipsum.__globals__ }}",
        "{{ cycler }}",
        "{{ joiner() }}",
        "{{ namespace(x=1) }}",
        "{{ range(10) }}",
        "{{ dict(a=1) }}",
        "{{ caller() }}",
        "{{ super() }}",
        "{% import 'os' as os %}",
        "{% from 'os' import path %}",
        "{% include 'a' %}",
        "{% extends 'a' %}",
        "{% block a %}{% endblock %}",
        "{% macro m() %}{% endmacro %}",
        "{% call a() %}{% endcall %}",
        "{% set b = a %}",
        "{% filter upper %}a{% endfilter %}",
        "{% debug %}",
        "{{ a|pprint }}",
        "{{ a|tojson }}",
        "{{ a|random }}",
    ],
)
def test_what_prompts_do_not_need_is_refused(template: str) -> None:
    assert set(codes(template, a="abc")) & {"IMG601", "IMG602", "IMG604"}


@pytest.mark.parametrize(
    "template",
    [
        "{{ 'a' * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{% for i in range(1000000000) %}{% endfor %}",
        "{% for x in a %}{% for y in a %}{% for z in a %}{{ a }}{% endfor %}{% endfor %}{% endfor %}",
        "{{ 'aaaaaaaaaa'" + "|replace('a', 'aaaaaaaaaa')" * 12 + " }}",
        "{{ 1.5|round(999999999, 'ceil') }}",
        "{{ 1.5|round(-999999999, 'floor') }}",
        "{{ " + "9" * 5000 + " }}",
        "{{ 'a'|truncate(-5) }}",
        "{{ 'abc'|truncate('x') }}",
    ],
    ids=lambda template: template[:40],
)
def test_bombs_end_in_a_diagnostic(template: str) -> None:
    assert set(codes(template, a="abc")) & {"IMG601", "IMG604"}


LONG = "x" * 1_000_000


@pytest.mark.parametrize(
    "template",
    [
        "{{ a|replace('x', a) }}",
        "{{ a|list|join(a) }}",
        "{{ " + " ~ ".join(["a"] * 2000) + " }}",
        "{{ " + " + ".join(["a"] * 150) + " }}",
        "{% for c in a %}{{ a }}{% endfor %}",
        "{% for c in a %}{% if a|replace('y', 'z') == 'b' %}{% endif %}{% endfor %}",
        "{% for c in a %}{% if a ~ a is upper %}{% endif %}{% endfor %}",
        "{{ a|list|sort|join }}",
    ],
    ids=lambda template: template[:60],
)
def test_long_values_do_not_multiply(template: str) -> None:
    assert codes(template, a=LONG) == ["IMG604"]


@pytest.mark.parametrize(
    ("before", "unit", "middle", "after"),
    [
        ("{{ a", " + a", "", " }}"),
        ("{{ a", " ~ a", "", " }}"),
        ("{{ a", "|trim", "", " }}"),
        ("{{ a", " is string", "", " }}"),
        ("{{ a", ".b", "", " }}"),
        ("{{ ", "not ", "a", " }}"),
        ("{{ ", "- ", "1", " }}"),
        ("{{ ", "(", "a", " }}"),
        ("{{ ", "[", "a", " }}"),
        ("{{ a", " if a else a", "", " }}"),
        ("{{ a", " == a", "", " }}"),
        ("{{ a", " and a", "", " }}"),
        ("", "{% if a %}", "", ""),
        ("", "{% for x in a %}", "", ""),
        ("", "{{ a }}", "", ""),
        ("", "{# ", "", ""),
        ("{{", " ", "a", "}}"),
    ],
)
@pytest.mark.parametrize("count", [40, 180, 2500])
def test_whatever_repeats_itself_ends(before: str, unit: str, middle: str, after: str, count: int) -> None:
    closing = {"(": ")", "[": "]", "{% if a %}": "{% endif %}", "{% for x in a %}": "{% endfor %}"}.get(unit, "")
    template = before + unit * count + middle + closing * count + after
    assert set(codes(template, a="b")) <= {"IMG601", "IMG602", "IMG604"}


@pytest.mark.parametrize(
    ("template", "rendered"),
    [
        ("{{ a|upper }} {{ b + 1 }}", "ABC 3"),
        ("{% if b is even %}two{% else %}odd{% endif %}", "two"),
        ("{% for x in a %}{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}", "a, b, c"),
        ("{{ a|replace('b', 'x')|title }}", "Axc"),
        ("{{ 1.256|round(1) }} {{ a|truncate(2, true, '', 0) }}", "1.3 ab"),
        ("{# a note #}{{ a ~ '!' }}", "abc!"),
        ("{{ 'yes' if a == 'abc' else 'no' }}", "yes"),
    ],
)
def test_what_prompts_need_works(template: str, rendered: str) -> None:
    parsed = parse_template(template)
    assert parsed.problems == ()
    assert parsed.render({"a": "abc", "b": 2}) == rendered
