"""Tasks, samples and buckets as rows of a ledger, and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from imagenspec.render.disk.store import Stored
from imagenspec.render.ledger.tasks import Sample
from imagenspec.render.service.limiter import Bucket
from imagenspec.render.service.texts import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagenspec.render.ledger.file import LedgerFile

TASK = "key, model, digest, recipe, case_id, samples, project, location, data"
"""The columns of a task, in the order of its members."""

PUT_TASK = f"""
    INSERT INTO task ({TASK}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET
        recipe = excluded.recipe, case_id = excluded.case_id, samples = excluded.samples,
        project = excluded.project, location = excluded.location, not_before = 0
    WHERE state = 'planned'
"""  # noqa: S608 - columns, not values
"""A task that waits is sent as whoever planned it last wants it, and at once; one that has begun stays as it is."""

_SAMPLE = "outcome, sha256, size, media_type, width, height, pixels, gcs, reason, codes, details, unlike"
_BUCKET = ", ".join(Bucket._fields)
_SET_BACK = 60.0
"""Seconds by which clocks of several processes never differ; a clock that is further behind was set back."""


def put_samples(file: LedgerFile, key: str, samples: Sequence[Sample]) -> None:
    """Write the samples of a task in place of those that it had."""
    file.run("DELETE FROM sample WHERE key = ?", key)
    file.run_each(
        f"INSERT INTO sample (key, place, {_SAMPLE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        [(key, place, *_sample_row(sample)) for place, sample in enumerate(samples)],
    )


def samples_of(file: LedgerFile, key: str) -> tuple[Sample, ...]:
    """Return the samples of a task in their order."""
    rows = file.rows(f"SELECT {_SAMPLE} FROM sample WHERE key = ? ORDER BY place", key)  # noqa: S608
    return tuple(_sample(*row) for row in rows)


def bucket_of(file: LedgerFile, name: str, now: float | None = None) -> Bucket | None:
    """Return a bucket; where its times are ahead of a clock that was set back, it goes on from there."""
    row = file.row(f"SELECT {_BUCKET} FROM bucket WHERE name = ?", name)  # noqa: S608
    bucket = None if row is None else Bucket(*row)
    if bucket is not None and now is not None and now < bucket.moment - _SET_BACK:
        return bucket._replace(moment=now, slowed=float("-inf"))
    return bucket


def put_bucket(file: LedgerFile, name: str, bucket: Bucket) -> None:
    """Write a bucket."""
    file.run(f"INSERT OR REPLACE INTO bucket (name, {_BUCKET}) VALUES (?, ?, ?, ?, ?, ?, ?)", name, *bucket)  # noqa: S608


def _sample_row(sample: Sample) -> tuple[Any, ...]:
    stored = sample.stored or (None,) * len(Stored._fields)
    codes = json.dumps(sample.codes)
    details = None if sample.details is None else json.dumps(sample.details)
    reason = shown(sample.reason)
    return (sample.outcome, *stored, sample.gcs, reason, codes, details, sample.unlike)


def _sample(outcome: Any, *row: Any) -> Sample:
    *members, gcs, reason, codes, details, unlike = row
    stored = None if members[0] is None else Stored(*members)
    told = details and json.loads(details)
    return Sample(outcome, stored, gcs, reason, tuple(json.loads(codes)), told, bool(unlike))
