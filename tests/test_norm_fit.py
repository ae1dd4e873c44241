from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from heads import few
from symbrain.norm_fit import fit_norm, out_of_fold_z
from symbrain.norms import Norm, design
from symbrain.traits import LEVEL_NEEDS

N = 30
RNG = np.random.default_rng(0)
AGES = RNG.uniform(29, 44, N)
VALUES = 0.5 + 0.1 * AGES + RNG.normal(0, 0.3, N)
FOLDS = np.arange(N) % 5
values = arrays(np.float64, N, elements=st.floats(-3, 3).map(lambda v: round(v, 3)))
Levels = dict[str, np.ndarray]
FEMALE, PRETERM = 0.25, -0.4  # what the simulated traits add


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


def infants(
    count: int,
    seed: int,
    *,
    female: float = FEMALE,
    preterm: float = PRETERM,
    unknown: float = 0.0,
    earliest: float = 29.0,
) -> tuple[np.ndarray, np.ndarray, Levels]:
    """Values, ages and traits as in a cohort of births: early scans are of the preterm, late ones of both.

    Of a share ``unknown``, neither trait is told; the preterm are scanned from ``earliest`` weeks on.
    """
    rng = np.random.default_rng(seed)
    early = rng.random(count) < 0.3
    ages = np.where(early, rng.uniform(earliest, 45, count), rng.uniform(37, 45, count))
    girl = rng.random(count) < 0.5
    y = bend(ages) + female * girl + preterm * early + rng.normal(0, 0.3, count)
    told = rng.random(count) >= unknown
    return y, ages, {name: np.where(told, has, np.nan) for name, has in (("female", girl), ("preterm", early))}


def fitted(count: int, seed: int, **changes: float) -> Norm:
    y, ages, levels = infants(count, seed, **changes)
    norm = fit_norm(y, ages, 15, levels=levels)
    assert norm is not None
    return norm


def effect(norm: Norm, name: str) -> tuple[float, float]:
    """Return what a trait adds to the norm's mean, and the standard error."""
    at = len(norm.coefficients) - len(norm.traits) + [trait.name for trait in norm.traits].index(name)
    return norm.coefficients[at], float(np.sqrt(norm.covariance[at][at]))


@few
@given(st.floats(-1, 1), st.floats(-1, 1), st.integers(0, 10**6))
def test_simulated_effects_are_recovered(female: float, preterm: float, seed: int) -> None:
    norm = fitted(300, seed, female=female, preterm=preterm)
    for name, true in (("female", female), ("preterm", preterm)):
        found, error = effect(norm, name)
        assert error < 0.1
        assert abs(found - true) < 5 * error
        both = [norm.predict(40.0, {"female": 0.0, "preterm": 0.0} | {name: has})[0] for has in (0.0, 1.0)]
        assert both[1] - both[0] == pytest.approx(found)


@pytest.mark.parametrize("unknown", [0.0, 0.2])
def test_unseen_normals_are_calibrated_in_every_cell(unknown: float) -> None:
    """A thousand and more in each cell of sex, preterm birth and age, over many cohorts."""
    cells: dict[tuple[float, float, bool], list[np.ndarray]] = {}
    for seed in range(20):
        norm = fitted(300, seed, unknown=unknown)
        y, ages, levels = infants(1500, 1000 + seed)
        z = norm.z(y, ages, levels)
        for girl in (0.0, 1.0):
            for early in (0.0, 1.0):
                for old in (False, True):
                    cell = (levels["female"] == girl) & (levels["preterm"] == early) & ((ages > 41) == old)
                    cells.setdefault((girl, early, old), []).append(z[cell & np.isfinite(z)])
    assert len(cells) == 8
    for found in cells.values():
        deviations = np.concatenate(found)
        assert len(deviations) >= 1000
        assert abs(deviations.mean()) < 0.12
        assert 0.94 < deviations.std() < 1.06
        assert 0.93 < (np.abs(deviations) < 1.96).mean() < 0.97


def test_infants_whose_traits_nobody_told_are_judged_with_more_doubt() -> None:
    z, rank = [], []
    for seed in range(12):
        norm = fitted(300, seed, earliest=37.0)  # else the mix of levels changes with age
        y, ages, levels = infants(1000, 100 + seed, earliest=37.0)
        z.append(norm.z(y, ages))
        rank.append(norm.percentile(z[-1]))
        told = [norm.predict(ages, known)[1] for known in (levels, {"female": levels["female"]}, None)]
        assert (told[0] < told[1]).all()
        assert (told[1] < told[2]).all()
        np.testing.assert_array_equal(
            norm.predict(ages, {"female": np.nan, "preterm": np.full(len(ages), np.nan)})[1], told[2]
        )
    deviations, ranks = np.concatenate(z), np.concatenate(rank)
    kept = np.isfinite(deviations)
    assert abs(deviations[kept].mean()) < 0.1
    assert 0.95 < deviations[kept].std() < 1.05
    assert 0.93 < ((ranks > 2.5) & (ranks < 97.5))[kept].mean() < 0.97


def test_who_is_between_the_levels_is_expected_between_them() -> None:
    norm = fitted(300, 4)
    share = {trait.name: trait.share for trait in norm.traits}
    at = lambda **levels: float(norm.predict(40.0, levels)[0])  # noqa: E731
    for name in share:
        other = {"female": 0.0, "preterm": 0.0}
        del other[name]
        mixed = share[name] * at(**other, **{name: 1.0}) + (1 - share[name]) * at(**other, **{name: 0.0})
        assert at(**other) == pytest.approx(mixed)


@few
@given(st.integers(0, 10**6))
def test_a_trait_without_effect_does_not_disturb(seed: int) -> None:
    y, ages, levels = infants(400, seed, female=0.0, preterm=0.0)
    plain, with_traits = fit_norm(y, ages, 15), fit_norm(y, ages, 15, levels=levels)
    assert plain is not None
    assert with_traits is not None
    assert with_traits.freedom == plain.freedom - 2
    for name in levels:
        found, error = effect(with_traits, name)
        assert abs(found) < 5 * error
    at, late = np.linspace(38, 44, 20), {"female": 1.0, "preterm": 0.0}
    z = [norm.z(bend(at) + 0.3, at, late) for norm in (plain, with_traits)]  # a deviation of one
    assert np.abs(np.subtract(*z)).max() < 0.5
    assert with_traits.spread == pytest.approx(plain.spread, rel=0.05)


@pytest.mark.parametrize(("count", "enough"), [(LEVEL_NEEDS - 1, False), (LEVEL_NEEDS, True)])
def test_a_trait_needs_enough_normals_of_either_level(count: int, enough: bool) -> None:
    y, _, _ = infants(200, 1)
    for level in (np.arange(200) < count, np.arange(200) >= count):
        norm = fit_norm(y, np.full(200, 40.0), 15, levels={"female": level.astype(float)})
        assert norm is not None
        assert [trait.name for trait in norm.traits] == ["female"] * enough
        unknown_ages = fit_norm(y, np.full(200, np.nan), 15, levels={"female": level.astype(float)})
        assert unknown_ages is not None
        assert [trait.name for trait in unknown_ages.traits] == ["female"] * enough


def test_without_a_trait_the_levels_change_nothing() -> None:
    plain = fit_norm(VALUES, AGES, 15)
    few_told = fit_norm(VALUES, AGES, 15, levels={"female": np.arange(N) % 2.0})
    assert plain is not None
    assert few_told == plain
    np.testing.assert_array_equal(plain.z(VALUES, AGES, {"female": 1.0}), plain.z(VALUES, AGES))


def test_the_interval_with_traits_is_that_of_statsmodels() -> None:
    from statsmodels.regression.linear_model import OLS

    y, ages, levels = infants(99, 7, earliest=37.0)  # below a hundred the spread is one
    norm = fit_norm(y, ages, 15, levels=levels)
    assert norm is not None
    assert [trait.name for trait in norm.traits] == ["female", "preterm"]

    def terms(at: np.ndarray, has: Levels) -> np.ndarray:
        return np.stack([*design(at, norm.mean_age, norm.knots), has["female"], has["preterm"]], axis=1)

    told = OLS(y, terms(ages, levels)).fit().get_prediction(terms(ages, levels))
    mean, spread = norm.predict(ages, levels)
    np.testing.assert_allclose(mean, told.predicted_mean, rtol=1e-9)
    np.testing.assert_allclose(spread, told.se_obs, rtol=1e-9)


def test_the_norm_knows_the_voxels_of_its_normals() -> None:
    edges = np.where(np.arange(N) % 3 == 0, np.nan, np.linspace(0.5, 1.2, N))
    norm = fit_norm(np.where(np.arange(N) == N - 1, np.nan, VALUES), AGES, 15, voxels_mm=edges)
    assert norm is not None
    assert (norm.finest_mm, norm.coarsest_mm) == (edges[1], edges[N - 2])  # the last has no value
    unknown = fit_norm(VALUES, AGES, 15)
    assert unknown is not None
    assert (unknown.finest_mm, unknown.coarsest_mm) == (None, None)
