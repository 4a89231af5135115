"""Linter and emulator are written twice from the same documents: what one finds clean or wrong, the other does too.

A recipe without a finding is answered with 200; a request that the linter would not let go is refused, and the refusal
names the member that the finding is about.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from agreement import Judges, body_of, put_on_the_wire, text_of
from hypothesis import given, settings
from hypothesis import strategies as st
from planting.dice import DrawnDice, SeededDice, pick
from planting.harness import planted
from planting.recipes import RECIPES
from planting.table import FIELDS, RULES
from planting.writing import Verbatim, at
from ruamel.yaml import YAML

from imagenspec.catalog.codes import Severity, codes
from imagenspec.wire.places import recipe_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agreement import Verdict
    from planting.drafts import Defect, Draft, Planter

    from imagenspec.project.build import Built

EXAMPLES: int = settings().max_examples
ROUNDS_OF_A_RULE = max(3, EXAMPLES // 60)
ROUNDS_OF_A_FIELD = max(1, EXAMPLES // 240)

ONLY_THE_LINTER = {
    "IMG013": "JSON has no number that is not finite",
    "IMG101": "members that it does not know, the service ignores",
    "IMG102": "without the key there is no task, no model or no picture, and so no request",
    "IMG108": "null in JSON is as good as nothing",
    "IMG110": "one of two keys would have to be dropped",
    "IMG111": "a class is a number on the wire; of a name that is none, there is no number",
    "IMG120": "no request can say it yet",
    "IMG121": "a matrix is not sent",
    "IMG122": "a matrix is not sent",
    "IMG123": "a matrix is not sent",
    "IMG501": "without a file there is nothing to send",
    "IMG502": "a file outside the project is never sent",
    "IMG503": "without a file there is nothing to send",
    "IMG505": "what is no picture is never sent",
    "IMG506": "there is no member for an address on the web",
    "IMG601": "a template that is broken has no text",
    "IMG602": "a template that is broken has no text",
    "IMG604": "a template that is refused has no text",
    "IMG605": "a template with two meanings has no text",
}
"""Errors without which there is no request, or that leave no trace in it, each with the reason."""
LEFT_TO_THE_LINTER = {
    (
        "IMG103",
        "quoted-number",
        "seed",
    ): "digits in quotes are a seed to the service, but not the same one",
    ("IMG107", "too-few", "classes"): "an empty list in JSON is as good as nothing",
    ("IMG301", "customize", "seed"): "the sample of the customization page has a seed, and a watermark by default",
}
"""Errors that the service is documented or known to let pass in some places, each with the reason."""
WARNED_AND_REFUSED = {
    "IMG201": "the list of models may be older than the model, so that an id that it lacks is only a warning",
    "IMG410": "classes beside user_provided are idle; refused is that its picture is missing, the same mistake",
    "IMG508": "one page takes GIF and BMP, for edits; refused are they elsewhere, and a scribble that is no PNG",
    "IMG517": "whether the service turns a picture as its EXIF says, no page tells; if not, a mask may not fit",
    "IMG519": "a header that the linter cannot read may be a picture all the same",
    "IMG607": "a page calls the prompt required, another shows none",
}
"""Warnings about what the emulator refuses, each with the reason why they are no errors."""
SHAPES = ("IMG103", "IMG104", "IMG105", "IMG106", "IMG107")
"""What is wrong with one value: it is put on the wire as it is."""


@pytest.fixture(scope="module")
def judges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judges]:
    both = Judges.in_folder(tmp_path_factory.mktemp("agreement"))
    yield both
    both.close()


@st.composite
def dices(draw: st.DrawFn) -> DrawnDice:
    return DrawnDice(draw)


def on_the_wire() -> list[Planter]:
    return [one for one in FIELDS if one.code in SHAPES and not row_of(one)["wire"].startswith("Image.")]


def row_of(planter: Planter) -> dict[str, Any]:
    found: dict[str, Any] = planter.plant.keywords["row"]  # type: ignore[attr-defined]
    return found


def test_no_error_is_left_out() -> None:
    errors = {code for code, row in codes().items() if row.severity is Severity.ERROR}
    planted_codes = {one.code for one in (*RULES, *on_the_wire())}
    assert set(ONLY_THE_LINTER) <= errors
    assert not set(ONLY_THE_LINTER) & set(SHAPES)
    assert {code for code, *_ in LEFT_TO_THE_LINTER} <= errors & planted_codes
    assert set(WARNED_AND_REFUSED) <= planted_codes - errors


@pytest.mark.parametrize("task", RECIPES)
def test_a_recipe_without_a_finding_is_answered(task: str, judges: Judges) -> None:
    @settings(max_examples=EXAMPLES // 2)
    @given(dices())
    def look_at_one(dice: DrawnDice) -> None:
        draft = RECIPES[task](dice)
        data = text_of(dice, draft)
        assert not judges.findings(draft, data)
        for one in judges.built(draft, data):
            assert judges.ask(one.request.model, body_of(one)).status == 200

    look_at_one()


@pytest.mark.parametrize(
    "planter", [one for one in RULES if one.code not in ONLY_THE_LINTER], ids=lambda planter: planter.name
)
def test_a_broken_rule_is_refused_if_it_is_an_error(planter: Planter, judges: Judges) -> None:
    wrong = codes()[planter.code].severity is Severity.ERROR
    for number in range(ROUNDS_OF_A_RULE):
        dice = SeededDice(f"{planter.name} {number}")
        draft, defect = planted(dice, planter)
        data = text_of(dice, draft)
        assert [one.code for one in judges.findings(draft, data)] == [planter.code]
        if codes()[planter.code].fatal:
            continue  # its value goes to the wire by itself, below
        for one in judges.built(draft, data):
            verdict = judges.ask(one.request.model, body_of(one))
            if wrong and not (verdict.status == 200 and let_pass(draft, defect)):
                assert verdict.refused, data.decode()
                assert is_about(verdict, one, defect), (verdict, data.decode())
            elif not wrong and planter.code not in WARNED_AND_REFUSED:
                assert verdict.status == 200, (verdict, data.decode())


@pytest.mark.parametrize("planter", on_the_wire(), ids=lambda planter: planter.name)
def test_a_wrong_value_is_refused_by_the_name_of_its_member(planter: Planter, judges: Judges) -> None:
    for number in range(ROUNDS_OF_A_FIELD):
        dice = SeededDice(f"{planter.name} {number}")
        draft = planter.base(dice)
        broken = deepcopy(draft)
        defect = planter.plant(dice, broken)
        assert defect is not None
        one = pick(dice, judges.built(draft, text_of(dice, draft)))
        body = body_of(one)
        place = put_on_the_wire(body, row_of(planter)["wire"], value_of(broken, defect))
        assert place is not None
        verdict = judges.ask(one.request.model, body)
        if not (verdict.status == 200 and left_to_the_linter(planter)):
            assert verdict.refused, place
            assert names(verdict, place), (place, verdict)


def value_of(draft: Draft, defect: Defect) -> Any:
    """Return the value that was planted, as YAML means it."""
    value = at(draft.data, defect.place.path)  # type: ignore[union-attr]
    return YAML(typ="safe").load(value.text) if isinstance(value, Verbatim) else value


def let_pass(draft: Draft, defect: Defect) -> bool:
    """Tell whether the documented sample of a task does what the linter calls an error."""
    return (defect.code, draft.task, "seed") in LEFT_TO_THE_LINTER and "add_watermark" not in draft.parameters


def left_to_the_linter(planter: Planter) -> bool:
    _, place, mistake, *_ = planter.name.split(":")
    return (planter.code, mistake, place.rsplit(".", 1)[-1]) in LEFT_TO_THE_LINTER


def is_about(verdict: Verdict, one: Built, defect: Defect) -> bool:
    """Tell whether a refusal names a member that comes from what was planted.

    A model of another task may miss anything that the recipe's task does not have.
    """
    if defect.code == "IMG202":
        return bool(verdict.fields)
    found = [recipe_place(name, one.recipe, one.document) or (name.rpartition(".")[2],) for name in verdict.fields]
    pairs = [(place, about) for place in found for about in defect.about]
    return any(place[: len(about)] == about or about[: len(place)] == place for place, about in pairs)


def names(verdict: Verdict, place: str) -> bool:
    """Tell whether a refusal names a member, or one around it or in it."""
    return any(place.startswith(field) or field.startswith(place) for field in verdict.fields)
