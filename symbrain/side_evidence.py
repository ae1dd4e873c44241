"""Do the asymmetries of many infants say that left is left? Evidence from a cohort, and a verdict.

One brain tells nothing: its normal asymmetry may go either way. The mean over n infants does. For a measure with the
effect d (``usual_sides``), that mean in units of its standard deviation is normal about +d where the sides are as
given and about −d where they were exchanged, with the variance τ² + 1/n: 1/n for the infants and τ² for what the
effect may truly be in this cohort, by these labels. The logarithm of the likelihood ratio is then

    2 d m / (τ² + 1/n).

It is bounded, however many infants there are, by what is known about the effect. Measures of one brain go together:
the sum of k of them is divided by 1 + (k − 1)ρ, which is what it would be overrated by were all of them correlated
by ρ. If the model holds, the wrong verdict has a probability of at most 0.1 % (Markov's inequality on the ratio); if
there is no usual asymmetry at all, of about 1 % (benchmarks/side-power.md).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from symbrain.usual_sides import CORRELATION, DOUBT, USUAL_SIDES, UsualSide

Verdict = Literal["agree", "cannot tell", "disagree"]
Values = Sequence[float | None]

LEAST_INFANTS = 5
"""With fewer no verdict is given: the spread of a measure cannot be known."""
SURE = math.log(999)
"""Log-likelihood ratio of a verdict: 999 to 1, so that a cohort without any usual asymmetry seldom alarms either."""
LEANING = math.log(99)
"""Log-likelihood ratio that is told, though it is no verdict yet."""
_FURTHEST = 2.5  # in SD: no infant counts for more, such as one with a lesion that nobody knows of


@dataclass(frozen=True)
class Evidence:
    """What one measure of a group says.

    Parameters
    ----------
    n
        Infants.
    mean, low, high
        Mean of ln(right / left) and its 95 % interval; None below two infants.
    expected
        What it would be by the literature, with this group's spread; None where there is no spread.
    ratio
        Log-likelihood ratio, above 0 for sides as given, below 0 for sides exchanged.
    """

    usual: UsualSide
    n: int
    mean: float | None
    low: float | None
    high: float | None
    expected: float | None
    ratio: float


def weigh(usual: UsualSide, values: Values) -> Evidence:
    """Return what the values of one measure say, one for each infant; missing ones do not count."""
    known = np.array([v for v in values if v is not None and math.isfinite(v)], float)
    n = len(known)
    if n < 2:
        return Evidence(usual, n, None, None, None, None, 0.0)
    mean = _mean(known)
    half = float(special.stdtrit(n - 1, 0.975)) * math.sqrt(_mean((known - mean) ** 2) / (n - 1))
    spread = float(_spread(known, usual.effect))
    if n < LEAST_INFANTS or spread == 0:
        return Evidence(usual, n, mean, mean - half, mean + half, None, 0.0)
    expected = usual.sign * usual.effect * spread
    ratio = float(likelihood_ratio(usual, _mean(in_spreads(usual, known)), n))
    return Evidence(usual, n, mean, mean - half, mean + half, expected, ratio)


def in_spreads(usual: UsualSide, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values of cohorts, shape (…, n), in standard deviations of each; outliers are cut."""
    return np.clip(values / _spread(values, usual.effect)[..., None], -_FURTHEST, _FURTHEST)


def likelihood_ratio(usual: UsualSide, means: ArrayLike, n: int) -> NDArray[np.float64]:
    """Return the log-likelihood ratio of means over n infants, in standard deviations."""
    effect = usual.effect
    return np.asarray(2 * effect * usual.sign * np.asarray(means) / ((DOUBT * effect) ** 2 + 1 / n))


def weigh_all(measured: Iterable[Mapping[str, float | None]]) -> list[Evidence]:
    """Return what each measure says of a group, whose infants have a mapping from measures to values each.

    A measure of the image that stands in for one of labels is left out where as many infants have the latter.
    """
    infants = list(measured)
    found = {one.measure: weigh(one, [infant.get(one.measure) for infant in infants]) for one in USUAL_SIDES}
    return [one for one in found.values() if one.n and not _better(one, found)]


def together(evidence: Iterable[Evidence]) -> float:
    """Return the log-likelihood ratio of several measures of the same infants."""
    counted = [one.ratio for one in evidence if one.expected is not None]
    return math.fsum(counted) / overlap(len(counted)) if counted else 0.0


def overlap(measures: int) -> float:
    """Return by what the sum of so many measures' evidence is divided, because they are of the same brains."""
    return 1 + CORRELATION * max(measures - 1, 0)


def limit(groups: int = 1) -> float:
    """Return the log-likelihood ratio that a verdict takes, where as many groups are judged beside each other."""
    return SURE + math.log(groups)


def verdict_of(ratio: float, groups: int = 1) -> Verdict:
    """Return what a log-likelihood ratio says, where as many groups are judged beside each other."""
    return "agree" if ratio >= limit(groups) else "disagree" if ratio <= -limit(groups) else "cannot tell"


def odds(ratio: float, *, most: float = 1000) -> str:
    """Return evidence as a person says it, whichever way it points: 4.2 to 1; over 1000 to 1 from ``most`` on."""
    if abs(ratio) >= math.log(most):
        return f"over {most:.0f} to 1"
    times = math.exp(abs(ratio))
    return f"{times:.0f} to 1" if times >= 9.95 else f"{times:.1f} to 1"


def probability(ratio: float) -> float:
    """Return how probable it is that the sides are as given, where it was as probable as not before."""
    return float(1 / (1 + math.exp(-ratio))) if ratio > -700 else 0.0


def _better(one: Evidence, found: Mapping[str, Evidence]) -> bool:
    other = found.get(one.usual.instead_of or "")
    return other is not None and other.n >= one.n


def _mean(values: NDArray[np.float64]) -> float:
    """Return the mean, to the last digit the same in any order."""
    return math.fsum(values.tolist()) / len(values)


def _spread(values: NDArray[np.float64], effect: float) -> NDArray[np.float64]:
    """Return the standard deviation of values whose mean is ± effect of it, not to be moved by some outliers.

    From the median of the absolute values, which is the same whichever of the infants are mirrored.
    """
    return np.asarray(np.median(np.abs(values), axis=-1) / _middle(effect))


@cache
def _middle(effect: float) -> float:
    """Return the median of the absolute value of a normal number about ``effect`` with a standard deviation of 1."""
    return float(optimize.brentq(lambda x: special.ndtr(x - effect) - special.ndtr(-x - effect) - 0.5, 0, 10))
