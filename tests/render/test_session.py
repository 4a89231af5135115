"""A render as a program calls it: what is sent once, what is brought home, and what went wrong."""

from __future__ import annotations

import re
import shutil
from contextlib import nullcontext
from typing import TYPE_CHECKING

import httpx
import pytest
from environment import IMAGES
from pinned import CONFIGURATION, options

from imagenspec.emulator.service import application
from imagenspec.errors import UsageError
from imagenspec.project.check import check_file
from imagenspec.provenance.stamping import without
from imagenspec.render.locks.lockfile import path_of, read, update
from imagenspec.render.places import check_outputs
from imagenspec.render.plan import SERVICE, Plan, lock_target, plan
from imagenspec.render.refused_places import span_of
from imagenspec.render.remaining import left_to_send
from imagenspec.render.service.credential_errors import CredentialsError
from imagenspec.render.service.errors import Refused
from imagenspec.render.service.targets import target_of
from imagenspec.render.session import Route, render

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from imagenspec.render.ledger.tasks import Sample, State
    from imagenspec.render.service.credentials import Credentials
    from imagenspec.render.session import Rendering
    from imagenspec.render.work import Work

EMULATOR = target_of("emulator", "a-project", "us-central1")
CUP = """\
imagenspec: 1
task: generate
model: imagen-4.0-generate-001
prompt: a cup of coffee
parameters: {sample_count: 1}
"""
EDIT = """\
imagenspec: 1
task: edit
model: imagen-3.0-capability-001
image: cup.png
mask: {mode: background}
prompt: on a table
parameters: {edit_mode: bgswap, seed: 3, aspect_ratio: "1:1", negative_prompt: dust}
"""


class Silent:
    """Listens and says nothing."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    def finished(self, work: Work, state: State, samples: Sequence[Sample], why: str) -> None:
        self.ended.append(f"{work.request.recipe} {state} {len(samples)} {why}")

    def waiting(self, seconds: float, why: str) -> None:
        pass

    def paused(self, work: Work, seconds: float, why: str) -> None:
        self.ended.append(f"{work.request.recipe} again in {seconds} {why}")


def project(folder: Path, **recipes: str) -> list[Plan]:
    """Write recipes into a project, and return what they ask for."""
    (folder / ".git").mkdir(parents=True, exist_ok=True)
    (folder / ".imagenspec.toml").write_text(CONFIGURATION)
    chosen = options()
    for name, text in recipes.items():
        (folder / f"{name}.imagen.yaml").write_text(text)
    paths = [folder / f"{name}.imagen.yaml" for name in recipes]
    return [plan(check_file(path, chosen), chosen.images, EMULATOR) for path in paths]


def rendered(plans: Sequence[Plan], watcher: Silent | None = None) -> Rendering:
    route = Route(EMULATOR, 4, httpx.ASGITransport(application()))
    return render(plans, route, watcher or Silent())


def test_a_request_that_two_recipes_share_is_sent_once(tmp_path: Path) -> None:
    plans, watcher = project(tmp_path, one=CUP, two=CUP), Silent()
    assert len(left_to_send(plans, EMULATOR)) == 1
    found = rendered(plans, watcher)
    assert (found.sent, len(watcher.ended)) == (1, 1)
    assert [result.word for result in found.results] == ["done", "done"]
    pictures = [tmp_path / "renders" / f"{name}.png" for name in ("one", "two")]
    assert pictures[0].read_bytes() != pictures[1].read_bytes()  # each says which recipe made it
    assert without(pictures[0].read_bytes()) == without(pictures[1].read_bytes())
    assert all(read(path_of(tmp_path / f"{name}.imagen.yaml")).entries for name in ("one", "two"))


def test_each_project_has_a_ledger_of_its_own(tmp_path: Path) -> None:
    plans = [*project(tmp_path / "one", cup=CUP), *project(tmp_path / "two", cup=CUP)]
    found = rendered(plans)
    assert found.sent == 2
    for name in ("one", "two"):
        assert (tmp_path / name / ".imagenspec" / "emulator" / "ledger.sqlite").is_file()
        assert (tmp_path / name / "renders" / "cup.png").is_file()


def test_locks_tell_services_apart_but_not_the_ports_of_this_machine() -> None:
    names = [
        lock_target(target_of(word, "a-project", "us-central1"))
        for word in (
            "emulator",
            "http://127.0.0.1:1",
            "http://localhost:2",
            "https://one.example",
            "https://two.example",
        )
    ]
    assert names[:3] == ["emulator", "url", "url"]
    assert len({*names[2:]}) == 3
    assert not any("example" in name for name in names)


@pytest.mark.parametrize("word", ["vertex", "https://us-central1-aiplatform.googleapis.com"])
def test_locks_know_the_documented_service_by_its_address_too(word: str) -> None:
    assert lock_target(target_of(word, "a-project", "us-central1")) == SERVICE
    assert target_of(word, "a-project", "us-central1").is_google
    assert not target_of("https://googleapis.com.example", "a-project", "us-central1").is_google


@pytest.mark.parametrize(
    ("maker", "word", "refused"),
    [
        ("", "emulator", "that the service made"),
        ("", "http://127.0.0.1:1", "that the service made"),
        ("", "vertex", ""),
        ("url-7aaa2f89", "emulator", "that another service made (url-7aaa2f89)"),
        ("url-7aaa2f89", "vertex", "that another service made (url-7aaa2f89)"),
        ("url", "emulator", ""),
        ("emulator", "http://127.0.0.1:1", ""),
    ],
)
def test_pictures_that_may_have_been_paid_for_are_not_lost(maker: str, word: str, refused: str, tmp_path: Path) -> None:
    rendered(project(tmp_path, cup=CUP))
    update(
        path_of(tmp_path / "cup.imagen.yaml"),
        lambda lock: lock.updated(entry._replace(target=maker) for entry in lock.entries.values()),
    )
    project(tmp_path, cup=CUP.replace("coffee", "tea"))
    chosen = options()
    target = target_of(word, "a-project", "us-central1")
    plans = [plan(check_file(tmp_path / "cup.imagen.yaml", chosen), chosen.images, target)]
    with pytest.raises(UsageError, match=re.escape(refused)) if refused else nullcontext():
        check_outputs(plans, target)
    check_outputs(plans, target, force=True)


def test_a_paid_picture_counts_though_its_case_has_another_name(tmp_path: Path) -> None:
    texts = [f"{CUP}matrix: {{{name}: [1]}}\nrender: {{path: out/cup}}\n" for name in ("n", "m")]
    rendered(project(tmp_path, cup=texts[0].replace("coffee", "tea")))
    update(
        path_of(tmp_path / "cup.imagen.yaml"),
        lambda lock: lock.updated(entry._replace(target=SERVICE) for entry in lock.entries.values()),
    )
    with pytest.raises(UsageError, match="that the service made"):
        check_outputs(project(tmp_path, cup=texts[1]), EMULATOR)


def test_nothing_is_left_to_send_when_all_is_paid(tmp_path: Path) -> None:
    rendered(project(tmp_path, cup=CUP))
    (tmp_path / "renders" / "cup.png").unlink()
    [again] = project(tmp_path, cup=CUP)
    assert len(list(again.due())) == 1
    assert list(again.due(modified=True)) == []
    assert left_to_send([again], EMULATOR) == []


def test_refusals_are_kept_with_all_that_they_say(tmp_path: Path) -> None:
    plans = project(tmp_path, bad=CUP.replace("a cup", "a __blocked__ cup"), cup=CUP)
    found = rendered(plans)
    [(key, refusal)] = found.refusals.items()
    assert key == plans[0].works[0].task.key
    assert (refusal.status, refusal.codes) == (400, (42876398,))
    assert [result.word for result in found.results] == ["failed", "done"]


def test_without_credentials_nothing_is_sent_and_the_render_says_so(tmp_path: Path) -> None:
    async def missing() -> Credentials:
        raise CredentialsError("no credentials")

    plans, watcher = project(tmp_path, cup=CUP), Silent()
    route = Route(EMULATOR, 4, httpx.ASGITransport(application()), credentials=missing)
    found = render(plans, route, watcher)
    assert [str(problem) for problem in found.problems] == ["no credentials"]
    assert ([result.word for result in found.results], found.sent) == (["not sent"], 0)
    assert watcher.ended == []
    assert rendered(plans).problems == ()


def test_a_picture_that_is_nowhere_any_more_is_made_again(tmp_path: Path) -> None:
    first = rendered(project(tmp_path, cup=CUP))
    before = (tmp_path / "renders" / "cup.png").read_bytes()
    shutil.rmtree(tmp_path / ".imagenspec" / "images")
    assert left_to_send(project(tmp_path, cup=CUP), EMULATOR) == []
    path_of(tmp_path / "cup.imagen.yaml").unlink()
    assert rendered(project(tmp_path, cup=CUP)).sent == 0
    shutil.rmtree(tmp_path / "renders")
    assert len(left_to_send(project(tmp_path, cup=CUP), EMULATOR)) == 1
    found = rendered(project(tmp_path, cup=CUP))
    assert (first.sent, found.sent, found.problems) == (1, 1, ())
    assert (tmp_path / "renders" / "cup.png").read_bytes() == before
    assert rendered(project(tmp_path, cup=CUP)).sent == 0


@pytest.mark.parametrize("path", ["../cup", "out/../../cup", ".git/hooks/cup"])
def test_a_path_that_is_no_place_for_pictures_is_refused_before_anything_is_sent(tmp_path: Path, path: str) -> None:
    with pytest.raises(UsageError):
        check_outputs(project(tmp_path / "inside", cup=f"{CUP}render: {{path: {path}}}\n"), EMULATOR)
    check_outputs(project(tmp_path / "inside", cup=f"{CUP}render: {{path: out/cup}}\n"), EMULATOR)


def test_one_request_may_have_one_path_twice_and_two_may_not(tmp_path: Path) -> None:
    own = "render: {path: out/cup}\n"
    check_outputs(project(tmp_path, one=CUP + own, two=CUP + own), EMULATOR)
    with pytest.raises(UsageError, match="would be written to the same"):
        check_outputs(project(tmp_path, one=CUP + own, three=CUP.replace("coffee", "tea") + own), EMULATOR)


@pytest.mark.parametrize(
    ("message", "field", "written"),
    [
        ("no reason at all", None, "edit"),
        ("no reason at all", "instances[0].prompt", "on a table"),
        ("Seed is not supported when watermark is enabled.", None, "3"),
        ("Invalid aspect ratio, 4:5", None, '"1:1"'),
        ("Setting negativePrompt is no longer supported.", None, "dust"),
        ("The prompt could not be submitted.", None, "on a table"),
        ("imagen-3.0-capability-001 is unavailable.", None, "imagen-3.0-capability-001"),
        ("Failed to get mask image bytes: none are provided in media content.", None, "{mode: background}"),
        ("The input image contains something.", None, "cup.png"),
        ("Seed is not supported when watermark is enabled.", "instances[0].prompt", "on a table"),
    ],
)
def test_what_a_sentence_is_about_is_found_in_the_recipe(
    message: str, field: str | None, written: str, tmp_path: Path
) -> None:
    (tmp_path / "cup.png").write_bytes((IMAGES / "cup.png").read_bytes())
    text = EDIT.replace("seed: 3", "add_watermark: false, seed: 3").replace('aspect_ratio: "1:1", ', "")
    text = text.replace("negative_prompt", "sample_count: 1, negative_prompt")
    if "aspect" in message:
        text = CUP.replace("sample_count: 1", 'aspect_ratio: "1:1"')
    [one] = project(tmp_path, edit=text)
    span = span_of(Refused(400, "INVALID_ARGUMENT", message, field), one.works[0])
    assert text[span.start : span.end] == written
