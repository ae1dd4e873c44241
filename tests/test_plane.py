from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heads import few, motions, planes
from symbrain.plane import Plane

POINTS = np.random.default_rng(0).uniform(-80, 80, (20, 3))


@few
@given(planes())
def test_the_normal_is_a_unit_vector_to_the_right(plane: Plane) -> None:
    assert np.linalg.norm(plane.normal) == pytest.approx(1)
    assert next(v for v in plane.normal if abs(v) > 1e-12) > 0


@few
@given(planes(), st.floats(0.01, 100), st.sampled_from([-1, 1]))
def test_one_plane_has_one_description(plane: Plane, scale: float, sign: int) -> None:
    factor = scale * sign
    same = Plane(tuple(factor * v for v in plane.normal), factor * plane.offset_mm)  # type: ignore[arg-type]
    np.testing.assert_allclose([*same.normal, same.offset_mm], [*plane.normal, plane.offset_mm], atol=1e-9)


def test_distance_is_positive_on_the_subjects_right() -> None:
    plane = Plane((-1.0, 0.0, 0.0), -3.0)  # x = 3, described from the left
    np.testing.assert_allclose(plane.distance_mm([[10, 5, 5], [3, 1, 2], [0, 0, 0]]), [7, 0, -3])


@few
@given(planes())
def test_through_a_point(plane: Plane) -> None:
    point = POINTS[0]
    assert Plane.through(point, plane.normal).distance_mm(point) == pytest.approx(0, abs=1e-9)


@few
@given(planes())
def test_the_mirror_is_its_own_inverse_and_keeps_the_plane(plane: Plane) -> None:
    mirror = plane.mirror()
    np.testing.assert_allclose(mirror @ mirror, np.eye(4), atol=1e-9)
    assert np.linalg.det(mirror[:3, :3]) == pytest.approx(-1)
    reflected = POINTS @ mirror[:3, :3].T + mirror[:3, 3]
    np.testing.assert_allclose(plane.distance_mm(reflected), -plane.distance_mm(POINTS), atol=1e-9)
    np.testing.assert_allclose((reflected + POINTS) / 2 - POINTS, (reflected - POINTS) / 2, atol=1e-9)
    np.testing.assert_allclose(plane.distance_mm((reflected + POINTS) / 2), 0, atol=1e-9)


@few
@given(planes(), motions())
def test_moving_head_and_plane_together_changes_no_distance(plane: Plane, motion: np.ndarray) -> None:
    moved = POINTS @ motion[:3, :3].T + motion[:3, 3]
    after = plane.moved(motion).distance_mm(moved)
    # A turn may bring the subject's right side to the world's left; which side is which stays apart from the sign.
    sign = np.sign(motion[0, :3] @ plane.unit_normal) or 1.0
    np.testing.assert_allclose(np.abs(after), np.abs(plane.distance_mm(POINTS)), atol=1e-8)
    if abs(motion[0, :3] @ plane.unit_normal) > 1e-9:
        np.testing.assert_allclose(after, sign * plane.distance_mm(POINTS), atol=1e-8)


@few
@given(planes(), motions())
def test_moving_there_and_back(plane: Plane, motion: np.ndarray) -> None:
    back = plane.moved(motion).moved(np.linalg.inv(motion))
    assert back.angle_to_deg(plane) < 1e-6
    assert back.gap_mm(plane, POINTS[0]) < 1e-6


@pytest.mark.parametrize("angle", [0.0, 1e-6, 0.05, 30.0, 60.0, 89.9])
def test_angle_between_planes(angle: float) -> None:
    turned = Plane((np.cos(np.radians(angle)), np.sin(np.radians(angle)), 0.0), 4.0)
    assert Plane((1.0, 0.0, 0.0), 0.0).angle_to_deg(turned) == pytest.approx(angle, rel=1e-6, abs=1e-12)


def test_gap_is_measured_at_the_given_point_whatever_the_signs() -> None:
    plane, other = Plane((1.0, 0.0, 0.0), 2.0), Plane((0.0, 1.0, 0.0), 0.0)
    assert plane.gap_mm(Plane((1.0, 0.0, 0.0), 5.0), [0, 0, 0]) == 3
    assert Plane((1e-9, 1.0, 0.0), 1.0).gap_mm(Plane((1e-9, -1.0, 0.0), -1.0), [0, 0, 0]) == pytest.approx(0)
    assert plane.gap_mm(plane, [7, 7, 7]) == 0
    assert other.angle_to_deg(plane) == pytest.approx(90)


@few
@given(planes())
def test_json_round_trip(plane: Plane) -> None:
    again = Plane.from_dict(plane.to_dict())
    np.testing.assert_allclose([*again.normal, again.offset_mm], [*plane.normal, plane.offset_mm], atol=1e-12)


@pytest.mark.parametrize("normal", [(0.0, 0.0, 0.0), (np.nan, 0.0, 1.0), (np.inf, 0.0, 0.0)])
def test_no_plane_without_a_normal(normal: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="non-zero normal"):
        Plane(normal, 0.0)
