"""What the asymmetry network sees: every upright brain in one box of voxels of 2 mm, and the way back.

The box has an even number of voxels across the subject, so that the mid-sagittal plane lies between two of them;
reversing its first axis is the reflection. Every step treats both sides alike, so that the input of a mirrored brain
is the mirrored input.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symbrain.reflection import reflect

SHAPE = (64, 72, 56)  # voxels of the box: 128×144×112 mm hold a newborn's brain
SPACING_MM = 2.0
CHANNELS = ("image", "brain mask")
CLIP = 5.0  # robust standard deviations
HALF = 0.5001  # of a voxel has to be brain; voxels of which exactly half is are out, however sums are rounded

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Working:
    """A brain in the box.

    Parameters
    ----------
    image
        Shape (64, 72, 56), axis 0 from the subject's left to the right; the scan's own brightness, 0 outside.
    mask
        Brain, same shape.
    """

    image: Image
    mask: Mask

    def mirrored(self) -> Working:
        """Return the mirror image."""
        return Working(reflect(self.image), reflect(self.mask))


@dataclass(frozen=True)
class Box:
    """How an upright grid lies in the box.

    Parameters
    ----------
    shape, spacing_mm
        Of the upright grid; the middle of its axis 0 is the mid-sagittal plane.
    middle
        The upright voxel coordinates that come to the middle of the box.
    """

    shape: tuple[int, ...]
    spacing_mm: float
    middle: tuple[float, float, float]

    @classmethod
    def around(cls, mask: Mask, spacing_mm: float) -> Box:
        """Return the box with its middle on the plane, and on the mask's centroid along the other axes."""
        if not mask.any():
            return cls(mask.shape, spacing_mm, tuple((n - 1) / 2 for n in mask.shape))
        along = [mask.sum(axis=tuple(a for a in range(3) if a != axis)) for axis in (1, 2)]
        y, z = (float(np.arange(len(s)) @ s) / float(s.sum()) for s in along)
        return cls(mask.shape, spacing_mm, ((mask.shape[0] - 1) / 2, y, z))

    def working(self, image: Image, mask: Mask) -> Working:
        """Return the means over the box's voxels; only the brain counts, and what lies outside the box is lost."""
        weights = [self._overlap(axis) for axis in range(3)]
        share = _along_axes(weights, mask.astype(np.float32))
        total = _along_axes(weights, np.where(mask, image, 0).astype(np.float32))
        inside = share > HALF
        return Working(np.where(inside, total / np.maximum(share, 0.5), 0).astype(np.float32), inside)

    def back(self, values: Image) -> Image:
        """Return a map of the box on the upright grid, by linear interpolation."""
        return _along_axes([self._tents(axis) for axis in range(3)], values)

    def _at_mm(self, axis: int) -> NDArray[np.float64]:
        return np.asarray((np.arange(self.shape[axis]) - self.middle[axis]) * self.spacing_mm)

    def _overlap(self, axis: int) -> Image:
        """Return which share of each voxel of the box each upright voxel fills, shape (box, upright)."""
        at = self._at_mm(axis)
        low = (np.arange(SHAPE[axis]) - SHAPE[axis] / 2)[:, None] * SPACING_MM
        ends = np.minimum(at + self.spacing_mm / 2, low + SPACING_MM)
        common = ends - np.maximum(at - self.spacing_mm / 2, low)
        return np.asarray(np.maximum(common, 0) / SPACING_MM, np.float32)

    def _tents(self, axis: int) -> Image:
        """Return the weights of linear interpolation, shape (upright, box)."""
        at = self._at_mm(axis)[:, None] / SPACING_MM
        nodes = np.arange(SHAPE[axis]) - (SHAPE[axis] - 1) / 2
        return np.asarray(np.maximum(1 - np.abs(np.clip(at, nodes[0], nodes[-1]) - nodes), 0), np.float32)


def network_input(working: Working) -> Image:
    """Return the network's channels (2, 64, 72, 56), see ``CHANNELS``; 0 outside the brain.

    Brightness is in robust standard deviations from the brain's median.
    """
    return np.stack([normalised(working), working.mask.astype(np.float32)])


def normalised(working: Working) -> Image:
    """Return brightness in robust standard deviations from the brain's median, clipped; 0 outside."""
    if not working.mask.any():
        return np.zeros_like(working.image)
    low, middle, high = np.percentile(working.image[working.mask], [10, 50, 90])
    scaled = (working.image - middle) * (2.563 / max(float(high - low), 1e-6))
    return np.where(working.mask, np.clip(scaled, -CLIP, CLIP), 0).astype(np.float32)


def _along_axes(weights: list[Image], values: Image) -> Image:
    """Return the values multiplied by one matrix along each axis."""
    x, y, z = weights
    return np.ascontiguousarray(np.einsum("ai,bj,ck,ijk->abc", x, y, z, values, optimize="greedy"), np.float32)
