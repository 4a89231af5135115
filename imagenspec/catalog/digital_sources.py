"""How pictures of each task came to be, in IPTC's words."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from imagenspec.catalog.tables import rows

if TYPE_CHECKING:
    from collections.abc import Iterable


def source_type(task: str, references: Iterable[str]) -> str | None:
    """Return IPTC's word for how a picture of a request came to be, or nothing where none fits.

    Args:
        task: The task of the request.
        references: The kinds of its references, such as ``raw``.
    """
    special = (_terms()[task, kind] for kind in references if (task, kind) in _terms())
    return next(special, _terms().get((task, None)))


@cache
def _terms() -> dict[tuple[str, str | None], str | None]:
    return {(row["task"], row["reference"]): row["term"] for row in rows("digital_sources")}
