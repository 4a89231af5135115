"""Hypothesis profiles: a modest one, the same in every run, and a deep one with new examples for IMAGENSPEC_DEEP=1."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

EXAMPLES = 120
DEEP_FACTOR = 20
_SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

settings.register_profile(
    "modest", max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=_SLOW_IS_FINE
)
settings.register_profile(
    "deep", max_examples=EXAMPLES * DEEP_FACTOR, deadline=None, suppress_health_check=_SLOW_IS_FINE
)
settings.load_profile("deep" if os.environ.get("IMAGENSPEC_DEEP") == "1" else "modest")
