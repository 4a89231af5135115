"""What a compiled body lacks of another one, as ``raw`` of a recipe says it."""

from __future__ import annotations

from typing import Any, NamedTuple

from imagenspec.wire.pointers import Steps, leaves, pointer


class FileName(NamedTuple):
    """The file whose base64 stands at a place of a body, by the name that recipes give it."""

    name: str


class Leftover(NamedTuple):
    """What ``raw`` has to do.

    Attributes:
        body: Members to merge into the body; numbers are keys where lists are joined.
        omit: JSON pointers of members to take out.
        places: JSON pointers of everything that is set or taken out.
    """

    body: dict[str, Any]
    omit: list[str]
    places: list[str]

    def as_raw(self) -> dict[str, Any]:
        """Return the value of ``raw``; empty if there is nothing to do."""
        rest = dict(self.body)
        raw: dict[str, Any] = {}
        instances = rest.get("instances")
        if isinstance(instances, dict) and isinstance(instances.get("0"), dict):
            raw["instance"] = instances["0"]
            more = {index: value for index, value in instances.items() if index != "0"}
            rest = {name: value for name, value in rest.items() if name != "instances"}
            if more:
                rest["instances"] = more
        if isinstance(rest.get("parameters"), dict) and rest["parameters"]:
            raw["parameters"] = rest.pop("parameters")
        if rest:
            raw["body"] = {**rest, "instances": {"0": {}}} if list(rest) == ["$file"] else rest
        if self.omit:
            raw["omit"] = self.omit
        return raw


def leftover(made: dict[str, Any], wanted: dict[str, Any]) -> Leftover:
    """Return what turns a compiled body into the wanted one, files named in both."""
    found = Leftover({}, [], [])
    body = _missing(made, wanted, (), found)
    return found._replace(body=body or {})


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same JSON; 1, 1.0 and true are three values."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(child, other[name]) for name, child in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def orders(made: Any, wanted: Any, steps: Steps = ()) -> dict[str, list[str]]:
    """Return the order of members of each object that has another one in the compiled body."""
    found: dict[str, list[str]] = {}
    if isinstance(made, dict) and isinstance(wanted, dict):
        if list(made) != list(wanted):
            found[pointer(steps)] = list(wanted)
        for name, child in wanted.items():
            found |= orders(made.get(name), child, (*steps, name))
    elif isinstance(made, list) and isinstance(wanted, list):
        for index, (one, other) in enumerate(zip(made, wanted, strict=False)):
            found |= orders(one, other, (*steps, index))
    return found


def _missing(made: Any, wanted: Any, steps: Steps, found: Leftover) -> Any:
    """Return what is to be merged into ``made``; nothing where it is the same already."""
    if same(made, wanted):
        return None
    if isinstance(made, dict) and isinstance(wanted, dict):
        gone = [pointer((*steps, name)) for name in made if name not in wanted]
        found.places.extend(gone)
        found.omit.extend(gone)
        changes = _missing_of(made, wanted, steps, found)
        return _no_file(changes, wanted) if steps else changes
    if _are_joined(made, wanted):
        changes = _missing_of(dict(enumerate(made)), dict(enumerate(wanted)), steps, found)
        return {str(index): change for index, change in changes.items()} if changes else None
    found.places.append(pointer(steps))
    return _plain(wanted)


def _missing_of(made: dict[Any, Any], wanted: dict[Any, Any], steps: Steps, found: Leftover) -> dict[Any, Any] | None:
    changes: dict[Any, Any] = {}
    for name, value in wanted.items():
        below = (*steps, name)
        if name not in made:
            found.places.extend(pointer(one) for one, _ in leaves(value, below, whole_lists=True))
            changes[name] = _plain(value)
            continue
        omitted = len(found.omit)
        change = _missing(made[name], value, below, found)
        if change is not None or (not same(made[name], value) and omitted == len(found.omit)):
            changes[name] = change
    return changes or None


def _no_file(changes: dict[str, Any] | None, wanted: dict[str, Any]) -> dict[str, Any] | None:
    """Return changes that ``raw`` does not take for a file: a member ``$file`` has another one beside it."""
    if changes is None or list(changes) != ["$file"]:
        return changes
    beside = next((name for name in wanted if name != "$file"), None)
    return changes if beside is None else {**changes, beside: _plain(wanted[beside])}


def _are_joined(made: Any, wanted: Any) -> bool:
    if not isinstance(made, list) or not isinstance(wanted, list) or not made or len(wanted) < len(made):
        return False
    return all(isinstance(one, dict) and isinstance(other, dict) for one, other in zip(made, wanted, strict=False))


def _plain(value: Any) -> Any:
    """Return a value as ``raw`` writes it."""
    if isinstance(value, FileName):
        return {"$file": value.name}
    if isinstance(value, dict):
        return {name: _plain(child) for name, child in value.items()}
    if isinstance(value, list):
        return [_plain(child) for child in value]
    return value
