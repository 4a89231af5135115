"""What a render would do, to be looked at before: requests, what locks have, money, time, and models that end."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from imagenspec.catalog.models import models
from imagenspec.project.config import project_of
from imagenspec.render.locks.lockfile import STATE_WORDS
from imagenspec.render.remaining import left_to_send
from imagenspec.render.service.limiter import base_model, quota_of
from imagenspec.review.pricing import Price, price_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from imagenspec.render.plan import Plan
    from imagenspec.render.service.targets import Target
    from imagenspec.render.work import Work

AHEAD = timedelta(days=90)
"""How far a plan looks ahead for models that end, unless a day is named."""


class Asked(NamedTuple):
    """What was asked for; a render of the plan asks for the same.

    Attributes:
        paths: Files and folders, from the working folder.
        cases: The ids of the cases wanted; none means all.
        variables: Values that override the defaults of ``vars``.
        max_cases: The most cases that a matrix may have.
        target: Where requests would go: ``emulator``, ``vertex`` or a base URL.
        location: Where the models answer, where that was said.
    """

    paths: tuple[str, ...]
    cases: tuple[str, ...]
    variables: Mapping[str, str]
    max_cases: int
    target: str
    location: str | None = None


class PlannedRequest(NamedTuple):
    """A case that is due.

    Attributes:
        recipe: The name of the recipe's file.
        case: The id of the case; empty where the recipe has no matrix.
        task: The recipe's task.
        model: The publisher model.
        digest: The SHA-256 of the canonical payload.
        data: The version of the facts that the request was made with.
        samples: How many pictures it asks for.
        usd: What a picture costs at the documented service; nothing where that is not known.
        why: Why it is due.
        from_ledger: Whether its pictures were paid for and are kept here, so that it is not sent.
    """

    recipe: str
    case: str
    task: str
    model: str
    digest: str
    data: str
    samples: int
    usd: float | None
    why: str
    from_ledger: bool

    @property
    def key(self) -> tuple[str, str]:
        """What the request is known by; it is sent once, however many cases share it."""
        return self.model, self.digest


class ModelShare(NamedTuple):
    """What one model and task have to do.

    Attributes:
        model: The publisher model.
        task: The task, which can have a price of its own.
        requests: How many requests.
        samples: How many pictures they ask for.
        price: What a picture costs.
        per_minute: The configured quota; nothing where there is none.
        retires: The day on which the model ends, where one is known.
        successor: The model that Google names in its place.
        ends: Whether it ends before the day that the plan looks ahead to.
    """

    model: str
    task: str
    requests: int
    samples: int
    price: Price
    per_minute: float | None
    retires: str | None
    successor: str | None
    ends: bool

    @property
    def usd(self) -> float | None:
        """What its pictures cost in US dollars; nothing where the price is not known."""
        return None if self.price.usd is None else self.price.usd * self.samples

    @property
    def hours(self) -> float | None:
        """How long the quota makes it take; nothing without a quota."""
        return None if self.per_minute is None else self.requests / self.per_minute / 60


class RenderPlan(NamedTuple):
    """What a render would do.

    Attributes:
        day: The day of the plan.
        before: Models that end before this day are named.
        asked: What was asked for.
        requests: The cases that are due, in the order of the recipes.
        covered: How many cases stand how to their locks, by :data:`STATE_WORDS`.
        shares: What each model has to do.
        ending: Models of any case, due or not, that end before the day.
    """

    day: date
    before: date
    asked: Asked
    requests: tuple[PlannedRequest, ...]
    covered: Mapping[str, int]
    shares: tuple[ModelShare, ...]
    ending: tuple[str, ...]

    @property
    def to_send(self) -> int:
        """How many requests would be sent; one that several cases share is sent once."""
        return sum(share.requests for share in self.shares)

    @property
    def from_ledger(self) -> int:
        """How many requests were paid for before, and only have to be put into their places."""
        return len({one.key for one in self.requests if one.from_ledger})

    @property
    def samples(self) -> int:
        """How many pictures they ask for."""
        return sum(share.samples for share in self.shares)

    @property
    def usd(self) -> float:
        """What the pictures cost whose price is known, in US dollars."""
        return sum(share.usd for share in self.shares if share.usd is not None)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The models whose price is not known."""
        return tuple(sorted({share.model for share in self.shares if share.price.usd is None}))

    @property
    def hours(self) -> float | None:
        """How long the quotas make it take, all models at a time; nothing where a model has no quota."""
        by_base: dict[str, float] = {}
        for share in self.shares:
            if share.hours is None:
                return None
            name = base_model(share.model)
            by_base[name] = by_base.get(name, 0.0) + share.hours
        return max(by_base.values(), default=0.0)

    def end_of(self, model: str) -> str:
        """Return the day on which a model ends, empty where none is known."""
        row = models().get(model)
        return (row.retires or "") if row is not None else ""


def render_plan(
    plans: Sequence[Plan], asked: Asked, target: Target, day: date, before: date | None = None
) -> RenderPlan:
    """Return what a render would do.

    Args:
        plans: What the recipes ask for, held against their locks.
        asked: What was asked for.
        target: Where requests would go; its ledger knows what was paid for.
        day: The day of the plan.
        before: Models that end before this day are named; unless said, 90 days after the day of the plan.

    Raises:
        ToolError: A ledger cannot be read.
    """
    before = before or day + AHEAD
    left = {work.task.key for work in left_to_send(plans, target)}
    requests = tuple(
        planned_request(one, work, from_ledger=work.task.key not in left) for one in plans for work in one.due()
    )
    used = {work.task.model for one in plans for work in one.works}
    ending = tuple(sorted(model for model in used if _ends(model, before)))
    return RenderPlan(day, before, asked, requests, _covered(plans), tuple(_shares(plans, requests, before)), ending)


def planned_request(one: Plan, work: Work, *, from_ledger: bool) -> PlannedRequest:
    """Return what a plan says of a case."""
    task = work.task
    prices = dict(project_of(Path(one.recipe).parent).prices)
    usd = price_of(task.model, work.recipe.task, prices).usd
    name = Path(one.recipe).as_posix()
    why = one.state(task.case).words
    return PlannedRequest(
        name,
        task.case,
        work.recipe.task,
        task.model,
        task.digest,
        work.data,
        task.samples,
        usd,
        why,
        from_ledger,
    )


def _covered(plans: Iterable[Plan]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for one in plans:
        counts.update(one.state(case).word for case in one.states)
    return {word: counts[word] for word in STATE_WORDS}


def _shares(plans: Sequence[Plan], requests: Sequence[PlannedRequest], before: date) -> Iterator[ModelShare]:
    once = {one.key: one for one in requests if not one.from_ledger}.values()
    known = project_of(Path(plans[0].recipe).parent) if plans else None
    prices = dict(known.prices) if known is not None else {}
    quotas = dict(known.quotas) if known is not None else {}
    for model, task in sorted({(one.model, one.task) for one in once}):
        own = [one for one in once if (one.model, one.task) == (model, task)]
        row = models().get(model)
        yield ModelShare(
            model,
            task,
            len(own),
            sum(one.samples for one in own),
            price_of(model, task, prices),
            quota_of(model, quotas),
            None if row is None else row.retires,
            None if row is None else row.successor,
            _ends(model, before),
        )


def _ends(model: str, before: date) -> bool:
    row = models().get(model)
    return row is not None and row.retires is not None and row.retires < before.isoformat()
