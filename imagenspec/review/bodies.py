"""Two requests compared: which members of the body differ, and what each is about."""

from __future__ import annotations

import json
import posixpath
from typing import TYPE_CHECKING, Any, NamedTuple

from imagenspec.images.files import ImageFile
from imagenspec.render.ledger.tasks import key_of
from imagenspec.review.partial import UNKNOWN, submodule_of
from imagenspec.review.thumbnails import thumbnail_digest
from imagenspec.review.values import ABSENT, ImageState, Kind, Reason
from imagenspec.review.words import opcodes, word_diff
from imagenspec.wire.pointers import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagenspec.wire.pointers import Steps
    from imagenspec.wire.request import Request

_MASKS = ("maskImage", "maskImageConfig", "productImageConfig")
_PROMPTS = ("prompt", "negativePrompt", "subjectDescription", "styleDescription", "productDescription")


class Look(NamedTuple):
    """What an image looks like, as far as it can be read: its size in pixels, and the digest of its thumbnail."""

    size: tuple[int, int] | None
    thumbnail: str | None


class Shot:
    """A request of one side, with what it asks for."""

    def __init__(self, request: Request, samples: int, looks: dict[str, Look]) -> None:
        """Prepare.

        Args:
            request: The request.
            samples: How many pictures it asks for.
            looks: What images look like, by the digests of their bytes; grows.
        """
        self.request = request
        self.samples = samples
        self._looks = looks
        self._images: dict[str, ImageFile] = {}

    @property
    def key(self) -> str:
        """The identity of the request: its model and its digest."""
        return key_of(self.request.model, self.request.digest)

    @property
    def digest(self) -> str | None:
        """The digest of the request; nothing where one of its images is unknown."""
        unknown = (self.state(image).sha256 is None for image in self.request.images)
        return None if any(unknown) else self.request.digest

    @property
    def is_whole(self) -> bool:
        """Whether all its images can be read."""
        return all(image.is_here for image in self.request.images)

    def body(self) -> Any:
        """Return the body as plain data, with an :class:`ImageState` for the bytes of each image."""
        body: Any = None
        for steps, value in self.request.members():
            body = _put(body, steps, self.state(value) if isinstance(value, ImageFile) else value)
        return body

    def seen(self, state: ImageState) -> ImageState:
        """Return an image of the body with what its pixels are."""
        if state.sha256 is None:
            return state
        if state.sha256 not in self._looks:
            self._looks[state.sha256] = self._look(self._images[state.sha256])
        size, thumbnail = self._looks[state.sha256]
        return state._replace(size=size, thumbnail=thumbnail)

    def _look(self, image: ImageFile) -> Look:
        if not image.is_here:
            return Look(None, None)
        picture = self.request.picture(image)
        with self.request.open(image) as stream:
            small = thumbnail_digest(stream)
        return Look(None if picture is None else (picture.width, picture.height), small)

    def state(self, image: ImageFile) -> ImageState:
        """Return what is known of an image of the body without looking at it."""
        sha256 = self.request.sha256(image)
        if sha256.startswith(UNKNOWN):
            return ImageState(image.written, None, None, submodule=submodule_of(sha256))
        self._images[sha256] = image
        return ImageState(image.written, sha256, image.size)


def reasons_of(old: Shot, new: Shot) -> tuple[Reason, ...]:
    """Return why a request is another one: the model, then the members in the order of the bodies.

    An image that one side only knows by its name is among the reasons, but none by itself: whoever reviews a change
    wants to know what it does, and it did not give git another image. An image that both sides only know by the same
    name is taken for the same, unless a submodule has another commit.
    """
    found = []
    if old.request.model != new.request.model:
        found.append(Reason("model", "", old.request.model, new.request.model))
    before, after = old.body(), new.body()
    for steps, one, other in _differences(before, after, ()):
        kind = _kind(steps, before, after)
        if isinstance(one, ImageState):
            one = old.seen(one)  # noqa: PLW2901 - the same image, looked at
        if isinstance(other, ImageState):
            other = new.seen(other)  # noqa: PLW2901
        words = word_diff(one, other) if kind == "prompt" and isinstance(one, str) and isinstance(other, str) else ()
        found.append(Reason(kind, pointer(steps), one, other, words))
    return tuple(found)


def unknown_of(shot: Shot) -> tuple[Reason, ...]:
    """Return the images of a request of which only the names are known, as what came with it."""
    body = shot.body()
    found = ((steps, shot.state(value)) for steps, value in shot.request.members() if isinstance(value, ImageFile))
    return tuple(
        Reason(_kind(steps, body, body), pointer(steps), ABSENT, state)
        for steps, state in found
        if state.sha256 is None
    )


def _put(body: Any, steps: Steps, value: Any) -> Any:
    """Return a body with a member at its place; members come in order."""
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        body = [] if body is None else body
        if step == len(body):
            body.append(None)
    else:
        body = {} if body is None else body
    body[step] = _put(body[step] if isinstance(step, int) else body.get(step), rest, value)
    return body


def _differences(old: Any, new: Any, steps: Steps) -> Iterator[tuple[Steps, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys((*old, *new)):
            yield from _differences(old.get(name, ABSENT), new.get(name, ABSENT), (*steps, name))
    elif _is_same(old, new):
        return
    elif isinstance(old, list) and isinstance(new, list):
        yield from _differences_of_lists(old, new, steps)
    elif isinstance(old, dict) and old and new is ABSENT:
        for name, value in old.items():
            yield from _differences(value, ABSENT, (*steps, name))
    elif isinstance(new, dict) and new and old is ABSENT:
        for name, value in new.items():
            yield from _differences(ABSENT, value, (*steps, name))
    else:
        yield steps, old, new


def _differences_of_lists(old: list[Any], new: list[Any], steps: Steps) -> Iterator[tuple[Steps, Any, Any]]:
    """Yield what differs of two lists; items that only stand at another index are as they were."""
    texts, others = [_text(item) for item in old], [_text(item) for item in new]
    moved = True
    for what, start, end, first, last in opcodes(texts, others):
        if what == "equal":
            continue
        for index in range(max(end - start, last - first)):
            at, to = start + index, first + index
            one, other = old[at] if at < end else ABSENT, new[to] if to < last else ABSENT
            for found in _differences(one, other, (*steps, to if other is not ABSENT else at)):
                moved = False
                yield found
    if moved:
        yield steps, old, new


def _is_same(old: Any, new: Any) -> bool:
    """Return whether two members mean the same to the digest, which tells true from 1 and 1 from 1.0."""
    if old is new:
        return True
    if type(old) is type(new) and isinstance(old, str | int):
        return bool(old == new)
    return old is not ABSENT and new is not ABSENT and _text(old) == _text(new)


def _text(value: Any) -> str:
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, ImageState):
        return {"sha256": value.sha256 or UNKNOWN + posixpath.normpath(value.path), "submodule": value.submodule}
    if isinstance(value, dict):
        return {name: _plain(child) for name, child in value.items()}
    return [_plain(child) for child in value] if isinstance(value, list) else value


def _kind(steps: Steps, old: Any, new: Any) -> Kind:
    names = [step for step in steps if isinstance(step, str)]
    last = names[-1] if names else ""
    if any(name in _MASKS for name in names) or any(_is_in_mask(steps, body) for body in (old, new)):
        return "mask"
    if last in ("bytesBase64Encoded", "gcsUri") or any(name in ("image", "referenceImage") for name in names):
        return "image"
    if last in _PROMPTS:
        return "prompt"
    return "seed" if steps == ("parameters", "seed") else "parameter"


def _is_in_mask(steps: Steps, body: Any) -> bool:
    """Return whether steps lead into a mask among the reference images."""
    for step in steps:
        if isinstance(body, dict) and body.get("referenceType") == "REFERENCE_TYPE_MASK":
            return True
        try:
            body = body[step]
        except (KeyError, IndexError, TypeError):
            return False
    return False
