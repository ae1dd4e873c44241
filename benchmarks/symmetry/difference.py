"""Paired differences from the reference: the same seeds and the same heads, drawn with replacement together.

Trainings of one seed begin alike, and all mechanisms are judged on the same heads, so that luck of either kind is
shared, and most of it is gone in the difference. What is left of both is in the interval.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from symmetry.catalogue import REFERENCE

DRAWS = 1000
LOST_DEG = 5.0
"""A line that is farther off is another line."""
_LEVEL = 0.05
Floats = NDArray[np.float64]


def interval(
    rows: pd.DataFrame, name: str, figure: str, level: float = _LEVEL, reference: str = REFERENCE
) -> tuple[float, float, float]:
    """Return the mean paired difference of a mechanism from the reference, and its interval.

    The interval is normal, with the spread of the draws, so that small levels do not hang on the last few draws. NaN
    without the heads' own figures.

    Parameters
    ----------
    rows
        Of one model and setting, with the ``scores`` of their heads.
    level
        Of the error: 0.05 for 95 %.
    reference
        The mechanism that it is compared with.
    """
    return paired(*(rows[rows["mechanism"] == n] for n in (name, reference)), figure, level)


def paired(ours: pd.DataFrame, others: pd.DataFrame, figure: str, level: float = _LEVEL) -> tuple[float, float, float]:
    """Return the mean paired difference between rows of one setting each, judged on the same heads, as ``interval``."""
    one, other = (rows.set_index("seed") for rows in (ours, others))
    both = one.index.intersection(other.index)
    mean = float((one.loc[both, figure] - other.loc[both, figure]).mean())
    pairs = [(one.loc[seed, "scores"], other.loc[seed, "scores"]) for seed in both]
    if not pairs or any(not isinstance(scores, str) for pair in pairs for scores in pair):
        return mean, float("nan"), float("nan")
    half = float(stats.norm.ppf(1 - level / 2)) * float(_drawn(pairs, figure).std())
    return mean, mean - half, mean + half


def _drawn(pairs: list[tuple[str, str]], figure: str) -> Floats:
    """Return the mean difference over the seeds of each draw."""
    each = np.stack([figures(one, figure) - figures(other, figure) for one, other in pairs])
    seeds = np.random.default_rng(1).integers(0, len(pairs), (len(pairs), DRAWS))
    return np.asarray(each[seeds, np.arange(DRAWS)].mean(0))


@lru_cache(maxsize=512)
def figures(scores: str, figure: str) -> Floats:
    """Return a figure (draws,) of heads drawn with replacement, the same for all mechanisms.

    That is an AUROC, a median angle error, or the share of lines that are ``lost``.

    Parameters
    ----------
    scores
        As a table holds them: normal | changed, of which the n-th are drawn together; or a group of each head.
    """
    each = groups(scores)
    if figure == "auroc":
        return _areas(*each)
    longest = max(map(len, each))
    padded = np.stack([np.pad(group, (0, longest - len(group)), constant_values=np.nan) for group in each])
    heads = np.random.default_rng(0).integers(0, len(each), (DRAWS, len(each)))
    drawn = padded[heads].reshape(DRAWS, -1)
    if figure == "lost":
        return np.asarray((drawn > LOST_DEG).sum(1) / (~np.isnan(drawn)).sum(1))
    return np.asarray(np.nanmedian(drawn, axis=1))


def groups(scores: str) -> list[Floats]:
    """Return the groups of figures that a table holds in one cell."""
    return [np.array(group.split(), float) for group in scores.split(" | ")]


def _areas(normal: Floats, changed: Floats) -> Floats:
    """Return the AUROC of each draw."""
    above = (changed[None] > normal[:, None]) + 0.5 * (changed[None] == normal[:, None])
    heads = np.random.default_rng(0).integers(0, len(normal), (DRAWS, len(normal)))
    counts = np.stack([np.bincount(drawn, minlength=len(normal)) for drawn in heads]) / len(normal)
    return np.asarray(((counts @ above) * counts).sum(1))
