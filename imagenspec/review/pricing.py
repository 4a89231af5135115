"""Prices in words; what they are, the room of renders knows."""

from __future__ import annotations

from imagenspec.render.prices import Price, price_of

__all__ = ["Price", "money", "price_of"]


def money(usd: float, unknown: tuple[str, ...]) -> str:
    """Return an amount in words; what is not known is said, and never taken for nothing."""
    if not unknown:
        return f"{usd:.2f} USD" if usd >= 0.005 or not usd else f"{usd:.4f} USD"
    return f"unknown (at least {usd:.2f} USD)" if usd else "unknown"
