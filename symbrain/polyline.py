"""A curved midline in a slice: points along the interhemispheric fissure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symbrain.line import Line


@dataclass(frozen=True, eq=False)
class Polyline:
    """Points joined by straight pieces, in a slice of ``shape`` (rows, columns).

    Parameters
    ----------
    points
        Shape (n, 2), n ≥ 2: (x = column, y = row) in pixels; the centre of the first pixel is (0, 0).
    shape
        Rows and columns of the slice.
    """

    points: NDArray[np.float64]
    shape: tuple[int, int]

    def __post_init__(self) -> None:
        points = np.array(self.points, float)
        if points.ndim != 2 or points.shape[1] != 2 or len(points) < 2 or not np.isfinite(points).all():
            msg = f"a curve needs at least two finite points (column, row), not an array of shape {points.shape}"
            raise ValueError(msg)
        points.flags.writeable = False
        object.__setattr__(self, "points", points)

    def departure_mm(self, line: Line) -> NDArray[np.float64]:
        """Return each point's distance from a line in millimetres, positive towards the subject's right."""
        return -line.distance_mm(self.points)  # rows run from right to left
