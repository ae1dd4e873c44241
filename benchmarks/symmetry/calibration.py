"""How far stated probabilities and standard deviations are from how often they come true."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.floating[Any]]
_BINS = 10
_LEVELS = np.arange(0.1, 0.91, 0.1)


def binary_error(p: Floats, truth: Floats, weight: Floats) -> tuple[float, float]:
    """Return the expected calibration error (ten bins of equal weight) and the Brier score of probabilities.

    Parameters
    ----------
    truth
        0 to 1: shares count as such.
    weight
        What each counts.
    """
    order = np.argsort(p, kind="stable")
    p, truth, weight = p[order], truth[order], weight[order]
    total = weight.sum()
    bins = np.minimum((np.cumsum(weight) - weight) / total * _BINS, _BINS - 1).astype(int)
    gaps = [
        abs(float(((p - truth) * weight)[bins == k].sum())) / total for k in range(_BINS)
    ]  # |mean p − mean truth| of a bin, times the bin's share
    return float(sum(gaps)), float(((p - truth) ** 2 * weight).sum() / total)


def coverage_error(ratios: Floats) -> float:
    """Return the mean |share of errors within − share meant| of intervals of 10 to 90 % of a normal law.

    Parameters
    ----------
    ratios
        Absolute errors in predicted standard deviations.
    """
    half = stats.norm.ppf((1 + _LEVELS) / 2)
    within = (np.asarray(ratios)[:, None] <= half).mean(0)
    return float(np.abs(within - _LEVELS).mean())
