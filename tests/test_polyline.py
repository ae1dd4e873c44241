"""The curve in a slice: what it refuses, and which way is right."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from symbrain.line import Line
from symbrain.polyline import Polyline
from symbrain.reflection import reflect

SHAPE = (41, 61)
LINE = Line((0, 20), (60, 20), SHAPE, (0.5, 0.8))
points = arrays(float, st.tuples(st.integers(2, 9), st.just(2)), elements=st.floats(0, 40))


@given(points)
def test_reflecting_twice_is_the_identity(drawn: np.ndarray) -> None:
    curve = Polyline(drawn, SHAPE)
    np.testing.assert_allclose(reflect(reflect(curve)).points, curve.points, atol=1e-12)


@given(points)
def test_the_mirrored_curve_departs_to_the_other_side(drawn: np.ndarray) -> None:
    curve = Polyline(drawn, SHAPE)
    np.testing.assert_allclose(reflect(curve).departure_mm(reflect(LINE)), -curve.departure_mm(LINE), atol=1e-9)


def test_rows_above_the_line_are_on_the_subjects_right() -> None:
    curve = Polyline(np.array([[0.0, 18.0], [60.0, 22.0]]), SHAPE)
    np.testing.assert_allclose(curve.departure_mm(LINE), [1.0, -1.0])


@pytest.mark.parametrize("wrong", [np.zeros((1, 2)), np.zeros((3, 3)), np.full((2, 2), np.nan), np.zeros(4)])
def test_what_is_no_curve_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="at least two finite points"):
        Polyline(wrong, SHAPE)
