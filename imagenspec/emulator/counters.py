"""What the emulator has answered and what would have been paid for."""

from __future__ import annotations

from typing import Any


class Counters:
    """Counts requests by model and outcome, and images by model and digest of their request.

    An outcome is an HTTP status, ``reset``, ``lost`` or ``truncate`` for a connection that was cut, or ``disconnected``
    for a client that went away. Images of lost and truncated answers are paid for; the client never had them.
    """

    def __init__(self) -> None:
        self._requests: dict[str, dict[str, int]] = {}
        self._sent: dict[tuple[str, str], int] = {}
        self._paid: dict[tuple[str, str], list[int]] = {}
        self._filtered = 0

    def attempt(self, model: str, digest: str) -> int:
        """Count that a request was sent, and return how often it has been, from 1."""
        self._sent[model, digest] = self._sent.get((model, digest), 0) + 1
        return self._sent[model, digest]

    def outcome(self, model: str, outcome: str) -> None:
        """Count how a request ended."""
        outcomes = self._requests.setdefault(model, {})
        outcomes[outcome] = outcomes.get(outcome, 0) + 1

    def drawn(self, model: str, digest: str, images: int, filtered: int) -> None:
        """Count the images of a request; those that are filtered are not charged."""
        self._filtered += filtered
        if images:
            paid = self._paid.setdefault((model, digest), [0, 0])
            paid[0] += 1
            paid[1] += images

    def totals(self) -> dict[str, Any]:
        """Return all counters but those by digest."""
        return {
            "requests": {model: dict(sorted(found.items())) for model, found in sorted(self._requests.items())},
            "requests_paid": sum(times for times, _ in self._paid.values()),
            "requests_paid_again": sum(times - 1 for times, _ in self._paid.values()),
            "images_paid": sum(images for _, images in self._paid.values()),
            "images_filtered": self._filtered,
        }

    def by_digest(self) -> dict[str, dict[str, dict[str, int]]]:
        """Return of each model and digest how often it was paid for, and how many images that made."""
        found: dict[str, dict[str, dict[str, int]]] = {}
        for (model, digest), (times, images) in self._paid.items():
            found.setdefault(model, {})[digest] = {"paid": times, "images": images}
        return found
