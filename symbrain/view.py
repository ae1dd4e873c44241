"""A slice as it is looked at: front or top up, the subject's right on the viewer's left, as radiologists hang films.

Rows of a slice run from the subject's right to the left and columns from posterior to anterior (or from inferior to
superior), so a view is a slice with rows and columns exchanged and its first row at the bottom. Points go the same
way, and so do the letters that mark the sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from symbrain.line import Line
from symbrain.plane import Plane
from symbrain.reflection import reflect_points
from symbrain.slice import Slice

ViewerSide = Literal["left", "right"]


@dataclass(frozen=True)
class View:
    """Pixels as they are looked at, centred on (0, 0).

    Parameters
    ----------
    pixels
        Shape (height, width), the lowest row first.
    spacing_mm
        Distance between rows and between columns, in millimetres.
    subject_left
        The viewer's side on which the subject's left is.
    """

    pixels: NDArray[np.float32]
    spacing_mm: tuple[float, float]
    subject_left: ViewerSide = "right"

    @property
    def size_mm(self) -> tuple[float, float]:
        """Height and width, from the outer edges of the pixels."""
        height, width = self.pixels.shape
        return height * self.spacing_mm[0], width * self.spacing_mm[1]


def view_of(image: Slice) -> View:
    """Return a slice as it is looked at."""
    row_mm, col_mm = image.spacing_mm
    return View(np.ascontiguousarray(image.pixels.T), (col_mm, row_mm))


def seen_at(points: ArrayLike, image: Slice) -> NDArray[np.float64]:
    """Return where points (column, row) of a slice lie in its view: (across, up) in millimetres from the centre."""
    centre = (np.array(image.shape[::-1]) - 1) / 2
    mm = (np.asarray(points, float) - centre) * np.array(image.spacing_mm[::-1])
    return np.asarray(mm[:, ::-1])


def mirror_view(image: Slice, line: Line) -> View:
    """Return the view of a slice's mirror image across a line of it; what was on the left is then on the right."""
    columns, rows = np.meshgrid(np.arange(image.shape[1]), np.arange(image.shape[0]))
    points = np.stack([columns.ravel(), rows.ravel()], axis=1)
    x, y = mirrored(points, image, line).T
    pixels = ndimage.map_coordinates(image.pixels, [y, x], order=1, mode="constant").reshape(image.shape)
    straight = view_of(Slice(pixels, image.affine, image.orientation, image.index, image.fraction))
    return View(straight.pixels, straight.spacing_mm, subject_left="left")


def mirrored(points: ArrayLike, image: Slice, line: Line) -> NDArray[np.float64]:
    """Return points (column, row) of a slice mirrored across a line of it.

    It is the reflection of the world across the plane that stands on the slice along the line.
    """
    start, end = image.to_world(line.points)
    upright = np.cross(image.affine[:3, 0], image.affine[:3, 1])
    plane = Plane.through(start, np.cross(end - start, upright))
    moved = reflect_points(image.to_world(points), plane) - image.affine[:3, 3]
    return np.asarray(moved @ np.linalg.pinv(image.affine[:3, :2]).T)
