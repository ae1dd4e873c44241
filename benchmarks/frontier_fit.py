"""How sensitivity rises with size, and the size from which on a method catches enough: a curve for each contrast.

Sensitivity is the share of lesioned heads above the 95th percentile of the normals' deviations. Over the logarithm of
the size it is a logistic curve that rises from the share of false alarms to 1: of a grid of curves the likeliest.
Intervals come from drawing infants with replacement, lesioned and normal alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from intervals import draw_infants
from judged import SPECIFICITY, judge

CAUGHT = 0.9
DRAWS = 400
CELL = r"pooled_(?P<size>[\d.]+)mm_(?P<contrast>[\d.]+)sd"
Array = NDArray[np.float64]
_HALVES_MM = np.exp2(np.arange(0, 9, 0.025))  # the grid: where the curve is half way up, to far beyond any brain
_STEEPNESS = np.geomspace(0.5, 16, 50)


@dataclass(frozen=True)
class Curve:
    """Sensitivity over size: 1 − specificity at size 0, rising towards 1.

    Parameters
    ----------
    half_mm
        Size half way up.
    steepness
        Logits for each doubling of the size.
    """

    half_mm: float
    steepness: float

    def at(self, size_mm: Array) -> Array:
        """Return the sensitivity at sizes."""
        return _share(size_mm, np.asarray(self.half_mm), np.asarray(self.steepness))

    def size_of(self, sensitivity: float) -> float:
        """Return the size with this sensitivity, in millimetres."""
        floor = 1 - SPECIFICITY
        return float(self.half_mm * np.exp2(logit((sensitivity - floor) / (1 - floor)) / self.steepness))


def _share(size_mm: Array, half_mm: Array, steepness: Array) -> Array:
    floor = 1 - SPECIFICITY
    return np.asarray(floor + (1 - floor) * expit(steepness * np.log2(size_mm / half_mm)))


@dataclass(frozen=True)
class Frontier:
    """What a method catches at one contrast.

    Parameters
    ----------
    sizes_mm, share, heads
        Sizes that were tried, the share that was caught, and of how many.
    size_mm, low_mm, high_mm
        The smallest size with a sensitivity of 90 %, and its 95 % interval; infinite beyond the largest size, 0 below
        the smallest.
    """

    method: str
    contrast_sd: float
    curve: Curve
    sizes_mm: Array
    share: Array
    heads: NDArray[np.int64]
    size_mm: float
    low_mm: float
    high_mm: float


def frontiers(rows: pd.DataFrame) -> list[Frontier]:
    """Return the frontier of each method at each contrast."""
    found = []
    for name, part in rows[rows["score"].notna()].groupby("method", sort=False):
        judged = judge(part)
        judged = judged[judged["z"].notna()]
        sick = judged[judged["cell"].str.fullmatch(CELL)]
        sick = sick.join(sick["cell"].str.extract(CELL).astype(float))
        normal = judged[judged["cell"] == "normal"]
        for contrast, lesioned in sick.groupby("contrast"):
            found.append(_frontier(str(name), float(contrast), normal, lesioned))  # type: ignore[arg-type]
    return found


def _frontier(method: str, contrast: float, normal: pd.DataFrame, lesioned: pd.DataFrame) -> Frontier:
    tried, index = np.unique(lesioned["size"], return_inverse=True)
    caught = lesioned["z"].to_numpy() > np.quantile(normal["z"], SPECIFICITY)
    heads, hits = np.bincount(index), np.bincount(index, caught).astype(float)
    (curve,) = fit_curves(tried, heads[None].astype(float), hits[None])
    ends = float(tried[0]), float(tried[-1])
    drawn = [_bounded(one.size_of(CAUGHT), *ends) for one in fit_curves(tried, *_drawn(normal, lesioned, index))]
    low, high = np.quantile(drawn, [0.025, 0.975], method="nearest")
    size = _bounded(curve.size_of(CAUGHT), *ends)
    return Frontier(method, contrast, curve, tried, hits / heads, heads, size, float(low), float(high))


def _drawn(normal: pd.DataFrame, lesioned: pd.DataFrame, index: NDArray[np.int64]) -> tuple[Array, Array]:
    """Return heads and hits by size (draws, sizes) of infants drawn with replacement, with the threshold of each draw.

    Parameters
    ----------
    index
        Number of the size of each lesioned head.
    """
    infants = np.unique(np.concatenate([normal["seed"], lesioned["seed"]]))
    of_normal, of_lesioned = (np.searchsorted(infants, part["seed"]) for part in (normal, lesioned))
    known, z, found = normal["z"].to_numpy(), lesioned["z"].to_numpy(), []
    for times in draw_infants(len(infants), DRAWS).astype(int):
        threshold = np.quantile(np.repeat(known, times[of_normal]), SPECIFICITY)
        weight = times[of_lesioned]
        found.append((np.bincount(index, weight), np.bincount(index, weight * (z > threshold))))
    heads, hits = np.swapaxes(np.asarray(found, float), 0, 1)
    return heads, hits


def fit_curves(sizes_mm: Array, heads: Array, hits: Array) -> list[Curve]:
    """Return the likeliest curves; heads and hits have the shape (draws, sizes)."""
    half, steepness = (grid.ravel() for grid in np.meshgrid(_HALVES_MM, _STEEPNESS))
    share = _share(sizes_mm[:, None], half, steepness)
    likeliness = hits @ np.log(share) + (heads - hits) @ np.log1p(-np.minimum(share, 1 - 1e-12))
    best = likeliness.argmax(axis=1)
    return [Curve(float(half[k]), float(steepness[k])) for k in best]


def _bounded(size: float, smallest: float, largest: float) -> float:
    """Return a size, 0 and infinity in place of those that were not tried."""
    return 0.0 if size < smallest else np.inf if not size <= largest else size
