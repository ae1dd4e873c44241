from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heads import few
from symbrain.line import Line
from symbrain.line_fan import LineFan
from symbrain.slice import Slice

SHAPE, SPACING = (61, 41), (0.5, 0.8)
IMAGE = Slice(np.zeros(SHAPE, np.float32), np.diag([0.8, 0.5, 1.0, 1.0]), "axial", 3, 0.5)


def row(angle: float, offset: float, angle_sd: float, offset_sd: float) -> dict[str, float | None]:
    return {
        "network_angle_deg": angle, "network_offset_mm": offset, "network_angle_sd_deg": angle_sd,
        "network_offset_sd_mm": offset_sd,
    }  # fmt: skip


angles, offsets = st.floats(-40, 40), st.floats(-4, 4)


@few
@given(angles, offsets, st.floats(0, 10), st.floats(0.01, 3))
def test_outline_lies_on_both_sides_of_the_line(angle: float, offset: float, angle_sd: float, offset_sd: float) -> None:
    line = Line.from_angle(angle, offset, SHAPE, SPACING)
    assert line is not None
    away = line.distance_mm(LineFan(line, angle_sd, offset_sd).outline())
    half = len(away) // 2
    np.testing.assert_allclose(away[:half], -away[half:][::-1], atol=1e-9)
    assert (away[:half] >= offset_sd - 1e-9).all(), "nowhere narrower than the offset's SD"


@few
@given(angles, offsets, st.floats(0.1, 5))
def test_a_line_turned_by_one_sd_is_the_edge_far_from_the_middle(angle: float, offset: float, angle_sd: float) -> None:
    """With no doubt about the offset, the fan is what the line sweeps when it turns about its middle."""
    line, turned = (Line.from_angle(a, offset, SHAPE, SPACING) for a in (angle, angle + angle_sd))
    assert line is not None
    assert turned is not None
    middle = np.array([0.0])
    fan = LineFan(line, angle_sd, 1e-9)
    assert fan.half_width_mm(middle)[0] == pytest.approx(0, abs=1e-6)
    assert fan.half_width_mm(np.array([10.0]))[0] == pytest.approx(10 * math.tan(math.radians(angle_sd)))


def test_rows_of_the_table() -> None:
    fan = LineFan.of_row(row(3.0, 1.0, 0.5, 0.2), IMAGE)
    assert fan is not None
    assert (fan.line.angle_deg, fan.line.offset_mm) == (pytest.approx(3), pytest.approx(1))
    assert LineFan.of_row({}, IMAGE) is None
    assert LineFan.of_row(row(3.0, 1.0, 0.5, 0.2) | {"network_offset_mm": None}, IMAGE) is None
    assert LineFan.of_row(row(0.0, 900.0, 0.5, 0.2), IMAGE) is None, "outside the slice"
