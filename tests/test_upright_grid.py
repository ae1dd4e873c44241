from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from heads import motions
from symbrain.plane import Plane
from symbrain.reflection import reflect, reflect_points
from symbrain.upright_grid import UprightGrid, _ends, upright_grid
from symbrain.volume import Volume

SHAPE = (30, 34, 28)
AFFINE = np.diag([2.0, 2.0, 2.0, 1.0])
MASK = np.linalg.norm((np.moveaxis(np.indices(SHAPE), 0, -1) - [14, 17, 13]) / [10, 13, 9], axis=-1) < 1
turns = st.floats(-25, 25).map(lambda a: float(np.tan(np.radians(a))))
tilted = st.builds(lambda a, b, shift: Plane.through((28 + shift, 34, 26), (1.0, a, b)), turns, turns, st.floats(-5, 5))


def gridded(plane: Plane, volume: Volume, spacing: float = 1.5, margin: float = 6.0) -> UprightGrid:
    x, y, z = volume.to_world([14, 17, 13])
    return upright_grid(volume, MASK, plane, (x, y, z), spacing_mm=spacing, margin_mm=margin)


VOLUME = Volume(np.zeros(SHAPE, np.float32), AFFINE)


@settings(max_examples=30)
@given(tilted, st.floats(0.8, 2.5))
def test_the_plane_is_the_middle_of_an_odd_grid(plane: Plane, spacing: float) -> None:
    grid = gridded(plane, VOLUME, spacing)
    assert grid.shape[0] % 2 == 1
    upright = grid.affine @ [grid.shape[0] // 2, 3, 5, 1]
    assert upright[0] == pytest.approx(0, abs=1e-9)
    assert plane.distance_mm((grid.to_scan @ upright)[:3]) == pytest.approx(0, abs=1e-9)


@settings(max_examples=30)
@given(tilted)
def test_the_motion_is_rigid_and_keeps_right_on_the_right(plane: Plane) -> None:
    to_scan = gridded(plane, VOLUME).to_scan
    np.testing.assert_allclose(to_scan[:3, :3].T @ to_scan[:3, :3], np.eye(3), atol=1e-9)
    assert np.linalg.det(to_scan[:3, :3]) == pytest.approx(1)
    assert plane.distance_mm((to_scan @ [7, 1, 2, 1])[:3]) == pytest.approx(7)


@settings(max_examples=30)
@given(tilted)
def test_reversing_the_first_axis_is_the_reflection_across_the_plane(plane: Plane) -> None:
    grid = gridded(plane, VOLUME)
    into = grid.to_scan @ grid.affine
    for i in (0, 4):
        here, there = (into @ [k, 2, 3, 1] for k in (i, grid.shape[0] - 1 - i))
        np.testing.assert_allclose(reflect_points(here[:3], plane), there[:3], atol=1e-9)


@settings(max_examples=30)
@given(tilted, st.floats(0, 12))
def test_the_brain_lies_within_the_margin(plane: Plane, margin: float) -> None:
    grid = gridded(plane, VOLUME, margin=margin)
    brain = np.concatenate([VOLUME.to_world(np.argwhere(MASK)), np.ones((MASK.sum(), 1))], axis=1)
    voxels = (np.linalg.inv(grid.to_scan @ grid.affine) @ brain.T)[:3]
    room = margin / 1.5
    assert (voxels.min(axis=1) >= room - 1e-6).all()
    assert (voxels.max(axis=1) <= np.array(grid.shape) - 1 - room + 1e-6).all()


@settings(max_examples=20)
@given(motions(), tilted, tilted)
def test_moving_or_mirroring_the_head_with_its_grid_changes_no_upright_voxel(
    motion: np.ndarray, plane: Plane, across: Plane
) -> None:
    grid = gridded(plane, VOLUME)
    moved = gridded(plane.moved(motion), Volume(VOLUME.data, motion @ AFFINE))
    if motion[0, :3] @ plane.unit_normal > 1e-6:  # otherwise right and left have changed places
        assert moved.shape == grid.shape
        np.testing.assert_allclose(moved.to_scan, motion @ grid.to_scan, atol=1e-8)
    mirrored = gridded(reflect(plane, across=across), reflect(VOLUME, across=across))
    assert mirrored.shape == grid.shape
    flip = np.diag([-1.0, 1, 1, 1])
    expected = across.mirror() @ grid.to_scan @ flip
    if reflect(plane, across=across).unit_normal @ expected[:3, 0] > 0:
        np.testing.assert_allclose(mirrored.to_scan, expected, atol=1e-8)


def test_rows_ends_span_the_mask_in_every_direction() -> None:
    rng = np.random.default_rng(3)
    mask = ndimage.gaussian_filter(rng.normal(size=(20, 23, 26)), 2) > 0.1
    every, ends = np.argwhere(mask), _ends(mask)
    for direction in rng.normal(size=(50, 3)):
        assert (ends @ direction).max() == pytest.approx((every @ direction).max())
