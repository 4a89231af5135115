"""``imagenspec plan``, and ``render --plan``: what is shown, the gates, and plans that do not hold any more."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from cli_recipes import CUP
from click.testing import CliRunner
from environment import CHECKOUT
from pinned import CONFIGURATION, DAY

import imagenspec as package
from imagenspec.catalog.tables import rows
from imagenspec.cli import cli
from imagenspec.project.config import _project_of
from imagenspec.render.prices import Prices
from imagenspec.review.plan_file import PlanError, StalePlanError, read_plan
from imagenspec.review.pricing import price_of

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

SEEDS = """\
imagenspec: 1
task: generate
model: imagen-4.0-generate-001
prompt: a {{ thing }}, number {{ n }}
vars: {thing: cup}
parameters: {sample_count: 2}
matrix: {n: 1..3}
"""
SEGMENT = """\
imagenspec: 1
task: segment
model: image-segmentation-001
image: cup.png
parameters: {mode: foreground}
"""
UNKNOWN = CUP.replace("imagen-4.0-generate-001", "imagen-9.0-generate-001")
SCHEMA: dict[str, Any] = json.loads((CHECKOUT / "schemas" / "plan.schema.json").read_bytes())


@pytest.fixture
def seeds(folder: Path) -> Path:
    """Return a folder with a recipe of three cases."""
    (folder / "seeds.imagen.yaml").write_text(SEEDS)
    return folder


def plan_of(imagenspec: Imagenspec, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(imagenspec("plan", "--format", "json", *words).stdout)
    jsonschema.validate(found, SCHEMA)
    return found


@pytest.mark.usefixtures("seeds")
def test_text(imagenspec: Imagenspec) -> None:
    done = imagenspec("plan")
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode().splitlines()
    assert lines[:5] == [
        "seeds.imagen.yaml [n=1]: imagen-4.0-generate-001, 2 samples, new",
        "seeds.imagen.yaml [n=2]: imagen-4.0-generate-001, 2 samples, new",
        "seeds.imagen.yaml [n=3]: imagen-4.0-generate-001, 2 samples, new",
        "3 requests, 6 samples to emulator",
        "locks: 3 new",
    ]
    assert lines[7].startswith("price from https://")
    assert lines[7].endswith("looked up 2026-11-21 (observed)")
    assert lines[8:] == [
        "money: 0.24 USD; the emulator itself asks for nothing",
        'time: unknown; "quotas" of the configuration does not name every model',
        "ends before 2026-04-15: none of its models",
    ]


def test_the_file_is_the_same_each_time_and_says_nothing_private(seeds: Path, imagenspec: Imagenspec) -> None:
    words = ("plan", str(seeds / "seeds.imagen.yaml"), "--project", "secret-project", "-o")
    written = imagenspec(*words, "one.json")
    assert (written.returncode, written.stderr) == (0, b"wrote one.json\n")
    assert imagenspec(*words, "two.json").returncode == 0
    one = (seeds / "one.json").read_bytes()
    assert one == (seeds / "two.json").read_bytes()
    assert b"secret-project" not in one
    assert str(seeds).encode() not in one
    found = json.loads(one)
    jsonschema.validate(found, SCHEMA)
    assert (found["imagenspec_plan"], found["day"], found["asked"]["paths"]) == (1, str(DAY), ["seeds.imagen.yaml"])


def test_quotas_prices_of_the_project_and_models_that_end(seeds: Path, imagenspec: Imagenspec) -> None:
    more = '[prices]\n"imagen-4.0-generate-001" = 0.5\n[quotas]\n"imagen-4.0-generate-001" = 2\n'
    (seeds / ".imagenspec.toml").write_text(CONFIGURATION + more)
    found = plan_of(imagenspec, "--before", "2026-07-01")
    [share] = found["models"]
    assert (share["usd"], share["price"]["source"], share["hours"]) == (3.0, "configuration", 0.025)
    assert (found["total"]["usd"], found["total"]["hours"]) == (3.0, 0.025)
    assert (share["retires"], share["ends"], found["ending"]["models"]) == (
        "2026-06-30",
        True,
        ["imagen-4.0-generate-001"],
    )
    for day, said in (("2026-05-01", "2026-06-30"), ("2026-06-30", "ended 2026-06-30")):
        text = imagenspec("plan", "--as-of", day).stdout.decode()
        assert text.endswith(f": imagen-4.0-generate-001 ({said})\n")
    assert "time: 0.03 hours at the configured quotas\n" in text
    assert plan_of(imagenspec, "--before", "2026-06-30")["ending"]["models"] == []
    assert plan_of(imagenspec, "--as-of", "2026-05-01")["ending"]["models"] == ["imagen-4.0-generate-001"]
    for option in ("--before", "--as-of"):
        wrong = imagenspec("plan", option, "tomorrow")
        assert (wrong.returncode, f"{option} takes a day" in wrong.stderr.decode()) == (2, True)


def test_versions_of_a_model_share_the_least_quota(seeds: Path, imagenspec: Imagenspec) -> None:
    quotas = '[quotas]\n"imagen-4.0-generate-001" = 60\n"imagen-4.0-generate-002" = 2\n'
    (seeds / ".imagenspec.toml").write_text(CONFIGURATION + quotas)
    assert plan_of(imagenspec)["total"]["hours"] == 0.025


def test_what_the_lock_has(seeds: Path, imagenspec: Imagenspec) -> None:
    assert imagenspec("render", ".", "--case", "n=1", "--case", "n=2").returncode == 0
    (seeds / "renders" / "seeds.n=2-1.png").unlink()
    found = plan_of(imagenspec)
    assert [found["locks"][word] for word in ("fresh", "changed", "new", "without pictures")] == [1, 0, 1, 1]
    assert [(one["case"], one["why"]) for one in found["requests"]] == [("n=2", "without pictures"), ("n=3", "new")]
    (seeds / "seeds.imagen.yaml").write_text(SEEDS.replace("cup", "pot"))
    assert plan_of(imagenspec)["requests"][0]["why"] == "changed (request)"


def test_an_unknown_price_is_not_nothing_and_over_any_gate(seeds: Path, imagenspec: Imagenspec) -> None:
    (seeds / "new.imagen.yaml").write_text(UNKNOWN)
    (seeds / "segment.imagen.yaml").write_text(SEGMENT)
    found = plan_of(imagenspec)
    unknown = found["total"]["unknown_prices"]
    assert "imagen-9.0-generate-001" in unknown
    assert (found["total"]["usd"], found["total"]["usd_of_known_prices"]) == (None, 0.24)
    text = imagenspec("plan").stdout.decode()
    assert f"money: unknown (at least 0.24 USD); no price is known for {', '.join(unknown)}" in text
    only = imagenspec("plan", "new.imagen.yaml").stdout.decode()
    assert "money: unknown; no price is known for imagen-9.0-generate-001" in only
    assert "0.00" not in only
    done = imagenspec("plan", "--max-cost", "1000000")
    assert done.returncode == 1
    assert b"the price of" in done.stderr


def test_gates(seeds: Path, imagenspec: Imagenspec) -> None:
    assert imagenspec("plan", "--max-cost", "0.24", "--max-requests", "3").returncode == 0
    cost = imagenspec("plan", "--max-cost", "0.23", "-o", "plan.json")
    over = b"imagenspec: it may cost 0.24 USD, and --max-cost is 0.23\n"
    assert (cost.returncode, cost.stderr) == (1, over + b"plan.json was not written: it is not to be rendered\n")
    assert not (seeds / "plan.json").exists()
    piped = imagenspec("plan", "--max-cost", "0.23", "-o", "-")
    assert (piped.returncode, b"imagenspec_plan" in piped.stdout) == (1, False)
    assert b"the plan was not written" in piped.stderr
    count = imagenspec("plan", "--max-requests", "2")
    assert (count.returncode, count.stderr) == (1, b"imagenspec: there are 3 requests, and --max-requests is 2\n")
    assert imagenspec("plan", "--max-cost", "nan").returncode == 2


def test_a_request_that_cases_share_is_paid_once(seeds: Path, imagenspec: Imagenspec) -> None:
    (seeds / "again.imagen.yaml").write_text(SEEDS)
    found = plan_of(imagenspec)
    assert (len(found["requests"]), found["total"]["requests"], found["total"]["usd"]) == (6, 3, 0.24)


def test_render_does_the_plan_and_does_it_once(seeds: Path, imagenspec: Imagenspec) -> None:
    words = ("--var", "thing=pot", "--case", "n=1", "--case", "n=3")
    assert imagenspec("plan", *words, "-o", "plan.json").returncode == 0
    (seeds / "other.json").write_bytes((seeds / "plan.json").read_bytes())
    done = imagenspec("render", "--plan", "plan.json")
    assert done.returncode == 0, done.stderr
    assert done.stderr.endswith(b"2 requests: 2 done; 4 pictures in renders/; 2 sent\n")
    names = ["seeds.n=1-1.png", "seeds.n=1-2.png", "seeds.n=3-1.png", "seeds.n=3-2.png"]
    assert sorted(path.name for path in (seeds / "renders").glob("*.png")) == names
    again = imagenspec("render", "--plan", "other.json")
    assert (again.returncode, b"nothing to send" in again.stderr) == (0, True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("prompt", "seeds.imagen.yaml [n=1] is not as planned: another request"),
        ("model", "seeds.imagen.yaml [n=1] is not as planned: another model"),
        ("fewer", "seeds.imagen.yaml [n=3] is planned, and is not there any more"),
        ("more", "seeds.imagen.yaml [n=4] is due, and is not in the plan"),
        ("recipe", "cup.imagen.yaml is due, and is not in the plan"),
        ("gone", "seeds.imagen.yaml [n=1] is planned, and is not there any more"),
        ("data", "seeds.imagen.yaml [n=1] is not as planned: another rule data"),
        ("case", 'no case "n=3"; did you mean'),
        ("variable", "--var thing: no recipe has it"),
    ],
)
def test_render_refuses_what_was_not_planned(
    seeds: Path, monkeypatch: pytest.MonkeyPatch, change: str, said: str
) -> None:
    monkeypatch.chdir(seeds)
    (seeds / "first.imagen.yaml").write_text(CUP)
    asked = {"case": ["--case", "n=3"], "variable": ["--var", "thing=pot"]}.get(change, [])
    assert CliRunner().invoke(cli, ["plan", "-o", "plan.json", *asked]).exit_code == 0
    recipe, plan = seeds / "seeds.imagen.yaml", seeds / "plan.json"
    texts = {
        "prompt": SEEDS.replace("number", "no."),
        "model": SEEDS.replace("4.0-generate", "4.0-fast-generate"),
        "fewer": SEEDS.replace("1..3", "1..2"),
        "more": SEEDS.replace("1..3", "1..4"),
        "case": SEEDS.replace("1..3", "1..2"),
        "variable": SEEDS.replace("{{ thing }}", "cup").replace("vars: {thing: cup}\n", ""),
    }
    if change in texts:
        recipe.write_text(texts[change])
    elif change == "recipe":
        (seeds / "cup.imagen.yaml").write_text(CUP.replace("coffee", "tea"))
    elif change == "gone":
        recipe.unlink()
    else:
        found = json.loads(plan.read_bytes())
        found["requests"][1]["data"] = "0123456789abcdef"
        plan.write_text(json.dumps(found))
    refused = CliRunner().invoke(cli, ["render", "--plan", "plan.json"]).exception
    assert isinstance(refused, StalePlanError)
    assert refused.exit_code == 1
    assert said in str(refused)
    assert not (seeds / "renders").exists()


def test_render_refuses_a_plan_for_somewhere_else(seeds: Path, imagenspec: Imagenspec) -> None:
    folder = seeds / "below"
    folder.mkdir()
    (folder / "seeds.imagen.yaml").write_text(SEEDS)
    assert imagenspec("plan", "below", "--target", "http://127.0.0.1:9", "-o", "plan.json").returncode == 0
    done = imagenspec("render", "--plan", "../plan.json", cwd=folder)
    assert (done.returncode, b"in the folder in which the plan was made" in done.stderr) == (2, True)
    done = imagenspec("render", "--plan", "plan.json")
    assert done.returncode == 2
    assert b'the plan is for target "http://127.0.0.1:9", not "emulator"' in done.stderr
    for words in (("seeds.imagen.yaml",), ("--case", "n=1"), ("--var", "thing=pot"), ("--select", "modified")):
        done = imagenspec("render", "--plan", "plan.json", *words)
        assert (done.returncode, b"--plan says what is rendered" in done.stderr) == (2, True)
    assert imagenspec("render").returncode == 2


_NO_PLANS = (
    "",
    "[]",
    "{}",
    "null",
    "[" * 9_000,
    '{"imagenspec_plan": 2}',
    '{"imagenspec_plan": 1}',
    '{"a": "\\ud800"}',
)


@pytest.mark.parametrize("text", _NO_PLANS)
def test_files_that_are_no_plan(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(PlanError, match=r"plan\.json: (this is no plan|the plan has format 2)"):
        read_plan(path)


def test_a_plan_that_is_too_large_is_neither_read_nor_written(seeds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(seeds)
    assert CliRunner().invoke(cli, ["plan", "-o", "plan.json"]).exit_code == 0
    monkeypatch.setattr("imagenspec.review.plan_file._MAX_BYTES", 500)
    with pytest.raises(PlanError, match=r"plan\.json: the file has more than 500 bytes; .* plan fewer recipes"):
        read_plan(seeds / "plan.json")
    before = (seeds / "plan.json").read_bytes()
    refused = CliRunner().invoke(cli, ["plan", "-o", "plan.json"]).exception
    assert isinstance(refused, PlanError)
    assert "the plan of 3 cases has" in str(refused)
    assert (seeds / "plan.json").read_bytes() == before


@pytest.mark.usefixtures("seeds")
def test_no_plan_ends_with_two(imagenspec: Imagenspec) -> None:
    done = imagenspec("render", "--plan", "nowhere.json")
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)


def test_recipes_with_errors_are_left_out_and_said(seeds: Path, imagenspec: Imagenspec) -> None:
    (seeds / "bad.imagen.yaml").write_text(CUP + "colour: blue\n")
    done = imagenspec("plan", "-o", "plan.json")
    assert (done.returncode, b"left out, the recipe has errors" in done.stderr) == (1, True)
    assert b"plan.json was not written" in done.stderr
    assert not (seeds / "plan.json").exists()
    assert imagenspec("plan", "-o", "seeds.imagen.yaml").returncode == 2


def test_from_python(seeds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(seeds)
    found = package.plan("seeds.imagen.yaml", case="n=2", variables={"thing": "pot"}, before=date(2026, 7, 1))
    assert [(one.case, one.samples, one.usd) for one in found.requests] == [("n=2", 2, 0.04)]
    assert (found.usd, found.unknown, found.ending) == (0.08, (), ("imagen-4.0-generate-001",))
    (seeds / "bad.imagen.yaml").write_text(CUP + "colour: blue\n")
    with pytest.raises(package.RecipeError):
        package.plan(".")
    with pytest.raises(package.UsageError, match="name a file or a folder"):
        package.plan([])


def test_the_configuration_of_the_first_recipe_counts_however_it_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    monkeypatch.delenv("GOOGLE_CLOUD_LOCATION", raising=False)
    (folder / ".imagenspec.toml").unlink()
    (folder / "sub").mkdir()
    (folder / "sub" / "seeds.imagen.yaml").write_text(SEEDS)
    own = folder / "sub" / ".imagenspec.toml"
    own.write_text(f'{CONFIGURATION}location = "europe-west4"\n')
    assert [_terms(*ways) for ways in _ways()] == [("europe-west4", str(DAY))] * 4
    own.write_text(CONFIGURATION)
    assert [_terms(*ways) for ways in _ways()] == [(None, str(DAY))] * 4
    monkeypatch.setenv("GOOGLE_CLOUD_LOCATION", "europe-west1")
    assert [_terms(*ways) for ways in _ways()] == [("europe-west1", str(DAY))] * 4


def _ways() -> list[tuple[str, str]]:
    return [(path, way) for path in (".", "sub") for way in ("command", "Python")]


def _terms(path: str, way: str) -> tuple[str | None, str]:
    """Return the location and the day of a plan for Google's endpoint."""
    _project_of.cache_clear()
    if way == "Python":
        found = package.plan(path, target="vertex")
        return found.asked.location, found.day.isoformat()
    done = CliRunner().invoke(cli, ["plan", path, "--target", "vertex", "--format", "json"], catch_exceptions=False)
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    return document["asked"]["location"], document["day"]


def test_recipes_of_other_terms_are_not_planned_together(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    for name, location in (("one", "europe-west4"), ("other", "us-central1")):
        (folder / name).mkdir()
        (folder / name / "seeds.imagen.yaml").write_text(SEEDS)
        (folder / name / ".imagenspec.toml").write_text(f'location = "{location}"\n')
    with pytest.raises(package.UsageError, match="is of another project than"):
        package.plan(".", target="vertex")
    refused = CliRunner().invoke(cli, ["plan", ".", "--target", "vertex"]).exception
    assert isinstance(refused, package.UsageError)
    done = CliRunner().invoke(cli, ["plan", ".", "--target", "vertex", "--location", "europe-west1"])
    assert done.exit_code == 0


def test_prices_are_those_of_a_render() -> None:
    for row in rows("prices"):
        for task in ("generate", "edit", "upscale", "segment"):
            assert price_of(row["model"], task, {}).usd == Prices().of(row["model"], task)


def test_plan_is_not_written_over_another_file(seeds: Path, imagenspec: Imagenspec) -> None:
    (seeds / "package.json").write_text('{"name": "shop"}')
    done = imagenspec("plan", "-o", "package.json")
    assert done.returncode == 2
    assert "is no plan" in done.stderr.decode()
    assert (seeds / "package.json").read_text() == '{"name": "shop"}'
