from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heads import few, motions, planes
from symbrain.plane import Plane
from symbrain.reflection import reflect
from symbrain.slice import Orientation, Slice, cut, slice_axis
from symbrain.volume import Volume

SHAPE = (20, 24, 16)
SPACING = (1.5, 0.8, 2.2)
DATA = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
orientations = st.sampled_from(get_args(Orientation))


def placed(motion: np.ndarray) -> Volume:
    affine = np.diag([*SPACING, 1.0])
    affine[:3, 3] = -np.array(SHAPE) * SPACING / 2
    return Volume(DATA, motion @ affine)


@few
@given(orientations, motions(), st.integers(0, 15))
def test_every_pixel_knows_its_place_in_the_world(orientation: Orientation, motion: np.ndarray, index: int) -> None:
    volume = placed(motion)
    image = cut(volume, orientation, index, 0.5)
    rows, columns = np.indices(image.shape)
    world = image.to_world(np.stack([columns, rows], axis=-1).reshape(-1, 2))
    voxels = np.rint(volume.to_voxels(world)).astype(int)
    np.testing.assert_array_equal(DATA[tuple(voxels.T)].reshape(image.shape), image.pixels)
    assert (voxels[:, slice_axis(orientation)] == index).all()


@pytest.mark.parametrize(("orientation", "across"), [("axial", 1), ("coronal", 2)])
def test_rows_run_right_to_left_and_columns_forwards_or_upwards(orientation: Orientation, across: int) -> None:
    image = cut(placed(np.eye(4)), orientation, 3, 0.5)
    origin, along_x, along_y = image.to_world([[0, 0], [1, 0], [0, 1]])
    np.testing.assert_allclose(along_y - origin, [-SPACING[0], 0, 0], atol=1e-12)
    assert (along_x - origin)[across] == pytest.approx(SPACING[across])
    assert image.spacing_mm == pytest.approx((SPACING[0], SPACING[across]))


@few
@given(orientations, motions(), planes())
def test_the_line_of_a_plane_lies_on_the_plane(orientation: Orientation, motion: np.ndarray, plane: Plane) -> None:
    image = cut(placed(motion), orientation, 8, 0.5)
    line = image.line_of(plane)
    if line is None:
        rows, columns = (n - 1 for n in image.shape)
        sides = plane.distance_mm(image.to_world([[0, 0], [columns, 0], [0, rows], [columns, rows]]))
        assert (sides > -1e-6).all() or (sides < 1e-6).all(), "the plane crosses the slice and has no line"
    else:
        np.testing.assert_allclose(plane.distance_mm(image.to_world(line.at([0, 0.3, 1]))), 0, atol=1e-6)


@few
@given(orientations, st.floats(-25, 25), st.floats(-25, 25), st.floats(-5, 5))
def test_distance_to_the_line_in_an_upright_grid(
    orientation: Orientation, turn: float, tilt: float, offset: float
) -> None:
    """The subject's right has lower rows, so the distance in the slice has the other sign."""
    plane = Plane((1.0, float(np.tan(np.radians(turn))), float(np.tan(np.radians(tilt)))), offset)
    image = cut(placed(np.eye(4)), orientation, 8, 0.5)
    line = image.line_of(plane)
    assert line is not None
    pixels = np.array([[3.0, 4.0], [10.0, 17.0]])
    in_world = plane.distance_mm(image.to_world(pixels))
    oblique = np.linalg.norm(np.delete(plane.unit_normal, 2 if orientation == "axial" else 1))
    np.testing.assert_allclose(line.distance_mm(pixels), -in_world / oblique, atol=1e-6)


@few
@given(orientations, motions(), planes())
def test_mirroring_the_head_in_its_grid_mirrors_slice_and_line(
    orientation: Orientation, motion: np.ndarray, plane: Plane
) -> None:
    volume = placed(motion)
    middle = Plane.through(volume.to_world((np.array(SHAPE) - 1) / 2), volume.affine[:3, 0])
    flipped = Volume(np.ascontiguousarray(DATA[::-1]), volume.affine)
    image, mirrored = cut(volume, orientation, 8, 0.5), cut(flipped, orientation, 8, 0.5)
    np.testing.assert_array_equal(reflect(image).pixels, mirrored.pixels)
    line, other = image.line_of(plane), mirrored.line_of(reflect(plane, across=middle))
    assert (line is None) == (other is None)
    if line is not None and other is not None:
        np.testing.assert_allclose(np.sort(reflect(line).points, axis=0), np.sort(other.points, axis=0), atol=1e-6)


def test_a_plane_that_misses_the_slice_has_no_line() -> None:
    image = cut(placed(np.eye(4)), "axial", 0, 0.0)
    assert image.line_of(Plane((1.0, 0.0, 0.0), 500.0)) is None
    assert image.line_of(Plane((0.0, 0.0, 1.0), 0.0)) is None


def test_pixels_are_a_copy() -> None:
    volume = placed(np.eye(4))
    image: Slice = cut(volume, "axial", 0, 0.0)
    assert not np.shares_memory(image.pixels, volume.data)
