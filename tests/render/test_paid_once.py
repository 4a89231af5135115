"""What was paid for is not sent again unasked: odd pictures, requests filtered in part, lost answers, new facts."""

from __future__ import annotations

import base64
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from ledger_values import picture
from loopback_service import Exchange, LoopbackService
from render_worker import Silent
from rendering import SIZE, agreed, planned, recipe_of
from sending import compiled, sent

from imagenspec.render.ledger.ledger import Ledger, key_of
from imagenspec.render.ledger.schema import connect
from imagenspec.render.prices import Prices
from imagenspec.render.remaining import left_to_send
from imagenspec.render.service.errors import Lost, Transient
from imagenspec.render.service.targets import target_of
from imagenspec.render.session import Route, render
from imagenspec.render.tally import Budget

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Imagenspec

    from imagenspec.render.plan import Plan
    from imagenspec.render.service.client import Client
    from imagenspec.render.session import Rendering

SMALLER = SIZE // 2
CUP = "imagenspec: 1\ntask: generate\nmodel: imagen-4.0-generate-001\nprompt: a cup\nparameters: {sample_count: 1}\n"


def answer(*sizes: int, filtered: bool = False) -> Callable[[Exchange], None]:
    """Answer with pictures of so many pixels, and with a reason for one that was filtered."""
    pictures = [base64.b64encode(picture(7, (size, size))).decode() for size in sizes]
    entries: list[Any] = [{"mimeType": "image/png", "bytesBase64Encoded": data} for data in pictures]
    entries += [{"raiFilteredReason": "Support codes: 56562880"}] if filtered else []
    return lambda exchange: exchange.answer(200, {"predictions": entries})


def rendered(one: Plan, url: str, *, again: bool = False, **more: Any) -> Rendering:
    return render([one], Route(target_of(url, "a-project", "us-central1"), 2, **more), Silent(), again=again)


def test_a_picture_that_is_not_as_documented_is_bought_again_only_if_asked(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path / "project", 1)
    with LoopbackService(answer(SMALLER), answer(SIZE)) as service:
        target = target_of(service.url, "a-project", "us-central1")
        for _ in range(2):
            found = rendered(planned(recipe, service.url), service.url)
            [result] = found.results
            [sample] = result.samples
            assert (result.word, sample.outcome, len(service.requests)) == ("failed", "missing", 1)
            assert (
                f"the picture is {SMALLER} x {SMALLER}, documented is {SIZE} x {SIZE}; it is kept as" in sample.reason
            )
            assert left_to_send([planned(recipe, service.url)], target) == []
        assert len(left_to_send([planned(recipe, service.url)], target, again=True)) == 1
        assert rendered(planned(recipe, service.url), service.url, again=True).results[0].word == "done"
        assert agreed(recipe, service.url) == {"done": 1}
        assert rendered(planned(recipe, service.url), service.url, again=True).sent == 0
        assert len(service.requests) == 2


def test_such_a_picture_is_told_of_in_each_run_with_the_option_that_helps(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "cup.imagen.yaml").write_text(CUP)
    with LoopbackService(answer(SIZE)) as service:
        for sent_now in ("1 sent", "nothing to send"):
            done = imagenspec("render", ".", "--target", service.url)
            *_, told, last = done.stderr.decode().splitlines()
            hint = "--again sends 1 of them again, to be paid for again"
            assert (done.returncode, last) == (1, f"1 request: 1 failed; 0 pictures; {sent_now}; {hint}")
            reason = f"the picture is {SIZE} x {SIZE}, documented is 1024 x 1024; it is kept as "
            assert told.count("cup.imagen.yaml: ") == told.count(reason) == 1
        assert len(service.requests) == 1
        again = imagenspec("render", ".", "--target", service.url, "--again")
        assert again.stderr.decode().endswith("1 request: 1 failed; 0 pictures; 1 sent\n")
        assert len(service.requests) == 2


def test_a_picture_that_is_not_as_documented_is_never_fresh(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "one.imagen.yaml").write_text(CUP.replace("count: 1", "count: 2"))
    with LoopbackService(answer(1024, SIZE)) as service:
        url = service.url
        assert imagenspec("render", ".", "--target", url).returncode == 1
        status = imagenspec("status", "--target", url).stdout
        assert status.splitlines()[0] == b"one.imagen.yaml: 1 not as documented"
        frozen = imagenspec("render", ".", "--target", url, "--frozen")
        assert (frozen.returncode, frozen.stdout.endswith(b", not as documented\n")) == (1, True)
        assert imagenspec("lock", "--check").returncode == 1
        done = imagenspec("render", ".", "--target", url)
        assert (done.returncode, b"nothing to send; --again sends 1" in done.stderr) == (1, True)
        shutil.rmtree(folder / ".imagenspec")
        alone = imagenspec("render", ".", "--target", url)
        assert (alone.returncode, alone.stderr.count(b"documented is 1024 x 1024"), alone.stdout) == (1, 1, b"")
        assert len(service.requests) == 1


def test_bytes_that_are_no_picture_are_paid_for_too(tmp_path: Path) -> None:
    def noise(exchange: Exchange) -> None:
        entry = {"mimeType": "image/png", "bytesBase64Encoded": base64.b64encode(b"no picture").decode()}
        exchange.answer(200, {"predictions": [entry]})

    recipe = recipe_of(tmp_path / "project", 1)
    with LoopbackService(noise) as service:
        for _ in range(2):
            assert rendered(planned(recipe, service.url), service.url).results[0].word == "failed"
        assert len(service.requests) == 1


def test_what_was_filtered_in_part_is_sent_again_only_if_asked(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path / "project", 1, extra="render: {on_filtered: retry}\n")
    recipe.write_text(recipe.read_text().replace("max_predictions: 1", "max_predictions: 2"))
    with LoopbackService(answer(SIZE, filtered=True), answer(SIZE, SIZE)) as service:
        for _ in range(2):
            found = rendered(planned(recipe, service.url), service.url)
            assert ([one.word for one in found.results], len(service.requests)) == (["filtered"], 1)
        found = rendered(planned(recipe, service.url), service.url, again=True)
        assert ([one.word for one in found.results], found.sent, len(service.requests)) == (["done"], 1, 2)


@pytest.mark.parametrize(("usd", "requests"), [(None, 3), (0.04, 2), (0.0, 1)])
def test_lost_answers_are_asked_for_twice_at_most_and_as_far_as_money_goes(
    usd: float | None, requests: int, tmp_path: Path
) -> None:
    recipe = recipe_of(tmp_path / "project", 1)

    def lost(exchange: Exchange) -> None:
        exchange.body()
        exchange.reset()

    with LoopbackService(lost) as service:
        budget = {} if usd is None else {"resend": Budget(Prices({"image-segmentation-001": 0.03}), usd).take}
        found = rendered(planned(recipe, service.url), service.url, **budget)
        assert [one.word for one in found.results] == ["unknown"]
        assert len(service.requests) == requests
        assert (found.tally.sent, found.tally.again, found.tally.after_loss) == (1, requests - 1, requests - 1)
        assert found.results[0].outcome is not None
        assert ("--max-cost" in found.results[0].outcome.why) == (usd is not None)


def test_what_somebody_left_after_sending_is_counted_as_lost(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path / "project", 1)
    with LoopbackService(answer(SIZE)) as service:
        one = planned(recipe, service.url)
        with Ledger(one.root, "url") as ledger:
            ledger.plan([one.works[0].task])
            owner = ledger.join()
            [task] = ledger.lease(owner, 1, 60)
            ledger.sent(task.key, owner, 1)
        found = rendered(one, service.url)
    assert (found.tally.sent, found.tally.again, found.tally.after_loss) == (1, 0, 1)


def test_new_facts_render_exactly_the_cases_that_they_touch(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path / "project", 3)
    with LoopbackService(answer(SIZE)) as service:
        one = planned(recipe, service.url)
        first, *others = one.works
        key = key_of(first.task.model, first.task.digest, "older")
        older = first._replace(task=first.task._replace(key=key, data="older"), data="older")
        assert rendered(replace(one, works=(older, *others)), service.url).sent == 3
        now = planned(recipe, service.url)
        assert [work.task.case for work in now.due()] == [first.task.case]
        assert now.states[first.task.case].words == "changed (data)"
        assert rendered(now, service.url).sent == 1
        assert rendered(planned(recipe, service.url), service.url).sent == 0
        assert len(service.requests) == 4
        with Ledger(one.root, "url") as ledger:
            assert ledger.counts()["done"] == 4
            assert sorted(task.data for task in ledger.tasks("done")) == sorted([*[first.data] * 3, "older"])


def test_a_ledger_without_the_newer_columns_gets_them(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path / "project", 1)
    with LoopbackService(answer(SIZE)) as service:
        one = planned(recipe, service.url)
        task = one.works[0].task
        old = task._replace(key=key_of(task.model, task.digest), data="")
        with Ledger(one.root, "url") as ledger:
            ledger.plan([old])
        connection = connect(one.root / ".imagenspec" / "url" / "ledger.sqlite")
        connection.execute("ALTER TABLE task DROP COLUMN data")
        connection.execute("ALTER TABLE sample DROP COLUMN unlike")
        connection.close()
        assert rendered(one, service.url).sent == 1
        with Ledger(one.root, "url") as ledger:
            assert ledger.tasks("planned") == [old]
            assert ledger.tasks("done") == [task]


def test_a_client_counts_what_went_out(tmp_path: Path) -> None:
    [request] = compiled(tmp_path, CUP)

    async def send(client: Client) -> tuple[str, int]:
        try:
            with await client.send(request):
                return "came", client.sent.total()
        except (Lost, Transient) as failure:
            return type(failure).__name__, client.sent.total()

    def unavailable(exchange: Exchange) -> None:
        exchange.answer(503, {})

    def lost(exchange: Exchange) -> None:
        exchange.body()
        exchange.reset()

    found = []
    for deed in (answer(SIZE), unavailable, lost):
        with LoopbackService(deed) as service:
            found.append(sent(service.url, send))
    found.append(sent(service.url, send))  # nobody is there any more
    assert found == [("came", 1), ("Transient", 1), ("Lost", 1), ("Transient", 0)]
