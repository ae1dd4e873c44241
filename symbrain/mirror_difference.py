"""The first detector: the mirror difference, tolerant of displacement.

The two hemispheres of an upright brain are compared place by place. Folding differs between the sides of every
newborn by some millimetres, so a voxel counts as different only if its intensity lies outside the range of those
within a few millimetres of its mirror image; what is left is expressed in units of the scan's own spread of plain
mirror differences. There is no learning in it, and it is blind to symmetric disease.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from symbrain.deviation import DEVIANT_SD, Asymmetry, summarise
from symbrain.reflection import reflect

METHOD = "mirror_difference"
TOLERANCE_MM = 3.0  # how far homologous folds may lie apart
_LEAST_SPREAD = 0.05  # of the contrast, 10th to 90th percentile; ordinary heads have 0.06 to 0.3
_RIM_MM = 6.0  # the brain's border itself is not compared: half a voxel of mask decides its value
_AROUND_MM = 6.0  # the scale of what surrounds a deviation


def compare_sides(
    image: NDArray[np.float32], mask: NDArray[np.bool_], spacing_mm: float, smoothing_mm: float, seed: int = 0
) -> Asymmetry:
    """Compare an upright brain with its mirror image.

    Parameters
    ----------
    image, mask
        Upright, bias-corrected image and its brain mask; axis 0 runs from the subject's left to the right and its
        middle is the mid-sagittal plane.
    smoothing_mm
        Full width at half maximum of the smoothing before the comparison.
    """
    heat, both = mirror_heat(image, mask, spacing_mm, smoothing_mm)
    return summarise(heat, both, spacing_mm, seed=seed)


def mirror_heat(
    image: NDArray[np.float32], mask: NDArray[np.bool_], spacing_mm: float, smoothing_mm: float
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the heat of a comparison with the mirror image, and where the sides were compared at all.

    Parameters
    ----------
    image, mask
        As above, of a volume or of a single slice: any number of axes, of which axis 0 runs from the subject's left
        to the right.
    """
    both = _comparable(mask, spacing_mm)
    smooth = _smoothed(image, mask, smoothing_mm / 2.355 / spacing_mm)
    excess = np.where(both, _excess(smooth, spacing_mm) / _spread(smooth, both), 0)
    return _on_bearing_side(excess, smooth, mask, spacing_mm), both


def mirror_correlation(image: NDArray[np.float32], mask: NDArray[np.bool_]) -> float:
    """Return the correlation of an upright brain with its mirror image, voxel by voxel."""
    both = mask & reflect(mask)
    return float(np.corrcoef(image[both], reflect(image)[both])[0, 1])


def _comparable(mask: NDArray[np.bool_], spacing_mm: float) -> NDArray[np.bool_]:
    """Return the voxels whose mirror image is in the brain too, away from its border."""
    depth = ndimage.distance_transform_edt(mask & reflect(mask), sampling=spacing_mm)
    return np.asarray(depth > _RIM_MM)


def _smoothed(image: NDArray[np.float32], mask: NDArray[np.bool_], sigma: float) -> NDArray[np.float32]:
    """Return the image smoothed within the brain, without the outside leaking in."""
    share = ndimage.gaussian_filter(mask.astype(np.float32), sigma)
    inside = ndimage.gaussian_filter(np.where(mask, image, 0).astype(np.float32), sigma)
    return np.asarray(inside / np.maximum(share, 0.05), np.float32)


def _spread(smooth: NDArray[np.float32], both: NDArray[np.bool_]) -> float:
    """Return the robust standard deviation of the plain mirror difference, at least a share of the brain's contrast.

    Sides that are nearly equal would else be measured against nothing but noise and interpolation.
    """
    if not both.any():
        return 1.0
    difference = (smooth - reflect(smooth))[both]
    low, high = np.percentile(smooth[both], [10, 90])
    return max(1.4826 * float(np.median(np.abs(difference))), _LEAST_SPREAD * float(high - low), 1e-6)


def _excess(smooth: NDArray[np.float32], spacing_mm: float) -> NDArray[np.float32]:
    """Return how far each voxel lies outside the range of those around its mirror image."""
    size = 2 * round(TOLERANCE_MM / spacing_mm) + 1
    other = reflect(smooth)
    above = smooth - ndimage.maximum_filter(other, size)
    below = ndimage.minimum_filter(other, size) - smooth
    return np.asarray(np.maximum(np.maximum(above, below), 0), np.float32)


def _on_bearing_side(
    excess: NDArray[np.float32], smooth: NDArray[np.float32], mask: NDArray[np.bool_], spacing_mm: float
) -> NDArray[np.float32]:
    """Return the excess of both places of each pair, put on the side that bears the deviation.

    A bright lesion on one side is a dark deviation on the other. Of the two places of a cluster, the one that bears
    it is the one that differs more from the brain around both.
    """
    pair = np.maximum(excess, reflect(excess))
    clusters, count = ndimage.label(pair > DEVIANT_SD)
    around = _smoothed(smooth + reflect(smooth), mask & reflect(mask), _AROUND_MM / spacing_mm) / 2
    unlike = np.abs(smooth - around)
    stands_out = ndimage.sum_labels(unlike - reflect(unlike), clusters, np.arange(count + 1))
    return np.where((clusters > 0) & (stands_out[clusters] > 0), pair, 0).astype(np.float32)
