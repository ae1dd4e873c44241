"""Law 1: reflecting twice is the identity, for every noun."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from heads import few, planes
from symbrain.drawem import PARTNER
from symbrain.line import Line
from symbrain.plane import Plane
from symbrain.reflection import reflect, reflect_labels, reflect_points
from symbrain.slice import Slice
from symbrain.volume import Volume

coordinate = st.floats(0, 40)
lines = st.tuples(st.tuples(coordinate, coordinate), st.tuples(coordinate, coordinate)).filter(lambda p: p[0] != p[1])


@few
@given(planes(), planes())
def test_a_plane_twice(plane: Plane, across: Plane) -> None:
    again = reflect(reflect(plane, across=across), across=across)
    np.testing.assert_allclose(
        np.abs([*again.normal, again.offset_mm]), np.abs([*plane.normal, plane.offset_mm]), atol=1e-6
    )
    assert again.angle_to_deg(plane) < 1e-5


@few
@given(planes())
def test_a_plane_is_its_own_mirror(plane: Plane) -> None:
    np.testing.assert_allclose(reflect(plane, across=plane).normal, plane.normal, atol=1e-9)


@few
@given(planes())
def test_points_twice_and_as_the_matrix_says(across: Plane) -> None:
    points = np.random.default_rng(0).uniform(-80, 80, (2, 5, 3))
    mirrored, matrix = reflect_points(points, across), across.mirror()
    np.testing.assert_allclose(reflect_points(mirrored, across), points, atol=1e-9)
    np.testing.assert_allclose(mirrored, points @ matrix[:3, :3].T + matrix[:3, 3], atol=1e-9)


@few
@given(planes())
def test_a_volume_twice_and_with_no_interpolation(across: Plane) -> None:
    volume = Volume(np.random.default_rng(0).normal(size=(8, 9, 10)).astype(np.float32), np.diag([-1.0, 2, 3, 1]))
    mirrored = reflect(volume, across=across)
    assert mirrored.data is volume.data
    np.testing.assert_allclose(reflect(mirrored, across=across).affine, volume.affine, atol=1e-9)
    corner = volume.to_world([[1, 2, 3]])
    np.testing.assert_allclose(mirrored.to_world([[1, 2, 3]]), reflect_points(corner, across), atol=1e-9)


@few
@given(lines, st.tuples(st.floats(0.3, 3), st.floats(0.3, 3)))
def test_a_line_twice_and_its_numbers_negated(ends: tuple, spacing: tuple[float, float]) -> None:
    line = Line(*ends, shape=(41, 41), spacing_mm=spacing)
    mirrored = reflect(line)
    np.testing.assert_allclose(reflect(mirrored).points, line.points, atol=1e-9)
    if abs(line.angle_deg) < 89.9:  # an upright line has 90° on both sides of the mirror
        assert mirrored.angle_deg == pytest.approx(-line.angle_deg, abs=1e-6)
        assert mirrored.offset_mm == pytest.approx(-line.offset_mm, abs=1e-6)


@few
@given(arrays(np.float32, (5, 4), elements=st.floats(0, 1, width=32)))
def test_a_slice_and_a_map_twice(pixels: np.ndarray) -> None:
    image = Slice(pixels, np.eye(4), "axial", 0, 0.5)
    np.testing.assert_array_equal(reflect(reflect(image)).pixels, pixels)
    np.testing.assert_array_equal(reflect(image).affine, image.affine)
    np.testing.assert_array_equal(reflect(reflect(pixels)), pixels)
    np.testing.assert_array_equal(reflect(pixels)[0], pixels[-1])


@few
@given(arrays(np.int16, (6, 3, 2), elements=st.integers(0, 87)))
def test_labels_twice_and_sides_swapped(labels: np.ndarray) -> None:
    mirrored = reflect_labels(labels, PARTNER)
    assert mirrored.dtype == labels.dtype
    np.testing.assert_array_equal(reflect_labels(mirrored, PARTNER), labels)


def test_labels_trade_sides() -> None:
    labels = np.array([[1], [49], [67], [19]], np.uint8)  # left hippocampus, left ventricle, 67, brainstem
    mirrored = reflect_labels(labels, PARTNER)
    np.testing.assert_array_equal(mirrored.ravel(), [19, PARTNER[67], 50, 2])
    assert PARTNER[67] == 68


def test_what_has_no_mirror_image_is_refused() -> None:
    with pytest.raises(TypeError, match="no reflection of a str"):
        reflect("left")
