"""Operating points: Bayes' rule in numbers and laws, counts at the norm's thresholds."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from symbrain.operating import (
    KEY,
    SPECIFICITIES,
    Operating,
    card,
    operating_of,
    operating_points,
    predictive_shares,
    predictive_values,
)
from symbrain.share import exact_share

shares = st.floats(0.01, 0.99)
CHANGES = {(12.0, 3.0): 1.0, (16.0, 3.0): 2.5}


def simulated(n: int = 60, seed: int = 0) -> Operating:
    rng = np.random.default_rng(seed)
    changed = {change: rng.normal(shift, 1, n) for change, shift in CHANGES.items()}
    found = operating_points(rng.normal(0, 1, n), changed, 1e6, ("haemorrhage", "white_matter_injury"))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("sensitivity", "specificity", "prevalence", "expected"),
    [
        (0.9, 0.95, 1 / 3000, "0.6%"),  # stroke at term
        (0.9, 0.99, 1 / 3000, "2.9%"),
        (0.9, 0.999, 1 / 3000, "23.1%"),
        (0.8, 0.95, 0.243, "83.7%"),  # white matter injury after preterm birth
    ],
)
def test_golden_predictive_values(sensitivity: float, specificity: float, prevalence: float, expected: str) -> None:
    assert f"{predictive_values(sensitivity, specificity, prevalence)[0]:.1%}" == expected


@given(shares, shares, shares)
def test_predictive_values_count_what_a_population_holds(sensitivity: float, specificity: float, p: float) -> None:
    right, wrong = sensitivity * p, (1 - specificity) * (1 - p)
    quiet_right, quiet_wrong = specificity * (1 - p), (1 - sensitivity) * p
    assert right + wrong + quiet_right + quiet_wrong == pytest.approx(1)
    positive, negative = predictive_values(sensitivity, specificity, p)
    assert positive * (right + wrong) == pytest.approx(right)
    assert negative * (quiet_right + quiet_wrong) == pytest.approx(quiet_right)


@given(shares, shares)
def test_an_alarm_that_knows_nothing_leaves_the_prevalence(share: float, p: float) -> None:
    positive, negative = predictive_values(share, 1 - share, p)
    assert positive == pytest.approx(p)
    assert negative == pytest.approx(1 - p)


@given(st.integers(1, 60), st.integers(0, 59), st.integers(1, 60), st.integers(0, 59), shares)
def test_the_interval_of_a_predictive_value_holds_it(n: int, a: int, m: int, b: int, p: float) -> None:
    sensitivity, specificity = exact_share(min(a, n), n), exact_share(min(b, m), m)
    for share in predictive_shares(sensitivity, specificity, p):
        assert 0 <= share.low <= share.high <= 1
        assert math.isnan(share.value) or share.low - 1e-12 <= share.value <= share.high + 1e-12


def test_nothing_is_certain_where_no_wrong_alarm_was_counted() -> None:
    positive, negative = predictive_shares(exact_share(30, 60), exact_share(60, 60), 0.05)
    assert math.isnan(positive.value)
    assert 0.1 < positive.low < 0.5
    assert str(positive).startswith("≥ ")
    assert str(negative) == "97 % (97 to 98)"
    assert str(predictive_shares(exact_share(0, 60), exact_share(60, 60), 0.05)[0]) == "n/a"


def test_counts_at_thresholds_meet_the_theory() -> None:
    found = simulated(20_000)
    for point, meant in zip(found.points, SPECIFICITIES, strict=True):
        assert point.threshold_z == pytest.approx(stats.norm.ppf(meant), abs=1e-3)
        assert point.quiet / found.n == pytest.approx(meant, abs=0.01)
        for count, shift in zip(point.found, CHANGES.values(), strict=True):
            assert count / 20_000 == pytest.approx(stats.norm.sf(point.threshold_z, shift), abs=0.012)


def test_a_small_norm_has_higher_thresholds() -> None:
    z = np.zeros(9)
    small, large = (operating_points(z, {(12.0, 3.0): z}, freedom, ()) for freedom in (8, 200))
    assert small is not None
    assert large is not None
    assert all(a.threshold_z > b.threshold_z for a, b in zip(small.points, large.points, strict=True))


def test_scans_without_z_do_not_count() -> None:
    z = np.array([0.1, np.nan, 3.0])
    found = operating_points(z, {(12.0, 3.0): z}, 100, ())
    assert found is not None
    assert (found.n, found.changes[0].n, found.points[0].quiet, found.points[0].found) == (2, 2, 1, (1,))
    assert operating_points([np.nan], {(12.0, 3.0): z}, 100, ()) is None
    assert operating_points(z, {(12.0, 3.0): [np.nan]}, 100, ()) is None


def test_a_higher_threshold_is_more_specific_and_less_sensitive() -> None:
    rows = list(simulated().readings(0.05))
    assert len(rows) == len(SPECIFICITIES) * len(CHANGES)
    for row, next_row in zip(rows, rows[len(CHANGES) :], strict=False):
        assert row.change == next_row.change
        assert row.specificity.value <= next_row.specificity.value
        assert row.sensitivity.value >= next_row.sensitivity.value


def test_operating_points_survive_their_file() -> None:
    found = simulated()
    assert operating_of(json.loads(json.dumps({KEY: found.to_dict()}, allow_nan=False))) == found
    assert operating_of({}) is None


def test_the_card_has_the_table_and_says_how_to_compute_another() -> None:
    assert card(None) == ""
    text, reading = card(simulated()), next(simulated().readings(0.05))
    assert f"| {reading.threshold_z:.2f} | {reading.specificity} | 12 mm, 3 SD | {reading.sensitivity} |" in text
    assert "prevalence of 5 %" in text
    assert "predictive_values" in text
    assert "prevalence of 24.3 %" in card(simulated(), 0.243)
