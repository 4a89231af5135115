"""What a picture costs at the documented service, and where that is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imagenspec.catalog.tables import rows, source_urls

if TYPE_CHECKING:
    from collections.abc import Mapping


class Price(NamedTuple):
    """What a picture costs.

    Attributes:
        usd: US dollars; nothing where that is not known.
        source: Where that is written: a page, or the project's configuration.
        checked: The day on which somebody looked; of the configuration, nothing.
        confidence: How sure the source is.
    """

    usd: float | None
    source: str | None = None
    checked: str | None = None
    confidence: str | None = None


def price_of(model: str, task: str, configured: Mapping[str, float]) -> Price:
    """Return what a picture costs: as the project says, else as the catalog does."""
    if model in configured:
        return Price(configured[model], "configuration", None, "configured")
    found = {row["task"]: row for row in rows("prices") if row["model"] == model}
    row = found.get(task, found.get(None))
    if row is None:
        return Price(None)
    sources = ", ".join(source_urls().get(key, key) for key in row["source"])
    usd = None if row["usd"] is None else float(row["usd"])
    return Price(usd, sources or None, row["checked"], row["confidence"])


def money(usd: float, unknown: tuple[str, ...]) -> str:
    """Return an amount in words; what is not known is said, and never taken for nothing."""
    if not unknown:
        return f"{usd:.2f} USD" if usd >= 0.005 or not usd else f"{usd:.4f} USD"
    return f"unknown (at least {usd:.2f} USD)" if usd else "unknown"
