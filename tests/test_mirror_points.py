from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from symbrain.mirror_points import Frame, brain_points, interpolated, nearest, with_slope
from symbrain.volume import Volume

RNG = np.random.default_rng(0)
IMAGE = np.pad(RNG.normal(size=(12, 14, 10)).astype(np.float32), 2)
AT = RNG.uniform(-3, 19, (3, 2, 400)).astype(np.float32)
SPACING = 3.0


def ball(shape: tuple[int, int, int] = (32, 32, 32), center: tuple[float, ...] = (15.5, 15.5, 15.5)) -> Volume:
    from_center = np.linalg.norm(np.moveaxis(np.indices(shape), 0, -1) - center, axis=-1)
    return Volume((from_center < 12).astype(np.float32), np.diag([SPACING, SPACING, SPACING, 1.0]))


def frame_of(volume: Volume, center: tuple[float, ...] = (15.5, 15.5, 15.5)) -> Frame:
    return Frame(volume.to_world(center), volume.axes)


def test_interpolation_is_linear_and_nothing_lies_beyond_the_border() -> None:
    expected = ndimage.map_coordinates(IMAGE, AT, order=1, mode="constant")
    np.testing.assert_allclose(interpolated(IMAGE, AT), expected, atol=1e-4)


def test_the_nearest_voxel_is_the_nearest() -> None:
    expected = ndimage.map_coordinates(IMAGE, AT, order=0, mode="constant")
    np.testing.assert_array_equal(nearest(IMAGE, AT), expected)


def test_the_slope_is_that_of_the_interpolation() -> None:
    at = RNG.uniform(2, 9, (3, 1, 100)).astype(np.float32)
    at = np.floor(at) + np.clip(at % 1, 0.1, 0.9)  # away from the kinks
    value, slope = with_slope(IMAGE, at)
    np.testing.assert_array_equal(value, interpolated(IMAGE, at))
    for axis in range(3):
        step = np.float32(0.05) * np.eye(3, dtype=np.float32)[axis][:, None, None]
        change = (interpolated(IMAGE, at + step) - interpolated(IMAGE, at - step)) / 0.1
        np.testing.assert_allclose(slope[axis], change, atol=1e-3)


def test_points_come_in_pairs_and_thinning_keeps_the_pairs() -> None:
    inside = ball()
    points = brain_points(inside, inside, frame_of(inside), 3000).thinned(1000)
    assert 800 < len(points.values) < 1200
    where = {tuple(w) for w in np.round(points.where.T, 2) + 0.0}
    assert len(where & {(round(-x, 2) + 0.0, y, z) for x, y, z in where}) > 0.99 * len(where)


def test_mirror_images_are_where_the_plane_puts_them() -> None:
    inside = ball()
    points = brain_points(inside, inside, frame_of(inside), 500)
    there = points.mirrored(np.array([[1.0, 0.0, 0.0]]), np.array([3.0]))
    np.testing.assert_allclose(there.distance[0], points.where[0] - 3, atol=1e-4)
    own = points.mirrored(np.array([[0.0, 1.0, 0.0]]), np.array([0.0]))
    np.testing.assert_allclose(there.at[0, 0] + own.at[0, 0], 2 * points.origin[0] + 6 / SPACING, atol=1e-3)
    assert there.seen.all()


@pytest.mark.parametrize(("center", "seen"), [(15.5, True), (2.0, False)], ids=["whole", "cut off"])
def test_only_a_brain_that_is_cut_off_goes_on_beyond_the_image(center: float, seen: bool) -> None:
    inside = ball(center=(center, 15.5, 15.5))
    points = brain_points(inside, inside, frame_of(inside, (center, 15.5, 15.5)), 500)
    assert points.mirrored(np.array([[1.0, 0.0, 0.0]]), np.zeros(1)).seen.all() == seen


def test_bias_changes_nothing_much() -> None:
    inside = ball()
    plain = Volume(RNG.normal(100, 10, inside.shape).astype(np.float32), inside.affine)
    biased = Volume(plain.data * np.linspace(0.6, 1.4, 32, dtype=np.float32), inside.affine)
    one, other = (brain_points(v, inside, frame_of(inside), 1000).values for v in (plain, biased))
    assert np.corrcoef(one, other)[0, 1] > 0.98
