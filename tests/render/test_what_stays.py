"""Which of two answers to one request stays: the lock's or the ledger's, the earlier or the later one."""

from __future__ import annotations

import base64
import shutil
from typing import TYPE_CHECKING

import pytest
from ledger_values import FILTERED, MISSING, image, picture, sent, task
from loopback_service import Exchange, LoopbackService

from imagenspec.render.ledger.ledger import Ledger
from imagenspec.render.ledger.tasks import KEPT

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from conftest import Imagenspec

    from imagenspec.render.ledger.tasks import Sample

CUP = "imagenspec: 1\ntask: generate\nmodel: imagen-4.0-generate-001\nprompt: a cup\nparameters: {sample_count: 2}\n"
WHOLE, SMALL = 1024, 64
STAYS = b"one.imagen.yaml: what came now is less than what came before, which stays\n"
UNLIKE = MISSING._replace(unlike=True)


def answer(number: int, *sizes: int) -> Callable[[Exchange], None]:
    """Answer with pictures of so many pixels, grey by a number of theirs."""
    found = [base64.b64encode(picture(number + place, (one, one))).decode() for place, one in enumerate(sizes)]
    entries = [{"mimeType": "image/png", "bytesBase64Encoded": data} for data in found]
    return lambda exchange: exchange.answer(200, {"predictions": entries})


def refuse(exchange: Exchange) -> None:
    exchange.answer(400, {"error": {"code": 400, "message": "parameters.seed: bad", "status": "INVALID_ARGUMENT"}})


def lose(exchange: Exchange) -> None:
    exchange.body()
    exchange.reset()


def told(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stderr.decode().splitlines()[-1]


def state(folder: Path) -> dict[str, bytes]:
    """Return the lock and the pictures."""
    files = [folder / "one.imagen.lock", *(folder / "renders").glob("*.png")]
    return {path.name: path.read_bytes() for path in files}


def other_clone(folder: Path) -> None:
    """Make the state of a folder that of another clone, and its recipe one that nobody has rendered here."""
    shutil.rmtree(folder / ".imagenspec")
    shutil.rmtree(folder / "renders", ignore_errors=True)
    (folder / "one.imagen.lock").unlink(missing_ok=True)


def merged(folder: Path, service: LoopbackService, imagenspec: Imagenspec) -> dict[str, bytes]:
    """Render here and in another clone, bring in its lock and its pictures, and return them."""
    (folder / "one.imagen.yaml").write_text(CUP)
    imagenspec("render", ".", "--target", service.url)
    (folder / ".imagenspec").rename(folder / "state")
    (folder / ".imagenspec").mkdir()
    other_clone(folder)
    assert imagenspec("render", ".", "--target", service.url).returncode == 0
    shutil.rmtree(folder / ".imagenspec")
    (folder / "state").rename(folder / ".imagenspec")
    return state(folder)


@pytest.mark.parametrize(
    "here",
    [answer(3, WHOLE, WHOLE), answer(3, WHOLE, SMALL), answer(3, SMALL, SMALL), answer(3), refuse, lose],
    ids=["other pictures", "fewer", "none", "filtered", "refused", "lost"],
)
def test_a_line_of_others_that_holds_is_not_touched_by_what_came_here(
    here: Callable[[Exchange], None], folder: Path, imagenspec: Imagenspec
) -> None:
    deeds = [here] * (3 if here is lose else 1)
    with LoopbackService(*deeds, answer(9, WHOLE, WHOLE)) as service:
        theirs = merged(folder, service, imagenspec)
        frozen = imagenspec("render", ".", "--target", service.url, "--frozen")
        assert frozen.returncode == 0
        for options in ((), ("--force",), ("--again",)):
            done = imagenspec("render", ".", "--target", service.url, *options)
            said = "1 request: 1 done; 2 pictures in renders/; nothing to send"
            assert (done.returncode, told(done)) == (0, said), done.stderr
            assert state(folder) == theirs
        assert len(service.requests) == len(deeds) + 1


def test_a_line_without_its_pictures_gives_way_to_as_many_and_not_to_fewer(
    folder: Path, imagenspec: Imagenspec
) -> None:
    with LoopbackService(answer(3, WHOLE, SMALL), answer(9, WHOLE, WHOLE)) as service:
        theirs = merged(folder, service, imagenspec)
        shutil.rmtree(folder / "renders")
        done = imagenspec("render", ".", "--target", service.url)
        assert (done.returncode, b"pictures that are not here, and more than came here" in done.stderr) == (3, True)
        assert state(folder) == {"one.imagen.lock": theirs["one.imagen.lock"]}
        assert imagenspec("render", ".", "--target", service.url, "--again").returncode == 0
    other_clone(folder)
    with LoopbackService(answer(3, WHOLE, WHOLE), answer(9, WHOLE, WHOLE)) as service:
        merged(folder, service, imagenspec)
        shutil.rmtree(folder / "renders")
        done = imagenspec("render", ".", "--target", service.url)
        assert (done.returncode, len(service.requests)) == (0, 2)
        assert imagenspec("render", ".", "--target", service.url, "--frozen").returncode == 0


@pytest.mark.parametrize(
    ("worse", "requests"),
    [([answer(9, SMALL, SMALL)], 1), ([answer(9)], 1), ([refuse], 1), ([lose] * 3, 3)],
    ids=["not as documented", "filtered", "refused", "lost"],
)
def test_what_came_stays_where_a_later_answer_brings_less(
    worse: Sequence[Callable[[Exchange], None]], requests: int, folder: Path, imagenspec: Imagenspec
) -> None:
    (folder / "one.imagen.yaml").write_text(CUP)
    with LoopbackService(answer(3, WHOLE, SMALL), *worse, answer(9, WHOLE, WHOLE)) as service:
        imagenspec("render", ".", "--target", service.url)
        before = state(folder)
        done = imagenspec("render", ".", "--target", service.url, "--again")
        assert (done.returncode, done.stderr.count(STAYS)) == (1, worse[0] is not lose), done.stderr
        assert (state(folder), len(service.requests)) == (before, 1 + requests)
        shutil.rmtree(folder / "renders")
        dry = imagenspec("render", ".", "--target", service.url, "--dry-run")
        assert told(dry) == "1 request: 1 to be rendered, 0 to be sent"
        done = imagenspec("render", ".", "--target", service.url)
        assert (done.returncode, state(folder)) == (1, before)
        assert STAYS not in done.stderr
        assert imagenspec("render", ".", "--target", service.url, "--again").returncode == 0
        assert len(state(folder)) == 3


def test_what_is_not_as_documented_is_not_paid_for_again_in_another_clone(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "one.imagen.yaml").write_text(CUP)
    with LoopbackService(answer(3, SMALL, SMALL)) as service:
        imagenspec("render", ".", "--target", service.url)
        shutil.rmtree(folder / ".imagenspec")
        dry = imagenspec("render", ".", "--target", service.url, "--dry-run")
        assert told(dry) == "1 request: 0 to be rendered, 0 to be sent, 1 left as they are"
        done = imagenspec("render", ".", "--target", service.url)
        said = b"one.imagen.yaml: 2 pictures: the picture is 64 x 64, documented is 1024 x 1024; it is kept as "
        assert (done.returncode, said in done.stderr, len(service.requests)) == (1, True, 1)


def test_the_same_words_for_several_pictures_are_said_once(folder: Path, imagenspec: Imagenspec) -> None:
    (folder / "one.imagen.yaml").write_text(CUP)
    with LoopbackService(answer(3, SMALL, SMALL)) as service:
        imagenspec("render", ".", "--target", service.url)
        done = imagenspec("render", ".", "--target", service.url)
    [line] = [line for line in done.stderr.splitlines() if b"64 x 64" in line]
    assert line.startswith(
        b"one.imagen.yaml: 2 pictures: the picture is 64 x 64, documented is 1024 x 1024; it is kept"
    )
    assert line.count(b".png") == 2


@pytest.mark.parametrize(
    ("first", "second", "stays"),
    [
        ([image(1), FILTERED], [], True),
        ([image(1), FILTERED], [FILTERED, UNLIKE], True),
        ([UNLIKE, FILTERED], [FILTERED, FILTERED], True),
        ([UNLIKE, FILTERED], [], True),
        ([image(1), FILTERED], [FILTERED, image(2)], False),
        ([FILTERED, FILTERED], [], False),
        ([image(1), UNLIKE], [image(2), image(3)], False),
    ],
)
def test_the_ledger_keeps_the_answer_that_brought_more(
    first: list[Sample], second: list[Sample], stays: bool, tmp_path: Path
) -> None:
    with Ledger(tmp_path) as ledger:
        owner = ledger.join()
        key = sent(ledger, owner, task(1, samples=2))
        ledger.finish(key, owner, first)
        before = ledger.outcome(key)
        ledger.again(key, paid=True)
        sent(ledger, owner, task(1, samples=2))
        ledger.finish(key, owner, second, state=None if second else "failed", why="" if second else "400")
        found = ledger.outcome(key)
        assert before is not None
        assert found is not None
        assert found.samples == tuple(first if stays else second)
        assert ((found.state, found.why) == (before.state, KEPT)) == stays


def test_what_came_counts_while_a_later_answer_is_open_and_not_once_it_is_forgotten(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        owner = ledger.join()
        key = sent(ledger, owner, task(1, samples=2))
        ledger.finish(key, owner, [image(1), FILTERED])
        before = ledger.outcome(key)
        ledger.again(key, paid=True)
        assert ledger.outcome(key) == before
        sent(ledger, owner, task(1, samples=2))
        ledger.lost(key, owner, "the connection died")
        found = ledger.outcome(key)
        assert (found and found.state, found and found.samples) == ("filtered", (image(1), FILTERED))
        assert ledger.unsure() == {key}
        ledger.forget(key)
        found = ledger.outcome(key)
        assert (found and found.state, found and found.samples) == ("unknown", ())
