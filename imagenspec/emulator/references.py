"""The reference images of a request to a capability model.

Sources: the customization and edit references; ``computeControl`` and the snake_case members of the subject and style
configurations are what google-genai sends, ``controlConfig`` is what Firebase's client for Android sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagenspec.emulator.job import Reference
from imagenspec.emulator.members import Members
from imagenspec.emulator.refusals import Refused, own

if TYPE_CHECKING:
    from imagenspec.emulator.pictures import Pictures

_TYPE = "REFERENCE_TYPE_"
_KINDS = tuple(f"{_TYPE}{kind}" for kind in ("RAW", "MASK", "CONTROL", "SUBJECT", "STYLE", "CONTENT"))
_MASKS = ("DEFAULT", "USER_PROVIDED", "BACKGROUND", "FOREGROUND", "SEMANTIC")
_CONTROLS = ("FACE_MESH", "CANNY", "SCRIBBLE", "DEFAULT", "COLOR_SUPERPIXEL")
_SUBJECTS = ("PERSON", "ANIMAL", "PRODUCT", "DEFAULT")
_COMPUTED = ("background", "foreground", "semantic")
_MOST_CLASSES = 5
_LAST_CLASS = 193


def read_references(instance: Members, pictures: Pictures) -> tuple[Reference, ...]:
    """Return the reference images in the order of the request.

    Raises:
        Refused: One is not what the service takes.
    """
    return tuple(_reference(sent, pictures) for sent in instance.objects("referenceImages"))


def _reference(sent: Members, pictures: Pictures) -> Reference:
    kind = sent.word("referenceType", _KINDS)
    if kind is None:
        raise Refused(own("The reference type is missing.", sent.at("referenceType")))
    kind = kind.removeprefix(_TYPE).lower()
    bare = Reference(kind, sent.integer("referenceId"), None, None)
    if kind == "mask":
        bare = _mask(bare, _config(sent, "maskImageConfig"))
    elif kind == "control":
        name = "controlImageConfig" if sent.has("controlImageConfig") else "controlConfig"
        bare = _control(bare, _config(sent, name if sent.has(name) else "controlImageConfig"))
    elif kind == "subject":
        bare = _subject(bare, _config(sent, "subjectImageConfig"))
    elif kind == "style":
        description = _either(_config(sent, "styleImageConfig"), "styleDescription", "style_description")
        bare = bare._replace(description=description)
    if not sent.has("referenceImage") and (bare.choice in _COMPUTED or bare.compute):
        return bare
    also = (sent.at("maskImageConfig.maskMode"),) if kind == "mask" else ()
    return bare._replace(image=pictures.read(sent.object("referenceImage"), sent.at("referenceImage"), *also))


def _config(sent: Members, name: str) -> Members:
    return sent.object(name) or Members({}, sent.at(name))


def _mask(bare: Reference, config: Members) -> Reference:
    return bare._replace(
        choice=_choice(config, "maskMode", "MASK_MODE_", _MASKS),
        dilation=config.number("dilation", 0, 1),
        classes=_classes(config),
    )


def _control(bare: Reference, config: Members) -> Reference:
    choice = _choice(config, "controlType", "CONTROL_TYPE_", _CONTROLS)
    if choice is None:
        raise Refused(own("The control type is missing.", config.at("controlType")))
    compute = [config.truth(name) for name in ("enableControlImageComputation", "computeControl")]
    return bare._replace(choice=choice, compute=any(compute))


def _subject(bare: Reference, config: Members) -> Reference:
    name = "subjectType" if config.has("subjectType") else "subject_type"
    choice = _choice(config, name, "SUBJECT_TYPE_", _SUBJECTS)
    if choice is None:
        raise Refused(own("The subject type is missing.", config.at("subjectType")))
    return bare._replace(choice=choice, description=_either(config, "subjectDescription", "subject_description"))


def _choice(config: Members, name: str, prefix: str, words: tuple[str, ...]) -> str | None:
    word = config.word(name, tuple(prefix + one for one in words))
    return None if word is None else word.removeprefix(prefix).lower()


def _either(config: Members, name: str, other: str) -> str | None:
    return config.text(name) if config.has(name) else config.text(other)


def _classes(config: Members) -> tuple[int, ...]:
    classes = config.integers("maskClasses", 0, _LAST_CLASS)
    if len(classes) > _MOST_CLASSES:
        path = config.at("maskClasses")
        raise Refused(own(f"At most {_MOST_CLASSES} mask classes are supported, got {len(classes)}.", path))
    return classes
