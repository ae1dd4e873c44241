from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from heads import few
from symbrain.norms import TOLERANCE_WEEKS, Norm, design, fit_norm, out_of_fold_z

N = 30
RNG = np.random.default_rng(0)
AGES = RNG.uniform(29, 44, N)
VALUES = 0.5 + 0.1 * AGES + RNG.normal(0, 0.3, N)
FOLDS = np.arange(N) % 5
values = arrays(np.float64, N, elements=st.floats(-3, 3).map(lambda v: round(v, 3)))


def test_the_norm_is_the_regression_line_with_its_prediction_interval() -> None:
    norm = fit_norm(VALUES, AGES, 15)
    assert norm is not None
    line = stats.linregress(AGES, VALUES)
    residual = VALUES - line.intercept - line.slope * AGES
    s = np.sqrt((residual**2).sum() / (N - 2))
    for value, age in ((4.0, 33.0), (6.0, 43.0)):
        wider = np.sqrt(1 + 1 / N + (age - AGES.mean()) ** 2 / ((AGES - AGES.mean()) ** 2).sum())
        expected = (value - line.intercept - line.slope * age) / (s * wider)
        assert norm.z(value, age) == pytest.approx(expected, rel=1e-9)
        assert norm.percentile(expected) == pytest.approx(100 * stats.t(N - 2).cdf(expected), rel=1e-9)
    assert norm.z(4.0, 43.0) != norm.z(4.0, 33.0)


@pytest.mark.parametrize("ages", [np.full(N, 40.0), np.full(N, np.nan)], ids=["alike", "unknown"])
def test_without_telling_ages_the_norm_is_mean_and_spread(ages: np.ndarray) -> None:
    norm = fit_norm(VALUES, ages, 15)
    assert norm is not None
    expected = (5.0 - VALUES.mean()) / (VALUES.std(ddof=1) * np.sqrt(1 + 1 / N))
    assert norm.z(5.0, 40.3) == pytest.approx(expected)
    assert norm.freedom == N - 1


def test_a_scan_outside_the_modelled_ages_is_not_judged() -> None:
    for ages in (AGES, np.full(N, 40.0)):
        norm = fit_norm(VALUES, ages, 15)
        assert norm is not None
        ends = np.array([ages.min() - TOLERANCE_WEEKS, ages.max() + TOLERANCE_WEEKS])
        assert np.isfinite(norm.z(4.0, ends + np.array([0.01, -0.01]))).all()
        assert np.isnan(norm.z(4.0, ends - np.array([0.01, -0.01]))).all()
        assert np.isnan(norm.z(4.0, np.nan))
    unknown = fit_norm(VALUES, np.full(N, np.nan), 15)
    assert unknown is not None
    assert unknown.z(4.0, np.nan) == unknown.z(4.0, 30.0) == unknown.z(4.0, 60.0)


def test_scans_of_unknown_age_are_left_out_where_the_others_suffice() -> None:
    holes = np.where(np.arange(N) < 10, np.nan, AGES)
    norm, expected = fit_norm(VALUES, holes, 15), fit_norm(VALUES[10:], AGES[10:], 15)
    assert norm == expected
    few_known = fit_norm(VALUES, holes, 25)
    assert few_known is not None
    assert (few_known.n, few_known.oldest) == (N, None)


def bend(ages: np.ndarray) -> np.ndarray:
    """What grows fast at first and then no more."""
    return 1.5 * np.tanh((ages - 34) / 4)


def simulated(count: int, seed: int, growth: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Values that bend with age, and whose spread may grow with it."""
    rng = np.random.default_rng(seed)
    ages = rng.uniform(29, 45, count)
    spread = 0.3 * np.exp(growth * (ages - 37))
    return bend(ages) + spread * rng.normal(size=count), ages


@pytest.mark.parametrize(("count", "growth"), [(59, 0.0), (60, 0.0), (99, 0.15), (400, 0.15)])
def test_the_interval_is_that_of_statsmodels(count: int, growth: float) -> None:
    from statsmodels.regression.linear_model import WLS

    y, ages = simulated(count, 3, growth)
    norm = fit_norm(y, ages, 15)
    assert norm is not None
    assert bool(norm.knots) == (count >= 60)
    assert bool(norm.growth) == (count >= 100)

    def weights(at: np.ndarray) -> np.ndarray:
        return np.exp(-2 * norm.growth * (at - norm.mean_age))

    new = np.linspace(30, 44, 15)
    terms = [np.stack(design(at, norm.mean_age, norm.knots), axis=1) for at in (ages, new)]
    fit = WLS(y, terms[0], weights=weights(ages)).fit()
    told = fit.get_prediction(terms[1], weights=weights(new))
    mean, spread = norm.predict(new)
    np.testing.assert_allclose(mean, told.predicted_mean, rtol=1e-9)
    np.testing.assert_allclose(spread, told.se_obs, rtol=1e-9)
    low, high = told.conf_int(obs=True, alpha=0.05).T
    np.testing.assert_allclose(norm.percentile(norm.z(low, new)), 2.5, rtol=1e-6)
    np.testing.assert_allclose(norm.percentile(norm.z(high, new)), 97.5, rtol=1e-6)


@pytest.mark.parametrize(("count", "growth"), [(80, 0.0), (400, 0.0), (1000, 0.1)])
def test_unseen_normals_are_calibrated(count: int, growth: float) -> None:
    z, rank = [], []
    for seed in range(12):
        y, ages = simulated(count, seed, growth)
        norm = fit_norm(y, ages, 15)
        assert norm is not None
        unseen, at = simulated(1000, 100 + seed, growth)
        z.append(norm.z(unseen, at))
        rank.append(norm.percentile(z[-1]))
    deviations, ranks = np.concatenate(z), np.concatenate(rank)
    assert np.isfinite(deviations).mean() > 0.97
    kept = np.isfinite(deviations)
    assert abs(deviations[kept].mean()) < 0.06
    assert 0.95 < deviations[kept].std() < 1.08
    assert 0.93 < ((ranks > 2.5) & (ranks < 97.5))[kept].mean() < 0.97


def test_a_curve_follows_what_a_line_misses() -> None:
    y, ages = simulated(200, 1)
    curve, line = fit_norm(y, ages, 15), fit_norm(y[:59], ages[:59], 15)
    assert curve is not None
    assert line is not None
    at = np.linspace(30, 44, 30)
    error = [np.abs(norm.predict(at)[0] - bend(at)).max() for norm in (curve, line)]
    assert error[0] < 0.15 < 0.25 < error[1]
    steps = np.diff(curve.predict(np.linspace(curve.knots[-1], curve.knots[-1] + 2, 9))[0])
    np.testing.assert_allclose(steps, steps[0], rtol=1e-6)  # restricted: straight beyond the last knot


@pytest.mark.parametrize(("count", "growth"), [(20, 0.0), (80, 0.0), (400, 0.15)])
def test_a_norm_read_back_gives_the_same_numbers(count: int, growth: float) -> None:
    y, ages = simulated(count, 5, growth)
    norm = fit_norm(y, ages, 15)
    assert norm is not None
    again = Norm.from_dict(json.loads(json.dumps(norm.to_dict(), allow_nan=False)))
    assert again == norm
    np.testing.assert_array_equal(again.z(y, ages), norm.z(y, ages))
    one_by_one = [float(again.z(v, a)) for v, a in zip(y, ages, strict=True)]
    np.testing.assert_allclose(one_by_one, norm.z(y, ages), rtol=1e-12)


def test_judging_needs_no_statsmodels() -> None:
    code = "import sys, symbrain.norms; sys.exit(any(m.split('.')[0] == 'statsmodels' for m in sys.modules))"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_normals_look_normal_in_their_own_norm() -> None:
    z, percentile, size = out_of_fold_z(VALUES, AGES, FOLDS, np.ones(N, bool), 15)
    assert abs(z.mean()) < 0.2
    assert 0.8 < z.std() < 1.3
    assert 30 < np.median(percentile) < 70
    assert (size == N - 6).all()


@few
@given(values, st.integers(0, N - 1), st.floats(-50, 50))
def test_a_scans_family_never_moves_its_own_norm(given_values: np.ndarray, k: int, other: float) -> None:
    """Each scan of a fold keeps its z, whatever another scan of the same fold is."""
    changed = given_values.copy()
    changed[k] = other
    before, after = (out_of_fold_z(v, AGES, FOLDS, np.ones(N, bool), 15)[0] for v in (given_values, changed))
    same_fold = (FOLDS[k] == FOLDS) & (np.arange(N) != k)
    np.testing.assert_array_equal(after[same_fold], before[same_fold])


@few
@given(values, values)
def test_who_is_not_normal_makes_no_norm(given_values: np.ndarray, others: np.ndarray) -> None:
    normal = np.arange(N) < 25
    changed = np.where(normal, given_values, others)
    before, after = (out_of_fold_z(v, AGES, FOLDS, normal, 10)[0] for v in (given_values, changed))
    np.testing.assert_array_equal(after[normal], before[normal])


@few
@given(values)
def test_percentiles_rise_with_z(z: np.ndarray) -> None:
    norm = fit_norm(VALUES, AGES, 15)
    assert norm is not None
    ordered = norm.percentile(np.sort(z))
    assert (np.diff(ordered) >= 0).all()
    assert (ordered >= 0).all()
    assert (ordered <= 100).all()
    assert norm.percentile(0.0) == pytest.approx(50)


@few
@given(values, st.permutations(range(N)))
def test_the_order_of_the_scans_changes_nothing(given_values: np.ndarray, order: list[int]) -> None:
    plain = out_of_fold_z(given_values, AGES, FOLDS, np.ones(N, bool), 15)[0]
    shuffled = out_of_fold_z(given_values[order], AGES[order], FOLDS[order], np.ones(N, bool), 15)[0]
    np.testing.assert_allclose(shuffled, plain[order], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("count", "enough"), [(14, False), (15, True)])
def test_too_few_normals_make_no_norm(count: int, enough: bool) -> None:
    assert (fit_norm(VALUES[:count], AGES[:count], 15) is not None) == enough
    one_fold = np.where(np.arange(N) < count, 0, 1)
    z, percentile, size = out_of_fold_z(VALUES, AGES, one_fold, np.ones(N, bool), 15)
    norm = fit_norm(VALUES[:count], AGES[:count], 15)
    judged = (one_fold == 1) & (norm.covers(AGES) if norm else False)
    assert judged.any() == enough
    for told in (z, percentile):
        np.testing.assert_array_equal(np.isfinite(told[one_fold == 1]), judged[one_fold == 1])
    assert (size[one_fold == 1] == (count if enough else 0)).all()


def test_scans_without_a_value_make_no_norm_and_get_none() -> None:
    holes = np.where(np.arange(N) == 4, np.nan, VALUES)
    z, _, size = out_of_fold_z(holes, AGES, FOLDS, np.ones(N, bool), 15)
    assert np.isnan(z).nonzero()[0].tolist() == [4]
    assert size[FOLDS[4] != FOLDS].max() == N - 7


def test_values_that_do_not_vary_make_no_norm() -> None:
    assert fit_norm(np.ones(N), AGES, 15) is None
    assert np.isnan(out_of_fold_z(np.ones(N), AGES, FOLDS, np.ones(N, bool), 15)[0]).all()


def test_scans_without_a_fold_are_judged_by_none_rather_than_by_a_wrong_norm() -> None:
    folds = np.where(np.arange(N) == 4, np.nan, FOLDS)
    z = out_of_fold_z(VALUES, AGES, folds, np.ones(N, bool), 15)[0]
    assert np.isnan(z[4])
