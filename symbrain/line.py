"""The midline in a slice: a straight line through a pixel grid, and the curve that refines it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """A straight line in a slice of ``shape`` (rows, columns).

    Parameters
    ----------
    start, end
        Two different points (x = column, y = row) in pixels; the centre of the first pixel is (0, 0).
    shape
        Rows and columns of the slice.
    spacing_mm
        Distance between rows and between columns, in millimetres.

    Examples
    --------
    >>> line = Line((0.0, 4.0), (8.0, 4.0), shape=(9, 9), spacing_mm=(0.5, 0.5))
    >>> line.angle_deg, line.offset_mm
    (0.0, 0.0)
    >>> Line((0.0, 0.0), (8.0, 8.0), (9, 9), (1.0, 1.0)).angle_deg
    45.0
    """

    start: tuple[float, float]
    end: tuple[float, float]
    shape: tuple[int, int]
    spacing_mm: tuple[float, float]

    def __post_init__(self) -> None:
        a, b = sorted([(float(self.start[0]), float(self.start[1])), (float(self.end[0]), float(self.end[1]))])
        if a == b or not np.isfinite([*a, *b]).all():
            msg = f"a line needs two different, finite points, not {self.start} and {self.end}"
            raise ValueError(msg)
        object.__setattr__(self, "start", a)
        object.__setattr__(self, "end", b)

    @classmethod
    def from_angle(
        cls, angle_deg: float, offset_mm: float, shape: tuple[int, int], spacing_mm: tuple[float, float]
    ) -> Line | None:
        """Return the line with this angle and offset, cut at the border; None where it misses the slice."""
        theta = np.radians(angle_deg)
        row_mm, col_mm = spacing_mm
        # n·(p − centre) = offset, with p in millimetres: one equation a·x + b·y = c in pixels
        a, b = -np.sin(theta) * col_mm, np.cos(theta) * row_mm
        centre = a * (shape[1] - 1) / 2 + b * (shape[0] - 1) / 2
        return cls.from_equation(a, b, offset_mm + centre, shape, spacing_mm)

    @classmethod
    def from_equation(
        cls, a: float, b: float, c: float, shape: tuple[int, int], spacing_mm: tuple[float, float]
    ) -> Line | None:
        """Return the line a·x + b·y = c cut at the outermost pixel centres; None where it misses the slice."""
        height, width = shape[0] - 1, shape[1] - 1
        points: list[tuple[float, float]] = []
        if abs(b) > 1e-12:
            points += [(x, y) for x in (0.0, float(width)) if -1e-9 <= (y := (c - a * x) / b) <= height + 1e-9]
        if abs(a) > 1e-12:
            points += [(x, y) for y in (0.0, float(height)) if -1e-9 <= (x := (c - b * y) / a) <= width + 1e-9]
        if len(points) < 2:
            return None
        points.sort()
        gap = np.hypot(points[-1][0] - points[0][0], points[-1][1] - points[0][1])
        return cls(points[0], points[-1], shape, spacing_mm) if gap > 1e-6 else None

    @property
    def points(self) -> Array:
        """The two points as [[x0, y0], [x1, y1]], x ascending."""
        return np.array([self.start, self.end])

    @cached_property
    def direction(self) -> Array:
        """Unit direction (x, y) in millimetres, x ascending."""
        row_mm, col_mm = self.spacing_mm
        step = np.array([(self.end[0] - self.start[0]) * col_mm, (self.end[1] - self.start[1]) * row_mm])
        return np.asarray(step / np.linalg.norm(step))

    @property
    def angle_deg(self) -> float:
        """Angle in (−90, 90] from +x towards +y, measured in millimetres."""
        angle = float(np.degrees(np.arctan2(self.direction[1], self.direction[0])))
        return 90.0 if angle <= -90.0 else angle

    @property
    def offset_mm(self) -> float:
        """Signed distance from the array's centre along (−sin θ, cos θ), in millimetres."""
        return -float(self.distance_mm([[(self.shape[1] - 1) / 2, (self.shape[0] - 1) / 2]])[0])

    def distance_mm(self, points: ArrayLike) -> Array:
        """Return signed distances of pixel points (n, 2) along (−sin θ, cos θ): positive towards higher rows.

        In a slice whose rows run from the subject's right to the left, positive is on the subject's left.
        """
        row_mm, col_mm = self.spacing_mm
        theta = np.radians(self.angle_deg)
        p = (np.asarray(points, float) - self.points[0]) * [col_mm, row_mm]
        return np.asarray(p @ np.array([-np.sin(theta), np.cos(theta)]))

    def at(self, fractions: ArrayLike) -> Array:
        """Return pixel points (n, 2) at these fractions of the way from start to end."""
        t = np.asarray(fractions, float)[:, None]
        return np.asarray(self.points[0] + t * (self.points[1] - self.points[0]))

    def error_to(self, truth: Line) -> tuple[float, float]:
        """Return the angle between two lines (degrees, modulo 180) and their gap (mm).

        The gap is measured at the middle of the true line's chord, not at end points, which only say where a
        rater stopped drawing.
        """
        angle = abs(self.angle_deg - truth.angle_deg) % 180.0
        gap = abs(float(self.distance_mm(truth.at([0.5]))[0]))
        return min(angle, 180.0 - angle), gap
