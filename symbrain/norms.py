"""The norm of a cohort: what is usual among its normal scans at an age.

An ordinary regression line over post-menstrual age, with the prediction interval of a new scan (Student's t), so that
a small cohort gives cautious numbers. No scan is judged by a norm that its own family helped to make: each fold of
families is judged by the normals outside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Array = NDArray[np.float64]
_ENOUGH_AGES_WEEKS = 2.0  # a slope over age needs ages that differ (standard deviation)


@dataclass(frozen=True)
class Norm:
    """A line over age with its residual spread.

    Parameters
    ----------
    n
        Normal scans behind it.
    slope, mean
        Value at the mean age and change per week; the slope is 0 where ages are unknown or alike.
    spread
        Residual standard deviation.
    mean_age, age_ss
        Mean age and sum of squared departures from it (weeks, weeks²).
    """

    n: int
    mean: float
    slope: float
    spread: float
    mean_age: float
    age_ss: float

    @property
    def freedom(self) -> int:
        """Degrees of freedom of the residuals."""
        return self.n - (2 if self.slope else 1)

    def z(self, values: ArrayLike, ages: ArrayLike) -> Array:
        """Return deviations from the norm in standard deviations of a new normal scan."""
        away = self._away(ages)
        wider = np.sqrt(1 + 1 / self.n + (away**2 / self.age_ss if self.slope else 0))
        return np.asarray((np.asarray(values, float) - self.mean - self.slope * away) / (self.spread * wider))

    def percentile(self, z: ArrayLike) -> Array:
        """Return the percentile (0-100) of deviations among normals."""
        return np.asarray(100 * stats.t.cdf(np.asarray(z, float), self.freedom))

    def _away(self, ages: ArrayLike) -> Array:
        away = np.asarray(ages, float) - self.mean_age
        # Without a slope the age does not matter; with one, a scan of unknown age cannot be judged.
        return away if self.slope else np.zeros_like(away)


def fit_norm(values: ArrayLike, ages: ArrayLike, minimum: int) -> Norm | None:
    """Fit the norm of normal scans; None where fewer than ``minimum`` values are finite or they do not vary.

    Parameters
    ----------
    values, ages
        One number for each normal scan; ages in weeks, NaN where unknown.
    """
    y, t = np.asarray(values, float), np.asarray(ages, float)
    y, t = y[np.isfinite(y)], t[np.isfinite(y)]
    if len(y) < max(minimum, 4):
        return None
    with_age = bool(np.isfinite(t).all() and np.std(t) > _ENOUGH_AGES_WEEKS)
    mean_age = float(np.mean(t)) if with_age else 0.0
    age_ss = float(np.sum((t - mean_age) ** 2)) if with_age else 1.0
    slope = float(np.sum((t - mean_age) * y) / age_ss) if with_age else 0.0
    residual = y - y.mean() - (slope * (t - mean_age) if with_age else 0.0)
    spread = float(np.sqrt(np.sum(residual**2) / (len(y) - (2 if with_age else 1))))
    varies = spread > 1e-9 * float(np.abs(y).max())  # what is left of equal values is rounding
    return Norm(len(y), float(y.mean()), slope, spread, mean_age, age_ss) if varies else None


def out_of_fold_z(
    values: ArrayLike, ages: ArrayLike, folds: ArrayLike, normal: ArrayLike, minimum: int
) -> tuple[Array, Array, Array]:
    """Return z, percentile and size of the norm for each scan, judged by the normal scans outside its fold.

    All arrays have shape (n,); where there are too few normals, z and percentile are NaN.
    """
    y, t, fold = np.asarray(values, float), np.asarray(ages, float), np.asarray(folds, float)
    is_normal = np.asarray(normal, bool)
    z, percentile, size = np.full(len(y), np.nan), np.full(len(y), np.nan), np.zeros(len(y))
    for k in np.unique(fold):
        rows = fold == k
        norm = fit_norm(y[is_normal & ~rows], t[is_normal & ~rows], minimum)
        if norm is not None:
            z[rows] = norm.z(y[rows], t[rows])
            percentile[rows] = norm.percentile(z[rows])
            size[rows] = norm.n
    return z, percentile, size
