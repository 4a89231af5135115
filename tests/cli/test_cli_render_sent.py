"""What ``imagenspec render`` says of what it sent: once, again, at the risk of paying twice, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from serving import counters, served
from test_cli_render import CUP, SEEDS, locked, summary, write

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
    assert listed.stdout == b"cup.imagen.yaml: imagen-4.0-generate-001, 2 samples, not whole\n"
    assert summary(listed) == "1 request: 1 to be rendered, 1 to be sent"
    again = imagenspec("render", ".", "--again")
    assert (again.returncode, summary(again)) == (1, "1 request: 1 filtered; 1 picture in renders/; 1 sent")
    assert imagenspec("render", "--plan", "plan.json", "--again").returncode == 2


def test_a_lost_answer_is_asked_for_again_twice_and_said(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=CUP)
    with served("--fault", "lost") as url:
        done = imagenspec("render", ".", "--target", url)
        assert counters(url)["counters"]["requests_paid"] == 3
    said = "1 request: 1 failed; 0 pictures; 1 sent, and 2 times again (2 after a lost answer, which may be paid twice)"
    assert (done.returncode, summary(done)) == (3, said)


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
