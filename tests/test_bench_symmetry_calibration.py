"""Calibration: nothing is off where probabilities and standard deviations come true, and what is off is counted."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from heads import few
from symmetry.calibration import binary_error, coverage_error


@few
@given(st.integers(0, 999))
def test_probabilities_that_come_true_are_calibrated_and_others_are_off_by_as_much(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.2, 0.8, 5000)
    truth = (rng.random(5000) < p).astype(float)
    weight = rng.uniform(0.5, 2, 5000)
    assert binary_error(p, truth, weight)[0] < 0.06
    assert abs(binary_error(p, p - 0.2, weight)[0] - 0.2) < 1e-9
    assert abs(binary_error(p, p - 0.2, weight)[1] - 0.04) < 1e-9


def test_standard_deviations_that_come_true_are_calibrated() -> None:
    ratios = np.abs(np.random.default_rng(0).normal(size=20_000))
    assert coverage_error(ratios) < 0.01
    assert coverage_error(3 * ratios) > 0.2
    assert abs(coverage_error(np.full(10, 1e9)) - 0.5) < 1e-9
