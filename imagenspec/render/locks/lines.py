"""A lock as text: one line a case, so that changes of different cases merge like any other text."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from imagenspec.catalog.schemas import schema, validator
from imagenspec.errors import UsageError
from imagenspec.source.diagnostics import any_of, quote
from imagenspec.source.text import harmless_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FORM = 1
"""The version of the format."""
HEADER = f'{{"imagenspec_lock":{FORM}}}'
_SCHEMA = "lock.schema.json"
_MARKERS = ("<<<<<<< ", "||||||| ", ">>>>>>> ")
_MIDDLE = "======="
_MOST_DIGITS = 1000


class LockError(UsageError):
    """A lock that cannot be read.

    Attributes:
        line: The number of the line, from 1.
    """

    def __init__(self, name: str, line: int, problem: str) -> None:
        super().__init__(f"{name}:{line}: {problem}")
        self.line = line


class LockedSample(NamedTuple):
    """What became of one picture, as a lock has it.

    Attributes:
        outcome: ``image``, ``filtered`` or ``missing``.
        file: Its path from the recipe's folder, with forward slashes.
        sha256: The SHA-256 of its bytes.
        pixels: The SHA-256 of its decoded pixels.
        gcs: Where the service put it in Cloud Storage.
        reason: Why there is no picture.
        codes: The support codes of the reason.
        unlike: Whether something came instead that is not as documented, and was paid for all the same.
        extra: Members that a newer version wrote.
    """

    outcome: str
    file: str | None = None
    sha256: str | None = None
    pixels: str | None = None
    gcs: str | None = None
    reason: str = ""
    codes: tuple[int, ...] = ()
    unlike: bool = False
    extra: Mapping[str, Any] = {}


class Entry(NamedTuple):
    """A case of a lock: a request, and what it brought.

    Attributes:
        case: The id of the case.
        task: The recipe's task.
        model: The publisher model.
        digest: The SHA-256 of the canonical payload.
        data: The version of the data that lowering used.
        inputs: The pictures of the request: path as written to SHA-256.
        seed: The seed, where there is one.
        samples: What became of each picture; none before a render.
        target: What made the pictures, where that was not the documented service.
        extra: Members that a newer version wrote.
    """

    case: str
    task: str
    model: str
    digest: str
    data: str
    inputs: Mapping[str, str]
    seed: int | None
    samples: tuple[LockedSample, ...] = ()
    target: str = ""
    extra: Mapping[str, Any] = {}


def line_of(entry: Entry) -> str:
    """Return the line of a case, without a line break."""
    members: dict[str, Any] = {name: getattr(entry, name) for name in ("case", "task", "model", "digest", "data")}
    members |= {"inputs": dict(sorted(entry.inputs.items())), "seed": entry.seed}
    if entry.target:
        members["target"] = entry.target
    members["samples"] = [_members(sample) for sample in entry.samples]
    text = json.dumps({**members, **entry.extra}, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return harmless_json(text).encode("utf-8", "backslashreplace").decode()


def entries_of(name: str, data: bytes) -> Iterator[tuple[str, Entry | None]]:
    """Yield the lines of a lock with their cases; the header has none.

    Args:
        name: The path that people know the lock by.
        data: Its bytes.

    Raises:
        LockError: A line is not what a lock has there, or two lines have one case.
    """
    seen: dict[str, int] = {}
    begun = False
    for number, text in _texts(name, data):
        members = _parsed(name, number, text)
        if not begun:
            _check_header(name, number, members)
            begun = True
            yield text, None
            continue
        _check_case(name, number, members)
        entry = _entry(members)
        first = seen.setdefault(entry.case, number)
        if first != number:
            which = f"case {quote(entry.case, 100)}" if entry.case else "the only case"
            raise LockError(name, number, f"{which} has this line and line {first}; delete both, and render again")
        yield text, entry
    if not begun:
        raise LockError(name, 1, "the lock is empty; delete it, and render again")


def _texts(name: str, data: bytes) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, with their numbers."""
    for number, raw in enumerate(data.split(b"\n"), 1):
        try:
            text = raw.removesuffix(b"\r").decode()
        except UnicodeDecodeError as error:
            raise LockError(name, number, "the line is not UTF-8") from error
        if text.startswith(_MARKERS) or text == _MIDDLE:
            advice = "keep the lines of either side, whole lines only, and delete the markers; then render again"
            raise LockError(name, number, f"a merge left its conflict here; {advice}")
        if text.strip():
            yield number, text


def _parsed(name: str, number: int, text: str) -> dict[str, Any]:
    try:
        found = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_finite, parse_float=_finite, parse_int=_integer
        )
    except json.JSONDecodeError as error:
        raise LockError(name, number, f"the line is not JSON from column {error.colno} on") from error
    except RecursionError as error:
        raise LockError(name, number, "the line is nested too deeply") from error
    except ValueError as error:
        raise LockError(name, number, str(error)) from error
    if not isinstance(found, dict):
        raise LockError(name, number, "the line is not a JSON object")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{quote(twice)} stands twice in one object")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is not finite")
    return number


def _integer(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError("a number is too long")
    return int(text)


def _check_header(name: str, number: int, members: dict[str, Any]) -> None:
    form = members.get("imagenspec_lock")
    if type(form) is int and form > FORM:
        raise LockError(name, number, f"the lock has format {form}; a newer imagenspec wrote it and can read it")
    if type(form) is not int or form != FORM:
        raise LockError(name, number, f"a lock begins with the line {HEADER}")


def _check_case(name: str, number: int, members: dict[str, Any]) -> None:
    if "imagenspec_lock" in members:
        raise LockError(name, number, "the header of the lock stands twice; keep the first")
    missing = [member for member in _definition("case")["required"] if member not in members]
    if missing:
        raise LockError(name, number, f"the case has no {any_of(missing).replace(' or ', ' and no ')}")
    try:
        if validator(_SCHEMA).is_valid(members):
            return
        errors = list(validator(_SCHEMA).iter_errors(members))
    except ValueError as error:
        raise LockError(name, number, "a text of the line has half a character") from error
    path = max((list(error.instance_path) for error in errors), key=len)
    where = quote(".".join(map(str, path)), 60)
    raise LockError(name, number, f"{where} must be {_expected(path)}")


def _expected(path: Iterable[str | int]) -> str:
    """Return what the schema says of a place in a case, as the end of a sentence."""
    node = _definition("case")
    for step in path:
        below = node.get("items") or node.get("properties", {}).get(step)
        node = below or node["additionalProperties"]
        if "$ref" in node:
            node = {**_definition(node["$ref"].rsplit("/", 1)[-1]), **node}
    text = str(node["description"])
    return (
        text[0].lower() + text[1:].removesuffix(".") if text[1].islower() or text[1] == " " else text.removesuffix(".")
    )


def _definition(name: str) -> dict[str, Any]:
    found: dict[str, Any] = schema(_SCHEMA)["definitions"][name]
    return found


def _entry(members: dict[str, Any]) -> Entry:
    known = {name: members[name] for name in Entry._fields if name in members and name != "extra"}
    known["samples"] = tuple(_sample(sample) for sample in members["samples"])
    extra = {name: value for name, value in members.items() if name not in known}
    return Entry(**known, extra=extra)


def _sample(members: dict[str, Any]) -> LockedSample:
    known = {name: members[name] for name in LockedSample._fields if name in members and name != "extra"}
    if "codes" in known:
        known["codes"] = tuple(known["codes"])
    extra = {name: value for name, value in members.items() if name not in known}
    return LockedSample(**known, extra=extra)


def _members(sample: LockedSample) -> dict[str, Any]:
    if sample.outcome == "image":
        given = {name: getattr(sample, name) for name in ("file", "sha256", "pixels", "gcs")}
        members: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    else:
        members = {"reason": sample.reason, "codes": list(sample.codes)} | ({"unlike": True} if sample.unlike else {})
    return {"outcome": sample.outcome, **members, **sample.extra}
