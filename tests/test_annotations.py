from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbrain.annotations import Drawn, leaves_slice, mean_curve, mean_line, read_annotations
from symbrain.errors import BadInput
from symbrain.line import Line
from trees import table

HEADER = "participant_id session_id modality plane slice_index x0 y0 x1 y1 rater"
SHAPE, SPACING = (290, 290), (0.5, 0.5)


def test_lines_by_slice(tmp_path: Path) -> None:
    rows = [
        "sub-1 ses-7 T2w axial 76 30.5 137.7 246.7 147.2 anna",
        "1 7 T2w axial 76 30.5 138.7 246.7 148.2 ben",
        "2 n/a T1w coronal 3 1 2 3 4 n/a",
    ]
    drawn = read_annotations(table(tmp_path / "annotations.tsv", HEADER, *rows))
    assert set(drawn) == {("sub-1", "ses-7", "T2w", "axial", 76), ("sub-2", None, "T1w", "coronal", 3)}
    assert [d.rater for d in drawn["sub-1", "ses-7", "T2w", "axial", 76]] == ["anna", "ben"]
    assert drawn["sub-2", None, "T1w", "coronal", 3] == [Drawn(((1.0, 2.0), (3.0, 4.0)), None)]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("1 7 T2w axial 76 inf 1 2 3 x", "row 2 has the points"),
        ("1 7 T2w axial 76 n/a 1 2 3 x", "row 2 has the points"),
        ("1 7 T2w axial 76 1 2 1 2 x", "row 2 has twice the point"),
        ("1 7 T2w sagittal 76 1 2 3 4 x", "row 2 has the plane 'sagittal'; axial or coronal"),
        ("1 7 T2w axial 7.5 1 2 3 4 x", "row 2 has the slice_index 7.5"),
        ("1 7 T2w axial -1 1 2 3 4 x", "row 2 has the slice_index -1"),
        ("1 7 T2w axial n/a 1 2 3 4 x", "row 2 has the slice_index n/a"),
        ("1 7 T2w axial inf 1 2 3 4 x", "row 2 has the slice_index inf"),
        ("n/a 7 T2w axial 7 1 2 3 4 x", "row 2 names no participant_id"),
        ("1 7 T2w axial 7 one 2 3 4 x", "'one' in the column x0, row 2"),
    ],
)
def test_bad_rows_are_named(tmp_path: Path, row: str, problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        read_annotations(table(tmp_path / "annotations.tsv", HEADER, row))


def test_many_bad_rows_are_counted(tmp_path: Path) -> None:
    path = table(tmp_path / "annotations.tsv", HEADER, *["1 7 T2w axial 76 1 2 1 2 x"] * 8)
    with pytest.raises(BadInput, match=r"row 6 .*; 3 more rows are wrong\. Correct"):
        read_annotations(path)


def test_missing_column(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="lacks the column session_id"):
        read_annotations(table(tmp_path / "annotations.tsv", "participant_id x0", "1 2"))


coordinates = st.integers(0, 2890).map(lambda n: n / 10)
lines = st.tuples(st.tuples(coordinates, coordinates), st.tuples(coordinates, coordinates)).filter(
    lambda p: np.hypot(p[0][0] - p[1][0], p[0][1] - p[1][1]) > 50
)


@given(lines)
def test_mean_of_one_line_is_that_line_from_either_end(points: tuple[tuple[float, float], tuple[float, float]]) -> None:
    line = Line(*points, SHAPE, SPACING)
    for drawn in ([points], [points, points[::-1]]):
        angle, gap = mean_line([Drawn(p, None) for p in drawn], SHAPE, SPACING).error_to(line)
        assert angle < 1e-6
        assert gap < 1e-6


def test_mean_lies_between() -> None:
    raters = [Drawn(((20.0, 140.0), (260.0, 150.0)), "a"), Drawn(((260.0, 152.0), (20.0, 142.0)), "b")]
    mean = mean_line(raters, SHAPE, SPACING)
    np.testing.assert_allclose(mean.points, [[20, 141], [260, 151]])


def test_mean_of_upright_lines() -> None:
    """Lines that run along the rows' direction lean to either side, and still do not cancel."""
    raters = [Drawn(((144.0, 10.0), (146.0, 280.0)), "a"), Drawn(((146.0, 10.0), (144.0, 280.0)), "b")]
    assert abs(mean_line(raters, SHAPE, SPACING).angle_deg) == pytest.approx(90)


def test_curves_may_be_there_or_not(tmp_path: Path) -> None:
    rows = [
        "sub-1 ses-7 T2w axial 76 10 80 240 79 anna 10,80|100.5,82.3|240,79",
        "sub-2 ses-7 T2w axial 76 10 80 240 79 anna n/a",
    ]
    path = table(tmp_path / "annotations.tsv", f"{HEADER} curve", *rows)
    path.write_text(path.read_text().replace("|", " "), encoding="utf-8")
    curved, straight = (one for drawn in read_annotations(path).values() for one in drawn)
    assert curved.curve == ((10.0, 80.0), (100.5, 82.3), (240.0, 79.0))
    assert curved.points == straight.points
    assert straight.curve == ()


@pytest.mark.parametrize("curve", ["10,80", "10,80|11", "a,b|1,2", "10,80|inf,2", "1,2,3|4,5,6"])
def test_bad_curves_are_named(tmp_path: Path, curve: str) -> None:
    path = table(tmp_path / "annotations.tsv", f"{HEADER} curve", f"1 7 T2w axial 76 1 2 3 4 x {curve}")
    path.write_text(path.read_text().replace("|", " "), encoding="utf-8")
    with pytest.raises(BadInput, match="row 2 has the curve"):
        read_annotations(path)


@given(lines, st.floats(-8, 8))
def test_mean_of_one_curve_is_that_curve_from_either_end(
    points: tuple[tuple[float, float], tuple[float, float]], bend: float
) -> None:
    """A curve that bulges by some millimetres, and the same one drawn from its other end: their mean is the curve."""
    line = Line(*points, SHAPE, SPACING)
    t = np.linspace(0.0, 1.0, 9)
    away = bend * np.sin(np.pi * t)
    normal = np.array([-line.direction[1], line.direction[0]])
    curve = tuple(map(tuple, (line.at(t) + away[:, None] * normal / SPACING[0]).tolist()))
    mean = mean_curve([Drawn(points, None, curve), Drawn(points, None, curve[::-1]), Drawn(points, None)], line)
    assert mean is not None
    found = line.distance_mm(mean.points)
    middle = float(np.abs(found).max())
    assert middle == pytest.approx(abs(bend), rel=0.02, abs=1e-6)
    assert np.all(np.sign(found[5:-5]) * np.sign(bend) >= 0) or abs(bend) < 1e-6


def test_no_curve_where_nobody_drew_one() -> None:
    line = Line((20.0, 140.0), (260.0, 150.0), SHAPE, SPACING)
    assert mean_curve([Drawn(((20.0, 140.0), (260.0, 150.0)), None)], line) is None


def test_a_line_that_leaves_its_slice_is_seen() -> None:
    shape = 100, 80  # rows, columns
    assert not leaves_slice(Drawn(((0.0, 0.0), (79.0, 99.0)), None, None), shape)
    assert leaves_slice(Drawn(((0.0, 0.0), (99.0, 79.0)), None, None), shape), "x is along the columns"
    assert leaves_slice(Drawn(((-5000.0, 7.0), (40.0, 50.0)), None, None), shape)
    assert leaves_slice(Drawn(((1.0, 2.0), (40.0, 50.0)), None, ((1.0, 2.0), (1e5, 3.0), (40.0, 50.0))), shape)
