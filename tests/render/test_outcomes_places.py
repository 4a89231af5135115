"""The member that a refusal names leads back to the place in the recipe that it comes from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pinned import options
from sending import SIGNATURE

from imagenspec.project.build import requests
from imagenspec.project.check import check_bytes
from imagenspec.recipe.interpret import interpret
from imagenspec.wire.places import recipe_place

if TYPE_CHECKING:
    from pathlib import Path

CUSTOMIZE = """\
imagenspec: 1
task: customize
model: imagen-3.0-capability-001
prompt: "{{ man }} in the pose of {{ pose.marker }}, {{ look }}"
labels: {team: shop}
references:
  pose: {control: face_mesh, image: pose.png, compute: true}
  man:
    subject: person
    description: a man
    images: [man-1.png, {file: man-2.png, mime_type: image/png}]
  look: {style: true, description: neon, image: "gs://bucket/neon.png"}
parameters:
  sample_count: 2
  output_options: {mime_type: image/jpeg}
  edit_config: {base_steps: 30}
"""
EDIT = """\
imagenspec: 1
task: edit
model: imagen-3.0-capability-001
image: bottle.png
mask: {classes: [bicycle, car], dilation: 0.0}
prompt: on a counter
parameters: {edit_mode: inpaint_insertion, edit_config: {base_steps: 75}}
raw: {parameters: {newThing: 5, editMode: EDIT_MODE_BGSWAP}}
"""
TRY_ON = """\
imagenspec: 1
task: try_on
model: virtual-try-on-001
person: {file: person.png}
products: [coat.png]
"""
RECONTEXT = """\
imagenspec: 1
task: recontext
model: imagen-product-recontext-preview-06-30
prompt: on a beach
products:
  - front.png
  - {image: {file: side.png, mime_type: image/png}, description: a bottle}
"""
SEGMENT = """\
imagenspec: 1
task: segment
model: image-segmentation-001
image: street.png
classes: [bicycle]
"""
UPSCALE = """\
imagenspec: 1
task: upscale
model: imagen-4.0-upscale-preview
image: "gs://bucket/cup.png"
parameters: {upscale_config: {upscale_factor: x2}}
"""
MATRIX = """\
imagenspec: 1
task: generate
model: imagen-4.0-generate-001
prompt: a cup
parameters: {add_watermark: false}
matrix: {parameters.seed: [7]}
"""


def read(folder: Path, text: str) -> tuple[Any, Any, dict[str, Any]]:
    """Return the one case of a recipe as recipe, document and body."""
    for name in ["pose", "man-1", "man-2", "bottle", "person", "coat", "front", "side", "street"]:
        (folder / f"{name}.png").write_bytes(SIGNATURE + name.encode() * 20)
    chosen = options()
    checked = check_bytes(str(folder / "one.imagen.yaml"), text.encode(), chosen)
    [case] = checked.cases()
    [request] = requests(checked, chosen.images, unchecked=True)
    return interpret(case).recipe, case.document, json.loads(b"".join(request.body()))


PARTS = [
    "instances",
    "[0]",
    "[99]",
    ".",
    "/",
    "referenceImages",
    "referenceImage",
    "parameters",
    "raw",
    "labels",
    "seed",
    "7",
    "prompt",
    "Images",
]


@pytest.fixture(scope="module")
def customized(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    recipe, document, _ = read(tmp_path_factory.mktemp("customized"), CUSTOMIZE)
    return recipe, document


CASES = [
    (CUSTOMIZE, "instances[0].prompt", "prompt"),
    (CUSTOMIZE, "/instances/0/prompt", "prompt"),
    (CUSTOMIZE, "$.instances[0]['prompt']", "prompt"),
    (CUSTOMIZE, "instances.prompt", "prompt"),
    (CUSTOMIZE, "prompt", "prompt"),
    (CUSTOMIZE, "labels.team", "labels.team"),
    (CUSTOMIZE, "labels.nobody", "labels"),
    (CUSTOMIZE, "parameters.sampleCount", "parameters.sample_count"),
    (CUSTOMIZE, "parameters.sample_count", "parameters.sample_count"),
    (CUSTOMIZE, "sampleCount", "parameters.sample_count"),
    (CUSTOMIZE, "parameters.outputOptions.mimeType", "parameters.output_options.mime_type"),
    (CUSTOMIZE, "/parameters/outputOptions/compressionQuality", "parameters.output_options"),
    (CUSTOMIZE, "parameters.editConfig.baseSteps", "parameters.edit_config.base_steps"),
    (CUSTOMIZE, "parameters.addWatermark", "parameters"),
    (CUSTOMIZE, "parameters", "parameters"),
    (CUSTOMIZE, "instances[0].referenceImages", "references"),
    (CUSTOMIZE, "instances[0].referenceImages[0]", "references.pose"),
    (CUSTOMIZE, "instances[0].referenceImages[0].controlImageConfig.controlType", "references.pose.control"),
    (CUSTOMIZE, "/instances/0/referenceImages/0/controlImageConfig/computeControl", "references.pose.compute"),
    (CUSTOMIZE, "instances[0].referenceImages[0].referenceImage.bytesBase64Encoded", "references.pose.image"),
    (CUSTOMIZE, "instances[0].referenceImages[0].referenceId", "references.pose"),
    (CUSTOMIZE, "instances[0].referenceImages[1].referenceImage", "references.man.images.0"),
    (CUSTOMIZE, "instances[0].referenceImages[2].referenceImage", "references.man.images.1.file"),
    (CUSTOMIZE, "instances[0].referenceImages[2].referenceImage.mimeType", "references.man.images.1.mime_type"),
    (CUSTOMIZE, "instances[0].referenceImages[2].subjectImageConfig.subject_type", "references.man.subject"),
    (CUSTOMIZE, "instances[0].referenceImages[3].styleImageConfig.styleDescription", "references.look.description"),
    (CUSTOMIZE, "instances[0].referenceImages[3].referenceImage.gcsUri", "references.look.image"),
    (CUSTOMIZE, "instances[0].referenceImages[9].referenceImage", "references"),
    (EDIT, "instances[0].referenceImages[0].referenceImage", "image"),
    (EDIT, "instances[0].referenceImages[0]", "image"),
    (EDIT, "instances[0].referenceImages[1]", "mask"),
    (EDIT, "instances[0].referenceImages[1].maskImageConfig.dilation", "mask.dilation"),
    (EDIT, "instances[0].referenceImages[1].maskImageConfig.maskClasses[1]", "mask.classes.1"),
    (EDIT, "instances[0].referenceImages[1].maskImageConfig.maskMode", "mask.classes"),
    (EDIT, "instances[0].referenceImages[1].referenceImage", "mask"),
    (EDIT, "parameters.newThing", "raw.parameters.newThing"),
    (EDIT, "parameters.editMode", "raw.parameters.editMode"),
    (EDIT, "parameters.editConfig", "parameters.edit_config"),
    (TRY_ON, "instances[0].personImage.image.bytesBase64Encoded", "person.file"),
    (TRY_ON, "instances[0].personImage", "person.file"),
    (TRY_ON, "instances[0].productImages[0].image", "products.0"),
    (TRY_ON, "instances[0].productImages[0]", "products.0"),
    (TRY_ON, "instances[0].productImages", "products"),
    (TRY_ON, "parameters.baseSteps", None),
    (RECONTEXT, "/instances/0/productImages/1/image/mimeType", "products.1.image.mime_type"),
    (RECONTEXT, "/instances/0/productImages/1/productConfig/productDescription", "products.1.description"),
    (RECONTEXT, "/instances/0/productImages/5", "products"),
    (SEGMENT, "instances[0].image", "image"),
    (SEGMENT, "instances[0].prompt", "classes"),
    (SEGMENT, "parameters.mode", "classes"),
    (UPSCALE, "parameters.mode", "task"),
    (UPSCALE, "parameters.upscaleConfig.upscaleFactor", "parameters.upscale_config.upscale_factor"),
    (MATRIX, "parameters.seed", "parameters.seed"),
    (MATRIX, "instances[0].nonsense", None),
    (MATRIX, "", None),
]


@pytest.mark.parametrize(("text", "field", "place"), CASES, ids=range(len(CASES)))
def test_a_member_leads_to_its_place(tmp_path: Path, text: str, field: str, place: str | None) -> None:
    recipe, document, _ = read(tmp_path, text)
    wanted = None if place is None else tuple(int(word) if word.isdigit() else word for word in place.split("."))
    assert recipe_place(field, recipe, document) == wanted


def leaves(value: Any, path: str = "") -> list[str]:
    """Return the paths of all members of a body that hold nothing else."""
    if isinstance(value, dict):
        return [one for name, child in value.items() for one in leaves(child, f"{path}.{name}" if path else name)]
    if isinstance(value, list):
        return [one for index, child in enumerate(value) for one in leaves(child, f"{path}[{index}]")]
    return [path]


@pytest.mark.parametrize("text", [CUSTOMIZE, EDIT, TRY_ON, RECONTEXT, SEGMENT, UPSCALE, MATRIX], ids=range(7))
def test_every_member_of_a_body_leads_somewhere(tmp_path: Path, text: str) -> None:
    recipe, document, body = read(tmp_path, text)
    assert leaves(body)
    for member in leaves(body):
        place = recipe_place(member, recipe, document)
        assert place is not None, member
        assert document.node(place) is not None


@given(field=st.text(max_size=60) | st.lists(st.sampled_from(PARTS)).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_text_as_a_member_does_no_harm(field: str, customized: tuple[Any, Any]) -> None:
    recipe, document = customized
    place = recipe_place(field, recipe, document)
    assert place is None or document.node(place) is not None
