"""A 2-D slice of a scan, cut along its own grid, that knows where it lies in the world.

Rows run from the subject's right to the left, columns from posterior to anterior (axial) or from inferior to
superior (coronal), whatever the order in which the scan is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symbrain.line import Line
from symbrain.plane import Plane
from symbrain.volume import Volume

Orientation = Literal["axial", "coronal"]
# Array axes of a canonical (R, A, S) volume that become rows, columns and slice number.
_AXES: dict[Orientation, tuple[int, int, int]] = {"axial": (0, 1, 2), "coronal": (0, 2, 1)}


@dataclass(frozen=True)
class Slice:
    """Pixels [y, x] with their place in the world.

    Parameters
    ----------
    pixels
        Shape (height, width), float32.
    affine
        4×4, from (x, y, 0, 1) = (column, row) in pixels to world RAS+ in millimetres.
    orientation
        ``axial`` or ``coronal``.
    index
        Slice number, counted from inferior (axial) or posterior (coronal), from 0.
    fraction
        The portion of the volume (or of the brain) that this slice was asked for.
    """

    pixels: NDArray[np.float32]
    affine: NDArray[np.float64]
    orientation: Orientation
    index: int
    fraction: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return int(self.pixels.shape[0]), int(self.pixels.shape[1])

    @property
    def spacing_mm(self) -> tuple[float, float]:
        """Distance between rows and between columns, in millimetres."""
        return float(np.linalg.norm(self.affine[:3, 1])), float(np.linalg.norm(self.affine[:3, 0]))

    def to_world(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return world points (n, 3) of pixel points (n, 2) = (column, row)."""
        return np.asarray(np.asarray(points, float) @ self.affine[:3, :2].T + self.affine[:3, 3])

    def line_of(self, plane: Plane) -> Line | None:
        """Return the line in which a plane cuts this slice; None where it misses it."""
        n = plane.unit_normal
        a, b = float(n @ self.affine[:3, 0]), float(n @ self.affine[:3, 1])
        return Line.from_equation(a, b, float(plane.offset_mm - n @ self.affine[:3, 3]), self.shape, self.spacing_mm)


def slice_axis(orientation: Orientation) -> int:
    """Return the axis of a canonical volume along which slices of this orientation are counted."""
    return _AXES[orientation][2]


def axial_stack(volume: Volume) -> tuple[NDArray[np.float32], tuple[float, float]]:
    """Return all axial slices of a canonical volume [n, y, x], from the lowest up, and the spacing of their pixels."""
    whole = volume.shape[slice_axis("axial")]
    slices = [cut(volume, "axial", index, index / whole) for index in range(whole)]
    return np.stack([one.pixels for one in slices]), slices[0].spacing_mm


def cut(volume: Volume, orientation: Orientation, index: int, fraction: float) -> Slice:
    """Cut slice number ``index`` out of a canonical (right, anterior, superior) volume."""
    row_axis, col_axis, axis = _AXES[orientation]
    pixels = np.take(volume.data, index, axis=axis)
    last = volume.shape[row_axis] - 1  # rows run right to left, so the first row is the rightmost one
    affine = np.eye(4)
    affine[:3, 0] = volume.affine[:3, col_axis]
    affine[:3, 1] = -volume.affine[:3, row_axis]
    affine[:3, 2] = volume.affine[:3, axis]
    corner = np.zeros(3)
    corner[row_axis], corner[axis] = last, index
    affine[:3, 3] = volume.affine[:3, :3] @ corner + volume.affine[:3, 3]
    return Slice(np.ascontiguousarray(pixels[::-1], np.float32), affine, orientation, index, fraction)
