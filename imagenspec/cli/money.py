"""What a run costs: said before anything is sent, and agreed to."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from imagenspec.errors import UsageError
from imagenspec.render.prices import Prices
from imagenspec.render.tally import Budget
from imagenspec.report.text import many
from imagenspec.source.diagnostics import any_of, quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagenspec.cli.plans import Settings
    from imagenspec.render.work import Work


def agree_to_cost(
    works: Sequence[Work], settings: Settings, *, limit: float | None, yes: bool, dry_run: bool = False
) -> Budget | None:
    """Print what requests cost, and make sure that somebody wants that.

    What stays on this machine costs nothing. But a limit holds for every URL: what listens there may pass requests on.

    Returns:
        What the limit leaves for answers that are lost; nothing where there is no limit.

    Args:
        works: What would be sent.
        settings: Where to.
        limit: The most US dollars that it may cost.
        yes: Whether somebody has agreed already.
        dry_run: Nothing will be sent anyway.

    Raises:
        UsageError: It may cost more, or nobody agreed.
    """
    target = settings.target
    if not works or target.kind == "emulator" or (target.is_loopback and limit is None):
        return None
    prices = Prices(dict(settings.terms.configured.prices))
    cost = prices.cost(works)
    place = f"{target.kind if target.kind == 'vertex' else target.base_url} ({target.project}, {target.location})"
    line = f"{many(len(works), 'request')} for {many(cost.pictures, 'picture')} to {place}: up to {cost.usd:.2f} USD"
    if cost.unknown:
        line += f', and what {any_of(cost.unknown)} costs, which is not known; "prices" of the configuration can say'
    click.echo(line, err=True)
    if limit is not None and cost.unknown:
        raise UsageError(f"nothing was sent: --max-cost {limit:g} cannot be held without the price of each model")
    if limit is not None and cost.usd > limit + 1e-9:
        raise UsageError(f"nothing was sent: it may cost {cost.usd:.2f} USD, and --max-cost is {limit:g}")
    budget = None if limit is None else Budget(prices, limit - cost.usd)
    if yes or dry_run or target.is_loopback:
        return budget
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"nothing was sent: say {quote('--yes')} to spend money where nobody can be asked")
    if not click.confirm("send them?", err=True):
        click.echo("nothing was sent", err=True)
        raise SystemExit(1)
    return budget


def tell_of_unsure(count: int) -> None:
    """Say how many requests were sent before without an answer, before they are sent again."""
    if count:
        line = f"{many(count, 'request')} of an earlier run had no answer; what is sent again may be paid for twice"
        click.echo(line, err=True)
