"""A documented ``predict`` body to the data of a recipe: the way of :mod:`imagenspec.wire.lower` back.

What is not understood is left out here; whoever lifts compares what the recipe compiles to with the body, and puts
the rest under ``raw``. Where a recipe cannot be without something that the body lacks, a stand-in is taken, which
``raw`` then takes back.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

from imagenspec.catalog.fields import Member, enum_of, most_items, parameters, task_row
from imagenspec.catalog.models import class_names
from imagenspec.catalog.naming import key_of
from imagenspec.wire.lift_names import Names

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONFIGS = {
    "subject": ("subjectImageConfig", "subjectDescription"),
    "style": ("styleImageConfig", "styleDescription"),
}
_MORE_THAN_ONE = ("subject", "style")
_NEED_A_PROMPT = ("generate", "customize", "edit")
_STAND_IN_PROMPT = "(no prompt)"
_STAND_IN_GCS = "gs://bucket/"


class Pictures(Protocol):
    """Where the pictures of a body go."""

    def name(self, data: Any, role: str) -> str | None:
        """Return the file that holds the bytes of a picture, or nothing for what is none.

        Args:
            data: What stands at ``bytesBase64Encoded``.
            role: What the picture is, for a name if it has none yet.
        """

    def stand_in(self, role: str) -> str:
        """Return the file of a made-up picture."""


def lift(body: dict[str, Any], task: str, model: str, pictures: Pictures) -> dict[str, Any]:
    """Return the data of a recipe.

    Args:
        body: A body in documented spelling whose ``instances`` is a list of at least one object.
        task: What the request does.
        model: The model that it is for.
        pictures: Where its pictures go.
    """
    return _Lifting(body, task, pictures).recipe(model)


class _Lifting:
    def __init__(self, body: dict[str, Any], task: str, pictures: Pictures) -> None:
        self.instance: dict[str, Any] = body["instances"][0]
        self.sent = body.get("parameters")
        self.labels = body.get("labels")
        self.task = task
        self.pictures = pictures
        self.names = Names()

    def recipe(self, model: str) -> dict[str, Any]:
        data = {"imagenspec": 1, "task": self.task, "model": model, **self.images(), **self.prompt()}
        sent = self.parameters()
        if sent:
            data["parameters"] = sent
        if isinstance(self.labels, dict):
            own = {name: text for name, text in self.labels.items() if isinstance(text, str)}
            if own or not self.labels:
                data["labels"] = own
        return data

    def images(self) -> dict[str, Any]:
        """Return what stands in a recipe for the pictures of the instance."""
        known = task_row(self.task)["instance"]
        data: dict[str, Any] = {}
        if "referenceImages" in known:
            data |= self.references()
        if "image" in known:
            data["image"] = self.image(self.instance.get("image"), "image")
        if "personImage" in known:
            data["person"] = self.inner_image("personImage", "person")
        if "productImages" in known:
            data["products"] = list(self.products())
        if "scribble" in known and "scribble" in self.instance:
            data["scribble"] = self.inner_image("scribble", "scribble")
        return data

    def prompt(self) -> dict[str, Any]:
        prompt = self.instance.get("prompt")
        if isinstance(prompt, str) and (prompt or self.task != "generate"):
            return {"prompt": literal(prompt)}
        return {"prompt": _STAND_IN_PROMPT} if self.task in _NEED_A_PROMPT else {}

    def parameters(self) -> dict[str, Any]:
        sent = _own(self.sent if isinstance(self.sent, dict) else {}, parameters(self.task))
        if isinstance(sent.get("negative_prompt"), str):
            sent["negative_prompt"] = literal(sent["negative_prompt"])
        if self.task == "upscale":
            sent.pop("mode", None)
            sent.setdefault("upscale_config", {}).setdefault("upscale_factor", "x2")
        return sent

    def image(self, value: Any, role: str) -> Any:
        """Return an image as a recipe names it."""
        sent = value if isinstance(value, dict) else {}
        gcs = sent.get("gcsUri")
        if "bytesBase64Encoded" not in sent and isinstance(gcs, str):
            image = {"gcs": gcs if re.fullmatch(r"gs://[^/\s]+/\S.*", gcs) else _STAND_IN_GCS + role}
        else:
            file = self.pictures.name(sent.get("bytesBase64Encoded"), role)
            image = {"file": file if file is not None else self.pictures.stand_in(role)}
        if isinstance(sent.get("mimeType"), str):
            image["mime_type"] = sent["mimeType"]
        return image if len(image) > 1 else next(iter(image.values()))

    def inner_image(self, member: str, role: str) -> Any:
        value = self.instance.get(member)
        return self.image(value.get("image") if isinstance(value, dict) else None, role)

    def products(self) -> Iterator[Any]:
        given = self.instance.get("productImages")
        entries = given[: most_items(self.task, "productImages")] if isinstance(given, list) else []
        for index, entry in enumerate(entries or [None]):
            sent = entry if isinstance(entry, dict) else {}
            role = f"product-{index + 1}"
            product: dict[str, Any] = {"image": self.image(sent.get("image"), role)}
            if "maskImage" in sent and self.task == "try_on":
                product["mask_image"] = self.image(sent["maskImage"], f"{role}-mask")
            product |= self.product_words(sent)
            yield product if len(product) > 1 or isinstance(product["image"], dict) else product["image"]

    def product_words(self, sent: dict[str, Any]) -> dict[str, Any]:
        if self.task == "recontext":
            config = sent.get("productConfig")
            text = config.get("productDescription") if isinstance(config, dict) else None
            return {"description": text} if isinstance(text, str) else {}
        config = sent.get("productImageConfig")
        if not isinstance(config, dict):
            return {}
        words = _inverse(enum_of(self.task, "maskMode"))
        known = task_row(self.task)["objects"]["productImageConfig"]
        own = {key_of(name): config[name] for name in known if _is_scalar(config.get(name))}
        if "mask_mode" in own:
            own["mask_mode"] = words.get(str(own["mask_mode"]), own["mask_mode"])
        return {"product_image_config": own}

    def references(self) -> dict[str, Any]:
        """Return ``references``, or ``image`` and ``mask`` of an edit with what else it refers to."""
        given = self.instance.get("referenceImages")
        entries = [entry if isinstance(entry, dict) else {} for entry in (given if isinstance(given, list) else ())]
        groups = list(self.groups(entries))
        own: dict[str, Any] = {}
        if self.task == "edit" and groups and _is(groups[0], "raw", 1):
            own["image"] = self.image(groups.pop(0)[0].get("referenceImage"), "image")
            if groups and _is(groups[0], "mask", 2):
                own["mask"] = self.mask(groups.pop(0)[0])
        named: dict[str, Any] = {}
        numbers = [_number(group[0]) for group in groups]
        follow = numbers == [*range(len(own) + 1, len(own) + 1 + len(groups))]
        for group, number in zip(groups, numbers, strict=True):
            name, reference = self.reference(group)
            if not follow and number is not None:
                reference["id"] = number
            named[name] = reference
        return {**own, "references": named} if named else own

    def groups(self, entries: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
        """Yield the entries of each reference: neighbours of one kind and id, or that only differ in their pictures."""
        group: list[dict[str, Any]] = []
        for entry in entries:
            if group and not (_kind(entry) in _MORE_THAN_ONE and _belongs(entry, group[0])):
                yield group
                group = []
            group.append(entry)
        if group:
            yield group

    def reference(self, group: list[dict[str, Any]]) -> tuple[str, dict[str, Any]]:
        entry = group[0]
        kind = _kind(entry) or "style"
        config, described = _CONFIGS.get(kind, ("", ""))
        words = entry.get(config)
        description = words.get(described) if isinstance(words, dict) else None
        description = description if isinstance(description, str) else None
        choice = self.choice(kind, entry)
        name = self.names.of(kind, choice, description)
        role = name.replace("_", "-")
        if kind == "mask":
            mask = self.mask(entry, role)
            mode = mask.pop("mode", "user_provided")
            return name, {"mask": mode, **mask}
        reference: dict[str, Any] = {kind: choice}
        if description is not None:
            reference["description"] = literal(description)
        reference |= self.reference_pictures(group, kind, role)
        return name, reference

    def reference_pictures(self, group: list[dict[str, Any]], kind: str, role: str) -> dict[str, Any]:
        """Return what stands under ``image`` or ``images``, and of a control whether the service computes it."""
        given = [entry.get("referenceImage") for entry in group]
        if len(given) > 1:
            return {"images": [self.image(one, f"{role}-{index + 1}") for index, one in enumerate(given)]}
        if kind != "control":
            return {"image": self.image(given[0], role)}
        config = group[0].get("controlImageConfig")
        compute = config.get("enableControlImageComputation") if isinstance(config, dict) else None
        found = {} if given[0] is None else {"image": self.image(given[0], role)}
        return {**found, "compute": compute} if isinstance(compute, bool) else found

    def choice(self, kind: str, entry: dict[str, Any]) -> Any:
        """Return the word of a kind key; a documented one where the body has none."""
        if kind == "subject":
            return _word(entry.get("subjectImageConfig"), "subjectType", _inverse(enum_of(self.task, "subjectType")))
        if kind == "control":
            return _word(entry.get("controlImageConfig"), "controlType", _inverse(enum_of(self.task, "controlType")))
        return True

    def mask(self, entry: dict[str, Any], role: str = "mask") -> dict[str, Any]:
        config = entry.get("maskImageConfig")
        sent = config if isinstance(config, dict) else {}
        words = _inverse(enum_of(self.task, "maskMode"))
        mode = words.get(str(sent.get("maskMode")))
        classes = sent.get("maskClasses")
        mask: dict[str, Any] = {}
        if mode is not None or "referenceImage" not in entry:
            mask["mode"] = mode or "background"
        if "referenceImage" in entry:
            mask["image"] = self.image(entry["referenceImage"], role)
        elif isinstance(classes, list) and classes and all(type(one) is int for one in classes):
            mask["classes"] = [class_names().get(one, one) for one in classes]
        if type(sent.get("dilation")) in (int, float):
            mask["dilation"] = sent["dilation"]
        if mask.get("mode") in ("user_provided", "semantic") and ("image" in mask or "classes" in mask):
            implied = "user_provided" if "image" in mask else "semantic"
            if mask["mode"] == implied and role == "mask":
                del mask["mode"]
        return mask


def literal(text: str) -> str:
    """Return a text that templates print as it is."""
    return re.sub(r"\{(?=[{%#])", "{{ '{' }}", text)


def _kind(entry: dict[str, Any]) -> str | None:
    return _inverse(enum_of("customize", "referenceType")).get(str(entry.get("referenceType")))


def _is(group: list[dict[str, Any]], kind: str, number: int) -> bool:
    return len(group) == 1 and _kind(group[0]) == kind and _number(group[0]) in (number, None)


def _number(entry: dict[str, Any]) -> int | None:
    number = entry.get("referenceId")
    return number if type(number) is int else None


def _belongs(entry: dict[str, Any], first: dict[str, Any]) -> bool:
    """Tell whether two entries of one kind, or two that are equal but for their pictures, are one reference."""
    is_one = _kind(entry) == _kind(first) and _number(entry) is not None and _number(entry) == _number(first)
    return is_one or _rest(entry) == _rest(first)


def _rest(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != "referenceImage"}


def _word(config: Any, member: str, words: dict[str, str]) -> str:
    sent = config.get(member) if isinstance(config, dict) else None
    return words.get(str(sent), next(reversed(words.values())))


def _inverse(words: dict[str, str]) -> dict[str, str]:
    return {wire: word for word, wire in words.items()}


def _own(sent: dict[str, Any], known: dict[str, Member]) -> dict[str, Any]:
    """Return the documented members of an object by recipe key."""
    found: dict[str, Any] = {}
    for key, member in known.items():
        value = sent.get(member.wire)
        if member.members:
            inner = _own(value, member.members) if isinstance(value, dict) else {}
            if inner:
                found[key] = inner
        elif member.values:
            word = _inverse(member.values).get(value) if isinstance(value, str) else None
            if word is not None:
                found[key] = word
        elif _is_scalar(value):
            found[key] = value
    return found


def _is_scalar(value: Any) -> bool:
    """Tell whether a value is a text, a number, true or false."""
    return isinstance(value, (str, int, float))
