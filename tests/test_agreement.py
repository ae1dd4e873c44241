from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbrain.agreement import difference, differences, limits, summaries
from symbrain.line import Line

SHAPE, SPACING = (120, 140), (0.8, 0.5)
KEY = ("sub-1", "ses-1", "T2w", "axial", 3)
angles, offsets = st.floats(-40, 40), st.floats(-12, 12)


def line(angle: float, offset: float) -> Line:
    made = Line.from_angle(angle, offset, SHAPE, SPACING)
    assert made is not None
    return made


@given(angles, offsets, angles, offsets)
def test_a_difference_the_other_way_round_has_the_other_sign(a: float, b: float, c: float, d: float) -> None:
    one, other, place = line(a, b), line(c, d), np.array([60.0, 55.0])
    there, back = difference(one, other, place), difference(other, one, place)
    for name in ("angle_difference_deg", "offset_difference_mm"):
        assert there[name] == pytest.approx(-back[name], abs=1e-9)
    assert there["angle_mean_deg"] == pytest.approx(back["angle_mean_deg"], abs=1e-9)


@given(angles, offsets, st.floats(-5, 5))
def test_a_line_beside_another_differs_by_its_distance(angle: float, offset: float, away: float) -> None:
    told = difference(line(angle, offset + away), line(angle, offset), np.array([70.0, 60.0]))
    assert told["offset_difference_mm"] == pytest.approx(away, abs=1e-6)
    assert told["angle_difference_deg"] == pytest.approx(0, abs=1e-6)


def test_positive_is_towards_the_subjects_left() -> None:
    """Rows run from the subject's right to the left, so a line in a higher row lies further to the left."""
    left, right = line(0, 3), line(0, -1)
    assert left.start[1] > right.start[1]
    assert difference(left, right, np.array([70.0, 60.0]))["offset_difference_mm"] == pytest.approx(4)


def test_upright_lines_that_lean_to_either_side_are_alike() -> None:
    a = Line((70.0, 0.0), (71.0, 119.0), SHAPE, SPACING)
    b = Line((71.0, 0.0), (70.0, 119.0), SHAPE, SPACING)
    told = difference(a, b, np.array([70.5, 59.5]))
    assert abs(told["angle_difference_deg"]) < 1
    assert told["offset_difference_mm"] == pytest.approx(0, abs=0.02)


def test_limits_of_agreement_as_bland_and_altman_define_them() -> None:
    values = [1.0, 2.0, 3.0, 6.0]
    bias, low, high = limits(values)
    assert bias == 3.0
    assert (low, high) == pytest.approx((3 - 1.96 * np.std(values, ddof=1), 3 + 1.96 * np.std(values, ddof=1)))
    assert limits([2.5]) == (2.5, None, None)


def test_raters_are_compared_with_each_other_and_with_symbrain() -> None:
    raters = {"ben": line(2, 1), "anna": line(1, 0.5)}
    rows = list(differences({KEY: (raters, {"symbrain plane": line(0, 0)})}))
    assert [(row["first"], row["second"]) for row in rows] == [
        ("anna", "ben"),
        ("anna", "symbrain plane"),
        ("ben", "symbrain plane"),
    ]
    assert rows[0]["angle_difference_deg"] == pytest.approx(-1)
    told = list(summaries(rows))
    assert [(row["first"], row["slices"], row["angle_low_deg"]) for row in told] == [
        ("anna", 1, None),
        ("anna", 1, None),
        ("ben", 1, None),
    ]
