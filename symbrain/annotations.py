"""Midlines drawn by raters, from a table ``annotations.tsv``: two points in pixels of a slice, or a curve of more."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from symbrain.errors import BadInput
from symbrain.line import Line
from symbrain.polyline import Polyline
from symbrain.slice import Orientation
from symbrain.tables import MISSING, is_missing, read_table, records

Point = tuple[float, float]
SliceKey = tuple[str, str | None, str, str, int]
"""Participant and session (with sub- and ses-), modality, plane (axial or coronal), slice index."""

_MOST_TOLD = 5
_POINTS_OF_A_CURVE = 64


@dataclass(frozen=True)
class Drawn:
    """A line that a rater drew: two points (x = column, y = row) in pixels, and who it was.

    Parameters
    ----------
    curve
        The points of a curved midline, from one end to the other; empty where the rater drew a straight one.
    """

    points: tuple[Point, Point]
    rater: str | None
    curve: tuple[Point, ...] = ()


def read_annotations(path: Path) -> dict[SliceKey, list[Drawn]]:
    """Read a table of annotations, its columns as in the registry; identifiers with or without sub- and ses-.

    Raises
    ------
    BadInput
        Where the table cannot be read or lacks a column, or where rows are wrong; then it names them.
    """
    drawn: dict[SliceKey, list[Drawn]] = {}
    problems: list[str] = []
    for number, row in enumerate(records(read_table(path, "annotations")), start=2):
        problem = _problem(row)
        if problem:
            problems.append(f"row {number} {problem}")
        else:
            points = (float(row["x0"]), float(row["y0"])), (float(row["x1"]), float(row["y1"]))
            rater = None if is_missing(row["rater"]) else row["rater"]
            drawn.setdefault(_key(row), []).append(Drawn(points, rater, _curve(row["curve"])))
    if problems:
        more = f"; {len(problems) - _MOST_TOLD} more rows are wrong" if len(problems) > _MOST_TOLD else ""
        msg = f"{path.name}: {'; '.join(problems[:_MOST_TOLD])}{more}. Correct or remove them"
        raise BadInput(msg)
    return drawn


def leaves_slice(drawn: Drawn, shape: tuple[int, int]) -> bool:
    """Return whether a line or curve has a point more than two pixels outside a slice of this shape (rows, columns)."""
    most = np.array([shape[1] - 1, shape[0] - 1]) + 2
    points = np.array([*drawn.points, *(drawn.curve or ())])
    return bool((points < -2).any() or (points > most).any())


def mean_line(drawn: Sequence[Drawn], shape: tuple[int, int], spacing_mm: tuple[float, float]) -> Line:
    """Return the mean of several raters' lines in one slice: the mean of their first and of their second points.

    Points are first put in one order, so that it does not matter from which end a rater drew. A rater who drew a
    longer line weighs more on the angle, and rightly so.
    """
    pairs = [Line(*one.points, shape, spacing_mm).points for one in drawn]
    along = pairs[0][1] - pairs[0][0]
    alike = [pair if (pair[1] - pair[0]) @ along >= 0 else pair[::-1] for pair in pairs]
    start, end = np.mean(alike, axis=0).tolist()
    return Line((start[0], start[1]), (end[0], end[1]), shape, spacing_mm)


def mean_curve(drawn: Sequence[Drawn], line: Line) -> Polyline | None:
    """Return the mean of several raters' curves about their mean line, where all of them drew; None without any.

    Each curve is read as a departure from the line at the same places along it.
    """
    curves = [_about(line, one.curve) for one in drawn if one.curve]
    if not curves:
        return None
    low, high = max(along[0] for along, _ in curves), min(along[-1] for along, _ in curves)
    if low >= high:
        return None
    places = np.linspace(low, high, _POINTS_OF_A_CURVE)
    away = np.mean([np.interp(places, along, across) for along, across in curves], axis=0)
    spacing = np.array(line.spacing_mm[::-1])
    points = line.points[0] + (np.outer(places, line.direction) + np.outer(away, _normal(line))) / spacing
    return Polyline(points, line.shape)


def _about(line: Line, curve: Sequence[Point]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far along a line and beside it a curve's points lie, in mm, in the order along the line."""
    mm = (np.array(curve) - line.points[0]) * line.spacing_mm[::-1]
    order = np.argsort(mm @ line.direction, kind="stable")
    return (mm @ line.direction)[order], (mm @ _normal(line))[order]


def _normal(line: Line) -> NDArray[np.float64]:
    return np.array([-line.direction[1], line.direction[0]])


def _curve(text: str | None) -> tuple[Point, ...]:
    """Return the points of ``column,row column,row …``; raise ValueError where it is something else."""
    pairs = [tuple(float(number) for number in pair.split(",")) for pair in (text or "").split()]
    return tuple((x, y) for x, y in pairs)


def _problem(row: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a row, to be read after its number."""
    if is_missing(row["participant_id"]) or is_missing(row["modality"]):
        return "names no participant_id or no modality"
    if row["plane"] not in get_args(Orientation):
        return f"has the plane {row['plane']!r}; axial or coronal is expected"
    index = row["slice_index"]
    if index is None or not math.isfinite(index) or index < 0 or index != int(index):
        return f"has the slice_index {MISSING if index is None else index}; a whole number from 0 is expected"
    numbers = [row[name] for name in ("x0", "y0", "x1", "y1")]
    if any(number is None or not math.isfinite(number) for number in numbers):
        return f"has the points {numbers}; four finite numbers are expected"
    if numbers[:2] == numbers[2:]:
        return f"has twice the point {numbers[:2]}; a line needs two different points"
    return _problem_of_curve(row["curve"])


def _problem_of_curve(text: str | None) -> str | None:
    try:
        points = _curve(text)
    except ValueError:
        points = ((math.nan, math.nan),)
    if points and (len(points) < 2 or not np.isfinite(points).all()):
        return f"has the curve {text!r}; two or more points are expected, such as 12.5,80 100,82.3 240,79"
    return None


def _key(row: Mapping[str, Any]) -> SliceKey:
    session = None if is_missing(row["session_id"]) else f"ses-{row['session_id'].removeprefix('ses-')}"
    participant = f"sub-{row['participant_id'].removeprefix('sub-')}"
    return participant, session, row["modality"], row["plane"], int(row["slice_index"])
