from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from symbrain.mirror_points import Frame, Points, brain_points
from symbrain.mirror_search import QUICK, Planes, apart, climbed, joined, likeness, maxima
from symbrain.volume import Volume

NORMAL, OFFSET = np.array([0.96, 0.2, -0.195]), 3.0


def planes(*normals: tuple[float, float, float], offset: float = 0.0) -> Planes:
    unit = np.array(normals, float) / np.linalg.norm(normals, axis=1, keepdims=True)
    return Planes(unit, np.full(len(unit), offset))


@pytest.fixture(scope="module")
def points() -> Points:
    """An ellipsoid of texture, symmetric across a tilted plane: noise plus its mirror image."""
    truth = planes(tuple(NORMAL))
    grid = Volume(np.zeros((40, 44, 36), np.float32), np.diag([3.0, 3.0, 3.0, 1.0]))
    center = grid.to_world((np.array(grid.shape) - 1) / 2)
    where = grid.grid_mm() - center
    noise = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=grid.shape), 1.5)
    away = where @ truth.normals[0] - OFFSET
    across = where - 2 * away[..., None] * truth.normals[0]
    there = np.moveaxis(grid.to_voxels(across + center), -1, 0)
    image = noise + ndimage.map_coordinates(noise, there, order=3, mode="nearest")
    middle = where - OFFSET * truth.normals[0]
    inside = (np.linalg.norm(middle / [40, 40, 40], axis=-1) < 1).astype(np.float32)
    volume = Volume(image.astype(np.float32), grid.affine)
    return brain_points(volume, Volume(inside, grid.affine), Frame(center, grid.axes), 4000)


def test_the_true_plane_is_found_first(points: Points) -> None:
    truth = planes(tuple(NORMAL), offset=OFFSET)
    best = maxima(points, 60.0, QUICK)[[0]]
    assert best.angles_deg(truth)[0] < 0.2
    assert abs(best.offsets[0] - OFFSET) < 0.2
    assert likeness(points, best)[0] > 0.9


def test_a_climb_ends_at_the_nearest_maximum(points: Points) -> None:
    truth = planes(tuple(NORMAL), offset=OFFSET)
    start = planes((0.97, 0.22, -0.18), offset=2.0)
    for robust in (False, True):
        end = climbed(points, start, 15, tolerance=1e-6, robust=robust)
        assert end.angles_deg(truth)[0] < 0.2 < start.angles_deg(truth)[0]
        assert end.normals[0, 0] > 0


def test_another_plane_is_less_alike(points: Points) -> None:
    scores = likeness(points, joined(planes(tuple(NORMAL), offset=OFFSET), planes((1, 0, 0), (1, 0.5, 0))))
    assert scores[0] > 2 * max(scores[1:])
    assert np.abs(likeness(points, planes((1, 0, 0)), rough=True)[0]) < 0.5


def test_of_planes_alike_the_best_is_kept() -> None:
    some = planes((1, 0, 0), (1, 0.01, 0), (1, 0.5, 0), (1, 0.51, 0))
    assert apart(some, np.array([0.5, 0.6, 0.2, 0.1]), 4, degrees=4.0).tolist() == [1, 2]
    assert apart(some, np.array([0.5, 0.6, 0.2, 0.1]), 1, degrees=4.0).tolist() == [1]
    shifted = joined(planes((1, 0, 0)), planes((1, 0, 0), offset=8.0))
    assert apart(shifted, np.array([0.1, 0.2]), 4, degrees=4.0, mm=5.0).tolist() == [1, 0]
