"""``imagenspec render`` as people run it: what is sent, what is not, and what becomes of it."""

from __future__ import annotations

import json
import re
import resource
import signal
from typing import TYPE_CHECKING, Any

import pytest
from cli_recipes import BROKEN
from pinned import CONFIGURATION
from processes import started, wait_until
from render_recipes import ONE as CUP
from render_recipes import SEEDS, summary, write
from serving import counters, served

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Imagenspec

REFUSED = CUP.replace("a cup of coffee", "a __blocked__ cup")
UNREACHABLE = "http://192.0.2.1:9"
"""An address that is nobody's (RFC 5737); what is sent there was sent by mistake."""


def locked(folder: Path, name: str) -> dict[str, Any]:
    lines = (folder / f"{name}.imagen.lock").read_text().splitlines()
    return {line["case"]: line for line in map(json.loads, filter(None, lines)) if "case" in line}


def test_a_second_render_sends_nothing(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=CUP, seeds=SEEDS)
    first = imagenspec("render", ".")
    assert (first.returncode, summary(first)) == (0, "7 requests: 7 done; 7 pictures in renders/; 7 sent")
    assert len(list((folder / "renders").iterdir())) == 7
    lock = (folder / "seeds.imagen.lock").read_bytes()
    second = imagenspec("render", ".")
    assert (second.returncode, summary(second)) == (0, "7 requests: 7 done; 7 pictures in renders/; nothing to send")
    assert second.stderr.count(b"\n") == 1
    assert (folder / "seeds.imagen.lock").read_bytes() == lock


def test_a_change_renders_the_cases_that_it_touches(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, seeds=SEEDS)
    imagenspec("render", ".")
    write(folder, seeds=SEEDS.replace("1..6", "3..8"))
    done = imagenspec("render", ".")
    assert summary(done) == "6 requests: 6 done; 6 pictures in renders/; 2 sent"
    assert sorted(locked(folder, "seeds")) == [f"n={number}" for number in range(3, 9)]


def test_pictures_that_were_deleted_come_back_from_the_store(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=CUP)
    imagenspec("render", ".")
    [picture] = (folder / "renders").iterdir()
    before = picture.read_bytes()
    picture.unlink()
    done = imagenspec("render", ".", "--select", "modified")
    assert summary(done).endswith("nothing to send")
    picture.unlink()
    assert summary(imagenspec("render", ".")).endswith("nothing to send")
    assert picture.read_bytes() == before


def test_a_fresh_checkout_needs_no_ledger(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=CUP)
    imagenspec("render", ".")
    for path in sorted((folder / ".imagenspec").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    done = imagenspec("render", ".")
    assert (done.returncode, summary(done)) == (0, "1 request: 1 done; 1 picture in renders/; nothing to send")
    assert imagenspec("render", ".", "--frozen").returncode == 0


def test_only_the_cases_that_are_asked_for(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, seeds=SEEDS)
    done = imagenspec("render", ".", "--case", "n=2", "--case", "n=4")
    assert summary(done) == "2 requests: 2 done; 2 pictures in renders/; 2 sent"
    assert sorted(locked(folder, "seeds")) == ["n=2", "n=4"]
    missed = imagenspec("render", ".", "--case", "n=22")
    assert missed.returncode == 2
    assert b'did you mean "n=2"' in missed.stderr
    assert imagenspec("render", ".", "--var", "m=2").returncode == 2


def test_select_modified_leaves_missing_pictures(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=CUP, seeds=SEEDS)
    assert imagenspec("lock", ".").returncode == 0
    done = imagenspec("render", ".", "--select", "modified")
    assert summary(done).endswith("nothing to send")
    assert summary(imagenspec("render", ".")) == "7 requests: 7 done; 7 pictures in renders/; 7 sent"


def test_frozen_fails_if_anything_would_change_and_says_what(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, seeds=SEEDS)
    fresh = imagenspec("render", ".", "--frozen")
    assert fresh.returncode == 1
    assert fresh.stdout.splitlines()[0] == b"seeds.imagen.yaml [n=1]: imagen-4.0-generate-001, 1 sample, new"
    assert (fresh.stdout.count(b", new\n"), summary(fresh)) == (6, "6 requests: 6 cases not fresh")
    assert not (folder / ".imagenspec").exists()
    imagenspec("render", ".")
    fresh = imagenspec("render", ".", "--frozen")
    assert (fresh.returncode, summary(fresh)) == (0, "6 requests: nothing to render")
    write(folder, seeds=SEEDS.replace("coffee", "tea"))
    stale = imagenspec("render", ".", "--frozen")
    assert (stale.returncode, stale.stdout.count(b", changed (request)\n")) == (1, 6)


def test_a_dry_run_sends_and_writes_nothing(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, seeds=SEEDS)
    before = sorted(folder.iterdir())
    done = imagenspec("render", ".", "--dry-run")
    assert done.returncode == 0
    said = [f"seeds.imagen.yaml [n={one}]: imagen-4.0-generate-001, 1 sample, new" for one in range(1, 7)]
    assert done.stdout.decode().splitlines() == said
    assert summary(done) == "6 requests: 6 to be rendered, 6 to be sent"
    assert sorted(folder.iterdir()) == before


def test_a_recipe_with_errors_is_left_out(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=CUP, broken=BROKEN)
    done = imagenspec("render", ".")
    assert (done.returncode, summary(done)) == (1, "1 request: 1 done; 1 picture in renders/; 1 sent")
    assert b"broken.imagen.yaml: left out, the recipe has errors" in done.stderr


def test_a_refusal_is_shown_at_the_line_and_tried_again(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=CUP, refused=REFUSED)
    for sent in (2, 1):
        done = imagenspec("render", ".")
        assert done.returncode == 1
        assert summary(done) == f"2 requests: 1 done, 1 failed; 1 picture in renders/; {sent} sent"
        text = done.stderr.decode()
        assert "refused.imagen.yaml:4:9: error[400]: " in text
        assert "(INVALID_ARGUMENT)" in text
        assert "    4 | prompt: a __blocked__ cup\n" in text
        assert "(42876398)" in text
    write(folder, refused=CUP)
    assert imagenspec("render", ".").returncode == 0


def test_two_outputs_with_one_path_are_refused_before_anything_is_sent(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, one=CUP + "render: {path: out/cup.png}\n", two=CUP + "render: {path: ./out/cup}\n")
    write(folder, two=CUP.replace("coffee", "tea") + "render: {path: out/cup}\n")
    done = imagenspec("render", ".")
    assert done.returncode == 2
    assert b"one.imagen.yaml and two.imagen.yaml would be written to the same" in done.stderr
    assert not (folder / ".imagenspec").exists()
    assert not (folder / "out").exists()


def test_a_file_of_somebody_else_stays(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=CUP, other=CUP.replace("coffee", "tea"))
    (folder / "renders").mkdir()
    (folder / "renders" / "cup.png").write_text("mine")
    done = imagenspec("render", ".")
    assert done.returncode == 2
    assert b"was not made by a render" in done.stderr
    assert (folder / "renders" / "cup.png").read_text() == "mine"
    assert not (folder / ".imagenspec").exists(), "nothing was sent"
    assert imagenspec("render", ".", "--dry-run").returncode == 2
    forced = imagenspec("render", ".", "--force")
    assert (forced.returncode, summary(forced)) == (0, "2 requests: 2 done; 2 pictures in renders/; 2 sent")


def test_the_emulator_does_not_take_the_place_of_real_pictures(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=CUP)
    imagenspec("render", ".")
    lock = folder / "cup.imagen.lock"
    lock.write_text(lock.read_text().replace('"target":"emulator",', ""))
    kept = imagenspec("render", ".")
    assert (kept.returncode, summary(kept)) == (0, "1 request: 1 done; 1 picture in renders/; nothing to send")
    write(folder, cup=CUP.replace("coffee", "tea"))
    done = imagenspec("render", ".")
    assert done.returncode == 2
    assert b"pictures that the service made" in done.stderr
    assert imagenspec("render", ".", "--force").returncode == 0


def test_a_target_that_is_no_url_is_refused(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=CUP)
    for word in ("", "emulatr", "ftp://127.0.0.1"):
        done = imagenspec("render", ".", "--target", word)
        assert (done.returncode, b"is neither" in done.stderr) == (2, True)


def test_a_project_without_the_api_is_exit_code_3(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=CUP)
    done = imagenspec("render", ".", "--project", "api-disabled")
    assert done.returncode == 3
    assert b"error[403]" in done.stderr


@pytest.mark.parametrize("option", [(), ("--yes", "--max-cost", "0.2")])
def test_money_is_not_spent_unasked(option: tuple[str, ...], folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, seeds=SEEDS)
    done = imagenspec("render", ".", "--target", UNREACHABLE, *option)
    assert done.returncode == 2
    assert b"6 requests for 6 pictures to http://192.0.2.1:9" in done.stderr
    assert b"up to 0.24 USD" in done.stderr
    assert b"nothing was sent" in done.stderr
    assert not (folder / ".imagenspec").exists()


def test_configured_prices_count_and_unknown_ones_are_not_nothing(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=CUP.replace("imagen-4.0-generate-001", "imagen-4.0-generate-preview-06-06"))
    done = imagenspec("render", ".", "--target", UNREACHABLE, "--dry-run")
    assert b'what "imagen-4.0-generate-preview-06-06" costs, which is not known' in done.stderr
    capped = imagenspec("render", ".", "--target", UNREACHABLE, "--yes", "--max-cost", "100")
    assert (capped.returncode, b"nothing was sent" in capped.stderr) == (2, True)
    (folder / ".imagenspec.toml").write_text(f'{CONFIGURATION}[prices]\n"imagen-4.0-generate-preview-06-06" = 1.5\n')
    done = imagenspec("render", ".", "--target", UNREACHABLE, "--dry-run")
    assert b"up to 1.50 USD\n" in done.stderr


def test_vertex_needs_a_project(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=CUP)
    done = imagenspec("render", ".", "--target", "vertex")
    assert (done.returncode, b"needs a project and a location" in done.stderr) == (2, True)


def test_the_configured_target_counts_at_the_root_only(folder: Path, imagenspec: Imagenspec) -> None:
    below = folder / "below"
    below.mkdir()
    write(below, cup=CUP)
    (below / ".imagenspec.toml").write_text(f'{CONFIGURATION}target = "{UNREACHABLE}"\n')
    refused = imagenspec("render", "below")
    assert refused.returncode == 2
    assert b'may set "target"' in refused.stderr
    assert imagenspec("lint", "below").returncode == 0
    assert imagenspec("render", "below", "--target", "emulator").returncode == 0
    (below / ".imagenspec.toml").unlink()
    (folder / ".imagenspec.toml").write_text(f'{CONFIGURATION}target = "{UNREACHABLE}"\n')
    write(below, cup=CUP.replace("coffee", "tea"))
    configured = imagenspec("render", "below")
    assert (configured.returncode, UNREACHABLE.encode() in configured.stderr) == (2, True)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("prices = 3", b'"prices" must be a table'),
        ('[prices]\n"imagen-4.0-generate-001" = -1', b"must be a number from 0 up"),
        ('[quotas]\n"imagen-4.0-generate-001" = 0', b"must be a number from 0.01 up"),
        ('[quotas]\n"imagen-4.0-generate-001" = true', b"must be a number"),
        ("target = 3", b'"target" must be'),
    ],
)
def test_wrong_settings_are_refused(line: str, said: bytes, folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=CUP)
    (folder / ".imagenspec.toml").write_text(f"{CONFIGURATION}{line}\n")
    done = imagenspec("render", ".")
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_a_configured_quota_is_kept(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, seeds=SEEDS)
    quota = '[quotas]\n"imagen-4.0-generate-001" = 240\n'
    (folder / ".imagenspec.toml").write_text(CONFIGURATION + quota)
    with served("--quota", "240/min") as url:
        done = imagenspec("render", ".", "--target", url)
        assert (done.returncode, summary(done)) == (0, "6 requests: 6 done; 6 pictures in renders/; 6 sent")
        assert counters(url)["counters"]["requests"]["imagen-4.0-generate-001"] == {"200": 6}


def test_ctrl_c_finishes_what_is_under_way_and_the_next_run_goes_on(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, seeds=SEEDS)
    with served("--latency", "2s") as url:
        process = started(folder, "render", ".", "--target", url, "--jobs", "2")
        wait_until(lambda: counters(url)["counters"]["requests_paid"] == 2)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=30)
        assert process.returncode == 130, stderr
        assert b"stopping: what is under way comes to its end" in stderr
        assert b"6 requests: 2 done, 4 not sent; 2 pictures in renders/; 2 sent\n" in stderr
        assert b"run the same command again to go on" in stderr
        assert len(locked(folder, "seeds")) == 2
        done = imagenspec("render", ".", "--target", url)
        assert (done.returncode, summary(done)) == (0, "6 requests: 6 done; 6 pictures in renders/; 4 sent")
        assert counters(url)["counters"]["requests_paid_again"] == 0


def test_a_second_ctrl_c_gives_up_what_is_under_way(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=CUP)
    with served("--latency", "3s") as url:
        process = started(folder, "render", ".", "--target", url)
        wait_until(lambda: counters(url)["counters"]["requests_paid"] == 1)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert b"Ctrl-C again gives it up" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        assert process.returncode == 130
    assert b"ledger of url, whole project: 1 unknown\n" in imagenspec("status", "--target", url).stdout
    assert not list((folder / ".imagenspec").rglob("*.part"))


def _small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))


def test_without_room_nothing_is_failed_for_good(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, cup=CUP)
    process = started(folder, "render", ".", before=_small_files)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 3, stderr
    done = imagenspec("render", ".")
    assert (done.returncode, summary(done)) == (0, "1 request: 1 done; 1 picture in renders/; 1 sent")
    assert not list((folder / ".imagenspec").rglob("*.part"))


def test_two_renders_at_once_share_the_work(folder: Path, imagenspec: Imagenspec) -> None:
    write(folder, seeds=SEEDS)
    with served("--latency", "0.3s") as url:
        both = [started(folder, "render", ".", "--target", url, "--jobs", "2") for _ in range(2)]
        sent = 0
        for process in both:
            _, stderr = process.communicate(timeout=60)
            assert process.returncode == 0, stderr
            assert b"6 requests: 6 done; 6 pictures in renders/; " in stderr
            sent += int(re.findall(rb"; (\d+) sent\n", stderr)[-1])
        found = counters(url)["counters"]
        assert (found["requests_paid"], found["requests_paid_again"], sent) == (6, 0, 6)
    assert len(locked(folder, "seeds")) == 6
    assert imagenspec("lock", "--check").returncode == 0
