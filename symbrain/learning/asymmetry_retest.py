"""A brain as a second scan of it would look: the head lies a little otherwise, and the noise is another.

What is between two scans of an unchanged brain, and no more: no warp, no contrast, no bias field. So the difference of
the two scores is how repeatable the score is under repositioning.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

from symbrain.learning.asymmetry_input import SPACING_MM, Image, Mask, Working

TURN_DEG, SHIFT_MM = 1.0, 1.0  # about and along each axis: as far as raters of the plane are apart (1.08°, a voxel)
_PAST_BORDER = 3  # voxels; the cubic interpolation reaches two


def repositioned(working: Working, rng: np.random.Generator) -> Working:
    """Return the brain turned and shifted as one body against the mid-sagittal plane, with fresh noise.

    Turns are even within ±1° about each axis, shifts within ±1 mm along each. The noise that is in the image stays and
    is smoothed by the interpolation; new noise of the same spread is added, so that the two scores differ rather more
    than those of two scans would.
    """
    turn = Rotation.from_euler("xyz", rng.uniform(-TURN_DEG, TURN_DEG, 3), degrees=True).as_matrix()
    middle = (np.array(working.mask.shape) - 1) / 2
    offset = middle - turn @ middle + rng.uniform(-SHIFT_MM, SHIFT_MM, 3) / SPACING_MM
    inside = ndimage.affine_transform(working.mask.astype(np.float32), turn, offset, order=1) > 0.5
    image = ndimage.affine_transform(_past_border(working), turn, offset, order=3, mode="nearest")
    noise = rng.standard_normal(image.shape, np.float32) * np.float32(noise_sd(working.image, working.mask))
    return Working(np.where(inside, image + noise, 0).astype(np.float32), inside)


def noise_sd(image: Image, mask: Mask) -> float:
    """Return the spread of what no smooth structure explains: second differences along all three axes at once.

    Immerkaer 1996 (CVIU 64:300) in three dimensions, with the median for robustness; fine texture counts as noise.
    """
    inner = ndimage.binary_erosion(mask, iterations=2)[1:-1, 1:-1, 1:-1]
    rough = np.diff(np.diff(np.diff(image, 2, axis=0), 2, axis=1), 2, axis=2)
    return float(1.4826 * np.median(np.abs(rough[inner])) / np.sqrt(6.0**3)) if inner.any() else 0.0


def _past_border(working: Working) -> Image:
    """Return the image continued beyond the brain, so that the interpolation meets no edge to nothing."""
    away, nearest = ndimage.distance_transform_edt(~working.mask, return_indices=True)
    return np.where(away <= _PAST_BORDER, working.image[tuple(nearest)], 0).astype(np.float32)
