"""Bures–Wasserstein: a distance, blind to a common change of axes, steady where matrices are nearly singular."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from heads import few
from symmetry.bures import bures_wasserstein, log_euclidean, regional_covariances


def drawn(seed: int, count: int = 3) -> np.ndarray:
    """Return random covariances (count, 3, 3)."""
    roots = np.random.default_rng(seed).normal(size=(count, 3, 3))
    return np.asarray(roots @ np.swapaxes(roots, -1, -2))


@few
@given(st.integers(0, 9999))
def test_it_is_a_distance_blind_to_common_turns_and_mirrors(seed: int) -> None:
    a, b, c = drawn(seed)
    turn = np.linalg.qr(np.random.default_rng(seed + 1).normal(size=(3, 3)))[0] @ np.diag([-1.0, 1.0, 1.0])
    assert bures_wasserstein(a, a) < 1e-6
    assert abs(bures_wasserstein(a, b) - bures_wasserstein(b, a)) < 1e-8
    assert bures_wasserstein(a, c) <= bures_wasserstein(a, b) + bures_wasserstein(b, c) + 1e-8
    assert abs(bures_wasserstein(turn @ a @ turn.T, turn @ b @ turn.T) - bures_wasserstein(a, b)) < 1e-8


def test_of_commuting_matrices_it_is_the_distance_of_the_roots() -> None:
    a, b = np.diag([4.0, 9.0, 1.0]), np.diag([1.0, 1.0, 16.0])
    assert abs(bures_wasserstein(a, b) - np.sqrt(1 + 4 + 9)) < 1e-12


def test_nearly_singular_matrices_are_as_good_as_any_and_are_not_for_the_log_euclidean_distance() -> None:
    flat, flatter = np.diag([1.0, 1.0, 1e-6]), np.diag([1.0, 1.0, 1e-14])
    assert bures_wasserstein(flat, flatter) < 2e-3
    assert log_euclidean(flat, flatter) > 15
    assert np.isfinite(bures_wasserstein(np.zeros((3, 3)), flat))


@few
@given(st.integers(0, 99))
def test_regional_covariances_of_a_mirrored_brain_are_the_mirrored_ones(seed: int) -> None:
    rng = np.random.default_rng(seed)
    channels, weight = rng.normal(size=(2, 8, 6, 5)), np.ones((8, 6, 5))
    plain, there = regional_covariances(channels, weight, 1.5), regional_covariances(channels[:, ::-1], weight, 1.5)
    np.testing.assert_allclose(there, plain[::-1], atol=1e-6)
    assert np.linalg.eigvalsh(plain).min() > -1e-6
