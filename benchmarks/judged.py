"""Scores judged by the suite's own normals: how unusual for age and contrast, and whether that is an alarm.

The normals are cut in two halves by the parity of their seeds. Each half is the norm of the other: a scan is judged by
the half that its infant is not in, for its deviation and for the threshold of an alarm, which is the 95th percentile of
that half. So no infant is judged by a norm that it helped to make, and all normals count for the false alarms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
SPECIFICITY = 0.95
_TERMS, _HEADS_A_TERM = 6, 8


@dataclass(frozen=True)
class AgeNorm:
    """Location and spread of normal scores over age and contrast, after a transformation that tames long tails."""

    middle: float
    scale: float
    location: Array
    spread: Array
    threshold: float

    def z(self, scores: Array, weeks: Array, t1w: Array) -> Array:
        """Return deviations from the norm, in SD."""
        terms = _terms(weeks, t1w)
        tamed = np.arcsinh((scores - self.middle) / self.scale)
        return np.asarray((tamed - terms @ self.location) / np.exp(terms[:, : len(self.spread)] @ self.spread))


def _terms(weeks: Array, t1w: Array) -> Array:
    t = (np.asarray(weeks, float) - 36) / 10
    return np.stack([np.ones_like(t), t, np.asarray(t1w, float), t * t, t**3, t * t1w], axis=1)


def fit(scores: Array, weeks: Array, t1w: Array) -> AgeNorm:
    """Fit a cubic curve over age with a shift and a slope for T1w, and a spread that changes with age and contrast.

    With fewer than 48 normals the last terms are left out.
    """
    middle = float(np.median(scores))
    scale = 1.4826 * float(np.median(np.abs(scores - middle))) or 1.0
    count = min(max(1, len(scores) // _HEADS_A_TERM), _TERMS)  # few normals bear no curve
    terms = _terms(weeks, t1w)[:, :count]
    tamed = np.arcsinh((scores - middle) / scale)
    location = np.zeros(_TERMS)
    location[:count] = np.linalg.lstsq(terms, tamed, rcond=None)[0]
    residual = np.abs(tamed - _terms(weeks, t1w) @ location)
    size = np.log(np.maximum(residual, 1e-3 * max(float(residual.std()), 1e-6)))
    spread = np.zeros(3)
    spread[: min(3, count)] = np.linalg.lstsq(terms[:, :3], size, rcond=None)[0]
    bare = AgeNorm(middle, scale, location, spread, 0.0)
    unit = float(np.std(bare.z(scores, weeks, t1w))) or 1.0
    spread = spread + np.array([np.log(unit), 0, 0])
    z = AgeNorm(middle, scale, location, spread, 0.0).z(scores, weeks, t1w)
    return AgeNorm(middle, scale, location, spread, float(np.quantile(z, SPECIFICITY)))


def judge(rows: pd.DataFrame, normal_cell: str = "normal") -> pd.DataFrame:
    """Return the rows of one method with ``z`` and ``alarm``; NaN where there are too few normals."""
    judged = rows.assign(z=np.nan, alarm=False)
    half = rows["seed"].to_numpy() % 2
    for parity in (0, 1):
        norm_rows = rows[(rows["cell"] == normal_cell) & (half != parity)]
        mine = (half == parity) & rows["score"].notna().to_numpy()
        if len(norm_rows) < 3 or not mine.any():
            continue
        norm = fit(*_columns(norm_rows))
        z = norm.z(*_columns(rows[mine]))
        judged.loc[mine, "z"] = z
        judged.loc[mine, "alarm"] = z > norm.threshold
    return judged


def _columns(rows: pd.DataFrame) -> tuple[Array, Array, Array]:
    t1w = (rows["modality"] == "T1w").to_numpy(float)
    return rows["score"].to_numpy(float), rows["weeks"].to_numpy(float), t1w
