from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from heads import few
from symbrain.norms import fit_norm, out_of_fold_z

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
    for value, age in ((4.0, 33.0), (6.0, 47.0)):
        wider = np.sqrt(1 + 1 / N + (age - AGES.mean()) ** 2 / ((AGES - AGES.mean()) ** 2).sum())
        expected = (value - line.intercept - line.slope * age) / (s * wider)
        assert norm.z(value, age) == pytest.approx(expected, rel=1e-9)
        assert norm.percentile(expected) == pytest.approx(100 * stats.t(N - 2).cdf(expected), rel=1e-9)
    assert norm.z(4.0, 60.0) != norm.z(4.0, 33.0)


@pytest.mark.parametrize(
    "ages", [np.full(N, 40.0), np.where(np.arange(N) == 3, np.nan, AGES)], ids=["alike", "unknown"]
)
def test_without_telling_ages_the_norm_is_mean_and_spread(ages: np.ndarray) -> None:
    norm = fit_norm(VALUES, ages, 15)
    assert norm is not None
    expected = (5.0 - VALUES.mean()) / (VALUES.std(ddof=1) * np.sqrt(1 + 1 / N))
    assert norm.z(5.0, np.nan) == pytest.approx(expected)
    assert norm.z(5.0, 30.0) == pytest.approx(expected)
    assert norm.freedom == N - 1


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
    assert np.isfinite(z[one_fold == 1]).all() == enough
    assert np.isfinite(percentile[one_fold == 1]).all() == enough
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
