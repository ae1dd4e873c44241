from __future__ import annotations

import numpy as np
import pytest

from symbrain.line import Line
from symbrain.reflection import reflect
from symbrain.slice import Orientation, Slice, cut
from symbrain.view import mirror_view, mirrored, seen_at, view_of
from symbrain.volume import as_stored, canonical

TO_WORLD = np.array([[0.5, 0, 0, -10.0], [0, 0.8, 0, -12.0], [0, 0, 1.0, -9.0], [0, 0, 0, 1]])
LAS = TO_WORLD @ np.array([[-1, 0, 0, 40], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])


def blank(affine: np.ndarray = TO_WORLD) -> Slice:
    return cut(canonical(np.zeros((41, 31, 19)), affine), "axial", 9, 0.5)


def tilted(image: Slice) -> Line:
    line = Line.from_angle(12.0, 1.5, image.shape, image.spacing_mm)
    assert line is not None
    return line


@pytest.mark.parametrize("affine", [TO_WORLD, LAS], ids=["RAS", "LAS"])
@pytest.mark.parametrize(
    ("orientation", "marker", "up"),
    [("axial", (-6.0, 8.0, 0.0), True), ("axial", (-6.0, -8.0, 0.0), False), ("coronal", (-6.0, 0.0, 7.0), True)],
)
def test_left_of_the_subject_is_right_of_the_viewer(
    affine: np.ndarray, orientation: Orientation, marker: tuple[float, float, float], up: bool
) -> None:
    """From the world to the picture: the left at the viewer's right, the front (or the top) up."""
    data = np.zeros((41, 31, 19), np.float32)
    x, y, z = np.rint((np.array(marker) - TO_WORLD[:3, 3]) / np.diag(TO_WORLD)[:3]).astype(int)
    data[x - 1 : x + 2, y - 1 : y + 2, z - 1 : z + 2] = 1
    volume = canonical(data if affine is TO_WORLD else as_stored(data, LAS), affine)
    view = view_of(cut(volume, orientation, z if orientation == "axial" else y, 0.5))
    height, width = view.pixels.shape
    row, column = np.argwhere(view.pixels).mean(axis=0)
    assert view.subject_left == "right"
    assert column > width / 2
    assert (row > height / 2) == up  # the first row is the lowest


def test_points_go_with_the_pixels() -> None:
    image = blank()
    pixels = image.pixels.copy()
    pixels[5, 22] = 1
    view = view_of(Slice(pixels, image.affine, "axial", 9, 0.5))
    up, across = np.argwhere(view.pixels)[0]
    centre = (np.array(view.pixels.shape) - 1) / 2
    expected = ((across - centre[1]) * view.spacing_mm[1], (up - centre[0]) * view.spacing_mm[0])
    np.testing.assert_allclose(seen_at([[22, 5]], image)[0], expected)
    assert view.size_mm == pytest.approx((31 * 0.8, 41 * 0.5))


def test_mirrored_across_a_tilted_line() -> None:
    image = blank()
    line = tilted(image)
    points = np.array([[3.0, 4.0], [20.0, 30.0], [0.0, 0.0]])
    moved = mirrored(points, image, line)
    np.testing.assert_allclose(mirrored(moved, image, line), points, atol=1e-9)
    np.testing.assert_allclose(line.distance_mm(moved), -line.distance_mm(points), atol=1e-9)
    np.testing.assert_allclose(mirrored(line.points, image, line), line.points, atol=1e-9)


def test_mirror_image_carries_marker_and_letters() -> None:
    """What the subject has on the left is then on the viewer's left, and so is the letter."""
    image = blank()
    image.pixels[30:34, 10:14] = 1  # many rows down is the subject's left
    view = mirror_view(image, tilted(image))
    assert view.subject_left == "left"
    assert np.argwhere(view.pixels > 0.5).mean(axis=0)[1] < view.pixels.shape[1] / 2


def test_mirror_image_across_the_middle_row_is_the_reflection() -> None:
    image = blank()
    image.pixels[:] = np.random.default_rng(1).random(image.shape)
    line = Line.from_angle(0.0, 0.0, image.shape, image.spacing_mm)
    assert line is not None
    np.testing.assert_allclose(mirror_view(image, line).pixels, view_of(reflect(image)).pixels, atol=1e-5)
