"""The plane of greatest symmetry, by a robust search for the mirror image.

The three numbers of a plane are found by maximising the correlation of the brain with its reflection (Ardekani et
al. 1997, IEEE TMI 16:723): a dense grid of planes on a blurred image, Gauss-Newton steps from the best of them on ever
sharper images, and a refinement that gives less weight to places that have no counterpart on the other side, so that a
lesion does not pull the plane. Where the plane found is not clearly the best, the search is done again more thoroughly.
What was not scanned counts neither for nor against a plane.

All is done in the frame of the image's grid, at points that come in pairs mirrored within it, so that a head moved or
mirrored with its grid has the plane moved or mirrored with it.

The plane found is that of greatest *symmetry*. In an asymmetric brain the anatomical midline differs from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symbrain.mirror_points import Array, Frame, Points, brain_points
from symbrain.mirror_search import QUICK, THOROUGH, Planes, apart, climbed, joined, likeness, maxima
from symbrain.plane import Plane
from symbrain.volume import Volume

METHOD = "mirror_correlation"
COARSE_MM, FINE_MM = 4.0, 2.0
_SURE, _LOST = 0.6, 0.2  # with less confidence, the search is done again more thoroughly, and at last for any tilt
_ANY_DEG = 90.0
_SPREAD_DEG = 3.0  # halves of the brain that disagree by this much leave a confidence of 1/e
_OTHER_DEG = 4.0  # planes that differ by less are one
_CLEAR_LEAD = 0.1
_CHANCE, _PLAIN = 0.15, 0.4  # correlations that the best plane has where there is no midline, and where there is one


@dataclass(frozen=True)
class SymmetryPlane:
    """The plane of greatest symmetry, and how far to trust it.

    Parameters
    ----------
    confidence
        0 to 1: how well the planes of the brain's halves agree, times how much better the plane is than its rivals,
        times how plain the symmetry is.
    symmetry_before, symmetry_after
        Correlation of the brain with its reflection across the middle of the grid, and across the plane.
    """

    plane: Plane
    center_mm: tuple[float, float, float]
    confidence: float
    symmetry_before: float
    symmetry_after: float


def find_symmetry_plane(volume: Volume, mask: NDArray[np.bool_], max_tilt_deg: float = 60.0) -> SymmetryPlane:
    """Find the plane of greatest symmetry of the masked brain.

    Parameters
    ----------
    volume, mask
        A canonical volume and its brain mask, shape (R, A, S).
    max_tilt_deg
        Largest angle searched between the plane's normal and the grid's left-right axis, unless nothing that can be
        trusted is found within it.
    """
    image, inside = volume.shrunk(FINE_MM), _share(mask, volume)
    frame = Frame(_centroid(inside), volume.axes)
    coarse = brain_points(image.shrunk(COARSE_MM), inside.shrunk(COARSE_MM), frame, 4000)
    finest = brain_points(image, inside, frame, 60000)  # with fewer, the plane depends on the points by up to 0.1°

    rivals = maxima(coarse, max_tilt_deg, QUICK)
    best, confidence = _judged(coarse, finest, rivals)
    if confidence < _SURE:
        rivals = joined(rivals, maxima(coarse, max_tilt_deg, THOROUGH))
        best, confidence = _judged(coarse, finest, rivals)
    if confidence < _LOST and max_tilt_deg < _ANY_DEG:  # perhaps the grid's axes are called by their wrong neighbours
        anywhere = _judged(coarse, finest, maxima(coarse, _ANY_DEG, THOROUGH))
        best, confidence = max((best, confidence), anywhere, key=lambda found: found[1])
    before, after = (float(likeness(finest.thinned(20000), p)[0]) for p in (_grid_middle(volume, frame), best))
    x, y, z = (float(v) for v in frame.center)
    return SymmetryPlane(_in_world(best, frame), (x, y, z), confidence, before, after)


def _judged(coarse: Points, finest: Points, rivals: Planes) -> tuple[Planes, float]:
    """Return the best of the planes, refined, and how far it can be trusted."""
    few = finest.thinned(5000)
    sharp = climbed(few, rivals[apart(rivals, likeness(coarse, rivals), 4, 4.0)], 8)
    best = sharp[[int(np.argmax(likeness(finest.thinned(20000), sharp)))]]
    best = climbed(finest, best, 12, tolerance=2e-6, robust=True)
    alike = np.clip((likeness(few, best)[0] - _CHANCE) / (_PLAIN - _CHANCE), 0, 1)
    return best, float(alike) * _agreement(few, best) * _lead(coarse, best, rivals)


def _agreement(points: Points, best: Planes) -> float:
    """Return how well the planes of the brain's halves agree with its own: 1, where they do perfectly."""
    angles = []
    for axis in (1, 2):
        for side in (points.where[axis] > 0, points.where[axis] <= 0):
            if side.sum() >= 100:
                angles.append(float(best.angles_deg(climbed(points.part(side), best, 8))[0]))
    return float(np.exp(-np.median(angles) / _SPREAD_DEG)) if angles else 0.0


def _lead(points: Points, best: Planes, rivals: Planes) -> float:
    """Return how much more symmetric the plane is than any that is another: 1, where by far."""
    others = rivals[rivals.angles_deg(best) > _OTHER_DEG]
    top, *rest = likeness(points, joined(best, others))
    return float(np.clip((top - max(rest, default=0.0)) / _CLEAR_LEAD, 0, 1)) if top > 0 else 0.0


def _in_world(planes: Planes, frame: Frame) -> Plane:
    normal = frame.axes @ planes.normals[0]
    return Plane.through(frame.center + planes.offsets[0] * normal, normal)


def _share(mask: NDArray[np.bool_], volume: Volume) -> Volume:
    """Return the share of brain in the voxels of the comparison."""
    small = Volume(mask, volume.affine).shrunk(FINE_MM)  # type: ignore[arg-type]
    return Volume(small.data.astype(np.float32), small.affine)


def _centroid(inside: Volume) -> Array:
    data = inside.data
    total = max(float(data.sum(dtype=float)), 1e-9)
    middle = []
    for axis in range(3):
        profile = data.sum(axis=tuple(a for a in range(3) if a != axis), dtype=float)
        middle.append(float((profile * np.arange(len(profile))).sum()) / total)
    return inside.to_world(middle)


def _grid_middle(volume: Volume, frame: Frame) -> Planes:
    middle = volume.to_world((np.array(volume.shape) - 1) / 2)
    return Planes(np.array([[1.0, 0.0, 0.0]]), np.array([(middle - frame.center) @ frame.axes[:, 0]]))
