"""The rows about renders: what is lost, paid twice or left behind when things go wrong, and what a render costs."""

from __future__ import annotations

import json
import signal
import sqlite3
import statistics
import subprocess
import time
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import render_servers as servers
from bench import LONG, Line
from pictures import write_square

if TYPE_CHECKING:
    from pathlib import Path

    from bench import Bench

_KILLED = 5_000
_PROCESSES = 4
_KILLS = 10
_FAULTY = 2_000
_FAULTS = "408:0.02,429:0.02,500:0.02,502:0.02,503:0.02,504:0.02,reset:0.02,lost:0.02,truncate:0.02,slow:100ms:0.05"
_FILTERED = "filtered:0.1"
_QUOTA = 600
_WINDOWS = 2
_RATE = 300
_LARGE_JOBS = 16
_MOST_MEMORY = 250_000_000
_TIMES = "\N{MULTIPLICATION SIGN}"


def render_killed(bench: Bench) -> list[Line]:
    recipe = servers.masks(bench, "killed", _KILLED)
    with servers.emulator(bench) as url:
        running = [servers.render(bench, recipe, url) for _ in range(_PROCESSES)]
        _wait_for_requests(url, 1)
        for _ in range(_KILLS):
            time.sleep(1)
            victim = running.pop(0)
            if victim.poll() is not None:
                raise SystemExit("a render ended before all kills were done: the row would not measure what it says")
            victim.send_signal(signal.SIGKILL)
            victim.communicate()
            running.append(servers.render(bench, recipe, url))
        for process in running:
            servers.told(process)
        found = servers.counters(url)
        servers.told(servers.render(bench, recipe, url))
        sent_again = sum(servers.requests_of(servers.counters(url)).values()) - sum(servers.requests_of(found).values())
    ends = _ends(recipe)
    lost = _KILLED - ends["agreed"]
    again = found["requests_paid"] - _KILLED
    work = f"{_KILLED:,} requests, {_PROCESSES} processes, SIGKILL of one each second for {_KILLS} s"
    most = _KILLS * servers.JOBS
    left = ends["left"]
    return [
        _counted(f"{work}: lost", lost, 0, f"{ends['done']:,} done"),
        _counted(f"{work}: paid twice", again, most, f"{servers.JOBS} in flight per process"),
        _counted("sent by the next run", sent_again, 0, f"{left} files left behind"),
    ]


def render_faulty(bench: Bench) -> list[Line]:
    recipe = servers.masks(bench, "faulty", _FAULTY)
    with servers.emulator(bench, "--fault", f"{_FAULTS},{_FILTERED}", "--seed", "1") as url:
        for process in [servers.render(bench, recipe, url) for _ in range(2)]:
            servers.told(process)
        happened = servers.requests_of(servers.counters(url))
    ends = _ends(recipe)
    work = f"each fault of the menu at once, {_FAULTY:,} requests"
    said = ", ".join(f"{count} {outcome}" for outcome, count in sorted(happened.items()))
    states = ", ".join(f"{ends[state]:,} {state}" for state in ("done", "filtered", "failed"))
    return [
        _counted(f"{work}: without a final state on which lock and ledger agree", _FAULTY - ends["agreed"], 0, states),
        _counted("temporary files left behind", ends["left"], 0, said),
    ]


def render_within_quota(bench: Bench) -> list[Line]:
    recipe = servers.masks(bench, "quota", _QUOTA * (_WINDOWS + 2))
    with servers.emulator(bench, "--quota", f"{_QUOTA}/min") as url:
        process = servers.render(bench, recipe, url, servers.JOBS, _QUOTA)
        _wait_for_requests(url, 1)
        time.sleep(60)
        warm = servers.requests_of(servers.counters(url))
        time.sleep(60 * _WINDOWS)
        found = servers.requests_of(servers.counters(url))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    during = {outcome: count - warm.get(outcome, 0) for outcome, count in found.items()}
    refused = during.get("429", 0) / max(1, sum(during.values()))
    used = during.get("200", 0) / (_QUOTA * _WINDOWS)
    work = f"a quota of {_QUOTA} a minute, {servers.JOBS} in flight, {_WINDOWS} minutes after one to warm up"
    against = "the quota"
    medians = f"{during.get('429', 0)} of {sum(during.values()):,}; {warm.get('429', 0)} while warming up"
    return [
        Line(f"{work}: answers 429", against, f"{refused:.1%}", "< 1 %", refused < 0.01, medians),
        Line("used of it", against, f"{used:.1%}", "> 90 %", used > 0.9, f"{during.get('200', 0):,} requests"),
    ]


def render_rate(bench: Bench) -> list[Line]:
    own, bare = [], []
    with servers.emulator(bench) as url:
        for turn in range(min(bench.runs, LONG) + 1):
            recipe = servers.long_prompts(bench, f"rate-{turn}", _RATE)
            bare.append(_bare(bench, recipe, url))
            own.append(servers.told(servers.render(bench, recipe, url))["rate"])
    ratio = statistics.median(mine / other for mine, other in zip(own[1:], bare[1:], strict=True))
    return [
        Line(
            f"requests a second, prompts of 1 kB, {servers.JOBS} in flight, against the emulator",
            "bare httpx loop that keeps nothing, same server",
            f"{ratio:.2f} {_TIMES}",
            f"\u2265 0.7 {_TIMES}",
            ratio >= 0.7,
            f"{statistics.median(own[1:]):,.0f} / {statistics.median(bare[1:]):,.0f} a second",
        )
    ]


def render_memory(bench: Bench) -> list[Line]:
    recipe = servers.large_pictures(bench, "large", _LARGE_JOBS)
    picture = recipe.parent / "answer.png"
    write_square(picture, 1_291)
    with servers.quick_service(bench, picture, 4) as url:
        peak = servers.told(servers.render(bench, recipe, url, _LARGE_JOBS))["peak"]
    work = f"peak memory, {_LARGE_JOBS} requests in flight, each sends and brings 4 pictures of 5 MB"
    most = _MOST_MEMORY / 1e6
    bar = f"\u2264 {most:.0f} MB"
    return [Line(work, "", f"{peak / 1e6:.0f} MB", bar, peak <= _MOST_MEMORY, f"{picture.stat().st_size:,} B")]


def _bare(bench: Bench, recipe: Path, url: str) -> float:
    body = recipe.with_name("body.json")
    compiled = bench.imagenspec("compile", str(recipe), "--case", "seed=1", "--output", str(body))
    subprocess.run(compiled.arguments, check=True, cwd=compiled.folder)
    process = servers.start(bench, "bare_loop.py", url, str(body), str(_RATE), str(servers.JOBS))
    return float(servers.told(process)["rate"])


def _counted(work: str, count: int, most: int, medians: str) -> Line:
    return Line(work, "", f"{count:,}", f"\u2264 {most}" if most else "0", 0 <= count <= most, medians)


def _wait_for_requests(url: str, count: int) -> None:
    while sum(servers.requests_of(servers.counters(url)).values()) < count:
        time.sleep(0.05)


def _ends(recipe: Path) -> Counter[str]:
    """Return how many tasks of a project's ledger ended how, and ``agreed``: how many of them the lock tells too.

    ``left`` counts temporary files. A task is agreed on if it is final, and the lock names the same digest with the
    same outcomes and files that are there; where the whole request failed, the lock has nothing.
    """
    lock = {entry["digest"]: entry for entry in map(json.loads, _lock_lines(recipe))}
    found: Counter[str] = Counter()
    with closing(sqlite3.connect(recipe.parent / ".imagenspec" / "url" / "ledger.sqlite")) as ledger:
        for key, digest, state in ledger.execute("SELECT key, digest, state FROM task"):
            found[state] += 1
            samples = ledger.execute("SELECT outcome FROM sample WHERE key = ? ORDER BY place", (key,)).fetchall()
            locked = lock.get(digest, {"samples": []})["samples"]
            same = [one["outcome"] for one in locked] == [outcome for (outcome,) in samples]
            there = all((recipe.parent / one["file"]).is_file() for one in locked if "file" in one)
            found["agreed"] += same and there and state in ("done", "filtered", "failed")
    state_folder = recipe.parent / ".imagenspec"
    found["left"] = sum(
        path.name.endswith(".part") or (path.parent == state_folder and path.name != ".gitignore")
        for path in recipe.parent.rglob("*")
        if path.is_file()
    ) + sum(1 for _ in (state_folder / "owners").iterdir())
    return found


def _lock_lines(recipe: Path) -> list[str]:
    """Return the lines of a lock that have a case; there are empty ones between them."""
    lines = recipe.with_name("masks.imagen.lock").read_text("utf-8").split("\n")
    return [line for line in lines[1:] if line]
