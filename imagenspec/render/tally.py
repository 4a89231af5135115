"""What this process sent in a run, and what it may still pay for answers that were lost."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagenspec.render.prices import Prices
    from imagenspec.render.runner import Runner
    from imagenspec.render.service.client import Client
    from imagenspec.render.service.errors import Refused
    from imagenspec.render.work import Work


class Tally:
    """Counts of a run, over all projects whose requests it sends.

    Attributes:
        due: How many requests were to be sent, by this process or by others.
        sent: How many requests went out.
        again: How often requests went out after their first time.
        after_loss: How often that was because an answer was lost, in this run or before, which may be paid twice.
        digests: The digests of what went out.
        refusals: What the service refused, by the keys of the tasks.
        lost: How often requests went out without an answer, by the keys of the tasks; each may be paid for.
    """

    def __init__(self) -> None:
        self.due = 0
        self.sent = 0
        self.again = 0
        self.after_loss = 0
        self.digests: set[str] = set()
        self.refusals: dict[str, Refused] = {}
        self.lost: Counter[str] = Counter()

    def add(self, client: Client, runner: Runner) -> None:
        """Add what a client and a runner did, once they are through."""
        self.sent += len(client.sent)
        self.again += sum(client.sent.values()) - len(client.sent)
        self.digests.update(digest for _, digest in client.sent)
        self.after_loss += runner.after_loss
        self.refusals |= runner.refusals
        self.lost += runner.lost

    def usd_at_risk(self, prices: Prices, works: Mapping[str, Work]) -> float:
        """Return the US dollars that lost answers may have cost, as far as prices are known.

        Args:
            prices: What pictures cost.
            works: What was sent, by the keys of the tasks.
        """
        lost = [(works[key], times) for key, times in self.lost.items()]
        return sum(prices.cost([work]).usd * times for work, times in lost)


class Budget:
    """Money for requests whose answer was lost, which may be paid for again."""

    def __init__(self, prices: Prices, usd: float) -> None:
        """Prepare.

        Args:
            prices: What pictures cost.
            usd: US dollars that may be spent beyond what was planned.
        """
        self._prices = prices
        self._left = usd

    def take(self, work: Work) -> bool:
        """Take what a request costs, and return whether there was enough."""
        cost = self._prices.cost([work])
        if cost.unknown or cost.usd > self._left + 1e-9:
            return False
        self._left -= cost.usd
        return True
