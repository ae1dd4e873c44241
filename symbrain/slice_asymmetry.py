"""How strongly the two sides of a single slice differ, on which side, over which area.

A slice of a scan has the heat of the scan in it. A slice that stands alone is compared across its own line, classically
as a volume is (``mirror_difference``). Both are summed up alike: the mean heat of the worst square centimetre. A
mirrored slice has the same score on the other side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from symbrain.deviation import BEARS, DEVIANT_SD, Side
from symbrain.line import Line
from symbrain.mirror_difference import mirror_heat
from symbrain.slice_brain import find_outline

METHOD = "slice_mirror_difference"
WORST_MM2 = 100.0
_FINEST_MM, _COARSEST_MM = 0.5, 2.0  # of the upright slice
_SMOOTHING_MM = 4.0

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class SliceAsymmetry:
    """What a slice shows.

    Parameters
    ----------
    heat
        Shape of the slice [y, x]: SD units ≥ 0, on the bearing side, 0 outside the brain.
    score
        Mean heat of the worst square centimetre.
    laterality_index
        Of the worst square centimetre: −1 (all on the subject's left) to 1 (all on the right).
    area_mm2
        Area of the deviation on the bearing side.
    """

    heat: Floats
    score: float
    laterality_index: float
    side: Side
    area_mm2: float


def summarise_slice(heat: Floats, line: Line, *, deviant_sd: float = DEVIANT_SD) -> SliceAsymmetry:
    """Return what the heat in a slice says.

    Parameters
    ----------
    heat
        Pixels [y, x] of the line's shape, SD units ≥ 0; rows run from the subject's right to the left.
    deviant_sd
        Heat above which a pixel belongs to a deviation.
    """
    pixel_mm2 = line.spacing_mm[0] * line.spacing_mm[1]
    count = min(max(1, round(WORST_MM2 / pixel_mm2)), heat.size)
    worst = np.partition(heat.ravel(), -count)[-count:]
    score, least = float(worst.mean(dtype=float)), max(float(worst[0]), 1e-6)
    left, right = _sides(line)
    on_left, on_right = (float(heat[part & (heat >= least)].sum(dtype=float)) for part in (left, right))
    laterality = (on_right - on_left) / (on_right + on_left) if on_right + on_left > 0 else 0.0
    side: Side = "none" if abs(laterality) < BEARS else "right" if laterality > 0 else "left"
    bearing = np.zeros_like(left) if side == "none" else left if side == "left" else right
    area = float(np.count_nonzero(bearing & (heat > deviant_sd))) * pixel_mm2
    return SliceAsymmetry(heat, score, laterality, side, area)


def compare_slice(
    pixels: ArrayLike, line: Line, *, mask: ArrayLike | None = None, smoothing_mm: float = _SMOOTHING_MM
) -> SliceAsymmetry:
    """Compare the two sides of a slice that stands alone, across its midline.

    Parameters
    ----------
    pixels
        [y, x] of the line's shape; rows run from the subject's right to the left. What is not finite is background.
    mask
        The brain in the slice; None finds its outline.
    smoothing_mm
        Full width at half maximum of the smoothing before the comparison.
    """
    image = np.asarray(pixels, np.float32)
    image = np.where(np.isfinite(image), image, np.float32(0))
    upright = _Upright.of(line)
    turned = upright.turned(image)
    brain = find_outline(turned, upright.step_mm) if mask is None else upright.turned(np.asarray(mask, bool)) > 0.5
    heat, _ = mirror_heat(turned, brain, upright.step_mm, smoothing_mm)
    return summarise_slice(upright.back(heat), line)


def _sides(line: Line) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the pixels on the subject's left and right of a line."""
    height, width = line.shape
    y, x = np.mgrid[:height, :width]
    away = line.distance_mm(np.stack([x.ravel(), y.ravel()], axis=1)).reshape(line.shape)
    return away > 0, away < 0


@dataclass(frozen=True)
class _Upright:
    """An upright picture of a slice: axis 0 runs from the subject's left to the right, its middle is the line.

    Its second axis runs along the line, and its middle is the foot of the slice's centre.
    """

    line: Line
    step_mm: float
    half: int

    @classmethod
    def of(cls, line: Line) -> _Upright:
        """Return the picture that holds the whole slice, as fine as its pixels."""
        (height, width), (row_mm, col_mm) = line.shape, line.spacing_mm
        step = float(np.clip(min(row_mm, col_mm), _FINEST_MM, _COARSEST_MM))
        reach = np.hypot(height * row_mm, width * col_mm) / 2 + abs(line.offset_mm)
        return cls(line, step, int(np.ceil(reach / step)))

    def turned(self, pixels: NDArray[np.generic]) -> Floats:
        """Return a slice upright, by one linear interpolation; beyond it is its background."""
        border = np.concatenate([pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1]])
        place = np.arange(-self.half, self.half + 1) * self.step_mm
        right, along = np.meshgrid(place, place, indexing="ij")
        (height, width), (row_mm, col_mm) = self.line.shape, self.line.spacing_mm
        c, s = self.line.direction
        left = self.line.offset_mm - right
        x, y = c * along - s * left, s * along + c * left
        at = [y / row_mm + (height - 1) / 2, x / col_mm + (width - 1) / 2]
        outside = float(np.median(border.astype(np.float32)))
        return np.asarray(ndimage.map_coordinates(pixels.astype(np.float32), at, order=1, cval=outside))

    def back(self, picture: Floats) -> Floats:
        """Return an upright picture on the slice's own pixels."""
        (height, width), (row_mm, col_mm) = self.line.shape, self.line.spacing_mm
        y, x = np.mgrid[:height, :width]
        x, y = (x - (width - 1) / 2) * col_mm, (y - (height - 1) / 2) * row_mm
        c, s = self.line.direction
        along, left = c * x + s * y, c * y - s * x - self.line.offset_mm
        at = [self.half - left / self.step_mm, self.half + along / self.step_mm]
        return np.asarray(ndimage.map_coordinates(picture, at, order=1, cval=0.0), np.float32)
