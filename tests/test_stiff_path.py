"""The course of a stiff thread: it follows strong evidence, does not waver without any, and is mirrored exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from symbrain.stiff_path import stiff_path

ROWS, COLUMNS = 60, np.arange(-20, 21)
bands = arrays(float, (12, 9), elements=st.floats(-20, 20))


def along(course: np.ndarray, strength: float = 3.0) -> np.ndarray:
    return -strength * np.abs(COLUMNS - course[:, None])


def test_without_evidence_it_is_straight() -> None:
    np.testing.assert_allclose(stiff_path(np.zeros((ROWS, len(COLUMNS))), 0.4, 4.0), 0, atol=1e-9)


@pytest.mark.parametrize("height", [-14, 6])
def test_it_follows_a_broad_bump(height: float) -> None:
    course = height * np.sin(np.linspace(0, np.pi, ROWS)) ** 2
    assert np.abs(stiff_path(along(course), 0.4, 4.0) - course).max() < 0.7


def test_it_bridges_a_gap_and_does_not_follow_a_detour() -> None:
    course = np.full(ROWS, 5.0)
    evidence = along(course)
    evidence[20:35] = 0
    assert np.abs(stiff_path(evidence, 0.4, 4.0) - 5)[5:-5].max() < 0.5
    detour = course + np.where(np.abs(np.arange(ROWS) - 30) < 2, 8, 0)
    assert np.abs(stiff_path(along(detour, 1.0), 0.2, 4.0) - 5)[5:-5].max() < 1


@given(bands)
def test_the_mirrored_band_has_the_mirrored_course(evidence: np.ndarray) -> None:
    course = stiff_path(evidence, 0.5, 2.0)
    assert np.abs(course).max() <= 4
    np.testing.assert_allclose(stiff_path(evidence[:, ::-1], 0.5, 2.0), -course, atol=1e-9)
