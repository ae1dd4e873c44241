from __future__ import annotations

import numpy as np
import pytest

from symbrain.star_surface import STEP_MM, StarSurface, directions, rays, smoothing
from symbrain.volume import Volume

GRID = Volume(np.zeros((40, 44, 42), np.float32), np.diag([2.0, 2.0, 2.0, 1.0]))
CENTER = np.array([38.0, 43.0, 41.0])


def test_each_direction_lies_beside_its_mirror_image() -> None:
    both = directions()
    half = len(both) // 2
    np.testing.assert_array_equal(both[half:], both[:half] * [-1, 1, 1])
    np.testing.assert_allclose(np.linalg.norm(both, axis=1), 1)


def test_smoothing_favours_no_side() -> None:
    radii = np.random.default_rng(0).uniform(30, 40, len(directions()))
    mirrored = np.roll(radii, len(radii) // 2)
    np.testing.assert_allclose(smoothing() @ mirrored, np.roll(smoothing() @ radii, len(radii) // 2))
    np.testing.assert_allclose(smoothing() @ np.ones(len(radii)), 1)


def test_a_ball_is_a_ball() -> None:
    ball = StarSurface(CENTER, np.full(len(directions()), 30.0))
    center, radius = ball.ball(GRID.axes)
    np.testing.assert_allclose(center, CENTER, atol=0.1)
    assert radius == pytest.approx(30)
    inside = ball.level(GRID) < 0
    np.testing.assert_array_equal(inside, np.linalg.norm(GRID.grid_mm() - CENTER, axis=-1) < 30)


def test_a_surface_away_from_its_centre_knows_so() -> None:
    """A ball of 30 mm whose centre is 5 mm in front of the surface's own."""
    forward = 5 * directions()[:, 1]
    shifted = StarSurface(CENTER, forward + np.sqrt(30**2 - 5**2 + forward**2))
    center, radius = shifted.ball(GRID.axes)
    np.testing.assert_allclose(center, CENTER + np.array([0, 5, 0]), atol=0.2)
    assert radius == pytest.approx(30, abs=0.1)


def test_rays_are_read_outwards() -> None:
    ramp = Volume(np.linalg.norm(GRID.grid_mm() - CENTER, axis=-1).astype(np.float32), GRID.affine)
    values = rays(ramp, CENTER, 30.0, 0.0)
    np.testing.assert_allclose(values[:, 20:], np.arange(20, 60) * STEP_MM * np.ones((len(values), 1)), atol=0.2)
