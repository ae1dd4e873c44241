"""A line that is nearly the midline of a slice, fitted to the fissure that is seen in it (``local_symmetry``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from symbrain.line import Line
from symbrain.local_symmetry import ACROSS_MM, half_width_mm, mirror_costs

_ALONG_MM = 1.5
_MOST_MM = 3.0  # how far from the line, anywhere along it, the fissure is looked for
# Shifts in millimetres and slopes to start from. Of equals the one nearest to the line is taken, so that a mirrored
# slice gets the mirrored line.
_GRID = np.array(
    sorted(
        ((d, s) for s in np.tan(np.radians(np.arange(-9.0, 9.5, 1.0))) for d in np.arange(-3.0, 3.5, 0.5)),
        key=lambda c: abs(c[0]) + 30 * abs(c[1]),
    )
)
_FOREGROUND = 0.12  # of the slice's contrast
_LEAST_MM = 20.0  # of foreground along the line

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FittedLine:
    """A line of a slice.

    Parameters
    ----------
    clearness
        0 to 1: how much more of a mirror image its surroundings are than those of places beside it.
    """

    line: Line
    clearness: float


def fit_line(pixels: ArrayLike, line: Line) -> FittedLine | None:
    """Return the line of the fissure, nowhere further than 3 mm from a line; None where too little is shown there.

    Parameters
    ----------
    pixels
        Slice [y, x] of the line's shape, finite.
    """
    return fit_lines(pixels, [line])[0]


def fit_lines(pixels: ArrayLike, lines: Sequence[Line]) -> list[FittedLine | None]:
    """Return what ``fit_line`` says of each of several lines of one slice."""
    image = np.asarray(pixels, np.float32)
    border = np.concatenate([image[0], image[-1], image[1:-1, 0], image[1:-1, -1]])
    background = float(np.median(border))
    departure = _FOREGROUND * float(np.percentile(np.abs(image[::2, ::2] - background), 99))
    return [_fitted(image, line, background, departure) for line in lines]


def _fitted(image: NDArray[np.float32], line: Line, background: float, departure: float) -> FittedLine | None:
    """Return the fitted line, of places where most of the band departs from the background by so much."""
    along, band = _band(image, line, half_width_mm(_MOST_MM))
    seen = (np.abs(band - background) > departure).mean(axis=0) > 0.5
    if np.count_nonzero(seen) * _ALONG_MM < _LEAST_MM:
        return None
    first, last = np.flatnonzero(seen)[[0, -1]]
    along, band, seen = along[first : last + 1], band[:, first : last + 1], seen[first : last + 1]
    costs = mirror_costs(band, _ALONG_MM, _MOST_MM, seen)
    middle = along[seen].mean()
    terms = np.stack([np.ones(np.count_nonzero(seen)), along[seen] - middle], axis=1)
    start = _GRID[np.argmin(costs.means_at(terms @ _GRID.T))]
    found, cost = costs.straight(terms, start)
    moved = _moved(line, found[0] - found[1] * middle, found[1])
    return None if moved is None else FittedLine(moved, float(np.clip(1 - cost, 0, 1)))


def _band(image: NDArray[np.float32], line: Line, half_mm: float) -> tuple[Array, NDArray[np.float32]]:
    """Return places along the line in millimetres from the foot of the slice's centre, and the band around it."""
    (height, width), (row_mm, col_mm) = image.shape, line.spacing_mm
    theta = np.radians(line.angle_deg)
    c, s = np.cos(theta), np.sin(theta)
    reach = np.hypot(height * row_mm, width * col_mm) / 2
    along = np.arange(-np.floor(reach / _ALONG_MM), np.floor(reach / _ALONG_MM) + 1) * _ALONG_MM
    across = (line.offset_mm + np.arange(-half_mm, half_mm + ACROSS_MM / 2, ACROSS_MM))[:, None]
    x, y = c * along - s * across, s * along + c * across
    at = [y / row_mm + (height - 1) / 2, x / col_mm + (width - 1) / 2]
    return along, np.asarray(ndimage.map_coordinates(image, at, np.float32, order=1, mode="nearest"))


def _moved(line: Line, shift_mm: float, slope: float) -> Line | None:
    """Return the line displaced by ``shift_mm + slope · t`` along its normal, t in millimetres along it."""
    turn = np.arctan(slope)
    offset = (line.offset_mm + shift_mm) * np.cos(turn)
    return Line.from_angle(line.angle_deg + float(np.degrees(turn)), float(offset), line.shape, line.spacing_mm)
