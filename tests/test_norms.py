from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from heads import few
from symbrain.norm_fit import fit_norm
from symbrain.norms import COARSER, TOLERANCE_WEEKS, Norm

N = 30
RNG = np.random.default_rng(0)
AGES = RNG.uniform(29, 44, N)
VALUES = 0.5 + 0.1 * AGES + RNG.normal(0, 0.3, N)
values = arrays(np.float64, N, elements=st.floats(-3, 3).map(lambda v: round(v, 3)))
Levels = dict[str, np.ndarray]
BOTH = {"female": 1.0, "preterm": 0.0}


def simulated(count: int, seed: int, growth: float = 0.0, effect: float = 1.0) -> tuple[np.ndarray, np.ndarray, Levels]:
    """Values that rise with age and differ with sex and preterm birth; the spread may grow with age."""
    rng = np.random.default_rng(seed)
    ages, female, preterm = rng.uniform(29, 45, count), rng.random(count) < 0.5, rng.random(count) < 0.4
    levels = {"female": female.astype(float), "preterm": preterm.astype(float)}
    return expected(ages, levels, effect) + 0.3 * np.exp(growth * (ages - 37)) * rng.normal(size=count), ages, levels


def expected(ages: np.ndarray, levels: Levels, effect: float) -> np.ndarray:
    return 0.1 * (ages - 37) + effect * (0.2 * levels["female"] - 0.3 * levels["preterm"])


def norm_of(count: int, seed: int, growth: float = 0.0, effect: float = 1.0) -> Norm:
    y, ages, levels = simulated(count, seed, growth, effect)
    norm = fit_norm(y, ages, 15, levels=levels, voxels_mm=np.linspace(0.5, 1.0, count))
    assert norm is not None
    return norm


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


@pytest.mark.parametrize(("count", "growth"), [(20, 0.0), (80, 0.0), (400, 0.15)])
def test_a_norm_read_back_gives_the_same_numbers(count: int, growth: float) -> None:
    (y, ages, levels), norm = simulated(count, 5, growth), norm_of(count, 5, growth)
    assert bool(norm.traits) == (count >= 80)
    again = Norm.from_dict(json.loads(json.dumps(norm.to_dict(), allow_nan=False)))
    assert again == norm
    np.testing.assert_array_equal(again.z(y, ages, levels), norm.z(y, ages, levels))
    one_by_one = [
        float(again.z(v, a, {name: level[k] for name, level in levels.items()}))
        for k, (v, a) in enumerate(zip(y, ages, strict=True))
    ]
    np.testing.assert_allclose(one_by_one, norm.z(y, ages, levels), rtol=1e-12)


def test_a_norm_of_an_earlier_version_is_read() -> None:
    """Without traits and voxels, it gives the numbers that it gave."""
    norm = fit_norm(VALUES, AGES, 15)
    assert norm is not None
    record = {k: v for k, v in norm.to_dict().items() if k not in ("traits", "finest_mm", "coarsest_mm")}
    old = Norm.from_dict(json.loads(json.dumps(record)))
    assert old == norm
    np.testing.assert_array_equal(old.z(VALUES, AGES, BOTH), norm.z(VALUES, AGES))
    assert old.why_not(40.0, 9.0) is None


def test_judging_needs_no_statsmodels() -> None:
    code = "import sys, symbrain.norms; sys.exit(any(m.split('.')[0] == 'statsmodels' for m in sys.modules))"
    subprocess.run([sys.executable, "-c", code], check=True)


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


# The interval of z.


@few
@given(st.floats(-2, 2), st.floats(0, 1), st.floats(0, 1), st.floats(29, 45))
def test_the_interval_holds_z_and_widens_with_each_doubt(value: float, below: float, above: float, age: float) -> None:
    norm, small = norm_of(400, 1), norm_of(80, 1)
    z = float(norm.z(value, age, BOTH))
    low, high = (float(end) for end in norm.interval(value - below, value, value + above, age, BOTH))
    assert low < z < high
    wider = norm.interval(value - below - 0.1, value, value + above + 0.1, age, BOTH)
    assert wider[0] < low
    assert wider[1] > high
    unknown, known = (np.ptp(norm.interval(value, value, value, age, levels)) for levels in (None, BOTH))
    fewer = np.ptp(small.interval(value, value, value, age, BOTH))
    if abs(z) < 2:
        assert unknown > known
        assert fewer > known
    low_rank, rank, high_rank = (float(norm.percentile(at)) for at in (low, z, high))
    assert 0 <= low_rank <= rank <= high_rank <= 100


def test_without_doubt_about_the_score_only_the_norm_is_uncertain() -> None:
    """The variance of z is 1/n + z²/2ν at the mean of a norm without terms (Crawford and Garthwaite)."""
    from scipy import stats

    y = np.random.default_rng(2).normal(0, 1, 50)
    norm = fit_norm(y, np.full(50, 40.0), 15)
    assert norm is not None
    for value in (0.0, 1.0, 2.5):
        z = float(norm.z(value, 40.0))
        low, high = norm.interval(value, value, value, 40.0)
        within = stats.t.ppf(0.95, 49) * np.sqrt(1 / 51 + z**2 / 98)  # 1/n over the variance of a new one, 1 + 1/n
        assert float(high - z) == pytest.approx(within, rel=1e-9)
        assert float(z - low) == pytest.approx(within, rel=1e-9)


@pytest.mark.parametrize(
    ("count", "noise", "effect"), [(30, 0.1, 0), (80, 0.0, 0), (80, 0.2, 1), (400, 0.0, 1), (400, 0.2, 1)]
)
def test_the_interval_covers_the_true_deviation(count: int, noise: float, effect: float) -> None:
    """Over many cohorts and noisy measurements, nine in ten intervals hold z as the true norm would give it."""
    inside = []
    for seed in range(40):
        norm = norm_of(count, seed, effect=effect)
        y, ages, levels = simulated(100, 500 + seed, effect=effect)
        true = (y - expected(ages, levels, effect)) / 0.3
        measured = y + np.random.default_rng(seed).normal(0, noise, len(y))
        low, high = norm.interval(measured - 1.645 * noise, measured, measured + 1.645 * noise, ages, levels)
        inside.append(((low < true) & (true < high))[np.isfinite(low)])
    assert 0.85 < np.concatenate(inside).mean() < 0.95


def test_an_interval_outside_the_modelled_ages_is_missing() -> None:
    norm = norm_of(80, 1)
    assert all(np.isnan(end) for end in norm.interval(0.0, 1.0, 2.0, 50.0, BOTH))


# Why a scan is not judged.


def test_a_scan_that_cannot_be_judged_is_told_why() -> None:
    norm = norm_of(80, 1)
    assert norm.youngest is not None
    assert norm.oldest is not None
    assert norm.why_not(40.0, 1.0) is None
    assert norm.why_not(40.0, None) is None
    assert norm.why_not(None, 1.0) == "the age is unknown, so there is no norm for it"
    assert norm.why_not(50.0, 9.0) == (
        f"the norm is of {norm.youngest:.1f} to {norm.oldest:.1f} weeks, an age of 50.0 is outside"
    )
    assert norm.why_not(40.0, 4.0) == (
        "the norm is of scans whose voxels have edges of up to 1.0 mm, one of 4.0 mm is too coarse for it"
    )
    unknown = fit_norm(VALUES, np.full(N, np.nan), 15)
    assert unknown is not None
    assert unknown.why_not(None, 9.0) is None


@few
@given(st.floats(25, 50), st.floats(0.3, 5))
def test_what_is_not_judged_has_a_reason_and_what_is_has_none(age: float, voxel_mm: float) -> None:
    norm = norm_of(80, 1)
    assert norm.coarsest_mm is not None
    judged = bool(norm.covers(age)) and voxel_mm <= COARSER * norm.coarsest_mm
    assert (norm.why_not(age, voxel_mm) is None) == judged
