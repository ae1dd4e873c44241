from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from heads import few
from symbrain.line import Line

SHAPE = (60, 90)
spacings = st.tuples(st.floats(0.3, 3), st.floats(0.3, 3))
angles = st.floats(-89.99, 90)


@few
@given(angles, st.floats(-8, 8), spacings)
def test_angle_and_offset_say_where_the_line_is(angle: float, offset: float, spacing: tuple[float, float]) -> None:
    line = Line.from_angle(angle, offset, SHAPE, spacing)
    assert line is not None
    turn = abs(line.angle_deg - angle) % 180
    assert min(turn, 180 - turn) < 1e-6
    sign = -1 if turn > 90 else 1  # −90° and 90° are one line seen from its two sides
    assert sign * line.offset_mm == pytest.approx(offset, abs=1e-6)


@few
@given(angles, st.floats(-20, 20), spacings)
def test_points_lie_on_the_border_with_x_ascending(angle: float, offset: float, spacing: tuple[float, float]) -> None:
    line = Line.from_angle(angle, offset, SHAPE, spacing)
    assume(line is not None)
    assert line is not None
    (x0, _), (x1, _) = line.points
    assert x0 <= x1
    for x, y in line.points:
        assert -1e-6 <= x <= SHAPE[1] - 1 + 1e-6
        assert -1e-6 <= y <= SHAPE[0] - 1 + 1e-6
        assert min(abs(x), abs(x - SHAPE[1] + 1), abs(y), abs(y - SHAPE[0] + 1)) < 1e-6
    assert -90 < line.angle_deg <= 90


@pytest.mark.parametrize(
    ("points", "angle", "offset"),
    [
        (((0, 29.5), (89, 29.5)), 0, 0),
        (((0, 34.5), (89, 34.5)), 0, 10),  # five rows of 2 mm below the centre: along +y
        (((44.5, 0), (44.5, 59)), 90, 0),
        (((50.5, 0), (50.5, 59)), 90, -3),  # six columns of 0.5 mm to the right: along −x
        (((0, 0), (40, 10)), 45, (-(44.5 * 0.5) + 29.5 * 2) / -np.sqrt(2)),  # 20 mm along, 20 mm down
        (((0, 10), (40, 0)), -45, None),
    ],
)
def test_conventions_measured_in_millimetres(points: tuple, angle: float, offset: float | None) -> None:
    line = Line(*points, shape=SHAPE, spacing_mm=(2.0, 0.5))
    assert line.angle_deg == pytest.approx(angle)
    if offset is not None:
        assert line.offset_mm == pytest.approx(offset)


def test_the_order_of_the_points_does_not_matter() -> None:
    assert Line((5, 3), (1, 2), (9, 9), (1, 1)) == Line((1, 2), (5, 3), (9, 9), (1, 1))
    assert Line((4, 8), (4, 0), (9, 9), (1, 1)).angle_deg == 90


@few
@given(angles, st.floats(-8, 8), spacings, st.floats(-5, 5))
def test_distance_grows_along_the_lines_normal(
    angle: float, offset: float, spacing: tuple[float, float], away: float
) -> None:
    line = Line.from_angle(angle, offset, SHAPE, spacing)
    assert line is not None
    theta = np.radians(line.angle_deg)
    step = away * np.array([-np.sin(theta) / spacing[1], np.cos(theta) / spacing[0]])
    np.testing.assert_allclose(line.distance_mm(line.at([0.2, 0.7]) + step), away, atol=1e-6)


@few
@given(angles, st.floats(-8, 8), spacings, st.floats(-3, 3))
def test_error_to_a_parallel_line_is_its_gap(
    angle: float, offset: float, spacing: tuple[float, float], away: float
) -> None:
    truth, other = (Line.from_angle(angle, offset + d, SHAPE, spacing) for d in (0.0, away))
    assert truth is not None
    assert other is not None
    turn, gap = other.error_to(truth)
    assert turn == pytest.approx(0, abs=1e-5)
    assert gap == pytest.approx(abs(away), abs=1e-5)


def test_angles_are_compared_modulo_180() -> None:
    almost, beyond = (Line.from_angle(a, 0.0, SHAPE, (1.0, 1.0)) for a in (89.5, -89.5))
    assert almost is not None
    assert beyond is not None
    assert almost.error_to(beyond) == (pytest.approx(1), pytest.approx(0, abs=1e-9))


def test_a_line_outside_the_slice_is_none() -> None:
    assert Line.from_angle(0.0, 100.0, SHAPE, (1.0, 1.0)) is None
    assert Line.from_equation(1.0, 1.0, 0.0, SHAPE, (1.0, 1.0)) is None  # touches one corner only


def test_the_diagonal_is_cut_at_the_corners() -> None:
    line = Line.from_equation(1.0, -1.0, 0.0, (9, 9), (1.0, 1.0))
    assert line is not None
    np.testing.assert_allclose(line.points, [[0, 0], [8, 8]])


@pytest.mark.parametrize("end", [(1.0, 1.0), (np.nan, 2.0), (np.inf, 2.0)])
def test_no_line_through_one_point(end: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="two different, finite points"):
        Line((1.0, 1.0), end, SHAPE, (1.0, 1.0))
