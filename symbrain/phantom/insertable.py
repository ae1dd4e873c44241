"""A brain image made ready for changes: its fluid, its tissue and their texture, estimated once without labels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from symbrain.phantom.fields import Floats

_CLASSES = 3  # fluid, and two of tissue: more would take texture for tissue
_LOCAL_MM = 6.0  # the texture's standard deviation is that of about so wide a neighbourhood
_BINS = 256


@dataclass(frozen=True)
class Insertable:
    """An upright image and what is estimated from it; made by ``prepare``.

    Parameters
    ----------
    image
        Shape (X, Y, Z); axis 0 runs from the subject's left to the right, and its middle is the midline.
    mask
        The brain, with or without the fluid around it.
    spacing_mm
        Voxel edge along each axis.
    bright_fluid
        Whether fluid is brighter than tissue, as on T2w.
    fluid_level
        Brightness of fluid.
    fluid
        Share of fluid of each voxel, 0 to 1.
    level
        Brightness of each voxel's tissue class, smooth between classes: the image without noise and texture.
    local_sd
        Standard deviation of the texture and noise within each voxel's class, in its neighbourhood.
    """

    image: Floats
    mask: NDArray[np.bool_]
    spacing_mm: tuple[float, float, float]
    bright_fluid: bool
    fluid_level: float
    fluid: Floats
    level: Floats
    local_sd: Floats

    @property
    def voxel_mm3(self) -> float:
        """Volume of one voxel, in cubic millimetres."""
        return float(np.prod(self.spacing_mm))

    @cached_property
    def depth(self) -> Floats:
        """How deep each voxel is in the brain: 0 outside, about 0.5 on the surface, 1 from about 10 mm on."""
        return smoothed(self.mask.astype(np.float32), 5.0, self.spacing_mm)

    @cached_property
    def near_fluid(self) -> Floats:
        """Share of fluid in a neighbourhood of about 8 mm."""
        return smoothed(self.fluid, 3.5, self.spacing_mm)

    @cached_property
    def height(self) -> Floats:
        """How high each place along axis 2 is in the brain, 0 at its foot and 1 at its crown."""
        rows = np.flatnonzero(self.mask.any(axis=(0, 1)))
        return np.asarray((np.arange(self.mask.shape[2]) - rows[0]) / max(int(rows[-1] - rows[0]), 1), np.float32)

    @cached_property
    def lateral_mm(self) -> Floats:
        """Signed distance of each place along axis 0 from the midline, in millimetres, positive on the right."""
        return axis_mm(self.image.shape[0], self.spacing_mm[0])


def prepare(
    image: NDArray[np.floating],
    mask: NDArray[np.bool_],
    spacing_mm: tuple[float, float, float],
    *,
    bright_fluid: bool | None = None,
) -> Insertable:
    """Estimate what is needed to insert changes into an image.

    Parameters
    ----------
    image
        Shape (X, Y, Z); axis 0 runs from the subject's left to the right, and its middle is the midline.
    spacing_mm
        Voxel edge along each axis.
    bright_fluid
        Whether fluid is brighter than tissue; None finds it out from the rim and the tails of the brightness.
    """
    image, mask = np.asarray(image, np.float32), np.asarray(mask, bool)
    if image.shape != mask.shape or image.ndim != 3 or not mask.any():
        msg = f"an image of shape {image.shape} needs a mask of its shape with a brain in it, not one of {mask.shape}"
        raise ValueError(msg)
    levels = _class_levels(image[mask])
    if bright_fluid is None:
        bright_fluid = _looks_bright(image, mask, levels, spacing_mm)
    fluid_level, next_level = (levels[-1], levels[-2]) if bright_fluid else (levels[0], levels[1])
    fluid = np.clip((image - next_level) / (fluid_level - next_level + np.float32(1e-9)), 0, 1) * mask
    level = _nearest_level(image, levels) * mask
    sd = _local_sd(image, level, mask, spacing_mm)
    spacing = (float(spacing_mm[0]), float(spacing_mm[1]), float(spacing_mm[2]))
    return Insertable(image, mask, spacing, bright_fluid, float(fluid_level), fluid, level, sd)


def axis_mm(count: int, spacing_mm: float) -> Floats:
    """Return the position of each voxel along an axis, in millimetres from the axis' middle."""
    return np.asarray((np.arange(count) - (count - 1) / 2) * spacing_mm, np.float32)


def smoothed(image: Floats, sd_mm: float, spacing_mm: tuple[float, float, float]) -> Floats:
    """Return an image smoothed by a Gaussian whose standard deviation is in millimetres."""
    return gaussian_filter(image, [sd_mm / edge for edge in spacing_mm], mode="constant", truncate=2.0)  # type: ignore[no-any-return]


def _class_levels(values: Floats) -> Floats:
    """Return the brightness of a few classes, in ascending order, by k-means of the histogram."""
    low, high = np.quantile(values, [0.005, 0.995])
    counts, edges = np.histogram(np.clip(values, low, high), bins=_BINS)
    centers = (edges[:-1] + edges[1:]) / 2
    levels = np.interp((np.arange(_CLASSES) + 0.5) / _CLASSES, np.cumsum(counts) / counts.sum(), centers)
    for _ in range(30):
        nearest = np.abs(centers[:, None] - levels).argmin(axis=1)
        weight = np.bincount(nearest, counts, _CLASSES)
        moved = np.bincount(nearest, counts * centers, _CLASSES) / np.maximum(weight, 1)
        levels = np.sort(np.where(weight > 0, moved, levels))
    return np.asarray(levels, np.float32)


def _looks_bright(
    image: Floats, mask: NDArray[np.bool_], levels: Floats, spacing_mm: tuple[float, float, float]
) -> bool:
    """Tell whether fluid is the brightest class rather than the darkest: fluid lies in the rim, and stands apart."""
    depth = smoothed(mask.astype(np.float32), 3.0, spacing_mm)
    values, rim = image[mask], depth[mask] < 0.65
    top = values > (levels[-1] + levels[-2]) / 2
    bottom = values < (levels[0] + levels[1]) / 2
    in_rim = float(top[rim].mean() / max(top.mean(), 1e-6) - bottom[rim].mean() / max(bottom.mean(), 1e-6))
    gaps = np.diff(levels)
    apart = float((gaps[-1] - gaps[0]) / gaps.sum())
    return in_rim + 2 * apart > 0


def _nearest_level(image: Floats, levels: Floats) -> Floats:
    borders = (levels[1:] + levels[:-1]) / 2
    return levels[np.searchsorted(borders, image)]


def _local_sd(image: Floats, level: Floats, mask: NDArray[np.bool_], spacing_mm: tuple[float, float, float]) -> Floats:
    """Return the standard deviation of tissue about its class, in each voxel's neighbourhood.

    Voxels on a border between classes are left out: where the class of a neighbour along any axis is another.
    """
    pure = mask.copy()
    for axis in range(3):
        same = np.diff(level, axis=axis) == 0
        before, after = [slice(None)] * 3, [slice(None)] * 3
        before[axis], after[axis] = slice(None, -1), slice(1, None)
        pure[tuple(before)] &= same
        pure[tuple(after)] &= same
    if pure.sum() < 0.02 * mask.sum():
        pure = mask
    rest = (image - level) * pure
    count, first, second = (
        smoothed(part, _LOCAL_MM, spacing_mm) for part in (pure.astype(np.float32), rest, rest * rest)
    )
    safe = np.maximum(count, np.float32(1e-3))
    variance = np.maximum(second / safe - np.square(first / safe), 0)
    usual = float(np.sqrt(np.median(variance[pure]))) or float(image[mask].std()) * 0.1
    sd = np.where(count > 0.02, np.sqrt(variance), usual)
    return np.asarray(np.clip(sd, 0.5 * usual, 2 * usual), np.float32)
