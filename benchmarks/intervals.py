"""AUROC and its bootstrap: infants are drawn with replacement, each with all its scans, alike for every method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

DRAWS = 2000
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A number, its 95 % interval, and the bootstrap draws behind it (paired with those of other estimates)."""

    value: float
    low: float
    high: float
    draws: Array

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


def auroc(normal: ArrayLike, lesioned: ArrayLike) -> float:
    """Return the probability that a lesioned head scores above a normal one."""
    return float(_above(np.asarray(normal, float), np.asarray(lesioned, float)).mean())


def _above(normal: Array, lesioned: Array) -> Array:
    """Return for each pair (lesioned, normal) 1, 0, or 0.5 for a tie."""
    return np.asarray((lesioned[:, None] > normal) + 0.5 * (lesioned[:, None] == normal), float)


def draw_infants(count: int, draws: int = DRAWS, seed: int = 0) -> Array:
    """Return how often each infant is drawn, shape (draws, count)."""
    return np.asarray(np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), draws), float)


def auroc_estimate(
    normal: ArrayLike,
    normal_infants: ArrayLike,
    lesioned: ArrayLike,
    lesioned_infants: ArrayLike,
    among: ArrayLike = (),
) -> Estimate:
    """Return the AUROC with its interval; a lesioned scan is drawn whenever its infant is.

    Parameters
    ----------
    normal_infants, lesioned_infants
        Seeds of the infants; those of the lesioned need not be among the normals.
    among
        Seeds of more infants to draw from, so that the draws are paired with those of another estimate.
    """
    above = _above(np.asarray(normal, float), np.asarray(lesioned, float))
    infants = np.unique(np.concatenate([normal_infants, lesioned_infants, np.asarray(among, int)]))
    times = draw_infants(len(infants))
    of_normal, of_lesioned = (times[:, np.searchsorted(infants, own)] for own in (normal_infants, lesioned_infants))
    pairs = of_normal.sum(axis=1) * of_lesioned.sum(axis=1)
    draws = np.einsum("dn,dn->d", of_lesioned @ above, of_normal) / np.maximum(pairs, 1)
    return _estimate(float(above.mean()), draws[pairs > 0] if (pairs > 0).any() else draws)


def mean_estimate(values: ArrayLike) -> Estimate:
    """Return a mean with its bootstrap interval; one value for each infant, in the order of the infants."""
    v = np.asarray(values, float)
    return _estimate(float(v.mean()), draw_infants(len(v)) @ v / len(v))


def difference(first: Estimate, second: Estimate) -> Estimate:
    """Return first minus second; both must be of the same infants, so that their draws are paired."""
    count = min(len(first.draws), len(second.draws))
    return _estimate(first.value - second.value, first.draws[:count] - second.draws[:count])


def share(hits: int, count: int, at_once: int = 1) -> tuple[float, float, float]:
    """Return a share with its exact 95 % interval (Clopper and Pearson 1934).

    Parameters
    ----------
    at_once
        Of how many intervals all shall hold at once with 95 % (Bonferroni's correction).
    """
    if not count:
        return float("nan"), float("nan"), float("nan")
    beyond = 0.025 / at_once
    low = float(stats.beta.ppf(beyond, hits, count - hits + 1)) if hits else 0.0
    high = float(stats.beta.ppf(1 - beyond, hits + 1, count - hits)) if hits < count else 1.0
    return hits / count, low, high


def share_text(hits: int, count: int, at_once: int = 1) -> str:
    """Return a share in percent with its interval and what it is a share of."""
    value, low, high = share(hits, count, at_once)
    return f"{100 * value:.0f} % ({100 * low:.0f} to {100 * high:.0f}) of {count}" if count else "none"


def _estimate(value: float, draws: Array) -> Estimate:
    low, high = np.percentile(draws, [2.5, 97.5])
    return Estimate(value, float(low), float(high), draws)
