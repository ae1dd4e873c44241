"""The quality verdict: what was measured, and the thresholds, stated once.

Thresholds are ours, set on synthetic heads and looked at on public templates; they are no clinical standard.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from symbrain.settings import ScoreSettings
from symbrain.volume import Volume, box_around

Verdict = Literal["pass", "warn", "fail"]

# Volume inside the skull (brain and fluid around it, ml) expected between these ages (weeks): wide limits around the
# growth curves of Makropoulos et al. 2016 (NeuroImage 125:456) and Kuklisova-Murgasova et al. 2011 (54:2750).
_AGE_WEEKS = (20.0, 26.0, 30.0, 35.0, 40.0, 45.0)
_LOWEST_ML = (20.0, 60.0, 110.0, 180.0, 250.0, 320.0)
_HIGHEST_ML = (120.0, 250.0, 350.0, 520.0, 700.0, 850.0)
COVERAGE = (0.85, 0.95)  # fail below, warn below
NOISE = (0.25, 0.12)  # fail above, warn above
MOTION = (0.15, 0.08)  # fail above, warn above
VOLUME_SLACK = 1.5  # a mask this many times outside the limits fails


@dataclass(frozen=True)
class Quality:
    """What the verdict rests on."""

    brain_volume_ml: float
    coverage: float
    noise_ratio: float
    motion_index: float


def measure_quality(volume: Volume, mask: NDArray[np.bool_]) -> Quality:
    """Measure a canonical scan within its brain mask.

    ``coverage`` is the share of the brain's border that does not lie on the border of the image. ``noise_ratio`` is
    the spread of what no smooth structure explains (second differences along rows, Immerkaer 1996, CVIU 64:300)
    over the brain's contrast (10th to 90th percentile). ``motion_index`` is the unevenness of the mean from one
    slice to the next but one, over the same contrast, along the axis where it is largest.
    """
    coverage = _coverage(mask)
    box = box_around(mask, margin=2)  # the rest of a large image costs time and counts nowhere
    volume, mask = volume.part(box), mask[box]
    values = volume.data[mask]
    low, high = np.percentile(values[:: max(1, len(values) // 200_000)], [10, 90])
    contrast = max(float(high - low), 1e-9)
    return Quality(
        brain_volume_ml=float(mask.sum()) * volume.voxel_ml,
        coverage=coverage,
        noise_ratio=_noise(volume, mask) / contrast,
        motion_index=max(_unevenness(volume.data, mask, axis) for axis in range(3)) / contrast,
    )


def judge(
    quality: Quality, confidence: float, age_weeks: float | None, warnings: tuple[str, ...], settings: ScoreSettings
) -> tuple[Verdict, str]:
    """Return the verdict and the sentences that it rests on."""
    fails: list[str] = []
    warns: list[str] = list(warnings)

    def check(bad: bool, odd: bool, sentence: str) -> None:
        if bad:
            fails.append(sentence)
        elif odd:
            warns.append(sentence)

    c, q = confidence, quality
    check(c < settings.fail_confidence, c < settings.warn_confidence, f"the midline plane has a confidence of {c:.2f}")
    check(
        q.coverage < COVERAGE[0],
        q.coverage < COVERAGE[1],
        f"the image ends inside the brain ({1 - q.coverage:.0%} of its border)",
    )
    check(q.noise_ratio > NOISE[0], q.noise_ratio > NOISE[1], f"noise is {q.noise_ratio:.2f} of the brain's contrast")
    check(
        q.motion_index > MOTION[0],
        q.motion_index > MOTION[1],
        f"brightness jumps from slice to slice by {q.motion_index:.2f} of the brain's contrast (motion)",
    )
    lowest, highest = volume_limits_ml(age_weeks)
    ml = q.brain_volume_ml
    check(
        age_weeks is not None and (ml < lowest / VOLUME_SLACK or ml > highest * VOLUME_SLACK),
        ml < lowest or ml > highest,
        f"the brain mask has {ml:.0f} ml, {lowest:.0f} to {highest:.0f} ml are expected"
        + (f" at {age_weeks:.1f} weeks" if age_weeks is not None else " in a newborn"),
    )
    if age_weeks is not None and not _AGE_WEEKS[0] <= age_weeks <= _AGE_WEEKS[-1] + 1:
        warns.append(f"an age of {age_weeks:.1f} weeks is outside the 20 to 46 weeks this software was made for")
    verdict: Verdict = "fail" if fails else "warn" if warns else "pass"
    return verdict, "; ".join([*fails, *warns])


def volume_limits_ml(age_weeks: float | None) -> tuple[float, float]:
    """Return the brain volumes expected at an age; over all ages where it is unknown."""
    if age_weeks is None:
        return _LOWEST_ML[0], _HIGHEST_ML[-1]
    return (
        float(np.interp(age_weeks, _AGE_WEEKS, _LOWEST_ML)),
        float(np.interp(age_weeks, _AGE_WEEKS, _HIGHEST_ML)),
    )


def _coverage(mask: NDArray[np.bool_]) -> float:
    rim = sum(int(np.count_nonzero(np.take(mask, end, axis))) for axis in range(3) for end in (0, -1))
    border = sum(int(np.count_nonzero(np.diff(mask, axis=axis))) for axis in range(3))
    return border / max(border + rim, 1)


def _noise(volume: Volume, mask: NDArray[np.bool_]) -> float:
    inner = ndimage.binary_erosion(mask, iterations=2)
    data = volume.data
    second = data[:-2] - 2 * data[1:-1] + data[2:]
    inside = inner[1:-1]
    if not inside.any():
        return 0.0
    return float(1.4826 * np.median(np.abs(second[inside])) / np.sqrt(6))


def _unevenness(data: NDArray[np.float32], mask: NDArray[np.bool_], axis: int) -> float:
    """Return how much the mean of a slice departs from its neighbours' (median over the slices)."""
    other = tuple(i for i in range(3) if i != axis)
    both = np.minimum(mask.sum(axis=other)[:-1], mask.sum(axis=other)[1:])
    # Neighbouring slices are compared where both show brain, so that anatomy changes little between them.
    pair = np.logical_and(np.delete(mask, 0, axis), np.delete(mask, -1, axis))
    step = np.where(pair, np.diff(data, axis=axis), 0).sum(axis=other) / np.maximum(pair.sum(axis=other), 1)
    kept = step[both > 0.3 * both.max()]
    return float(np.median(np.abs(np.diff(kept)))) if len(kept) > 4 else 0.0
