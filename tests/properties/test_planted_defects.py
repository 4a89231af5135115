"""One defect gives one finding at its place, two independent ones give two, and a recipe without any gives none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from planting.dice import DrawnDice, SeededDice, chance, pick
from planting.harness import outcome, plant_in_text, plant_one, plant_two
from planting.pictures import make_project
from planting.recipes import RECIPES
from planting.table import CODES, EXCUSED, FIELDS, RULES, TEXTS, WITHOUT_PLANTER

from imagenspec.catalog.codes import codes

if TYPE_CHECKING:
    from pathlib import Path

    from planting.dice import Dice
    from planting.drafts import Planter, TextPlanter
    from planting.harness import Outcome

LEAST_RIGHT = 0.99
ROUNDS_OF_A_FIELD = 3
ROUNDS_OF_A_RULE = 20
ROUNDS_OF_A_TEXT = 10
CANDIDATES = 30
EXAMPLES: int = settings().max_examples


@st.composite
def dices(draw: st.DrawFn) -> Dice:
    return DrawnDice(draw)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted")
    make_project(folder)
    return folder


def wrong_ones(outcomes: list[Outcome]) -> str:
    return "\n\n".join(str(one) for one in outcomes if not one.right)[:20_000]


def any_planter(dice: Dice) -> Planter:
    return pick(dice, RULES if chance(dice) else FIELDS)


def sound(planters: Any) -> list[Any]:
    return [planter for planter in planters if planter.name not in EXCUSED]


def test_every_code_has_a_planter_or_a_reason() -> None:
    assert set(codes()) == CODES | set(WITHOUT_PLANTER)
    assert not CODES & set(WITHOUT_PLANTER)


def test_names_tell_planters_apart() -> None:
    names = [planter.name for planter in (*FIELDS, *RULES, *TEXTS)]
    assert len(set(names)) == len(names)
    assert set(EXCUSED) <= set(names)


@pytest.mark.parametrize("task", RECIPES)
def test_a_field_got_wrong_is_one_finding(task: str, project: Path) -> None:
    planters = [planter for planter in sound(FIELDS) if planter.name.startswith(f"{task}:")]
    outcomes = [
        plant_one(project, SeededDice(f"{planter.name} {number}"), planter)
        for planter in planters
        for number in range(ROUNDS_OF_A_FIELD)
    ]
    assert outcomes
    assert not wrong_ones(outcomes)


@pytest.mark.parametrize("planter", sound(RULES), ids=lambda planter: planter.name)
def test_a_rule_broken_is_one_finding(planter: Planter, project: Path) -> None:
    dice = [SeededDice(f"{planter.name} {number}") for number in range(ROUNDS_OF_A_RULE)]
    assert not wrong_ones([plant_one(project, one, planter) for one in dice])


@pytest.mark.parametrize("planter", sound(TEXTS), ids=lambda planter: planter.name)
def test_a_text_broken_is_one_finding(planter: TextPlanter, project: Path) -> None:
    dice = [SeededDice(f"{planter.name} {number}") for number in range(ROUNDS_OF_A_TEXT)]
    assert not wrong_ones([plant_in_text(project, one, planter) for one in dice])


@pytest.mark.parametrize("task", RECIPES)
def test_a_recipe_without_a_defect_has_no_finding(task: str, project: Path) -> None:
    @given(dices())
    def look_at_one(dice: Dice) -> None:
        found = outcome(project, dice, task, RECIPES[task](dice), [])
        assert found.right, str(found)

    look_at_one()


def test_nearly_every_defect_is_one_finding(project: Path) -> None:
    outcomes: list[Outcome] = []

    @settings(max_examples=3 * EXAMPLES)
    @given(dices())
    def plant(dice: Dice) -> None:
        outcomes.append(plant_one(project, dice, any_planter(dice)))

    plant()
    right = sum(one.right for one in outcomes)
    assert right >= LEAST_RIGHT * len(outcomes), wrong_ones(outcomes)


def test_nearly_every_two_independent_defects_are_two_findings(project: Path) -> None:
    outcomes: list[Outcome] = []

    @settings(max_examples=3 * EXAMPLES)
    @given(dices())
    def plant(dice: Dice) -> None:
        planters = [any_planter(dice) for _ in range(CANDIDATES)]
        both = plant_two(project, dice, planters[0], planters[1:])
        assume(both is not None)
        assert both is not None
        outcomes.append(both)

    plant()
    right = sum(one.right for one in outcomes)
    assert right >= LEAST_RIGHT * len(outcomes), wrong_ones(outcomes)
