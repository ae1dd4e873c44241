"""The plane of greatest symmetry, by a robust search for the mirror image.

The three numbers of a plane are found by maximising the correlation of the brain with its reflection (Ardekani et
al. 1997, IEEE TMI 16:723), from a grid of starts at coarse resolution to a sub-voxel refinement. Two things make it
robust: intensities are compared after removing their local mean and scaling by their local spread, which a bias
field cannot change; and the last refinement gives less weight to places that have no counterpart on the other side
(Geman-McClure weights), so that a lesion does not pull the plane.

The plane found is that of greatest *symmetry*. In an asymmetric brain the anatomical midline differs from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, optimize

from symbrain.plane import Plane
from symbrain.volume import Volume

METHOD = "mirror_correlation"
COARSE_MM, FINE_MM = 4.0, 2.0
_LOCAL_MM = 10.0  # the scale on which intensity is called local
_GRID_DEG = 8.0
_SHIFTS_MM = (-9.0, -3.0, 3.0, 9.0)
_STARTS = 6
_SPREAD_DEG = 3.0  # quarters of the brain that disagree by this much leave a confidence of 1/e

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SymmetryPlane:
    """The plane of greatest symmetry, and how far to trust it.

    Parameters
    ----------
    confidence
        0 to 1: how well the planes of the brain's parts agree, times how much better the plane is than its rivals.
    symmetry_before, symmetry_after
        Correlation of the brain with its reflection across the middle of the grid, and across the plane.
    """

    plane: Plane
    center_mm: tuple[float, float, float]
    confidence: float
    symmetry_before: float
    symmetry_after: float


@dataclass(frozen=True)
class _Points:
    """What is compared: world points of the brain, their values, and the maps in which reflections are looked up."""

    image: NDArray[np.float32]
    mask: NDArray[np.float32]
    to_voxel: Array
    world: Array
    values: Array
    weights: Array


def find_symmetry_plane(volume: Volume, mask: NDArray[np.bool_], max_tilt_deg: float = 60.0) -> SymmetryPlane:
    """Find the plane of greatest symmetry of the masked brain.

    Parameters
    ----------
    volume, mask
        A canonical volume and its brain mask, shape (R, A, S).
    max_tilt_deg
        Largest angle searched between the plane's normal and the world's left-right axis.
    """
    center = volume.to_world(np.array(ndimage.center_of_mass(mask)))
    coarse = _points(volume, mask, COARSE_MM, 4000)
    fine = _points(volume, mask, FINE_MM, 20000)
    starts = _best_starts(coarse, center, max_tilt_deg)
    candidates = sorted(
        (_refine(coarse, center, s, 4.0) for s in starts), key=lambda p: -_correlation(coarse, center, p)
    )
    distinct = _distinct(candidates, center)
    refined = sorted(
        (_refine(fine, center, p, 1.0) for p in distinct[:2]), key=lambda p: -_correlation(fine, center, p)
    )
    best = _refine(_downweighted(fine, center, refined[0]), center, refined[0], 0.5)
    return SymmetryPlane(
        plane=_plane(center, best),
        center_mm=(float(center[0]), float(center[1]), float(center[2])),
        confidence=_confidence(coarse, fine, center, best, distinct),
        symmetry_before=_correlation(fine, center, _vector(center, _grid_middle(volume))),
        symmetry_after=_correlation(fine, center, best),
    )


def _points(volume: Volume, mask: NDArray[np.bool_], target_mm: float, count: int) -> _Points:
    small = volume.shrunk(target_mm)
    inside = Volume(mask.astype(np.float32), volume.affine).shrunk(target_mm).data
    sigma = _LOCAL_MM / 2 / small.spacing_mm
    share = np.maximum(ndimage.gaussian_filter(inside, sigma), 1e-3)
    mean = ndimage.gaussian_filter(small.data * inside, sigma) / share
    centred = (small.data - mean) * inside
    spread = np.sqrt(ndimage.gaussian_filter(centred**2, sigma) / share)
    floor = 0.3 * np.median(spread[inside > 0.5])  # flat places are not made of noise alone
    image = np.clip(centred / np.maximum(spread + floor, 1e-6), -3, 3).astype(np.float32)
    at = _scattered(inside, count)
    values = ndimage.map_coordinates(image, at.T, order=1, mode="nearest").astype(float)
    to_voxel = np.asarray(np.linalg.inv(small.affine))
    return _Points(image, inside, to_voxel, small.to_world(at), values, np.ones(len(at)))


def _scattered(inside: NDArray[np.float32], count: int) -> Array:
    """Return at most ``count`` voxel positions spread evenly over the brain, none of them on the grid.

    Points on the grid would be compared without the blur of interpolation wherever a reflection maps the grid onto
    itself, and so draw the plane towards the grid's own axes by up to 0.2°.
    """
    index = np.argwhere(inside > 0.5)
    chosen = index[:: max(1, int(np.ceil(len(index) / count)))]
    return np.asarray(chosen + np.random.default_rng(0).uniform(-0.5, 0.5, chosen.shape))


def _plane(center: Array, vector: Array) -> Plane:
    """Return the plane of a vector (tilt about the vertical, tilt about the anterior axis, offset at the centre)."""
    n = np.array([1.0, np.tan(vector[0]), np.tan(vector[1])])
    n /= np.linalg.norm(n)
    return Plane.through(center + vector[2] * n, n)


def _vector(center: Array, plane: Plane) -> Array:
    n = plane.unit_normal
    return np.array([np.arctan2(n[1], n[0]), np.arctan2(n[2], n[0]), -plane.distance_mm(center)])


def _reflected(points: _Points, plane: Plane) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return image and mask at the mirror images of the points."""
    matrix = points.to_voxel @ plane.mirror()
    at = matrix[:3, :3] @ points.world.T + matrix[:3, 3:]
    image, mask = (
        ndimage.map_coordinates(m, at, order=1, mode="constant", cval=0.0, prefilter=False)
        for m in (points.image, points.mask)
    )
    return image, mask


def _correlation(points: _Points, center: Array, vector: Array) -> float:
    """Return the correlation of the brain with its mirror image; what has no mirror image counts as unlike."""
    other, present = _reflected(points, _plane(center, vector))
    w = points.weights
    across = float((w * points.values) @ other)
    # The mirror image of a point outside the brain is zero, and its absence lowers the correlation.
    own, theirs = float((w * points.values) @ points.values), float((w * other) @ other)
    overlap = float((w @ present) / w.sum())
    return overlap * across / max(float(np.sqrt(own * theirs)), 1e-9)


def _best_starts(points: _Points, center: Array, max_tilt_deg: float) -> list[Array]:
    """Return the best of a grid of planes."""
    thin = _Points(
        points.image, points.mask, points.to_voxel, points.world[::2], points.values[::2], points.weights[::2]
    )
    reach = np.arange(-max_tilt_deg, max_tilt_deg + 0.1, _GRID_DEG)
    grid = [
        np.array([np.radians(a), np.radians(b), shift])
        for a in reach
        for b in reach
        if np.hypot(np.tan(np.radians(a)), np.tan(np.radians(b))) <= np.tan(np.radians(max_tilt_deg))
        for shift in _SHIFTS_MM
    ]
    return sorted(grid, key=lambda v: -_correlation(thin, center, v))[:_STARTS]


def _refine(points: _Points, center: Array, start: Array, step: float) -> Array:
    """Return the nearest maximum, by a simplex of ``step`` degrees and millimetres."""
    simplex = np.vstack([start, *(start + np.diag([np.radians(step), np.radians(step), step]))])
    found = optimize.minimize(
        lambda v: -_correlation(points, center, v),
        start,
        method="Nelder-Mead",
        options={"initial_simplex": simplex, "xatol": 2e-5, "fatol": 1e-7, "maxfev": 250},
    )
    return np.asarray(found.x)


def _distinct(vectors: list[Array], center: Array) -> list[Array]:
    kept: list[Array] = []
    for v in vectors:
        if all(_plane(center, v).angle_to_deg(_plane(center, k)) > 4 for k in kept):
            kept.append(v)
    return kept


def _downweighted(points: _Points, center: Array, vector: Array) -> _Points:
    """Return the points with less weight where the other side has no counterpart."""
    other, present = _reflected(points, _plane(center, vector))
    residual = points.values - other
    scale = 2.5 * 1.4826 * float(np.median(np.abs(residual[present > 0.5])))
    weights = 1 / (1 + (residual / max(scale, 1e-6)) ** 2) ** 2
    return _Points(points.image, points.mask, points.to_voxel, points.world, points.values, weights)


def _confidence(coarse: _Points, fine: _Points, center: Array, best: Array, rivals: list[Array]) -> float:
    """Return how far the plane can be trusted, 0 to 1."""
    plane = _plane(center, best)
    offset = fine.world - center
    angles = []
    for axis in (1, 2):
        for side in (offset[:, axis] > 0, offset[:, axis] <= 0):
            if side.sum() < 200:
                continue
            part = _Points(
                fine.image,
                fine.mask,
                fine.to_voxel,
                fine.world[side][::2],
                fine.values[side][::2],
                fine.weights[side][::2],
            )
            angles.append(plane.angle_to_deg(_plane(center, _refine(part, center, best, 1.0))))
    agreement = float(np.exp(-np.median(angles) / _SPREAD_DEG)) if angles else 0.0
    top = _correlation(coarse, center, best)
    others = [v for v in rivals if _plane(center, v).angle_to_deg(plane) > 4]
    second = max((_correlation(coarse, center, v) for v in others), default=0.0)
    lead = np.clip((top - second) / 0.1, 0, 1) if top > 0 else 0.0
    return float(agreement * lead)


def _grid_middle(volume: Volume) -> Plane:
    middle = volume.to_world((np.array(volume.shape) - 1) / 2)
    return Plane.through(middle, volume.affine[:3, 0])
