"""What ``raw`` does to a body: members merged in last, members taken out, members put in order.

A mapping joins a mapping. A mapping whose keys are all numbers joins a list, item by item; a number behind the end
adds an item. Everything else replaces what is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imagenspec.recipe.model import Image
from imagenspec.wire.image_bytes import ImageBytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagenspec.images.files import ImageFile
    from imagenspec.recipe.model import Recipe

    Find = Callable[[Image], ImageFile]


def with_raw(body: dict[str, Any], recipe: Recipe, find: Find) -> dict[str, Any]:
    """Return a body with everything that ``raw`` of its recipe says; without ``raw`` it is the same one."""
    raw = recipe.raw
    if not (recipe.raw_instance or recipe.raw_parameters or raw.body or raw.omit or raw.order):
        return body
    changes: dict[str, Any] = {}
    if recipe.raw_instance:
        changes["instances"] = {"0": recipe.raw_instance}
    if recipe.raw_parameters:
        changes["parameters"] = recipe.raw_parameters
    merged: dict[str, Any] = _merged(_merged(body, _read(changes, find)), _read(raw.body, find))
    for pointer in raw.omit:
        merged = _without(merged, pointer_steps(pointer))
    ordered: dict[str, Any] = _in_order(merged, {pointer_steps(one): names for one, names in raw.order.items()})
    return ordered


def pointer_steps(pointer: str) -> tuple[str, ...]:
    """Return the steps of a JSON pointer (RFC 6901); that of the whole body has none."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def is_index(step: str) -> bool:
    """Tell whether a step names an item of a list."""
    return step.isascii() and step.isdigit() and len(step) <= 9


def _read(value: Any, find: Find) -> Any:
    """Return raw data with :class:`ImageBytes` where it names a file."""
    if isinstance(value, Image):
        return ImageBytes(find(value))
    if isinstance(value, dict):
        return {key: _read(child, find) for key, child in value.items()}
    if isinstance(value, list):
        return [_read(child, find) for child in value]
    return value


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        merged = dict(old)
        for name, value in new.items():
            merged[name] = _merged(merged[name], value) if name in merged else value
        return merged
    if isinstance(old, list) and isinstance(new, dict) and new and all(map(is_index, new)):
        items = list(old)
        for step, value in sorted(new.items(), key=lambda item: int(item[0])):
            index = int(step)
            if index < len(items):
                items[index] = _merged(items[index], value)
            else:
                items.append(value)
        return items
    return new


def _without(value: Any, steps: tuple[str, ...]) -> Any:
    """Return a value without a member, if it is there; whoever else holds the value keeps the member."""
    step, *below = steps or ("",)
    if isinstance(value, dict) and step in value:
        if not below:
            return {name: child for name, child in value.items() if name != step}
        return {**value, step: _without(value[step], tuple(below))}
    if isinstance(value, list) and is_index(step) and int(step) < len(value):
        at = int(step)
        return [*value[:at], *([_without(value[at], tuple(below))] if below else ()), *value[at + 1 :]]
    return value


def _in_order(value: Any, orders: dict[tuple[str, ...], list[str]], steps: tuple[str, ...] = ()) -> Any:
    if isinstance(value, dict):
        first = [name for name in dict.fromkeys(orders.get(steps, ())) if name in value]
        names = [*first, *(name for name in value if name not in first)]
        return {name: _in_order(value[name], orders, (*steps, name)) for name in names}
    if isinstance(value, list):
        return [_in_order(child, orders, (*steps, str(index))) for index, child in enumerate(value)]
    return value
