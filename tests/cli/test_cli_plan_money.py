"""What a plan says of money, and ``render --plan`` when that does not hold any more."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from cli_recipes import CUP
from pinned import CONFIGURATION
from test_cli_plan import SEEDS, UNKNOWN, plan_of, seeds

from imagenspec.review.plan_file import PlanError, read_plan

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

__all__ = ["seeds"]


def test_what_the_ledger_has_is_not_counted(seeds: Path, imagenspec: Imagenspec) -> None:
    imagenspec("plan", ".")
    assert not (seeds / ".imagenspec").exists()
    assert imagenspec("render", ".").returncode == 0
    (seeds / "renders" / "seeds.n=2-1.png").unlink()
    (seeds / "seeds.imagen.lock").unlink()
    (seeds / "seeds.imagen.yaml").write_text(SEEDS.replace("1..3", "[1, 2, 4]"))
    found = plan_of(imagenspec, "-o", "plan.json")
    assert [(one["case"], one["from_ledger"]) for one in found["requests"]] == [
        ("n=1", True),
        ("n=2", True),
        ("n=4", False),
    ]
    total = found["total"]
    assert (total["requests"], total["samples"], total["usd"], total["from_ledger"]) == (1, 2, 0.08, 2)
    lines = imagenspec("plan").stdout.decode().splitlines()
    assert lines[0].endswith("new, from the ledger")
    assert lines[3] == "1 request, 2 samples to emulator; 2 requests from the ledger"
    assert imagenspec("plan", "--max-requests", "1", "--max-cost", "0.08").returncode == 0
    done = imagenspec("render", "--plan", "plan.json")
    assert (done.returncode, b"; 1 sent" in done.stderr) == (0, True)
    assert imagenspec("render", "--plan", "plan.json").returncode == 0


def test_nothing_is_sent_that_was_to_come_from_the_ledger(seeds: Path, imagenspec: Imagenspec) -> None:
    assert imagenspec("render", ".").returncode == 0
    shutil.rmtree(seeds / "renders")
    (seeds / "seeds.imagen.lock").unlink()
    assert imagenspec("plan", "-o", "plan.json").returncode == 0
    shutil.rmtree(seeds / ".imagenspec")
    done = imagenspec("render", "--plan", "plan.json")
    assert done.returncode == 1
    assert b"[n=1] would be sent, and is planned to come from the ledger" in done.stderr
    assert not (seeds / "renders").exists()


def priced(usd: float | None) -> str:
    return CONFIGURATION + ("" if usd is None else f'[prices]\n"imagen-4.0-generate-001" = {usd}\n')


@pytest.mark.parametrize(("usd", "said"), [(50, "50 USD"), (0.25, "0.25 USD"), (None, "0.04 USD")])
def test_another_price_is_another_plan(seeds: Path, imagenspec: Imagenspec, usd: float | None, said: str) -> None:
    configuration = seeds / ".imagenspec.toml"
    configuration.write_text(priced(0.5))
    assert imagenspec("plan", "-o", "plan.json").returncode == 0
    configuration.write_text(priced(usd))
    done = imagenspec("render", "--plan", "plan.json")
    assert done.returncode == 1
    assert f"[n=1] would cost {said} a picture, and is planned at 0.5 USD" in done.stderr.decode()
    assert not (seeds / "renders").exists()
    configuration.write_text(priced(0.5))
    assert imagenspec("render", "--plan", "plan.json").returncode == 0
    configuration.write_text(priced(usd))
    assert imagenspec("render", "--plan", "plan.json").returncode == 0


def test_price_that_becomes_known_is_another_price(seeds: Path, imagenspec: Imagenspec) -> None:
    (seeds / "seeds.imagen.yaml").write_text(UNKNOWN)
    assert imagenspec("plan", "-o", "plan.json").returncode == 0
    (seeds / ".imagenspec.toml").write_text(CONFIGURATION + '[prices]\n"imagen-9.0-generate-001" = 7\n')
    done = imagenspec("render", "--plan", "plan.json")
    assert (done.returncode, b"7 USD a picture, and is planned at an unknown price" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        ("total/usd", 0.01, "the total says 0.01 usd, and the requests make 0.24"),
        ("total/usd", None, "the total says unknown usd"),
        ("total/usd_of_known_prices", 0, "0 usd_of_known_prices"),
        ("total/requests", 1, "the total says 1 requests, and the requests make 3"),
        ("total/samples", 2, "2 samples"),
        ("total/unknown_prices", ["m"], '"unknown_prices" are not the models without a price'),
        ("models/usd", 0.01, 'model "imagen-4.0-generate-001" says 0.01 usd'),
        ("models/model", "m", 'its models lack "imagen-4.0-generate-001" for generate'),
        ("requests/usd", 9, "the requests make 18.16"),
        ("requests/from_ledger", True, "the requests make 2"),
    ],
)
def test_plan_that_does_not_add_up_is_none(
    seeds: Path, imagenspec: Imagenspec, where: str, value: object, said: str
) -> None:
    assert imagenspec("plan", "-o", "plan.json").returncode == 0
    found = json.loads((seeds / "plan.json").read_bytes())
    place, member = where.split("/")
    (found[place][0] if isinstance(found[place], list) else found[place])[member] = value
    (seeds / "plan.json").write_text(json.dumps(found))
    with pytest.raises(PlanError, match="the plan does not add up") as refused:
        read_plan(seeds / "plan.json")
    assert said in str(refused.value)


def test_projects_with_other_prices_are_planned_one_at_a_time(seeds: Path, imagenspec: Imagenspec) -> None:
    below = seeds / "below"
    below.mkdir()
    (below / "cup.imagen.yaml").write_text(CUP)
    (below / ".imagenspec.toml").write_text(priced(0.5))
    done = imagenspec("plan")
    assert (done.returncode, b"is of another project than" in done.stderr) == (2, True)
