"""The plane of greatest symmetry, by a robust search for the mirror image.

The three numbers of a plane are found by maximising the correlation of the brain with its reflection (Ardekani et
al. 1997, IEEE TMI 16:723), from a grid of starts at coarse resolution to a sub-voxel refinement. Two things make it
robust: intensities are compared after removing their local mean and scaling by their local spread, which a bias
field cannot change; and the last refinement gives less weight to places that have no counterpart on the other side
(Geman-McClure weights), so that a lesion does not pull the plane.

All is done in the frame of the image's grid, at points that come in pairs mirrored within it, so that a head moved or
mirrored with its grid has the plane moved or mirrored with it.

The plane found is that of greatest *symmetry*. In an asymmetric brain the anatomical midline differs from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, optimize
from scipy.stats import qmc

from symbrain.plane import Plane
from symbrain.volume import Volume

METHOD = "mirror_correlation"
COARSE_MM, FINE_MM = 4.0, 2.0
_LOCAL_MM = 10.0  # the scale on which intensity is called local
_GRID_DEG = 8.0
_SHIFTS_MM = (-9.0, -3.0, 3.0, 9.0)
_STARTS = 12
_PARABOLA_RAD, _PARABOLA_MM = np.radians(0.5), 0.3
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
class _Frame:
    """The brain's centre and the directions of the grid's axes (as columns), in the world."""

    center: Array
    axes: Array


@dataclass(frozen=True)
class _Points:
    """What is compared: world points of the brain, their values, and the maps in which reflections are looked up.

    ``pairs`` numbers the points; a point and its mirror image within the grid share their number.
    """

    image: NDArray[np.float32]
    mask: NDArray[np.float32]
    to_voxel: Array
    world: Array
    pairs: NDArray[np.intp]
    values: Array
    weights: Array

    def part(self, kept: NDArray[np.bool_]) -> _Points:
        """Return some of the points."""
        chosen = {name: getattr(self, name)[kept] for name in ("world", "pairs", "values", "weights")}
        return replace(self, **chosen)

    @property
    def quarter(self) -> int:
        """Number of points in the first quarter of the pairs: enough to tell how far brain meets brain."""
        return int(np.searchsorted(self.pairs, self.pairs.max(initial=0) / 4, side="right"))

    def thinned(self, times: int) -> _Points:
        """Return so many times fewer points, spread as evenly: the first pairs of the sequence."""
        return self.part(self.pairs < (self.pairs.max(initial=0) + 1) / times)


def find_symmetry_plane(volume: Volume, mask: NDArray[np.bool_], max_tilt_deg: float = 60.0) -> SymmetryPlane:
    """Find the plane of greatest symmetry of the masked brain.

    Parameters
    ----------
    volume, mask
        A canonical volume and its brain mask, shape (R, A, S).
    max_tilt_deg
        Largest angle searched between the plane's normal and the grid's left-right axis.
    """
    frame = _Frame(volume.to_world(np.array(ndimage.center_of_mass(mask))), volume.axes)
    coarse = _points(volume, mask, COARSE_MM, 4000)
    finest = _points(volume, mask, FINE_MM, 60000)  # with fewer, the plane depends on the points by up to 0.1°
    fine = finest.thinned(3)
    starts = _best_starts(coarse, frame, max_tilt_deg)
    candidates = _ranked(coarse, frame, [_refine(coarse, frame, s, 4.0) for s in starts])
    distinct = _distinct(candidates, frame)
    few = fine.thinned(4)
    best = _ranked(fine, frame, [_refine(few, frame, p, 1.0) for p in distinct[:4]])[0]
    for _ in range(6):  # the weights of each round are those of the plane of the round before
        best = _polished(_downweighted(finest, frame, best), frame, best)
    x, y, z = (float(v) for v in frame.center)
    return SymmetryPlane(
        plane=_plane(frame, best),
        center_mm=(x, y, z),
        confidence=_confidence(coarse, fine, frame, best, distinct),
        symmetry_before=_correlation(fine, frame, _grid_middle(volume, frame)),
        symmetry_after=_correlation(fine, frame, best),
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
    at, pairs = _scattered(inside, count)
    values = ndimage.map_coordinates(image, at.T, order=1, mode="nearest").astype(float)
    to_voxel = np.asarray(np.linalg.inv(small.affine))
    return _Points(image, inside, to_voxel, small.to_world(at), pairs, values, np.ones(len(at)))


def _scattered(inside: NDArray[np.float32], count: int) -> tuple[Array, NDArray[np.intp]]:
    """Return about ``count`` voxel positions spread evenly over the brain, none of them on the grid, and their pairs.

    Points on the grid would be compared without the blur of interpolation wherever a reflection maps the grid onto
    itself, and so draw the plane towards the grid's own axes by up to 0.2°.
    """
    brain = max(int(np.count_nonzero(inside > 0.5)), 1)
    half = qmc.Halton(3, scramble=False).random(min(count, brain) * inside.size // brain // 2)
    both = np.stack([half, np.abs([1.0, 0.0, 0.0] - half)], axis=1).reshape(-1, 3)
    at = both * inside.shape - 0.5
    index = np.clip(np.rint(at).astype(int), 0, np.array(inside.shape) - 1)
    kept = inside[tuple(index.T)] > 0.5
    return at[kept], np.repeat(np.arange(len(half)), 2)[kept]


def _plane(frame: _Frame, vector: Array) -> Plane:
    """Return the plane of a vector (tilt about the vertical, tilt about the anterior axis, offset at the centre)."""
    n = np.array([1.0, np.tan(vector[0]), np.tan(vector[1])])
    n = frame.axes @ n / np.linalg.norm(n)
    return Plane.through(frame.center + vector[2] * n, n)


def _reflected(points: _Points, plane: Plane) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the image at the mirror images of the points, and the mask at those of the first quarter of them."""
    matrix = points.to_voxel @ plane.mirror()
    at = matrix[:3, :3] @ points.world.T + matrix[:3, 3:]
    quarter = at[:, : points.quarter]
    image, mask = (
        ndimage.map_coordinates(m, where, order=1, mode="constant", cval=0.0, prefilter=False)
        for m, where in ((points.image, at), (points.mask, quarter))
    )
    return image, mask


def _correlation(points: _Points, frame: _Frame, vector: Array) -> float:
    """Return the correlation of the brain with its mirror image; what has no mirror image counts as unlike."""
    other, present = _reflected(points, _plane(frame, vector))
    across = _product(points.weights, points.values, other)
    own, theirs = _product(points.weights, points.values, points.values), _product(points.weights, other, other)
    # The mirror image of a point outside the brain is zero, and its absence lowers the correlation.
    weights = points.weights[: points.quarter]
    overlap = _product(weights, present) / float(weights.sum())
    return overlap * across / max(float(np.sqrt(own * theirs)), 1e-9)


def _product(*factors: NDArray[np.floating[Any]]) -> float:
    """Return the sum of products: without BLAS, whose threads would move the last digits."""
    return float(np.einsum(",".join("i" * len(factors)) + "->", *factors))


def _best_starts(points: _Points, frame: _Frame, max_tilt_deg: float) -> list[Array]:
    """Return the best of a grid of planes."""
    thin = points.thinned(2)
    reach = np.linspace(-max_tilt_deg, max_tilt_deg, 1 + round(2 * max_tilt_deg / _GRID_DEG))
    grid = [
        np.array([np.radians(a), np.radians(b), shift])
        for a in reach
        for b in reach
        if np.hypot(np.tan(np.radians(a)), np.tan(np.radians(b))) <= np.tan(np.radians(max_tilt_deg))
        for shift in _SHIFTS_MM
    ]
    return sorted(grid, key=lambda v: -_correlation(thin, frame, v))[:_STARTS]


def _ranked(points: _Points, frame: _Frame, vectors: list[Array]) -> list[Array]:
    """Return planes, the most symmetric first."""
    return sorted(vectors, key=lambda v: -_correlation(points, frame, v))


def _refine(points: _Points, frame: _Frame, start: Array, step: float) -> Array:
    """Return the nearest maximum, by a simplex of ``step`` degrees and millimetres."""
    simplex = np.vstack([start, *(start + np.diag([np.radians(step), np.radians(step), step]))])
    found = optimize.minimize(
        lambda v: -_correlation(points, frame, v),
        start,
        method="Nelder-Mead",
        options={"initial_simplex": simplex, "xatol": 2e-5 * step, "fatol": 1e-7 * step, "maxfev": 250},
    )
    return np.asarray(found.x)


def _polished(points: _Points, frame: _Frame, start: Array) -> Array:
    """Return the maximum of the parabola through the correlations around a plane that is nearly right.

    One Newton step from central differences: the steps are wide enough to smooth over the kinks of interpolation,
    and a dozen correlations do what a simplex needs a hundred for.
    """
    steps = np.diag([_PARABOLA_RAD, _PARABOLA_RAD, _PARABOLA_MM])
    middle = _correlation(points, frame, start)
    up, down = ([_correlation(points, frame, start + sign * h) for h in steps] for sign in (1, -1))
    slope = (np.array(up) - down) / 2
    curvature = np.diag(np.array(up) + down - 2 * middle)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        both = _correlation(points, frame, start + steps[i] + steps[j])
        opposed = _correlation(points, frame, start - steps[i] - steps[j])
        cross = (both + opposed - up[i] - down[i] - up[j] - down[j] + 2 * middle) / 2
        curvature[i, j] = curvature[j, i] = cross
    if np.linalg.eigvalsh(curvature).max() >= 0:  # no maximum near: leave it to the confidence to say so
        return start
    return np.asarray(start - steps @ np.clip(np.linalg.solve(curvature, slope), -2, 2))


def _distinct(vectors: list[Array], frame: _Frame) -> list[Array]:
    kept: list[Array] = []
    for v in vectors:
        if all(_plane(frame, v).angle_to_deg(_plane(frame, k)) > 4 for k in kept):
            kept.append(v)
    return kept


def _downweighted(points: _Points, frame: _Frame, vector: Array) -> _Points:
    """Return the points with less weight where the other side has no counterpart."""
    other, present = _reflected(points, _plane(frame, vector))
    residual = points.values - other
    scale = 2.5 * 1.4826 * float(np.median(np.abs(residual[: points.quarter][present > 0.5])))
    weights = 1 / (1 + (residual / max(scale, 1e-6)) ** 2) ** 2
    return replace(points, weights=weights)


def _confidence(coarse: _Points, fine: _Points, frame: _Frame, best: Array, rivals: list[Array]) -> float:
    """Return how far the plane can be trusted, 0 to 1."""
    plane = _plane(frame, best)
    half = fine.thinned(4)
    offset = (half.world - frame.center) @ frame.axes
    angles = []
    for axis in (1, 2):
        for side in (offset[:, axis] > 0, offset[:, axis] <= 0):
            if side.sum() < 100:
                continue
            part = half.part(side)
            angles.append(plane.angle_to_deg(_plane(frame, _refine(part, frame, best, 1.0))))
    agreement = float(np.exp(-np.median(angles) / _SPREAD_DEG)) if angles else 0.0
    top = _correlation(coarse, frame, best)
    others = [v for v in rivals if _plane(frame, v).angle_to_deg(plane) > 4]
    second = max((_correlation(coarse, frame, v) for v in others), default=0.0)
    lead = np.clip((top - second) / 0.1, 0, 1) if top > 0 else 0.0
    return float(agreement * lead)


def _grid_middle(volume: Volume, frame: _Frame) -> Array:
    middle = volume.to_world((np.array(volume.shape) - 1) / 2)
    return np.array([0.0, 0.0, (middle - frame.center) @ frame.axes[:, 0]])
