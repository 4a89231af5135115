"""What requests will cost: pictures times the price of their model; an unknown price is not taken for none."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imagenspec.catalog.tables import rows, source_urls

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imagenspec.render.service.targets import Target
    from imagenspec.render.work import Work


class Price(NamedTuple):
    """What a picture costs at the documented service, and where that is written.

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


class Cost(NamedTuple):
    """What some requests cost at most.

    Attributes:
        usd: US dollars, for the models whose price is known.
        pictures: How many pictures they ask for; of those whose answer decides, one.
        unknown: The models whose price is not known, in the order of their ids.
    """

    usd: float
    pictures: int
    unknown: tuple[str, ...] = ()


def price_of(model: str, task: str, configured: Mapping[str, float]) -> Price:
    """Return what a picture costs: as the project says, else as the catalog does, of the task or of any."""
    if model in configured:
        return Price(configured[model], "configuration", None, "configured")
    found = {row["task"]: row for row in rows("prices") if row["model"] == model}
    row = found.get(task, found.get(None))
    if row is None:
        return Price(None)
    sources = ", ".join(source_urls().get(key, key) for key in row["source"])
    usd = None if row["usd"] is None else float(row["usd"])
    return Price(usd, sources or None, row["checked"], row["confidence"])


class Prices:
    """What a picture costs by model and task: as the project says, else as the catalog does."""

    def __init__(self, configured: Mapping[str, float] | None = None, *, free: bool = False) -> None:
        """Prepare.

        Args:
            configured: US dollars for a picture, by model.
            free: Nothing costs anything: the requests stay on this machine.
        """
        self.configured = dict(configured or {})
        self._free = free

    def of(self, model: str, task: str) -> float | None:
        """Return what a picture costs in US dollars; nothing where that is not known."""
        return 0.0 if self._free else price_of(model, task, self.configured).usd

    def cost(self, works: Iterable[Work]) -> Cost:
        """Return what requests cost if every picture comes; a request that several cases share is paid once."""
        usd, pictures, unknown = 0.0, 0, set()
        for work in {work.task.key: work for work in works}.values():
            price = self.of(work.task.model, work.recipe.task)
            pictures += work.task.samples
            if price is None:
                unknown.add(work.task.model)
            else:
                usd += price * work.task.samples
        return Cost(usd, pictures, tuple(sorted(unknown)))


def prices_for(target: Target, configured: Mapping[str, float]) -> Prices:
    """Return the prices of a target; the emulator, and whatever else is on this machine, costs nothing."""
    return Prices(configured, free=target.is_loopback)
