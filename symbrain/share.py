"""A share of a whole with its interval: five of sixty, and what that may be in the long run."""

from __future__ import annotations

import math
from dataclasses import dataclass

_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval, 0 to 1; the value is NaN where only its interval is known."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        if math.isnan(self.value):
            return f"≥ {100 * self.low:.{_digits(self.low)}f} %" if self.low > 0 else "n/a"
        value, low, high = (f"{100 * end:.{_digits(self.value)}f}" for end in (self.value, self.low, self.high))
        return f"{value} % ({low} to {high})"


def exact_share(count: int, n: int) -> Share:
    """Return a share of ``n`` with its exact interval (Clopper and Pearson 1934, Biometrika 26:404)."""
    from scipy.stats import binomtest  # half a second, which only a cohort's page has to spend

    interval = binomtest(count, n).proportion_ci(_CONFIDENCE, "exact")
    return Share(count / n, float(interval.low), float(interval.high))


def _digits(share: float) -> int:
    """Return how many digits of per cent tell a share from nothing and from all."""
    rest = 100 * min(share, 1 - share)
    return min(max(-math.floor(math.log10(rest)), 0), 4) if rest > 0 else 0
