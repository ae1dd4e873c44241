"""The lines across which a whole slice is most nearly its own mirror image, wherever they are.

Every direction and place is tried, on a coarse picture in which brightness is replaced by local contrast. How alike the
two sides are is their correlation over the whole slice, which knows the head's plan, plus that of the near surroundings
of the line, which knows the fissure; each is blind to what misleads the other. For each direction the picture is turned
once; the whole slice is then correlated with its mirror image at all places at once, by Fourier transform.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

_STEP_DEG = 3.0
_COARSE = 2  # pixels of the picture to one of the search, along each axis
_CONTRAST = 2.5  # pixels of the search on which brightness is called local
_FOREGROUND = 0.3  # of the picture's spread
_PAIRS, _NEAR = 15, 8.0  # how far apart two mirrored pixels near the line are, at most and for a weight of 0.6
_WHOLE = 0.5  # weight of the whole slice beside the line's surroundings
_CENTRAL = 0.5  # share of the picture's width in which a midline may lie
_OTHER_DEG, _OTHER = 7.5, 4.0  # lines that differ by less, in angle and in pixels of the picture, are one

Array = NDArray[np.float64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class MirrorLine:
    """A line of a square picture.

    Parameters
    ----------
    angle
        Radians in (−π/2, π/2], from +x towards +y.
    offset
        Pixels from the centre along (−sin θ, cos θ).
    likeness
        How alike its two sides are; at most 1.5.
    """

    angle: float
    offset: float
    likeness: float


@dataclass(frozen=True)
class MirrorLikeness:
    """How alike the two sides of each line of a square picture are.

    Parameters
    ----------
    likeness
        Shape (directions, places).
    angles
        Of the directions.
    offsets
        Of the lines, shape (directions, places), rising or falling along axis 1.
    """

    likeness: Floats
    angles: Array
    offsets: Array

    def best(self, count: int) -> list[MirrorLine]:
        """Return the lines of greatest likeness, the best first, each unlike those before."""
        left = self.likeness.astype(float)
        lines: list[MirrorLine] = []
        for _ in range(count):
            best = np.unravel_index(np.argmax(left), left.shape)
            if left[best] <= 0:
                break
            line = MirrorLine(float(self.angles[best[0]]), float(self.offsets[best]), float(left[best]))
            lines.append(line)
            turn, gap = self._away(line.angle, line.offset)
            left[(turn < np.radians(_OTHER_DEG))[:, None] & (gap < _OTHER)] = 0
        return lines

    def at(self, angle: float, offset: float) -> float:
        """Return the greatest likeness among the lines next to this one."""
        turn, gap = self._away(angle, offset)
        next_to = (turn <= np.radians(_STEP_DEG))[:, None] & (gap <= _COARSE)
        return float(self.likeness[next_to].max(initial=0.0))

    def _away(self, angle: float, offset: float) -> tuple[Array, Array]:
        """Return by how much each direction is turned from a line's, and how far each line is from it."""
        facing = np.cos(self.angles - angle)
        gap = np.abs(np.sign(facing)[:, None] * self.offsets - offset)
        return np.arccos(np.clip(np.abs(facing), 0, 1)), gap


def mirror_likeness(square: Floats) -> MirrorLikeness:
    """Compare the two sides of every line.

    Parameters
    ----------
    square
        [y, x], as many rows as columns, even, of variance 1; its border is background.
    """
    seen = _contrast(square)
    size = len(seen)
    turned = ndimage.map_coordinates(seen, _turns(size), np.float32, order=1, mode="constant")
    # Mirrored about a row, and, as if turned by 90° more, about a column.
    both = np.concatenate([turned, turned.transpose(0, 2, 1)])
    likeness = _WHOLE * _whole(both) + _near(both)
    places = (np.arange(2 * size - 1) - (size - 1)) / 2 * _COARSE
    central = np.abs(places) <= _CENTRAL * size * _COARSE / 2
    degrees = np.arange(0, 180, _STEP_DEG)
    rising = np.where(degrees == 90, -1, 1)  # beyond it a line's angle is 180° less, and its normal turns round again
    return MirrorLikeness(
        likeness[:, central],
        np.radians(np.where(degrees > 90, degrees - 180, degrees)),
        rising[:, None] * places[central],
    )


def _contrast(square: Floats) -> Floats:
    """Return local contrast within the foreground."""
    half = len(square) // _COARSE
    small = square.reshape(half, _COARSE, half, _COARSE).mean(axis=(1, 3))
    border = np.concatenate([small[0], small[-1], small[1:-1, 0], small[1:-1, -1]])
    away = np.abs(small - np.median(border)) > _FOREGROUND
    if not away.any():
        return np.zeros_like(small)
    centred = small - ndimage.gaussian_filter(small, _CONTRAST)
    spread = np.sqrt(ndimage.gaussian_filter(centred * centred, _CONTRAST))
    contrast = centred / (spread + 0.3 * np.median(spread[away]) + 1e-6)
    return np.asarray(np.clip(contrast, -3, 3) * ndimage.gaussian_filter(away.astype(np.float32), 1), np.float32)


@cache
def _turns(size: int) -> Floats:
    """Return where the pixels of turned pictures lie, shape (2, directions, size, size)."""
    place = np.arange(size) - (size - 1) / 2
    y, x = np.meshgrid(place, place, indexing="ij")
    angle = np.radians(np.arange(0, 90, _STEP_DEG))[:, None, None]
    at = np.sin(angle) * x + np.cos(angle) * y, np.cos(angle) * x - np.sin(angle) * y
    return np.asarray(np.stack(at) + (size - 1) / 2, np.float32)


def _whole(pictures: Floats) -> Floats:
    """Return each picture's correlation with its mirror image about each row and half row."""
    size = pictures.shape[1]
    waves = fft.rfft(pictures, 2 * size, axis=1)
    alike = fft.irfft((waves * waves).sum(axis=2), 2 * size, axis=1)[:, : 2 * size - 1]
    return np.asarray(alike / np.maximum((pictures**2).sum(axis=(1, 2)), 1e-6)[:, None])


def _near(pictures: Floats) -> Floats:
    """Return how alike the near surroundings of each row and half row are, mirrored about it."""
    padded = np.pad(pictures, ((0, 0), (_PAIRS, _PAIRS), (0, 0)))
    power = np.einsum("apr,apr->ap", padded, padded)
    alike = np.zeros((len(pictures), 2 * padded.shape[1]), np.float32)
    most = np.zeros_like(alike)
    for apart in range(1, _PAIRS + 1):
        weight = np.float32(np.exp(-0.5 * (apart / _NEAR) ** 2))
        one, other = padded[:, :-apart], padded[:, apart:]
        rows = slice(apart, apart + 2 * one.shape[1], 2)  # twice the place between the two
        alike[:, rows] += 2 * weight * np.einsum("apr,apr->ap", one, other)
        most[:, rows] += weight * (power[:, :-apart] + power[:, apart:])
    found = alike / np.maximum(most + 0.3 * np.median(most.max(axis=1)), 1e-6)
    return np.asarray(found[:, 2 * _PAIRS : 2 * (_PAIRS + pictures.shape[1]) - 1])
