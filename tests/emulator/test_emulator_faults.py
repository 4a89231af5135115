"""Faults on request and quotas: counted, not timed; the same faults befall the same requests in every run."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from itertools import pairwise

import httpx
import pytest
from emulated import GENERATE, TRY_ON, Emulator, error, generate, path_of, predictions, serving, try_on

from imagenspec.emulator.faults import MENU, parse_faults, parse_seconds
from imagenspec.emulator.gate import Gate
from imagenspec.emulator.quota import Quota, Rate, base_model, parse_rate
from imagenspec.errors import UsageError

QUOTA = (
    "Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model with base model:"
    " imagen-4.0-fast-generate. Please submit a quota increase request."
)
FAST = "imagen-4.0-fast-generate-001"


def faulty(spec: str, seed: int = 0) -> Emulator:
    return Emulator(faults=parse_faults(spec, seed))


@pytest.mark.parametrize("status", ["408", "429", "500", "503", "504"])
def test_status_of_the_menu_is_answered_in_the_envelope(status: str) -> None:
    response = faulty(status).post(GENERATE, generate())
    assert response.status_code == int(status)
    assert error(response)["status"].isupper()
    assert "retry-after" not in response.headers


def test_bad_gateway_is_a_page_and_no_json_in_words_that_nobody_has_seen() -> None:
    response = faulty("502").post(GENERATE, generate())
    assert (response.status_code, response.headers["content-type"][:9]) == (502, "text/html")
    assert response.headers["x-imagenspec-emulated"] == "unverified"


def test_retry_after_is_told_where_it_was_asked_for() -> None:
    assert faulty("429:1:2s").post(GENERATE, generate()).headers["retry-after"] == "2"


def test_share_of_requests_has_the_fault_and_the_same_ones_each_time() -> None:
    def statuses(seed: int) -> list[int]:
        emulator = faulty("429:0.2,503:0.1", seed)
        return [emulator.post(TRY_ON, {**try_on(), "labels": {"n": str(n)}}).status_code for n in range(120)]

    first = statuses(0)
    counts = Counter(first)
    assert 10 <= counts[429] <= 40
    assert 3 <= counts[503] <= 25
    assert counts[200] == 120 - counts[429] - counts[503]
    assert statuses(0) == first
    assert statuses(1) != first


def test_request_sent_again_has_another_fate() -> None:
    emulator = faulty("503:0.5")
    statuses = [emulator.post(GENERATE, generate()).status_code for _ in range(40)]
    assert any(one != other for one, other in pairwise(statuses))
    assert emulator.counters()["requests"][GENERATE].keys() == {"200", "503"}


def test_filtered_withholds_a_share_of_the_images() -> None:
    emulator = faulty("filtered:0.5")
    wanted = [generate(f"cup {number}", sampleCount=4, aspectRatio="1:1") for number in range(20)]
    drawn = sum(len(predictions(emulator.post(GENERATE, body))) for body in wanted)
    assert 20 <= drawn <= 60
    counters = emulator.counters()
    assert (counters["images_paid"], counters["images_filtered"]) == (drawn, 80 - drawn)


def test_cut_connections_of_one_process_raise_what_httpx_raises() -> None:
    emulator = faulty("reset")
    with pytest.raises(httpx.ReadError):
        emulator.post(GENERATE, generate())
    assert emulator.counters()["requests"] == {GENERATE: {"reset": 1}}
    assert emulator.counters()["images_paid"] == 0


def test_lost_answer_is_paid_for() -> None:
    emulator = faulty("lost")
    with pytest.raises(httpx.ReadError):
        emulator.post(GENERATE, generate())
    assert emulator.counters()["requests"] == {GENERATE: {"lost": 1}}
    assert emulator.counters()["images_paid"] == 1


def test_truncated_answer_is_half_of_one() -> None:
    emulator = faulty("truncate")
    response = emulator.post(GENERATE, generate())
    assert len(response.content) == int(response.headers["content-length"]) // 2
    with pytest.raises(json.JSONDecodeError):
        response.json()
    assert emulator.counters()["images_paid"] == 1


def test_refusal_is_not_truncated() -> None:
    assert error(faulty("truncate,slow:0s").post(GENERATE, generate(seed=1)))["status"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize(
    ("spec", "raised", "paid"),
    [("reset", httpx.ReadError, 0), ("lost", httpx.ReadError, 1), ("truncate", httpx.RemoteProtocolError, 1)],
)
def test_connections_on_a_port_really_break(spec: str, raised: type[Exception], paid: int) -> None:
    with serving("--fault", spec) as (url, _process), httpx.Client(base_url=url) as client:
        for _ in range(3):
            with pytest.raises(raised):
                client.post(path_of(GENERATE), json=generate())
        counters = client.get("/").json()["counters"]
    assert counters["requests"] == {GENERATE: {spec: 3}}
    assert (counters["requests_paid"], counters["requests_paid_again"]) == (3 * paid, 2 * paid)


def test_every_fault_at_once_leaves_a_service_that_counts_right() -> None:
    spec = "408:0.1,429:0.1,500:0.05,502:0.05,503:0.1,504:0.05,reset:0.1,lost:0.05,truncate:0.1,slow:1ms,filtered:0.2"
    assert {fault.kind for fault in parse_faults(spec).faults} == set(MENU)
    ends: Counter[str] = Counter()

    async def send(client: httpx.AsyncClient, number: int) -> None:
        try:
            response = await client.post(path_of(GENERATE), json=generate(f"cup {number}"))
            ends[str(response.status_code)] += 1
        except httpx.RemoteProtocolError:
            ends["truncate"] += 1
        except httpx.ReadError:
            ends["reset or lost"] += 1

    async def send_all(url: str) -> dict[str, int]:
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            await asyncio.gather(*(send(client, number) for number in range(150)))
            found: dict[str, int] = (await client.get("/")).json()["counters"]["requests"][GENERATE]
            return found

    with serving("--fault", spec, "--quiet") as (url, _process):
        counted = asyncio.run(send_all(url))
    counted["reset or lost"] = counted.pop("reset", 0) + counted.pop("lost", 0)
    assert Counter(counted) == ends
    assert ends.keys() == {"200", "408", "429", "500", "502", "503", "504", "truncate", "reset or lost"}


@pytest.mark.parametrize(
    "spec",
    [
        *("418:0.1", "429:2", "429:-1", "429:nan", "slow:soon", "reset:x", "429:0.6,503:0.6", "429:0.1:later"),
        *("reset:0.1:2s", "429:0.1:1s:9", "slow:1s:0.5:9", "filtered:1:2:3", ",,", "429:0.1,", "429:"),
    ],
)
def test_wrong_fault_is_a_wrong_usage(spec: str) -> None:
    with pytest.raises(UsageError):
        parse_faults(spec)


def test_times_are_seconds_or_milliseconds() -> None:
    assert [parse_seconds(text) for text in ("8s", "250ms", "2")] == [8, 0.25, 2]


def test_quota_is_exceeded_in_the_words_that_were_seen() -> None:
    emulator = Emulator(quota=parse_rate("2/min"))
    statuses = [emulator.post(FAST, generate()).status_code for _ in range(4)]
    response = emulator.post(FAST, generate())
    assert statuses == [200, 200, 429, 429]
    assert (error(response)["status"], error(response)["message"]) == ("RESOURCE_EXHAUSTED", QUOTA)


def test_each_project_location_and_base_model_has_its_own_quota() -> None:
    emulator = Emulator(quota=parse_rate("1/min"))

    def post(model: str, project: str = "p", location: str = "us-central1") -> int:
        return emulator.post(model, generate(), project=project, location=location).status_code

    assert [post(FAST), post(FAST)] == [200, 429]
    assert [post(FAST, project="q"), post(FAST, location="europe-west2"), post(GENERATE)] == [200] * 3
    assert [post("imagegeneration@005"), post("imagegeneration@006")] == [200, 429]


def test_quota_comes_back_with_the_next_window() -> None:
    now = [100.0]
    quota = Quota(Rate(2), lambda: now[0])

    def take() -> bool:
        return quota.take("p", "l", FAST)

    assert [take() for _ in range(3)] == [True, True, False]
    now[0] = 159.9
    assert not take()
    now[0] = 160.0
    assert [take() for _ in range(3)] == [True, True, False]
    now[0] = 1000.0
    assert take()


def test_base_model_is_the_id_without_its_version() -> None:
    known = {FAST: "imagen-4.0-fast-generate", "imagegeneration@006": "imagegeneration", TRY_ON: "virtual-try-on"}
    assert {model: base_model(model) for model in known} == known
    assert base_model("imagen-4.0-upscale-preview") == "imagen-4.0-upscale-preview"


@pytest.mark.parametrize("text", ["", "x", "20/day", "-1/min", "1.5/min"])
def test_wrong_quota_is_a_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError):
        parse_rate(text)


def test_gate_bounds_what_is_held_and_lets_small_bodies_pass() -> None:
    megabyte = 1024 * 1024
    held: list[int] = []
    most = 0

    async def hold(gate: Gate, size: int) -> None:
        nonlocal most
        async with gate.hold(size):
            held.append(min(size, 8 * megabyte) if size > megabyte else 0)
            most = max(most, sum(held))
            await asyncio.sleep(0)
            held.pop()

    async def hold_all() -> None:
        gate = Gate(8 * megabyte, megabyte)
        sizes = [3 * megabyte, 8 * megabyte, 100, 20 * megabyte, 5 * megabyte, megabyte] * 10
        await asyncio.gather(*(hold(gate, size) for size in sizes))

    asyncio.run(hold_all())
    assert 0 < most <= 8 * megabyte
