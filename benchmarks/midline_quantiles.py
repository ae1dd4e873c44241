"""Quantiles with bootstrap intervals: infants are drawn with replacement, each with all its heads, poses and slices."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from intervals import Estimate, draw_infants

_LEAST = 5  # of fewer infants no interval is worth reading


def quantile_estimate(values: ArrayLike, infants: ArrayLike, portion: float = 0.5) -> Estimate:
    """Return a quantile with its 95 % interval; of an even number of values the median is the lower middle one."""
    v = np.asarray(values, float)
    order = np.argsort(v, kind="stable")
    _, index = np.unique(np.asarray(infants)[order], return_inverse=True)
    times = draw_infants(int(index.max()) + 1)[:, index]
    below = np.cumsum(times, axis=1)
    draws = v[order][(below >= portion * below[:, -1:] - 1e-9).argmax(axis=1)]
    low, high = np.percentile(draws, [2.5, 97.5])
    return Estimate(float(np.quantile(v, portion)), float(low), float(high), draws)


def short(value: float) -> str:
    """Return a number of degrees, millimetres or seconds with as many digits as it deserves."""
    if value != value:
        return "–"
    size = abs(value)
    digits = 0 if size >= 99.95 else 1 if size >= 9.995 else 2 if size >= 0.0995 else 3
    return f"{value:.{digits}f}"


def median_text(values: ArrayLike, infants: ArrayLike) -> str:
    """Return a median, with its interval where there are infants enough to draw from."""
    found = quantile_estimate(values, infants)
    few = len(np.unique(np.asarray(infants))) < _LEAST
    return short(found.value) if few else f"{short(found.value)} ({short(found.low)} to {short(found.high)})"
