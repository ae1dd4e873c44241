"""The brain in a single upright slice: what the skull encloses, or all that is shown where the skull was stripped.

Between brain and scalp the skull is a ring nearly as dark as the background, on T2w and on T1w. Where most directions
from a centre on the midline have such a valley near the border of the head, a stiff thread through it (``stiff_path``)
is the outline; where they have none, the border itself is. Each half is searched for itself, so that a mirrored slice
has the mirrored outline.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from symbrain.reflection import reflect
from symbrain.stiff_path import stiff_path

_STEP_DEG, _STEP_MM = 3.0, 0.5
_FOREGROUND = 0.12  # of the slice's contrast
_DARK, _BRIGHTER = 0.3, 0.15  # of the contrast: a valley is darker than brain and fluid, with a brighter scalp beyond
_INWARD_MM = 16.0  # how far from the head's border the skull is looked for
_SKULL = 0.6  # of the directions that show a valley
_STRENGTH = 8.0  # log-likelihood of full darkness in one direction
_TURN, _END = 1.0, 30.0  # steps of radius: how the thread turns from direction to direction, and where it may end

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


def find_outline(image: NDArray[np.floating], spacing_mm: float) -> Mask:
    """Return the brain of an upright slice; nothing where nothing stands out from the background.

    Parameters
    ----------
    image
        Axis 0 runs from the subject's left to the right, odd in number, its middle on the midline; axis 1 along it.
    """
    bright = _brightness(image)
    shown = ndimage.binary_fill_holes(_largest(ndimage.gaussian_filter(bright, 1.0 / spacing_mm) > _FOREGROUND))
    if not shown.any():
        return np.zeros(image.shape, bool)
    filled, middle = np.flatnonzero(shown.any(axis=0)), image.shape[0] // 2
    center = float(filled[0] + filled[-1]) / 2
    smooth = ndimage.gaussian_filter(bright, 0.5 / spacing_mm)
    right = _Half.of(smooth[middle:], shown[middle:], center, spacing_mm)
    left = _Half.of(reflect(smooth)[middle:], reflect(shown)[middle:], center, spacing_mm)
    skull = float(np.concatenate([left.in_valley, right.in_valley]).mean()) > _SKULL
    inside = np.zeros(image.shape, bool)
    inside[middle:] = right.inside(spacing_mm, skull=skull)
    inside[middle::-1] |= left.inside(spacing_mm, skull=skull)
    return np.asarray(inside & shown)


def _brightness(image: NDArray[np.floating]) -> Floats:
    """Return how far each pixel departs from the background, in units of the slice's contrast."""
    border = np.concatenate([image[0], image[-1], image[1:-1, 0], image[1:-1, -1]])
    away = np.abs(image - np.median(border))
    brighter = away[away > _FOREGROUND * away.max()]
    return np.asarray(away / (np.percentile(brighter, 98) if brighter.size else 1), np.float32)


def _largest(mask: Mask) -> Mask:
    parts, _ = ndimage.label(mask)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray((parts == sizes.argmax()) & mask)


@dataclass(frozen=True)
class _Half:
    """One half of a slice, seen from a centre on the midline.

    Parameters
    ----------
    shape, center
        Of the half, whose axis 0 runs from the midline outwards; the centre's place along axis 1.
    angles
        Of the directions, radians, from one end of the midline to the other.
    border_mm
        Distance of the head's border in each direction.
    valley
        Shape (directions, distances from ``_INWARD_MM`` within the border to the border): darkness, 0 to 1, of what
        has something brighter beyond.
    """

    shape: tuple[int, int]
    center: float
    angles: NDArray[np.float64]
    border_mm: NDArray[np.float64]
    valley: NDArray[np.float64]

    @classmethod
    def of(cls, bright: Floats, shown: Mask, center: float, spacing_mm: float) -> _Half:
        """Look from the centre of a half in all directions."""
        angles = np.radians(np.arange(0, 180 + _STEP_DEG / 2, _STEP_DEG))

        def along_rays(picture: Floats, away_mm: NDArray[np.float64]) -> Floats:
            across, along = (away_mm * f(angles)[:, None] / spacing_mm for f in (np.sin, np.cos))
            return np.asarray(ndimage.map_coordinates(picture, [across, center + along], order=1))

        radii = np.arange(0, np.hypot(*bright.shape) * spacing_mm, _STEP_MM)
        seen = along_rays(shown.astype(np.float32), np.tile(radii, (len(angles), 1))) > 0.5
        border = ndimage.median_filter(np.where(seen, radii, 0).max(axis=1), 5, mode="nearest")
        inward = np.arange(-_INWARD_MM, _STEP_MM / 2, _STEP_MM)
        level = along_rays(bright, np.maximum(border[:, None] + inward, 0))
        beyond = np.maximum.accumulate(level[:, ::-1], axis=1)[:, ::-1]
        valley = np.where(beyond - level > _BRIGHTER, np.clip(1 - level / _DARK, 0, 1), 0)
        return cls((bright.shape[0], bright.shape[1]), center, angles, border, valley)

    @property
    def in_valley(self) -> Mask:
        """Which directions show a valley."""
        return np.asarray(self.valley.max(axis=1) > 0)

    def inside(self, spacing_mm: float, *, skull: bool) -> Mask:
        """Return the brain of the half."""
        limit = self.border_mm
        if skull:
            columns = stiff_path(_STRENGTH * self.valley, _TURN, _END) + self.valley.shape[1] // 2
            limit = limit - _INWARD_MM + columns * _STEP_MM
        across, along = np.indices(self.shape) - np.array([0, self.center])[:, None, None]
        away_mm = np.hypot(across, along) * spacing_mm
        return np.asarray(away_mm <= np.interp(np.arctan2(across, along), self.angles, limit))
