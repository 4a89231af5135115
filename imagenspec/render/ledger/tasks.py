"""What a ledger keeps: requests to be sent, and what became of each picture that they asked for."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagenspec.render.disk.store import Stored

Final: TypeAlias = Literal["done", "filtered", "failed"]
State: TypeAlias = Literal["planned", "leased", "sent", "done", "filtered", "failed", "unknown"]
STATES: tuple[State, ...] = get_args(State)
FINAL: tuple[Final, ...] = get_args(Final)
KEPT = "an earlier answer brought more, and stays"
"""Why a task is as it was before its last answer."""


class Task(NamedTuple):
    """One request to be sent.

    Attributes:
        key: Its identity, from :func:`key_of`. What was paid for is known by it.
        model: The publisher model; the digest does not have it.
        digest: The SHA-256 of the request's canonical payload.
        recipe: The recipe that it was planned for; others may have the same request.
        case: The id of the case.
        samples: How many pictures it asks for, or at least brings where the answer decides.
        project: The Google Cloud project that pays.
        location: The location whose model answers.
        data: The version of the facts that the request was made with; newer facts ask for pictures of their own.
    """

    key: str
    model: str
    digest: str
    recipe: str
    case: str
    samples: int
    project: str
    location: str
    data: str = ""


class Sample(NamedTuple):
    """What became of one picture that was asked for.

    Attributes:
        outcome: Whether it came, was filtered, or is missing without a word.
        stored: The picture's bytes in the store.
        gcs: Where the service put the picture, if the request said so; one of the two is there for an image.
        reason: Why there is no picture.
        codes: The support codes of a filtered picture.
        details: What else the answer says of it, as JSON: the rewritten prompt, scores, labels.
        unlike: Whether something came for a missing picture that is not what was asked for, and paid for all the same.
    """

    outcome: Literal["image", "filtered", "missing"]
    stored: Stored | None = None
    gcs: str | None = None
    reason: str = ""
    codes: tuple[int, ...] = ()
    details: Mapping[str, Any] | None = None
    unlike: bool = False

    @property
    def is_paid(self) -> bool:
        """Whether something came, which is paid for."""
        return self.outcome == "image" or self.unlike


class Outcome(NamedTuple):
    """What became of a request.

    Attributes:
        state: The final state, or ``unknown`` where an answer was lost: nobody can tell whether it was paid for.
        samples: The pictures in the order of the answer; none where the request failed as a whole, or is unknown.
        attempt: The number that the runner gave to its last attempt.
        sent: How often it was sent over all runs.
        why: Why it failed.
    """

    state: Final | Literal["unknown"]
    samples: tuple[Sample, ...]
    attempt: int
    sent: int
    why: str


def key_of(model: str, digest: str, data: str = "") -> str:
    """Return the identity of a request: the SHA-256 of what makes it, in hexadecimal.

    Args:
        model: The publisher model.
        digest: The digest of the payload.
        data: The version of the facts that it was made with; empty where that does not matter.
    """
    parts = (model, digest, data) if data else (model, digest)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def check_task(task: Task) -> None:
    """Refuse a task that the ledger could not find again.

    Raises:
        ValueError: The key is not that of model, digest and data, or no picture is asked for.
    """
    if task.key != key_of(task.model, task.digest, task.data):
        raise ValueError(f"the key of {task.recipe} {task.case} is not that of its model, digest and data")
    if task.samples < 1:
        raise ValueError(f"{task.recipe} {task.case} asks for {task.samples} pictures")


def worth(samples: Sequence[Sample]) -> tuple[int, int]:
    """Return what makes an answer better than another: how many pictures came, and how many were paid for."""
    return sum(sample.outcome == "image" for sample in samples), sum(sample.is_paid for sample in samples)


def final_state(wanted: int, samples: Sequence[Sample], asked: Final | None) -> Final:
    """Return the final state of a request by its samples.

    Args:
        wanted: How many pictures were asked for; more may have come.
        samples: What became of them; none at all means that the service refused the request.
        asked: What the runner calls it. Only it can tell whether pictures that are missing were filtered silently.

    Raises:
        ValueError: Samples are too few or contradict themselves or the state that was asked for.
    """
    if samples and len(samples) < wanted:
        raise ValueError(f"{len(samples)} samples of a request for {wanted}")
    for sample in samples:
        if (sample.outcome == "image") != (sample.stored is not None or sample.gcs is not None):
            raise ValueError("a sample is an image if and only if it is stored somewhere")
        if sample.unlike and sample.outcome != "missing":
            raise ValueError("what is unlike the picture that was asked for leaves that missing")
    whole = bool(samples) and all(sample.outcome == "image" for sample in samples)
    if asked is not None and (asked == "done") != whole:
        raise ValueError("a request is done if and only if each of its samples is an image")
    if asked is not None:
        return asked
    filtered = any(sample.outcome == "filtered" for sample in samples)
    return "done" if whole else "filtered" if filtered else "failed"
