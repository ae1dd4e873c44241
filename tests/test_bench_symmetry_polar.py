"""Polar decomposition: rotation and stretch come back to 1e-8, and oblique reflections are told by their shear."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from heads import few
from symmetry.models import MODELS
from symmetry.polar import PolarQuality, decompose, oblique_reflection

MIRROR = np.diag([-1.0, 1.0, 1.0])


@few
@given(st.integers(0, 9999))
def test_rotation_and_stretch_come_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    orthogonal = Rotation.random(random_state=seed).as_matrix() @ MIRROR
    axes = Rotation.random(random_state=seed + 1).as_matrix()
    stretch = axes @ np.diag(rng.uniform(0.7, 1.4, 3)) @ axes.T
    found = decompose(orthogonal @ stretch)
    np.testing.assert_allclose(found.orthogonal, orthogonal, atol=1e-8)
    np.testing.assert_allclose(found.stretch, stretch, atol=1e-8)


@few
@given(st.integers(0, 9999))
def test_a_true_reflection_gives_its_plane_and_is_believed(seed: int) -> None:
    normal = np.random.default_rng(seed).normal(size=3)
    normal /= np.linalg.norm(normal)
    found = decompose(oblique_reflection(normal, normal))
    assert abs(found.normal @ normal) > 1 - 1e-9
    assert found.normal[0] >= 0
    assert found.shear < 1e-9
    assert found.is_believed


@few
@given(st.floats(3.5, 13.8), st.integers(0, 999))
def test_the_oblique_reflections_that_err_by_3_5_to_13_8_degrees_are_flagged(degrees: float, seed: int) -> None:
    """A reflection at the true plane along a slanted direction is not orthogonal; its shear is the slant's.

    The plane of R lies between: half the slant away from the true one. So an error of the plane of e degrees has a
    slant of 2 e, whose largest singular value is 1 / cos + tan of it.
    """
    normal, across = Rotation.random(random_state=seed).as_matrix()[:2]
    slant = np.radians(2 * degrees)
    along = np.cos(slant) * normal + np.sin(slant) * across
    found = decompose(oblique_reflection(normal, along))
    error = np.degrees(np.arccos(min(abs(found.normal @ normal), 1.0)))
    assert abs(error - degrees) < 1e-3
    assert abs(found.shear - (1 / np.cos(slant) + np.tan(slant) - 1)) < 1e-6
    assert not found.is_believed


def test_a_rotation_is_no_mirror_registration_and_no_model_takes_it() -> None:
    assert not decompose(np.eye(3)).is_believed
    for name in MODELS:
        with pytest.raises(ValueError, match="no meaning"):
            PolarQuality(MODELS[name]())
