"""Any slice, whatever its size, spacing and brightness, on the network's working grid, and lines brought back.

The grid is a square around the foreground, of isotropic pixels. Each step treats both directions of an axis alike, so
that the preparation of a flipped slice is the flipped preparation (to rounding), for odd and even sizes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symbrain.errors import BadInput
from symbrain.learning.midline_net import GRID
from symbrain.line import Line

Floats = NDArray[np.float32]
_LEAST_PIXELS = 8  # rows and columns
_SPACING_MM = 0.05, 20.0
THRESHOLD = 0.12  # of the contrast: what departs more from the background is foreground
TAIL = 0.004  # share of the foreground that may stick out of the box on each side
MARGIN = 1.12  # side of the square, relative to the foreground's


@dataclass(frozen=True)
class Grid:
    """Where the working grid lies in a slice.

    Parameters
    ----------
    shape, spacing_mm
        Of the slice: rows and columns.
    center_mm
        Of the grid, from the slice's centre: x along columns, y along rows.
    pixel_mm
        Edge of a pixel of the grid.
    """

    shape: tuple[int, int]
    spacing_mm: tuple[float, float]
    center_mm: tuple[float, float]
    pixel_mm: float

    def offset_here(self, angle: float, offset_mm: float) -> float:
        """Return a line's offset from the grid's centre in its pixels; angles in radians."""
        return (offset_mm - self._shift(angle)) / self.pixel_mm

    def offset_mm(self, angle: float, offset: float) -> float:
        """Return a line's offset from the slice's centre in millimetres, from its offset in pixels of the grid."""
        return offset * self.pixel_mm + self._shift(angle)

    def along_mm(self, angle: float) -> float:
        """Return how far the two centres are apart along a line: there the angle's error adds to the offset's."""
        return float(self.center_mm[0] * np.cos(angle) + self.center_mm[1] * np.sin(angle))

    def line(self, angle: float, offset: float) -> Line | None:
        """Return a line of the grid in the slice; None where it misses the slice."""
        return Line.from_angle(float(np.degrees(angle)), self.offset_mm(angle, offset), self.shape, self.spacing_mm)

    def _shift(self, angle: float) -> float:
        return float(self.center_mm[1] * np.cos(angle) - self.center_mm[0] * np.sin(angle))


def prepare(pixels: ArrayLike, spacing_mm: tuple[float, float]) -> tuple[Floats, Grid] | None:
    """Return a slice on the working grid, of mean 0 and variance 1, and the grid; None where it shows nothing.

    Parameters
    ----------
    pixels
        [y, x]; pixels that are not finite count as dark.
    spacing_mm
        Distance between rows and between columns.

    Raises
    ------
    BadInput
        Where it is no slice: other than two dimensions, fewer than 8 rows or columns, no positive spacing.
    """
    image = np.asarray(pixels, np.float32)
    if image.ndim != 2 or min(image.shape) < _LEAST_PIXELS:
        msg = f"a slice of shape {image.shape} was given; [y, x] with at least {_LEAST_PIXELS} of each is expected"
        raise BadInput(msg)
    if not all(_SPACING_MM[0] <= s <= _SPACING_MM[1] for s in spacing_mm):
        msg = (
            f"the spacing {spacing_mm} was given; two numbers of {_SPACING_MM[0]:g} to {_SPACING_MM[1]:g} millimetres "
            "are expected (row, column)"
        )
        raise BadInput(msg)
    shown = scaled(image)
    if shown is None:
        return None
    image = shown
    grid = _grid(image, (float(spacing_mm[0]), float(spacing_mm[1])))
    rows = _weights(image.shape[0], grid.spacing_mm[0], grid.center_mm[1], grid.pixel_mm)
    columns = _weights(image.shape[1], grid.spacing_mm[1], grid.center_mm[0], grid.pixel_mm)
    square = rows @ image @ columns.T
    deviation = float(square.std())
    if not deviation > 1e-6:
        return None
    return np.asarray((square - square.mean()) / np.float32(deviation), np.float32), grid


def scaled(pixels: ArrayLike) -> Floats | None:
    """Return a slice with its background at 0 and its contrast 1, whatever it was; None where it shows nothing.

    What is not finite becomes as dark as the darkest: tools write NaN outside the brain.
    """
    image = np.asarray(pixels)
    image = (image if image.dtype == np.float64 else image.astype(np.float32)).real
    finite = np.isfinite(image)
    if np.count_nonzero(finite) < _LEAST_PIXELS**2:
        return None
    whole = bool(finite.all())
    some = image[finite] if not whole else image[::2, ::2] if min(image.shape) > 64 else image
    # Scaled before anything is summed: raw intensities may be near the largest float.
    low, high = _quantiles(some, 0.005, 0.995)
    image = image if whole else np.where(finite, image, low)
    if not high > low:
        low, high = float(image.min()), float(image.max())
    if not np.isfinite(high - low) or high - low <= 1e-6 * max(abs(high), abs(low), 1e-30):
        return None
    image = np.clip((image - low) / (high - low), -0.2, 1.2).astype(np.float32)
    border = np.concatenate([image[0], image[-1], image[1:-1, 0], image[1:-1, -1]])
    return image - np.float32(np.median(border))


def _quantiles(values: Floats, *shares: float) -> list[float]:
    flat = values.ravel()
    where = [round(share * (flat.size - 1)) for share in shares]
    parted = np.partition(flat, where)
    return [float(parted[i]) for i in where]


def _grid(image: Floats, spacing_mm: tuple[float, float]) -> Grid:
    """Return the square around what departs from the background."""
    extent = [size * step for size, step in zip(image.shape, spacing_mm, strict=True)]
    found = np.abs(image) > THRESHOLD
    boxes = [_box(found.sum(axis=1 - axis), spacing_mm[axis]) for axis in (0, 1)]
    side = max(high - low for low, high in boxes) * MARGIN
    side = float(np.clip(side, 0.3 * max(extent), 1.05 * max(extent)))
    center_y, center_x = (float(low + high) / 2 for low, high in boxes)
    return Grid((image.shape[0], image.shape[1]), spacing_mm, (center_x, center_y), side / GRID)


def _box(counts: NDArray[np.int_], step: float) -> tuple[float, float]:
    """Return where the foreground starts and ends along an axis, in millimetres from the slice's centre."""
    total, half = int(counts.sum()), len(counts) * step / 2
    if total == 0:
        return -half, half
    inside = np.cumsum(counts) > TAIL * total, np.cumsum(counts[::-1]) > TAIL * total
    return float(np.argmax(inside[0])) * step - half, half - float(np.argmax(inside[1])) * step


def _weights(size: int, step: float, center: float, pixel: float) -> Floats:
    """Return the (96, size) matrix of a hat filter, as wide as the coarser of both grids; outside is background."""
    here = (np.arange(GRID) - (GRID - 1) / 2) * pixel + center
    there = (np.arange(size) - (size - 1) / 2) * step
    width = max(step, pixel)
    weights = np.maximum(0, 1 - np.abs(here[:, None] - there) / width)
    return np.asarray(weights * (step / width), np.float32)
