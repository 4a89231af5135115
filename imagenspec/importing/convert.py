"""A request that was read to the text of a recipe that compiles to the same request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from imagenspec.catalog.codes import Severity, codes
from imagenspec.images.files import Refusal
from imagenspec.importing.blobs import HeldPicture
from imagenspec.importing.json_reader import MAX_TEXT, Encoded
from imagenspec.importing.pictures import HeldImages, PicturesOfRequest
from imagenspec.importing.refusals import UnreadableError, positions, refused
from imagenspec.project.check import check_bytes
from imagenspec.project.ignoring import file_comment
from imagenspec.project.options import Options
from imagenspec.recipe.interpret import interpret
from imagenspec.recipe.writing import recipe_text
from imagenspec.source.diagnostics import any_of, quote
from imagenspec.wire.body import replace_images
from imagenspec.wire.leftover import FileName, leftover, orders, same
from imagenspec.wire.lift import lift
from imagenspec.wire.lift_task import instance_of, tasks_of, tasks_of_model, usual_model
from imagenspec.wire.lower import lower
from imagenspec.wire.pointers import Steps, pointer
from imagenspec.wire.spellings import documented

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.images.files import ImageFile
    from imagenspec.importing.pictures import Pictures
    from imagenspec.importing.requests import Sent
    from imagenspec.project.check import CheckedRecipe
    from imagenspec.recipe.model import Image

_ROUNDS = 6
_MOST_NOTES = 40
"""The most notes of how a request was read; somebody who has this many needs to see no more of them."""
_NO_ROLES = ("instances", "image", "bytesBase64Encoded", "bytes_base64_encoded")


class Wish(NamedTuple):
    """What the caller says of every request.

    Attributes:
        model: The model, where no URL says it.
        exact: Whether spellings and the order of members are kept too.
    """

    model: str | None = None
    exact: bool = False


class Imported(NamedTuple):
    """A recipe that a request was made into.

    Attributes:
        name: The path of the recipe.
        text: Its text.
        task: What it does.
        model: The model that it is for.
        pictures: The paths of its pictures, from the recipe's folder.
        raw: JSON pointers of the members that ``raw`` sets.
        notes: What else people should know, each a sentence.
        body: The body that it compiles to.
        images: Where its pictures are found.
    """

    name: str
    text: str
    task: str
    model: str
    pictures: tuple[str, ...]
    raw: tuple[str, ...]
    notes: tuple[str, ...]
    body: dict[str, Any]
    images: HeldImages


def convert(sent: Sent, name: str, stem: str, pictures: Pictures, wish: Wish) -> Imported:
    """Return the recipe of a request.

    Args:
        sent: The request.
        name: The path that the recipe will have.
        stem: The name of the recipe without its ending.
        pictures: Where its pictures go.
        wish: What the caller says of it.

    Raises:
        BodyError: It is no request that a recipe can say.
    """
    return _Converting(sent, name, pictures, PicturesOfRequest(pictures, f"{stem}-images"), wish).run()


class _Converting:
    def __init__(self, sent: Sent, name: str, pictures: Pictures, own: PicturesOfRequest, wish: Wish) -> None:
        self.sent = sent
        self.name = name
        self.pictures = pictures
        self.own = own
        self.wish = wish
        self.images = HeldImages(pictures)
        self.notes = list(_reading_notes(sent))
        self.head: tuple[str, ...] = ()

    def run(self) -> Imported:
        body = self._held(self.sent.body, ())
        if instance_of(body) is None:
            raise self._refused((), 'a request needs "instances", a list with one object')
        task, model = self._task_and_model(body)
        plain, respelt = documented(body, task)
        if not self.wish.exact:
            self.notes += [f"{one.pointer} is now spelt as documented: {one.documented}" for one in respelt]
        data = self._clean(lift(plain, task, model, self.own))
        wanted = self._named(body if self.wish.exact else plain, ())
        rest = leftover(self._compiled(data), wanted)
        raw = rest.as_raw()
        if raw:
            data["raw"] = raw
        made = self._compiled(data)
        if self.wish.exact:
            found = orders(made, wanted)
            if found:
                data.setdefault("raw", {})["order"] = found
                made = self._compiled(data)
        if not same(made, wanted) or (self.wish.exact and orders(made, wanted)):
            raise self._refused((), "no recipe can say this request: raw cannot tell what is left of it")
        self.notes += [f"{place} is not in the request; raw.omit keeps it out" for place in rest.omit]
        return self._finished(data, task, model, tuple(place for place in rest.places if place not in rest.omit))

    def _task_and_model(self, body: dict[str, Any]) -> tuple[str, str]:
        found = tasks_of(body)
        if not found:
            raise self._refused(("instances",), "no task has these members; a request has a prompt or an image")
        model = self.sent.model or self.wish.model
        if self.sent.model and self.wish.model not in (None, self.sent.model):
            self.notes.append(f"the URL says the model, {self.sent.model}; --model is not used")
        if model is None and self.sent.variable is not None:
            raise self._refused((), f"the URL has {quote(self.sent.variable)}; say the model with --model")
        is_inferred = model is None
        if model is None:
            model = usual_model(found[0], body)
        does = tasks_of_model(model)
        task = next((one for one in found if one in does), None)
        if task is None:
            what = f"{quote(model)} does {any_of(list(does), 7).replace('one of ', '')}"
            raise self._refused(("instances",), f"this is a request of task {quote(found[0])}, but {what}")
        if is_inferred:
            self.notes.append(
                f"the body looks like task {task}; no URL and no --model says the model: {model} is taken"
            )
        return task, model

    def _held(self, value: Any, steps: Steps) -> Any:
        """Return a value with its base64 in files."""
        if isinstance(value, Encoded):
            return self._kept(value, steps)
        if isinstance(value, dict):
            is_reference = list(value) == ["$file"] or steps[-1:] == ("bytesBase64Encoded",)
            if is_reference and isinstance(value.get("$file"), str) and steps != ("labels",):
                raise self._refused(steps, 'this names a file with "$file"; a request has the base64 of its bytes')
            return {name: self._held(child, (*steps, name)) for name, child in value.items()}
        if isinstance(value, list):
            return [self._held(child, (*steps, index)) for index, child in enumerate(value)]
        return value

    def _kept(self, value: Encoded, steps: Steps) -> HeldPicture:
        source, size = self.sent.source, value.end - value.start
        try:
            held = self.pictures.keep(source.text, value.start, value.end)
        except UnreadableError as problem:
            reason = problem.reason
            if steps[-1:] != ("bytesBase64Encoded",) and size > MAX_TEXT:
                reason = f"a text of {size:,} bytes; texts have at most {MAX_TEXT:,}"
            raise refused(source, problem.offset, f"{pointer(steps)}: {reason}") from problem
        if held.respelt:
            self.notes.append(f"{pointer(steps)} is written as standard base64")
        return held

    def _named(self, value: Any, steps: Steps) -> Any:
        """Return a body with the names of files where base64 stands."""
        if isinstance(value, HeldPicture):
            return FileName(str(self.own.name(value, _role_of(steps))))
        if isinstance(value, dict):
            return {name: self._named(child, (*steps, name)) for name, child in value.items()}
        if isinstance(value, list):
            return [self._named(child, (*steps, index)) for index, child in enumerate(value)]
        return value

    def _checked(self, data: dict[str, Any]) -> CheckedRecipe:
        return check_bytes(self.name, recipe_text(data, self.head).encode(), Options(images=self.images))

    def _clean(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return data without what a recipe may not say."""
        for _ in range(_ROUNDS):
            checked = self._checked(data)
            bad = [one for one in checked.findings if one.severity is Severity.ERROR and codes()[one.code].fatal]
            if not bad:
                return _without_empty(data)
            left = checked.document.data if checked.document is not None else data
            if left == data:
                break
            data = left
        raise self._refused((), f"no recipe can say this request: {bad[0].message}")

    def _compiled(self, data: dict[str, Any]) -> dict[str, Any]:
        body = self._body(self._checked(data))
        found: dict[str, Any] = replace_images(body, lambda image: FileName(image.written))
        return found

    def _body(self, checked: CheckedRecipe) -> dict[str, Any]:
        case = next(checked.cases(), None)
        if case is None:
            bad = next((f": {one.message}" for one in checked.findings if one.severity is Severity.ERROR), "")
            raise self._refused((), f"no recipe can say this request{bad}")
        return lower(interpret(case).recipe, self._find)

    def _find(self, image: Image) -> ImageFile:
        found = self.images.find(self.name, str(image.file))
        if isinstance(found, Refusal):
            raise self._refused((), f"no recipe can say this request: {found.message}")
        return found

    def _finished(self, data: dict[str, Any], task: str, model: str, raw: tuple[str, ...]) -> Imported:
        checked = self._checked(data)
        told = [one for one in checked.findings if one.severity is not Severity.INFO]
        kept = {one.code: one for one in told}
        if kept:
            self.head = (file_comment(kept, "as it was sent"),)
            words = {Severity.ERROR: "an error", Severity.WARNING: "a warning"}
            self.notes += [
                f"kept although it is {words[one.severity]}: {code} {one.message}" for code, one in kept.items()
            ]
            checked = self._checked(data)
            if not checked.ok:
                raise self._refused((), f"no recipe can say this request: {next(iter(kept.values())).message}")
        for name in self.own.used:
            if name in self.pictures.aside:
                self.notes.append(f"{self.pictures.aside[name]} is another picture and stays; this one is {name}")
            if name in self.pictures.stand_ins:
                self.notes.append(
                    f"{name} is a stand-in: put the picture there, and take what stands for it out of raw"
                )
        text = recipe_text(data, self.head)
        return Imported(
            *(self.name, text, task, model, tuple(self.own.used), raw, tuple(self.notes)),
            body=self._body(checked),
            images=self.images,
        )

    def _refused(self, steps: Steps, reason: str) -> Exception:
        offset = self.sent.offsets.get(steps, self.sent.offsets[()])
        return refused(self.sent.source, offset, f"{pointer(steps)}: {reason}" if steps else reason)


def _reading_notes(sent: Sent) -> Iterator[str]:
    """Yield what was read otherwise than it stands there, with places; of very many only the first."""
    source = sent.source
    found = [*source.notes, *((source.place(note.offset), note.text) for note in sent.notes)]
    shown = found[:_MOST_NOTES]
    places = positions(source.data, (offset for offset, _ in shown if offset is not None))
    for offset, text in shown:
        if offset is None:
            yield text
        else:
            line, column = places[offset]
            yield f"{source.name}:{line}:{column}: {text}"
    if len(found) > len(shown):
        yield f"and {len(found) - len(shown):,} more of such notes"


def _role_of(steps: Steps) -> str:
    """Return what a picture is by where it stands: ``mask`` of ``/instances/0/mask/image/bytesBase64Encoded``."""
    words = [step for step in steps if isinstance(step, str) and step not in _NO_ROLES]
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", words[-1][:40]).lower() if words else ""
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "image"


def _without_empty(data: dict[str, Any]) -> dict[str, Any]:
    """Return data of a recipe without parameters of which nothing is left."""
    found: dict[str, Any] = {}
    for key, value in data.items():
        left = _without_empty(value) if isinstance(value, dict) and key != "labels" else value
        if left != {} or key == "labels":
            found[key] = left
    return found
