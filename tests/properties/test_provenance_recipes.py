"""A picture gives back a recipe that makes its request: for any recipe, any text, and any case of a matrix."""

from __future__ import annotations

import itertools
import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from compiling import CHECKOUT, checked, shape_counts_alone
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from pinned import options
from recipe_strategies import TINY_PNG, any_recipes
from test_generated_recipes import PNG
from yaml_writing import document, in_any_hand

from imagenspec.project.build import built
from imagenspec.project.check import check_file
from imagenspec.project.config import project_of
from imagenspec.provenance import recovering
from imagenspec.provenance.resolved import whole, without_template
from imagenspec.provenance.stamping import record_in, stamped
from imagenspec.recipe.templates import parse_template
from imagenspec.recipe.writing import recipe_text
from imagenspec.render.planning import works_of
from imagenspec.render.service.targets import target_of
from imagenspec.render.telling import Teller
from imagenspec.source.text import SourceFile
from imagenspec.source.yaml import MAX_DEPTH, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from imagenspec.project.check import CheckedRecipe
    from imagenspec.provenance.record import Record

TARGET = target_of("emulator", "my-own-project", "us-central1")
FOLDERS = [CHECKOUT / "recipes", CHECKOUT / "tests" / "ok", CHECKOUT / "tests" / "wire"]
WRITTEN = sorted(path for folder in FOLDERS for path in folder.rglob("*.imagen.yaml"))
TEXTS = st.text(
    st.sampled_from("{}%#-+ \n\r\t\"'\\a{{[1]") | st.characters(exclude_categories=("Cs", "Cc")), max_size=40
)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
)
PRIVATE = ("gs://", "my-own-project", str(CHECKOUT.parent))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = shape_counts_alone(tmp_path_factory.mktemp("recovered"))
    (folder / TINY_PNG).write_bytes(PNG)
    return folder


def told(recipe: CheckedRecipe) -> list[Record]:
    """Return what the first picture of each case says, as it is read out of its file."""
    found = []
    for work in works_of(recipe, options().images, TARGET):
        picture = stamped(PNG, Teller.of(work).record(1, "cd" * 32))
        record = record_in(picture.data)
        assert record is not None
        assert record.request == work.task.digest
        found.append(record)
    return found


def check_recovery(record: Record, root: Path, place: Path) -> None:
    """Fail unless a recipe comes back that makes the same request, alone or with what the project knows."""
    now = recovering.recipe_state(record, root, options())
    assert now.word == "same", now
    assert now.built is not None
    text_now = whole(now.built.recipe, now.built.document.data)
    for text in [text_now] if record.withheld else [text_now, record.resolved]:
        made = recovering.remade(text, place, record, options())
        assert made is not None
        assert made.same, (made, text)
        assert made.missing == ()


@given(any_recipes(), st.data())
def test_generated_recipe_comes_back(project: Path, recipe: dict[str, Any], data: st.DataObject) -> None:
    text = data.draw(in_any_hand(recipe))
    (project / "generated.imagen.yaml").write_text(text, "utf-8", newline="")
    found = told(checked(text, project))
    assert len(found) == 1
    check_recovery(found[0], project, project / "back.imagen.yaml")


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_written_recipe_comes_back(path: Path) -> None:
    recipe = check_file(path, options())
    for record in itertools.islice(told(recipe), 40):
        check_recovery(record, project_of(path.parent).root, path.with_name("back.imagen.yaml"))


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_written_recipe_tells_nothing_private(path: Path) -> None:
    recipe = check_file(path, options())
    for work in itertools.islice(works_of(recipe, options().images, TARGET), 5):
        packet = stamped(b"", Teller.of(work).record(1, "cd" * 32)).sidecar
        assert packet is not None
        plain = packet.decode().replace("gs://goog-withheld/", "")
        assert not [word for word in PRIVATE if word in plain]


@settings(max_examples=settings().max_examples // 3)
@given(st.dictionaries(st.sampled_from(["thing", "place", "n"]), TEXTS, min_size=3), TEXTS)
def test_templates_come_back_as_what_they_said(project: Path, values: dict[str, str], between: str) -> None:
    between = between.replace("{", "(")
    recipe = {
        "imagenspec": 1,
        "task": "generate",
        "model": "imagen-4.0-generate-001",
        "prompt": "p {{ thing }}" + between + "{{ place }} {{ n }}",
        "vars": {**values, "n": "again"},
        "matrix": {"n": [values["n"], "y" + values["n"]]},
    }
    (project / "generated.imagen.yaml").write_text(document(recipe), "utf-8", newline="")
    result = checked(document(recipe), project)
    assume(result.ok)
    for record in told(result):
        check_recovery(record, project, project / "back.imagen.yaml")


@given(TEXTS)
@example("{{")
@example("{{{")
@example("{%{#{{")
@example("a {{ b }}\n")
@example("{{\r\n")
def test_text_becomes_a_template_that_renders_to_it(text: str) -> None:
    written = without_template(text)
    template = parse_template(written)
    assert not template.problems
    assert (template.render({}) if written != text else text) == text


def _texts(data: dict[str, Any]) -> dict[str, str]:
    """Return members as texts that tell 1 from true; the order of keys does not count at the top."""
    return {key: json.dumps(value) for key, value in data.items()}


@given(st.dictionaries(TEXTS, PLAIN, max_size=4))
def test_data_is_written_as_yaml_that_reads_back_as_it(data: dict[str, Any]) -> None:
    found, _ = read_yaml(SourceFile("a.imagen.yaml", recipe_text(data)))
    if not data:
        return
    assert found is not None
    assert _texts(found.data) == _texts(data)


@pytest.mark.parametrize(
    ("more", "withheld"),
    [
        ("labels: {team: hidden-my-own-project}", ["labels.team"]),
        ("labels: {my-own-project: hidden}", ["labels.my-own-project"]),
        ("parameters: {storage_uri: gs://hidden/a}", ["parameters.storage_uri"]),
        ("raw: {parameters: {a: gs://hidden/a, b: 1}}", ["raw.parameters.a"]),
        ("raw: {instance: {a: [{b: https://storage.googleapis.com/hidden}]}}", ["raw.instance.a.0.b"]),
        ("raw: {parameters: {kmsKeyName: projects/hidden/locations/x}}", ["raw.parameters.kmsKeyName"]),
        ("raw: {parameters: {a: /srv/hidden/a.png}}", ["raw.parameters.a"]),
        ("raw: {parameters: {a: hidden@example.com}}", ["raw.parameters.a"]),
        (
            f"raw: {{instance: {{image: {{bytesBase64Encoded: {'hidden00' * 40}}}}}}}",
            ["raw.instance.image.bytesBase64Encoded"],
        ),
        ("x-hidden: 1\ndescription: hidden\ntags: [hidden]\nrender: {path: hidden/a}", []),
        ("vars: {a: hidden}\nmatrix: {b: [1, hidden]}", []),
    ],
)
def test_what_may_be_private_is_not_told(project: Path, more: str, withheld: list[str]) -> None:
    text = f"imagenspec: 1\ntask: generate\nmodel: imagen-4.0-generate-001\nprompt: p\n{more}\n"
    (project / "generated.imagen.yaml").write_text(text)
    record = told(checked(text, project))[0]
    assert list(record.withheld) == withheld
    assert "hidden" not in record.resolved
    assert "my-own-project" not in record.resolved
    check_recovery(record, project, project / "back.imagen.yaml")


def test_labels_come_back_after_their_recipe_is_gone(project: Path) -> None:
    text = "imagenspec: 1\ntask: generate\nmodel: imagen-4.0-generate-001\nprompt: p\nlabels: {team: studio}\n"
    (record,) = told(checked(text, project))
    assert record.withheld == ()
    made = recovering.remade(record.resolved, project / "back.imagen.yaml", record, options())
    assert made is not None
    assert made.same


def test_model_of_an_account_is_told_without_it(project: Path) -> None:
    text = "imagenspec: 1\ntask: generate\nmodel: projects/hidden/models/m\nprompt: p\n"
    (project / "generated.imagen.yaml").write_text(text)
    (record,) = told(checked(text, project))
    assert (record.model, record.withheld) == ("m", ("model",))
    assert "hidden" not in record.resolved
    check_recovery(record, project, project / "back.imagen.yaml")


def test_too_deep_data_makes_no_recipe(project: Path) -> None:
    plain = {"imagenspec": 1, "task": "generate", "model": "imagen-4.0-generate-001", "prompt": "p"}
    [one] = built(checked(document(plain), project), options().images)
    data: dict[str, Any] = {}
    for _ in range(MAX_DEPTH - 2):
        data = {"a": data}
    assert read_yaml(SourceFile("a.imagen.yaml", whole(one.recipe, {**plain, "raw": data})))[1] == []
    assert whole(one.recipe, {**plain, "raw": {"a": {"a": data}}}) == ""


def test_names_of_recovered_recipes_are_words(project: Path) -> None:
    source = random.Random(5)  # noqa: S311 - the same names in every run
    (record,) = told(checked("imagenspec: 1\ntask: generate\nmodel: imagen-4.0-generate-001\nprompt: p\n", project))
    for _ in range(2_000):
        name = "".join(source.choice("./\\\0\x1b~:a*? \n\u202eé") for _ in range(source.randrange(30)))
        case = "".join(source.choice("./\\\0=,a ") for _ in range(source.randrange(300)))
        found = recovering.file_name(record._replace(recipe=name, case=case))
        assert found.endswith(".imagen.yaml")
        assert not set(found) & set("/\\\0\x1b\n:*?~\u202e")
        assert not found.startswith((".", " "))
        assert len(found.encode()) < 255
