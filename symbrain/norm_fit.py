"""How a norm is fitted to normal scans, by statsmodels.

Over age a restricted cubic spline where there are scans enough for a curve, else a line, else, where ages are unknown
or alike, a mean; beside it the traits that the normals allow for. No scan is judged by a norm that its own family
helped to make: each fold of families is judged by the normals outside it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symbrain.norms import Norm, design
from symbrain.traits import Levels, traits_of

Array = NDArray[np.float64]
CURVE_NEEDS, SPREAD_NEEDS = 60, 100  # normals for a curve over age, and for a spread that changes with age
_ENOUGH_AGES_WEEKS = 2.0  # a slope over age needs ages that differ (standard deviation)
_KNOT_QUANTILES = (0.05, 0.35, 0.65, 0.95)  # Harrell's for four knots
_UNLIKELY = 0.05  # a spread that changes with age no more than chance would have it is taken as constant


def fit_norm(
    values: ArrayLike,
    ages: ArrayLike,
    minimum: int,
    *,
    levels: Levels | None = None,
    voxels_mm: ArrayLike = np.nan,
) -> Norm | None:
    """Fit the norm of normal scans; None where fewer than ``minimum`` values are finite or they do not vary.

    Parameters
    ----------
    values, ages
        One number for each normal scan; ages in weeks, NaN where unknown. Scans of unknown age are left out where
        those of known age are enough by themselves.
    levels
        Of the scans' traits; a trait enters the norm where enough normals have either level (``traits_of``).
    voxels_mm
        Each scan's largest voxel edge, NaN where unknown.
    """
    y, t = np.asarray(values, float), np.asarray(ages, float)
    least = max(minimum, 4)
    used = np.isfinite(y)
    known = bool(np.count_nonzero(used & np.isfinite(t)) >= least)
    if known:
        used &= np.isfinite(t)
    if np.count_nonzero(used) < least:
        return None
    of_used = {name: np.broadcast_to(np.asarray(level, float), y.shape)[used] for name, level in (levels or {}).items()}
    edges = np.broadcast_to(np.asarray(voxels_mm, float), y.shape)[used]
    return _fitted(y[used], t[used], of_used, edges[np.isfinite(edges)], with_ages=known)


def _fitted(y: Array, t: Array, levels: Levels, edges: Array, *, with_ages: bool) -> Norm | None:
    from statsmodels.regression.linear_model import OLS, WLS

    mean_age = float(np.mean(t)) if with_ages else 0.0
    sloping = with_ages and float(np.std(t)) > _ENOUGH_AGES_WEEKS
    knots = _knots(t) if sloping else ()
    traits = traits_of(levels, t if with_ages else np.zeros_like(y))
    of_age = design(t, mean_age, knots) if sloping else [np.ones_like(y)]
    X = np.stack([*of_age, *(trait.term(levels) for trait in traits)], axis=1)
    fit, growth = OLS(y, X).fit(), 0.0
    if not _varies(fit, y):
        return None
    if sloping and len(y) >= SPREAD_NEEDS:
        growth = _growth(fit.resid, t - mean_age)
    # Those whose level is unknown scatter by the effect too, which must not pass for the spread of normals.
    effects = fit.params[X.shape[1] - len(traits) :]
    unknown = sum((b**2 * trait.scatter(levels) for b, trait in zip(effects, traits, strict=True)), np.zeros_like(y))
    if growth or unknown.any():
        grown = np.exp(2 * growth * (t - mean_age)) if growth else np.ones_like(y)
        fit = WLS(y, X, weights=1 / (grown + unknown / fit.scale)).fit()
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
        traits=traits,
        finest_mm=float(edges.min()) if len(edges) else None,
        coarsest_mm=float(edges.max()) if len(edges) else None,
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
