"""Where single members of bodies come from, by task and by the way in which they came about."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from environment import IMAGES
from pinned import CONFIGURATION, options

from imagenspec.project.build import built
from imagenspec.project.check import check_bytes
from imagenspec.wire.origins import origins
from imagenspec.wire.origins_default import defaults
from imagenspec.wire.origins_line import Line
from imagenspec.wire.origins_unsent import unsent
from imagenspec.wire.pointers import pointer

if TYPE_CHECKING:
    from pathlib import Path

    from imagenspec.wire.origins import Origin

EDIT = """\
imagenspec: 1
task: edit
model: imagen-3.0-capability-001
image: cup.png
mask: {classes: [cat, 8]}
references:
  lamp: {subject: product, description: "a {{ metal }} lamp", image: {gcs: "gs://b/lamp.png", mime_type: image/png}}
  look: {style: true, description: neon, id: 2, image: cup.png}
prompt: put {{ lamp }} into [1] {{ look.marker }}
vars: {metal: brass}
parameters: {edit_mode: inpaint_insertion, edit_config: {base_steps: 75.0}}
"""
SEGMENT = """\
imagenspec: 1
task: segment
model: image-segmentation-001
image: cup.png
classes: [cat, backpack]
"""
UPSCALE = """\
imagenspec: 1
task: upscale
model: imagen-4.0-upscale-preview
image: cup.png
parameters: {upscale_config: {upscale_factor: x2}}
"""
MATRIX = """\
imagenspec: 1
task: generate
model: imagen-4.0-generate-001
prompt: a {{ thing }} in {{ season }}
vars: {thing: cup}
parameters: {add_watermark: false, seed: 3}
matrix:
  season: [spring, autumn]
  parameters.seed: 7..8
  include: [{season: winter}]
"""
SHARED = """\
imagenspec: 1
task: generate
model: imagen-4.0-generate-001
x-shared: &shared {language: en}
x-words: &words a cup
prompt: *words
parameters: {<<: *shared, sample_count: 2}
labels: {team: a}
"""
RAW = """\
imagenspec: 1
task: customize
model: imagen-3.0-capability-001
prompt: a [1]
references:
  cup: {style: true, description: plain, image: cup.png}
  mug: {style: true, description: fancy, image: cup.png}
parameters: {sample_count: 2, output_options: {mime_type: image/jpeg}}
raw:
  instance: {referenceImages: {1: {newThing: 5}, 2: {other: 6}}}
  parameters: {sampleCount: 3, outputOptions: {compressionQuality: 7}}
  body: {newTop: [{a: 1}]}
  omit: [/instances/0/referenceImages/0, /parameters/outputOptions/mimeType]
"""
RAW_FILE = """\
imagenspec: 1
task: customize
model: imagen-3.0-capability-001
prompt: a [1]
references:
  cup: {control: canny, image: cup.png}
raw:
  instance:
    image: {bytesBase64Encoded: {$file: cup.png}}
    referenceImages: {0: {subjectImageConfig: {}, controlImageConfig: {controlType: [1]}}}
"""
WIRE = """\
imagenspec: 1
task: generate
model: imagen-4.0-generate-001
prompt: a cup
parameters: {sampleCount: 2}
"""

CASES = [
    (EDIT, "/instances/0/prompt", "template", "put {{ lamp }} into [1] {{ look.marker }}"),
    (EDIT, "/instances/0/referenceImages/0/referenceType", "derived", "image"),
    (EDIT, "/instances/0/referenceImages/0/referenceId", "automatic", "image"),
    (EDIT, "/instances/0/referenceImages/1/referenceType", "derived", "mask"),
    (EDIT, "/instances/0/referenceImages/1/referenceId", "automatic", "mask"),
    (EDIT, "/instances/0/referenceImages/1/maskImageConfig/maskMode", "derived", "classes"),
    (EDIT, "/instances/0/referenceImages/1/maskImageConfig/maskClasses/0", "written", "cat"),
    (EDIT, "/instances/0/referenceImages/1/maskImageConfig/maskClasses/1", "written", "8"),
    (EDIT, "/instances/0/referenceImages/2/referenceType", "derived", "subject"),
    (EDIT, "/instances/0/referenceImages/2/referenceId", "automatic", "lamp"),
    (EDIT, "/instances/0/referenceImages/2/referenceImage/gcsUri", "written", '"gs://b/lamp.png"'),
    (EDIT, "/instances/0/referenceImages/2/referenceImage/mimeType", "written", "image/png"),
    (EDIT, "/instances/0/referenceImages/2/subjectImageConfig/subjectType", "written", "product"),
    (
        EDIT,
        "/instances/0/referenceImages/2/subjectImageConfig/subjectDescription",
        "template",
        '"a {{ metal }} lamp"',
    ),
    (EDIT, "/instances/0/referenceImages/3/referenceId", "written", "2"),
    (EDIT, "/parameters/editMode", "written", "inpaint_insertion"),
    (EDIT, "/parameters/editConfig/baseSteps", "written", "75.0"),
    (SEGMENT, "/instances/0/prompt", "derived", "classes"),
    (SEGMENT, "/parameters/mode", "derived", "classes"),
    (UPSCALE, "/instances/0/image/bytesBase64Encoded", "written", "cup.png"),
    (UPSCALE, "/parameters/mode", "derived", "task"),
    (MATRIX, "/parameters/seed", "matrix", "7..8"),
    (MATRIX, "/parameters/addWatermark", "written", "false"),
    (SHARED, "/instances/0/prompt", "written", "*words"),
    (SHARED, "/parameters/language", "written", "en"),
    (SHARED, "/labels/team", "written", "a"),
    (RAW, "/instances/0/referenceImages/0/newThing", "raw", "5"),
    (RAW, "/instances/0/referenceImages/0/styleImageConfig/styleDescription", "written", "fancy"),
    (RAW, "/instances/0/referenceImages/1/other", "raw", "6"),
    (RAW, "/parameters/sampleCount", "raw", "3"),
    (RAW, "/parameters/outputOptions/compressionQuality", "raw", "7"),
    (RAW, "/newTop/0/a", "raw", "1"),
    (RAW_FILE, "/instances/0/image/bytesBase64Encoded", "raw", "cup.png"),
    (RAW_FILE, "/instances/0/referenceImages/0/subjectImageConfig", "raw", "subjectImageConfig"),
    (RAW_FILE, "/instances/0/referenceImages/0/controlImageConfig/controlType/0", "raw", "1"),
    (WIRE, "/parameters/sampleCount", "written", "2"),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".imagenspec.toml").write_text(f'{CONFIGURATION}ignore = ["IMG3", "IMG4"]\n')
    shutil.copy(IMAGES / "cup.png", tmp_path / "cup.png")
    return tmp_path


def compiled(folder: Path, text: str, **variables: str) -> tuple[Any, list[Any]]:
    """Return a recipe and its compiled cases."""
    chosen = options(variables=variables)
    checked = check_bytes(str(folder / "one.imagen.yaml"), text.encode(), chosen)
    assert checked.ok, [one.message for one in checked.findings]
    return checked, list(built(checked, chosen.images))


def members(folder: Path, text: str, case: int = 0, **variables: str) -> dict[str, Origin]:
    _, cases = compiled(folder, text, **variables)
    one = cases[case]
    return {pointer(origin.steps): origin for origin in origins(one.request, one.recipe, one.case, variables)}


def written(text: str, origin: Origin) -> list[str]:
    """Return the other places that a member is made of, as they are written."""
    return [text[part.span.start : part.span.end] if part.span else part.why for part in origin.parts]


@pytest.mark.parametrize(("text", "member", "how", "place"), CASES, ids=range(len(CASES)))
def test_a_member_comes_from_its_place(project: Path, text: str, member: str, how: str, place: str) -> None:
    origin = members(project, text)[member]
    assert origin.how == how
    assert origin.span is not None
    assert text[origin.span.start : origin.span.end].strip() == place


def test_a_template_is_made_of_what_it_names(project: Path) -> None:
    prompt = members(project, EDIT)["/instances/0/prompt"]
    assert prompt.value == "put a brass lamp [4] into [1] [2]"
    assert written(EDIT, prompt) == ['"a {{ metal }} lamp"', "brass", "lamp", "2"]


def test_a_variable_is_of_the_matrix_then_of_the_caller_then_of_the_recipe(project: Path) -> None:
    prompts = [members(project, MATRIX, case)["/instances/0/prompt"] for case in (0, 2, 4)]
    assert [written(MATRIX, one) for one in prompts] == [["spring", "cup"], ["autumn", "cup"], ["winter", "cup"]]
    given = members(project, MATRIX, thing="mug", season="never")["/instances/0/prompt"]
    assert written(MATRIX, given) == ["spring", '"thing" was given by --var']


def test_the_last_word_of_an_axis_is_a_variable(project: Path) -> None:
    text = MATRIX.replace("in {{ season }}", "in {{ season }}, {{ seed }}").replace(
        "  include: [{season: winter}]\n", ""
    )
    assert written(text, members(project, text)["/instances/0/prompt"]) == ["spring", "7..8", "cup"]


def test_a_case_without_an_axis_has_the_recipes_own_value(project: Path) -> None:
    seeds = [members(project, MATRIX, case)["/parameters/seed"] for case in (0, 1, 4)]
    assert [(one.value, one.how) for one in seeds] == [(7, "matrix"), (8, "matrix"), (3, "written")]


def test_aliases_and_merges_are_other_places(project: Path) -> None:
    found = members(project, SHARED)
    assert written(SHARED, found["/instances/0/prompt"]) == ["a cup"]
    assert written(SHARED, found["/parameters/language"]) == ["<<"]


def test_what_raw_replaces_is_shown_beside_it(project: Path) -> None:
    found = members(project, RAW)["/parameters/sampleCount"]
    assert [(part.path, part.replaced) for part in found.parts] == [(("parameters", "sample_count"), True)]


def test_an_object_that_raw_empties_comes_from_raw(project: Path) -> None:
    text = RAW.replace("parameters: {sampleCount: 3, outputOptions: {compressionQuality: 7}}", "parameters: {a: 1}")
    found = members(project, text)["/parameters/outputOptions"]
    assert (found.value, found.how, found.path) == ({}, "raw", ("raw", "omit", 1))


def left_of(folder: Path, text: str, case: int = 0, **variables: str) -> dict[str, str]:
    checked, cases = compiled(folder, text, **variables)
    one = cases[case]
    found = origins(one.request, one.recipe, one.case, variables)
    left = unsent(checked.document, one.recipe, one.case, found, variables)
    return {".".join(map(str, one.path)): one.why for one in left}


def test_what_is_not_sent_has_a_reason(project: Path) -> None:
    extra = "description: d\ntags: [a]\nrender: {on_filtered: warn}\nx-note: 1\n"
    left = left_of(project, MATRIX + extra)
    assert left.pop("matrix.season.1") == "of other cases"
    assert left.pop("matrix.include.0.season") == "of other cases"
    assert left.pop("parameters.seed") == 'axis "parameters.seed" of the matrix gives this case its own value'
    assert left == {
        "imagenspec": "the version of the recipe language; never sent",
        "task": "decides which members there are; not sent itself",
        "model": "stands in the URL of the request, not in its body",
        "description": "for people; never sent",
        "tags.0": "for people; never sent",
        "render.on_filtered": "says what happens to the answer; never sent",
        "x-note": "a note of your own; never sent",
    }


def test_variables_that_are_not_sent_have_a_reason(project: Path) -> None:
    assert left_of(project, MATRIX, thing="mug")["vars.thing"] == "--var gives it another value"
    text = MATRIX.replace("vars: {thing: cup}", "vars: {thing: cup, season: x, idle: 1}")
    left = left_of(project, text)
    assert left["vars.season"] == 'axis "season" of the matrix gives this case its own value'
    assert left["vars.idle"] == "no text that is sent uses it"


def test_an_axis_that_is_only_in_the_path_of_pictures_is_not_sent(project: Path) -> None:
    text = WIRE + 'matrix: {take: [1, 2]}\nrender: {path: "out/{{ take }}-{{ sample }}.png"}\n'
    left = left_of(project, text)
    assert left["matrix.take.0"] == "nothing that is sent uses it"
    assert left["matrix.take.1"] == "of other cases"


def test_what_raw_replaces_or_takes_out_is_not_sent(project: Path) -> None:
    left = left_of(project, RAW)
    for path in ("parameters.sample_count", "references.cup.description", "parameters.output_options.mime_type"):
        assert left[path] == "raw replaces what it makes, or takes it out", path
    assert left["raw.omit.0"] == "takes /instances/0/referenceImages/0 out of the body"
    assert "references.mug.description" not in left


def test_classes_that_are_not_sent_have_a_reason(project: Path) -> None:
    left = left_of(project, SEGMENT + "raw: {omit: [/instances/0/prompt]}\n")
    assert left["classes.0"] == left["classes.1"] == "raw replaces what it makes, or takes it out"
    assert not any(path.startswith("classes") for path in left_of(project, SEGMENT))


def test_a_kind_whose_value_raw_takes_out_is_not_sent(project: Path) -> None:
    pointer = "/instances/0/referenceImages/0/controlImageConfig/controlType"
    text = RAW_FILE.split("raw:", maxsplit=1)[0] + f"raw: {{omit: [{pointer}]}}\n"
    assert left_of(project, text)["references.cup.control"] == "raw replaces what it makes, or takes it out"


def default_values(folder: Path, text: str, case: int = 0) -> dict[str, Any]:
    one = compiled(folder, text)[1][case]
    sent = dict(one.request.members())
    return {pointer(each.steps): each.default.value for each in defaults(one.recipe.task, one.recipe.model, sent)}


def test_defaults_are_those_of_the_model(project: Path) -> None:
    found = default_values(project, WIRE)
    assert found["/parameters/enhancePrompt"] is True
    assert found["/parameters/addWatermark"] is True
    assert "/parameters/sampleCount" not in found
    older = default_values(project, WIRE.replace("imagen-4.0-generate-001", "imagen-3.0-generate-001"))
    assert older["/parameters/personGeneration"] == "allow_adult"
    assert not {"/parameters/enhancePrompt", "/parameters/sampleImageSize"} & older.keys()


def test_defaults_of_the_task_count_for_a_model_that_nobody_knows(project: Path) -> None:
    found = default_values(project, WIRE.replace("imagen-4.0-generate-001", "imagen-9.0-generate-001"))
    assert found["/parameters/sampleImageSize"] == "1K"


def test_a_quality_has_a_default_where_pictures_are_compressed(project: Path) -> None:
    jpeg = WIRE.replace("sampleCount: 2", "output_options: {mime_type: image/jpeg}")
    assert default_values(project, jpeg)["/parameters/outputOptions/compressionQuality"] == 75
    assert "/parameters/outputOptions/compressionQuality" not in default_values(project, WIRE)


def test_an_empty_object_has_defaults_and_what_is_no_object_has_none(project: Path) -> None:
    text = RAW_FILE.replace("{controlType: [1]}", "{}")
    inside = "/instances/0/referenceImages/0/controlImageConfig/enableControlImageComputation"
    assert inside in default_values(project, text)
    assert "/parameters/outputOptions/mimeType" in default_values(project, RAW_FILE)
    other = RAW_FILE + "  parameters: {outputOptions: none}\n"
    assert "/parameters/outputOptions/mimeType" not in default_values(project, other)
    empty = RAW_FILE + "  parameters: {outputOptions: {}}\n"
    assert "/parameters/outputOptions/mimeType" in default_values(project, empty)


def test_defaults_inside_inputs_stand_where_their_object_is_sent(project: Path) -> None:
    text = EDIT.replace('lamp: {subject: product, description: "a {{ metal }} lamp"', "lamp: {control: canny").replace(
        "{{ lamp }}", "{{ lamp.marker }}"
    )
    found = default_values(project, text)
    names = [pointer for pointer in found if pointer.endswith("enableControlImageComputation")]
    assert names == ["/instances/0/referenceImages/2/controlImageConfig/enableControlImageComputation"]


@pytest.mark.parametrize(
    ("text", "line", "made"),
    [
        (EDIT, 1, 0),
        (EDIT, 4, 3),
        (EDIT, 6, 11),
        (EDIT, 10, 2),
        (MATRIX, 8, 1),
        (MATRIX, 9, 1),
        (MATRIX, 7, 2),
        (SHARED, 4, 1),
        (SHARED, 7, 2),
        (RAW, 12, 1),
        (RAW, 8, 0),
        (RAW, 10, 2),
    ],
)
def test_a_line_makes_members(project: Path, text: str, line: int, made: int) -> None:
    checked, cases = compiled(project, text)
    one = cases[0]
    of_line = Line(checked.document, line)
    found = [pointer(each.steps) for each in origins(one.request, one.recipe, one.case) if of_line.has(each.spans)]
    assert len(found) == made, found


def test_the_line_of_a_merge_makes_what_it_merges(project: Path) -> None:
    text = SHARED.replace("{<<: *shared, sample_count: 2}", "\n  <<: *shared\n  sample_count: 2")
    checked, cases = compiled(project, text)
    one = cases[0]
    found = origins(one.request, one.recipe, one.case)
    made = [
        [pointer(each.steps) for each in found if Line(checked.document, line).has(each.spans)] for line in (4, 8, 9)
    ]
    assert made == [["/parameters/language"], ["/parameters/language"], ["/parameters/sampleCount"]]


def test_a_line_of_a_folded_text_makes_what_the_text_makes(project: Path) -> None:
    text = WIRE.replace("prompt: a cup", "prompt: >-\n  a cup\n\n  of tea")
    checked, cases = compiled(project, text)
    one = cases[0]
    found = origins(one.request, one.recipe, one.case)
    made = [
        [pointer(each.steps) for each in found if Line(checked.document, line).has(each.spans)] for line in range(3, 9)
    ]
    assert made == [[], *[["/instances/0/prompt"]] * 4, ["/parameters/sampleCount"]]
