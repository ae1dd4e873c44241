"""The deviation of one scan: a map of heat, and what it says: how much, on which side, how large, how sure.

Every detector ends here, so that their numbers mean the same. Reflecting the heat keeps the score, its interval and
the volume, negates the laterality and swaps the side (law 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

DEVIANT_SD = 0.5  # heat above which a voxel belongs to a deviation
BEARS = 0.2  # laterality below which no side is said to bear the deviation
WORST_ML = 1.0  # the score is the mean heat of the worst millilitre
_BLOCK_MM = 12.0
_DRAWS = 200

Side = Literal["left", "right", "none"]


@dataclass(frozen=True)
class Asymmetry:
    """What the comparison of the two sides gives.

    Parameters
    ----------
    heat
        Shape of the upright image: SD units ≥ 0, on the bearing side, 0 outside the brain.
    score, low, high
        Mean heat of the worst millilitre, and its 90 % interval (bootstrap over blocks of brain).
    laterality_index
        Of the worst millilitre: −1 (all on the subject's left) to 1 (all on the right); 0 where nothing deviates.
    volume_ml
        Volume of the deviation on the bearing side.
    """

    heat: NDArray[np.float32]
    score: float
    low: float
    high: float
    laterality_index: float
    side: Side
    volume_ml: float


def summarise(
    heat: NDArray[np.float32],
    compared: NDArray[np.bool_],
    spacing_mm: float,
    *,
    deviant_sd: float = DEVIANT_SD,
    seed: int = 0,
) -> Asymmetry:
    """Return what a map of heat says.

    Parameters
    ----------
    heat
        SD units ≥ 0, on the bearing side; axis 0 runs from the subject's left to the right and its middle is the
        mid-sagittal plane.
    compared
        Where the sides were compared at all; equal to its mirror image.
    deviant_sd
        Heat above which a voxel belongs to a deviation.
    """
    voxel_ml = spacing_mm**3 / 1000
    half = heat.shape[0] // 2
    left, right = heat[:half], heat[-half:]
    score, threshold = _worst(heat[compared], voxel_ml)
    on_left, on_right = float(left[left >= threshold].sum()), float(right[right >= threshold].sum())
    laterality = (on_right - on_left) / (on_right + on_left) if score > 0 else 0.0
    side: Side = "none" if abs(laterality) < BEARS else "right" if laterality > 0 else "left"
    bearing = left if side == "left" else right
    low, high = _interval(heat, compared, spacing_mm, seed)
    return Asymmetry(
        heat=heat,
        score=score,
        low=min(low, score),
        high=max(high, score),
        laterality_index=laterality,
        side=side,
        volume_ml=float(np.count_nonzero(bearing > deviant_sd)) * voxel_ml if side != "none" else 0.0,
    )


def _worst(heat: NDArray[np.float32], voxel_ml: float) -> tuple[float, float]:
    """Return the mean heat of the worst millilitre, and the least heat in it (never zero)."""
    if not heat.size:
        return 0.0, np.inf
    count = min(max(1, round(WORST_ML / voxel_ml)), heat.size)
    worst = np.partition(heat, -count)[-count:]
    return float(worst.mean(dtype=float)), max(float(worst[0]), 1e-6)


def _interval(
    heat: NDArray[np.float32], compared: NDArray[np.bool_], spacing_mm: float, seed: int
) -> tuple[float, float]:
    """Return the 90 % bootstrap interval of the score, drawing blocks of brain with replacement.

    Blocks, because neighbouring voxels rise and fall together; each with its mirror image, because the heat of a pair
    of places lies on one of them.
    """
    hot = np.argwhere(heat > 0)
    if not len(hot):
        return 0.0, 0.0
    edge = max(1, round(_BLOCK_MM / spacing_mm))
    shape = tuple(n // edge + 1 for n in heat.shape)

    def block_of(voxels: NDArray[np.intp]) -> NDArray[np.intp]:
        # The middle of an odd grid is a column, that of an even one lies between two.
        from_midline = np.array(voxels)
        from_midline[:, 0] = np.abs(2 * voxels[:, 0] - heat.shape[0] + 1) // 2
        return np.asarray(np.ravel_multi_index(tuple((from_midline // edge).T), shape))

    brain = np.unique(block_of(np.argwhere(compared)))
    values = heat[tuple(hot.T)]
    order = np.argsort(-values)
    values, block = values[order], np.searchsorted(brain, block_of(hot)[order])
    wanted = WORST_ML / (spacing_mm**3 / 1000)
    draws: NDArray[np.int64] = np.random.default_rng(seed).multinomial(
        len(brain), np.full(len(brain), 1 / len(brain)), size=_DRAWS
    )
    means = []
    for times in draws:
        weight = np.asarray(times)[block]
        used = np.clip(wanted - (np.cumsum(weight) - weight), 0, weight)
        means.append(float(used @ values) / wanted)
    low, high = np.percentile(means, [5, 95])
    return float(low), float(high)
