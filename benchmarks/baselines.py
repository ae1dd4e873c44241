"""The simplest things that could be done: what every detector has to beat, and a midline that is always the middle."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from intervals import Estimate, auroc_estimate
from symbrain.line import Line
from symbrain.plane import Plane
from symbrain.reflection import reflect
from symbrain.volume import Volume

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Answer = tuple[float, str, Floats]
WORST_ML = 1.0  # a score is the mean of the worst millilitre, as it is of the detectors
_WINDOW = 3  # voxels along each edge of a window
_FLAT = 1 / 3  # of the noise: the standard deviation below which a window is constant; chance leaves one in a thousand
_SMOOTHING_MM = 3.0  # full width at half maximum
_RIM_MM = 4.0  # the brain's border, half of which is not brain
_DEEP = 0.5  # of the brain's greatest depth: fluid that lies deeper is a ventricle's
_FLUID_SD, _HEMISPHERE_SD = 0.16, 0.035  # how much the two indices vary among normal synthetic heads


def mean_difference(image: Floats, mask: Mask, _spacing_mm: float, _age_weeks: float, _modality: str) -> Answer:
    """Return the mean |L−R| relative to the brain's median; its map is the difference itself, and it knows no side."""
    both = mask & reflect(mask)
    relative = image / np.float32(np.median(image[mask]))
    difference = np.where(both, np.abs(relative - reflect(relative)), 0).astype(np.float32)
    return float(difference[both].mean(dtype=float)), "none", difference


def constant_windows(image: Floats, mask: Mask, _spacing_mm: float, _age_weeks: float, _modality: str) -> Answer:
    """Return the share of the brain's windows that are of constant grey, and the side with more of them.

    Lesions that were painted over the tissue would be found by it; those that keep its texture and noise are not.
    """
    inner = ndimage.binary_erosion(mask, np.ones((_WINDOW,) * 3))
    share = _local_sd(image) / max(_noise(image, inner), 1e-6)
    constant = inner & (share < _FLAT)
    heat = np.where(inner, 1 / (1 + share), 0).astype(np.float32)
    return float(constant.sum()) / max(int(inner.sum()), 1), _fuller_side(constant), heat


def global_z(image: Floats, mask: Mask, spacing_mm: float, _age_weeks: float, _modality: str) -> Answer:
    """Return the mean |z| of the worst millilitre, against the median and spread of the whole brain, and its side."""
    inner = within(mask, _RIM_MM, spacing_mm)
    smooth = smoothed(image, mask, _SMOOTHING_MM / 2.355 / spacing_mm)
    z = np.where(inner, np.abs(robust_z(smooth, inner)), 0).astype(np.float32)
    score, least = worst(z[inner], WORST_ML * 1000 / spacing_mm**3)
    return score, _fuller_side(np.where(z >= least, z, 0)), z


def ventricle_index(image: Floats, mask: Mask, spacing_mm: float, _age_weeks: float, modality: str) -> Answer:
    """Return the asymmetry of the deep fluid and of the hemispheres, and the side with more fluid.

    Both are |L−R| / ((L+R)/2) of volumes, in standard deviations of normal heads, added as squares.
    """
    fluid = deep_fluid(image, mask, spacing_mm, modality)
    score = np.hypot(asymmetry_index(fluid) / _FLUID_SD, asymmetry_index(mask) / _HEMISPHERE_SD)
    heat = np.where(fluid & ~reflect(fluid), np.abs(image - reflect(image)), 0).astype(np.float32)
    return float(score), _fuller_side(fluid), heat


def deep_fluid(image: Floats, mask: Mask, spacing_mm: float, modality: str) -> Mask:
    """Return the voxels deep in the brain that are fluid: bright in T2w, dark in T1w.

    Otsu's method with two thresholds, because with one the white matter of newborns would go with the fluid.
    """
    from skimage.filters import threshold_multiotsu

    inner = within(mask, _RIM_MM, spacing_mm)
    smooth = smoothed(image, mask, _SMOOTHING_MM / 2.355 / spacing_mm)
    bright = smooth if modality == "T2w" else -smooth
    return np.asarray(_deep(mask) & (bright > threshold_multiotsu(bright[inner], 3)[-1]))


def asymmetry_index(part: Mask) -> float:
    """Return (L−R) / ((L+R)/2) of a part's volume; 0 where it is empty."""
    left, right = _sides(part)
    return 2 * (left - right) / (left + right) if left + right else 0.0


def worst(values: Floats, count: float) -> tuple[float, float]:
    """Return the mean of so many of the largest values, and the least of them."""
    if not values.size:
        return 0.0, np.inf
    taken = min(max(1, round(count)), values.size)
    largest = np.partition(values, -taken)[-taken:]
    return float(largest.mean(dtype=float)), float(largest[0])


def within(mask: Mask, rim_mm: float, spacing_mm: float) -> Mask:
    """Return the brain without its border; the whole brain where nothing else would be left."""
    inner = ndimage.distance_transform_edt(mask, sampling=spacing_mm) > rim_mm
    return np.asarray(inner if inner.any() else mask)


def smoothed(image: Floats, mask: Mask, sigma: float) -> Floats:
    """Return the image smoothed within the brain, sigma in voxels, without the outside leaking in."""
    share = ndimage.gaussian_filter(mask.astype(np.float32), sigma)
    inside = ndimage.gaussian_filter(np.where(mask, image, 0).astype(np.float32), sigma)
    return np.asarray(inside / np.maximum(share, 0.05), np.float32)


def robust_z(image: Floats, mask: Mask) -> Floats:
    """Return the image in standard deviations of the brain, both robust: median, and half of the middle 68 %."""
    low, middle, high = np.percentile(image[mask], [16, 50, 84])
    return np.asarray((image - middle) / max((high - low) / 2, 1e-6), np.float32)


def shuffled_estimate(
    normal: ArrayLike, normal_infants: ArrayLike, lesioned: ArrayLike, lesioned_infants: ArrayLike, seed: int = 0
) -> Estimate:
    """Return the AUROC when it is dealt out at random which scans are the lesioned ones: 0.5 where nothing leaks."""
    scores = np.concatenate([np.asarray(normal, float), np.asarray(lesioned, float)])
    infants = np.concatenate([np.asarray(normal_infants), np.asarray(lesioned_infants)])
    dealt = np.random.default_rng(seed).permutation(len(scores))
    well, sick = np.split(dealt, [np.size(normal)])
    return auroc_estimate(scores[well], infants[well], scores[sick], infants[sick])


def constant_plane(volume: Volume) -> Plane:
    """Return the middle of the grid, across its first axis."""
    return Plane.through(volume.to_world((np.array(volume.shape) - 1) / 2), volume.axes[:, 0])


def constant_line(pixels: NDArray[np.float32], spacing_mm: tuple[float, float]) -> Line | None:
    """Return the line through the middle of the slice."""
    return Line.from_angle(0, 0, (pixels.shape[0], pixels.shape[1]), spacing_mm)


def _local_sd(image: Floats) -> Floats:
    mean = ndimage.uniform_filter(image.astype(float), _WINDOW)
    square = ndimage.uniform_filter(image.astype(float) ** 2, _WINDOW)
    return np.asarray(np.sqrt(np.maximum(square - mean**2, 0)), np.float32)


def _noise(image: Floats, inner: Mask) -> float:
    """Return the standard deviation of the noise, from second differences along the first axis."""
    second = (image[:-2] - 2 * image[1:-1] + image[2:])[inner[1:-1]]
    return float(1.4826 * np.median(np.abs(second)) / np.sqrt(6)) if second.size else 0.0


def _deep(mask: Mask) -> Mask:
    depth = ndimage.distance_transform_edt(mask)
    return np.asarray(depth > _DEEP * float(depth.max()))


def _sides(amount: Floats | Mask) -> tuple[float, float]:
    """Return how much of it lies on the left and on the right; the middle belongs to neither."""
    half = amount.shape[0] // 2
    return float(amount[:half].sum(dtype=float)), float(amount[-half:].sum(dtype=float))


def _fuller_side(amount: Floats | Mask) -> str:
    left, right = _sides(amount)
    return "none" if left == right else "left" if left > right else "right"
