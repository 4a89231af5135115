"""What ``imagenspec render`` says of what it sent: once, again, at the risk of paying twice, or not at all."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from processes import started
from render_recipes import ONE as CUP
from render_recipes import SEEDS, summary, write
from serving import counters, served
from test_cli_render import locked

from imagenspec.cli.rendered import summary as rendered_summary
from imagenspec.render.session import Rendering
from imagenspec.render.tally import Tally

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

FILTERED = CUP.replace("a cup of coffee", "a __filtered__ cup")


@pytest.mark.parametrize(("word", "code", "sent"), [("fail", 1, 1), ("warn", 0, 1), ("retry", 1, 3)])
def test_filtered_pictures(word: str, code: int, sent: int, folder: Path, imagenspec: Imagenspec) -> None:
    said = "1 request: 1 filtered; 0 pictures; 1 sent"
    if word == "retry":
        said = "1 request: 1 filtered (tried 3 times); 0 pictures; 1 sent, and 2 times again"
    write(folder, cup=FILTERED + f"render: {{on_filtered: {word}}}\n")
    with served() as url:
        done = imagenspec("render", ".", "--target", url)
        assert (done.returncode, summary(done)) == (code, said)
        lines = [line for line in done.stderr.decode().splitlines() if "cup.imagen.yaml: again; filtered, " in line]
        assert len(lines) == sent - 1
        assert counters(url)["counters"]["requests"]["imagen-4.0-generate-001"] == {"200": sent}
        again = imagenspec("render", ".", "--target", url)
        said = "1 request: 1 filtered; 0 pictures; nothing to send" if word == "warn" else said
        assert (again.returncode, summary(again)) == (code, said)
    [line] = locked(folder, "cup").values()
    assert [sample["outcome"] for sample in line["samples"]] == ["filtered"]


def test_what_came_of_a_request_is_not_paid_for_again(folder: Path, imagenspec: Imagenspec) -> None:
    some = CUP.replace("a cup", "a __some_filtered__ cup").replace("sample_count: 1", "sample_count: 2")
    write(folder, cup=some.replace("count: 2", "count: 2, include_rai_reason: true"))
    done = imagenspec("render", ".")
    hint = "; --again sends 1 of them again, to be paid for again"
    assert (done.returncode, summary(done)) == (1, "1 request: 1 filtered; 1 picture in renders/; 1 sent" + hint)
    second = imagenspec("render", ".")
    said = "1 request: 1 filtered; 1 picture in renders/; nothing to send" + hint
    assert (second.returncode, summary(second)) == (1, said)
    listed = imagenspec("render", ".", "--again", "--dry-run")
    assert listed.stdout == b"cup.imagen.yaml: imagen-4.0-generate-001, 2 samples, filtered\n"
    assert summary(listed) == "1 request: 1 to be rendered, 1 to be sent"
    again = imagenspec("render", ".", "--again")
    assert (again.returncode, summary(again)) == (1, "1 request: 1 filtered; 1 picture in renders/; 1 sent")
    assert imagenspec("render", "--plan", "plan.json", "--again").returncode == 2


def test_a_lost_answer_is_asked_for_again_twice_and_said(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=CUP)
    with served("--fault", "lost") as url:
        done = imagenspec("render", ".", "--target", url)
        assert counters(url)["counters"]["requests_paid"] == 3
        said = "1 request: 1 unknown; 0 pictures; 1 sent, and 2 times again"
        said += " (2 after a lost answer, which may be paid twice)"
        assert (done.returncode, summary(done)) == (3, said)
        assert b"ledger of url, whole project: 1 unknown\n" in imagenspec("status", "--target", url).stdout
    with served() as url:
        warning = b"1 request of an earlier run had no answer; what is sent again may be paid for twice\n"
        assert imagenspec("render", ".", "--target", url, "--dry-run").stderr.startswith(warning)
        done = imagenspec("render", ".", "--target", url)
        assert done.stderr.startswith(warning)
        said = "1 request: 1 done; 1 picture in renders/; 1 sent (1 after a lost answer, which may be paid twice)"
        assert (done.returncode, summary(done)) == (0, said)
        assert warning not in imagenspec("render", ".", "--target", url).stderr


def test_what_a_service_asked_to_wait_is_said_and_not_waited_for_by_the_next_run(
    folder: Path, imagenspec: Imagenspec
) -> None:
    write(folder, cup=CUP)
    with served("--fault", "429:1:3600s") as url:
        process = started(folder, "render", ".", "--target", url)
        assert process.stderr is not None
        told = [process.stderr.readline() for _ in range(2)]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert told[0].startswith(b"cup.imagen.yaml: again in 60 min; ")
    assert told[1] == b"waiting 60 min, as the service asked (Retry-After)\n"
    with served() as url:
        assert summary(imagenspec("render", ".", "--target", url)).startswith("1 request: 1 done; 1 picture")


@pytest.mark.parametrize(
    ("lost", "spent", "said"),
    [
        (0, 0.04, "; 0.04 USD"),
        (2, 0.04, "; 0.04 USD, and up to 0.08 USD more for lost answers"),
        (2, 0.0, "; up to 0.08 USD for lost answers"),
    ],
)
def test_money_that_lost_answers_may_have_cost(lost: int, spent: float, said: str) -> None:
    assert rendered_summary(Rendering((), Tally()), spent, lost * 0.04).endswith(said)


@pytest.mark.parametrize("command", [("render", "."), ("plan", "."), ("verify", ".")])
@pytest.mark.parametrize("sum_of_money", ["nan", "inf", "1e999", "-1"])
def test_a_limit_that_limits_nothing_is_refused(
    command: tuple[str, ...], sum_of_money: str, folder: Path, imagenspec: Imagenspec
) -> None:
    write(folder, cup=CUP)
    done = imagenspec(*command, "--max-cost", sum_of_money)
    assert (done.returncode, b"'--max-cost'" in done.stderr) == (2, True)


def test_a_limit_holds_for_every_url(folder: Path, imagenspec: Imagenspec) -> None:
    """What listens on this machine may pass requests on; only the emulator in this process costs nothing for sure."""
    write(folder, seeds=SEEDS)
    with served() as url:
        held = imagenspec("render", ".", "--target", url, "--max-cost", "0.2")
        assert held.returncode == 2
        assert b"nothing was sent: it may cost 0.24 USD, and --max-cost is 0.2" in held.stderr
        assert imagenspec("render", ".", "--target", url, "--max-cost", "0.25").returncode == 0
    assert imagenspec("render", ".", "--max-cost", "0").returncode == 0


def test_what_did_not_go_out_is_not_sent(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=CUP)
    with served() as url:
        pass
    done = imagenspec("render", ".", "--target", url)
    assert (done.returncode, summary(done)) == (3, "1 request: 1 failed; 0 pictures; 0 sent")


def test_faults_of_the_service_are_survived(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, seeds=SEEDS)
    said = "6 requests: 6 done; 6 pictures in renders/; 6 sent, and 4 times again"
    said += " (2 after a lost answer, which may be paid twice)"
    with served("--fault", "503:0.2,reset:0.2,truncate:0.1,slow:0.1s:0.3", "--seed", "5") as url:
        done = imagenspec("render", ".", "--target", url)
        assert (done.returncode, summary(done)) == (0, said)
        again = imagenspec("render", ".", "--target", url)
        assert summary(again).endswith("nothing to send")
