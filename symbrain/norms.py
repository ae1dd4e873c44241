"""The norm of a cohort: what is usual among its normal scans at an age.

A regression over post-menstrual age, fitted by statsmodels and kept as plain numbers: a restricted cubic spline
(Harrell 2015, Regression Modeling Strategies, 2.4.5) where there are scans enough for a curve, else a line, else,
where ages are unknown or alike, a mean. A new scan is judged by its prediction interval (Student's t), so that a small
cohort gives cautious numbers; a scan outside the modelled ages is not judged at all. Sex and preterm birth are not in
the model yet. No scan is judged by a norm that its own family helped to make: each fold of families is judged by the
normals outside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Array = NDArray[np.float64]
TOLERANCE_WEEKS = 0.5  # how far outside the normals' ages a scan is still judged
CURVE_NEEDS, SPREAD_NEEDS = 60, 100  # normals for a curve over age, and for a spread that changes with age
_ENOUGH_AGES_WEEKS = 2.0  # a slope over age needs ages that differ (standard deviation)
_KNOT_QUANTILES = (0.05, 0.35, 0.65, 0.95)  # Harrell's for four knots
_UNLIKELY = 0.05  # a spread that changes with age no more than chance would have it is taken as constant


@dataclass(frozen=True)
class Norm:
    """The normals' mean and spread over age.

    Parameters
    ----------
    n, freedom
        Normal scans behind it, and the degrees of freedom of their residuals.
    youngest, oldest
        The modelled ages in weeks; None where ages are unknown, and then age does not matter.
    mean_age
        Age from which the terms count.
    knots
        Of the spline, in weeks; empty for a line.
    coefficients, covariance
        Of the terms: the mean, then the slope (per week), then those of the spline.
    spread, growth
        Residual standard deviation at the mean age, and the change of its logarithm per week.
    """

    n: int
    freedom: int
    youngest: float | None
    oldest: float | None
    mean_age: float
    knots: tuple[float, ...]
    coefficients: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    spread: float
    growth: float

    def z(self, values: ArrayLike, ages: ArrayLike) -> Array:
        """Return deviations from the norm in standard deviations of a new normal scan; NaN where age forbids it."""
        y, t = np.broadcast_arrays(np.asarray(values, float), np.asarray(ages, float))
        mean, spread = self.predict(t)
        return np.asarray(np.where(self.covers(t), (y - mean) / spread, np.nan))

    def percentile(self, z: ArrayLike) -> Array:
        """Return the percentile (0-100) of deviations among normals."""
        return np.asarray(100 * stats.t.cdf(np.asarray(z, float), self.freedom))

    def covers(self, ages: ArrayLike) -> NDArray[np.bool_]:
        """Tell at which ages a scan can be judged: never at an unknown one, unless those of the normals are too."""
        t = np.asarray(ages, float)
        if self.youngest is None or self.oldest is None:
            return np.ones(t.shape, bool)
        return np.asarray((t >= self.youngest - TOLERANCE_WEEKS) & (t <= self.oldest + TOLERANCE_WEEKS))

    def predict(self, ages: ArrayLike) -> tuple[Array, Array]:
        """Return the mean of normals at these ages, and the standard deviation of a new one."""
        t = np.asarray(ages, float)
        terms = design(t, self.mean_age, self.knots)[: len(self.coefficients)]
        mean = np.sum([c * x for c, x in zip(self.coefficients, terms, strict=True)], axis=0)
        doubt = np.sum(
            [c * a * b for row, a in zip(self.covariance, terms, strict=True) for c, b in zip(row, terms, strict=True)],
            axis=0,
        )
        away = t - self.mean_age if self.growth else np.zeros_like(t)
        return np.asarray(mean), np.sqrt(self.spread**2 * np.exp(2 * self.growth * away) + doubt)

    def to_dict(self) -> dict[str, Any]:
        """Return the norm as plain numbers, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Norm:
        """Read plain numbers; the norm read is the norm written, to the last bit."""
        return cls(
            n=int(record["n"]),
            freedom=int(record["freedom"]),
            youngest=None if record["youngest"] is None else float(record["youngest"]),
            oldest=None if record["oldest"] is None else float(record["oldest"]),
            mean_age=float(record["mean_age"]),
            knots=tuple(float(k) for k in record["knots"]),
            coefficients=tuple(float(c) for c in record["coefficients"]),
            covariance=tuple(tuple(float(c) for c in row) for row in record["covariance"]),
            spread=float(record["spread"]),
            growth=float(record["growth"]),
        )


def design(ages: ArrayLike, mean_age: float, knots: tuple[float, ...]) -> list[Array]:
    """Return the terms of the regression at these ages: one, the age, and the spline's beyond its line."""
    t = np.asarray(ages, float)
    terms = [np.ones_like(t), t - mean_age]
    if knots:
        *inner, before, last = knots
        cube = {k: np.maximum(t - k, 0) ** 3 for k in knots}
        gap = last - before
        terms += [
            (cube[k] - cube[before] * (last - k) / gap + cube[last] * (before - k) / gap) / (last - knots[0]) ** 2
            for k in inner
        ]
    return terms


def fit_norm(values: ArrayLike, ages: ArrayLike, minimum: int) -> Norm | None:
    """Fit the norm of normal scans; None where fewer than ``minimum`` values are finite or they do not vary.

    Parameters
    ----------
    values, ages
        One number for each normal scan; ages in weeks, NaN where unknown. Scans of unknown age are left out where
        those of known age are enough by themselves.
    """
    y, t = np.asarray(values, float), np.asarray(ages, float)
    y, t = y[np.isfinite(y)], t[np.isfinite(y)]
    least = max(minimum, 4)
    known = bool(np.count_nonzero(np.isfinite(t)) >= least)
    if known:
        y, t = y[np.isfinite(t)], t[np.isfinite(t)]
    if len(y) < least:
        return None
    return _fitted(y, t, with_ages=known)


def _fitted(y: Array, t: Array, *, with_ages: bool) -> Norm | None:
    from statsmodels.regression.linear_model import OLS, WLS

    mean_age = float(np.mean(t)) if with_ages else 0.0
    sloping = with_ages and float(np.std(t)) > _ENOUGH_AGES_WEEKS
    knots = _knots(t) if sloping else ()
    X = np.stack(design(t, mean_age, knots) if sloping else [np.ones_like(y)], axis=1)
    fit, growth = OLS(y, X).fit(), 0.0
    if not _varies(fit, y):
        return None
    if sloping and len(y) >= SPREAD_NEEDS and (growth := _growth(fit.resid, t - mean_age)):
        fit = WLS(y, X, weights=np.exp(-2 * growth * (t - mean_age))).fit()
    return Norm(
        n=len(y),
        freedom=int(fit.df_resid),
        youngest=float(t.min()) if with_ages else None,
        oldest=float(t.max()) if with_ages else None,
        mean_age=mean_age,
        knots=knots,
        coefficients=tuple(float(c) for c in fit.params),
        covariance=tuple(tuple(float(c) for c in row) for row in np.atleast_2d(fit.cov_params())),
        spread=math.sqrt(fit.scale),
        growth=growth,
    )


def _knots(t: Array) -> tuple[float, ...]:
    if len(t) < CURVE_NEEDS:
        return ()
    knots = tuple(float(k) for k in np.quantile(t, _KNOT_QUANTILES))
    # Ages that crowd in one place do not carry a curve.
    return knots if min(np.diff(knots)) > _ENOUGH_AGES_WEEKS / 4 else ()


def _varies(fit: Any, y: Array) -> bool:
    return math.sqrt(fit.scale) > 1e-9 * float(np.abs(y).max())  # what is left of equal values is rounding


def _growth(residual: Array, away: Array) -> float:
    """Return how the logarithm of the spread changes with each week, 0 where that may be chance."""
    from statsmodels.regression.linear_model import OLS

    size = np.abs(residual)
    fit = OLS(np.log(np.maximum(size, 1e-3 * size.mean())), np.stack([np.ones_like(away), away], axis=1)).fit()
    return float(fit.params[1]) if fit.pvalues[1] < _UNLIKELY else 0.0


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
