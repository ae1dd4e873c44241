"""The anatomical midline plane: the plane of the interhemispheric fissure, near the plane of greatest symmetry.

A whole brain is most symmetric about a plane that its larger hemisphere pulls away from the fissure, by half a degree
for one per cent of asymmetry. So the plane of greatest symmetry only says where to look: the plane is fitted anew to
the local symmetry of the few millimetres around it (``local_symmetry``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from symbrain.local_symmetry import ACROSS_MM, MirrorCosts, half_width_mm, mirror_costs
from symbrain.plane import Plane
from symbrain.volume import Volume

METHOD = "fissure_symmetry"
_WORKING_MM = 1.0
_ALONG_MM = 1.5
_NEAR_MM, _WIDE_MM = 3.0, 8.0  # how far from a plane the fissure is looked for, first near the start, then widely
_ROUNDS = 3  # each around the plane of the one before
_SHIFTS_MM = np.arange(-5.0, 5.5, 1.0)
_SLOPES = np.tan(np.radians(np.arange(-6.0, 6.5, 1.5)))
_STARTS = 8
_LEAST_POINTS = 400
_LEAST_CLEARNESS, _FULL_CLEARNESS = 0.65, 0.8  # beside the fissure it is about 0.35, and 0.6 in fused hemispheres
_FULL_MM = 57.0  # a little less than the plane's size in newborns of 26 weeks

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Midplane:
    """The anatomical plane.

    Parameters
    ----------
    clearness
        0 to 1: how much more of a mirror image the plane's surroundings are than those of places beside it.
    seen
        Whether that is clear enough for a fissure. Otherwise the plane is the one that was started from.
    size_mm
        Square root of the plane's area within the brain.
    """

    plane: Plane
    clearness: float
    seen: bool
    size_mm: float

    def confidence(self, of_start: float) -> float:
        """Return how far to trust the plane, 0 to 1, given the confidence of the plane that was started from.

        A fissure that is seen speaks for itself; where none is seen, the plane it was looked for at is less sure. In a
        small brain, or in a part of one, the same error in millimetres is a larger angle.
        """
        large = min(1.0, self.size_mm / _FULL_MM) ** 2
        if not self.seen:
            return large * of_start * min(1.0, self.clearness / _LEAST_CLEARNESS) ** 2
        return large * max(of_start, min(1.0, self.clearness / _FULL_CLEARNESS))


def find_midplane(volume: Volume, mask: NDArray[np.bool_], start: Plane, center_mm: ArrayLike) -> Midplane:
    """Fit the plane of the fissure.

    Parameters
    ----------
    volume, mask
        A canonical volume and its brain mask.
    start
        The plane of greatest symmetry.
    center_mm
        The brain's centroid, in the world.
    """
    brain = Volume(mask.astype(np.float32), volume.affine).shrunk(2 * _WORKING_MM)
    scan = _Scan(volume.shrunk(_WORKING_MM), brain, np.asarray(center_mm, float))
    best = _fitted(scan, start)
    if best.clearness < _LEAST_CLEARNESS:
        best = max([best, *(_fitted(scan, other) for other in _starts_around(scan, start))], key=lambda f: f.clearness)
    return best if best.seen else replace(best, plane=start)


@dataclass(frozen=True)
class _Scan:
    """The image at its working resolution, the brain's share of coarser voxels, and the brain's centroid."""

    image: Volume
    brain: Volume
    center: Array


def _fitted(scan: _Scan, plane: Plane) -> Midplane:
    """Return the plane that fits the fissure best near a plane."""
    clearness, points = 0.0, 0
    for _ in range(_ROUNDS):
        frame = _Frame.on(plane, scan)
        seen = _costs(scan, frame, _NEAR_MM)
        if seen is None:
            return Midplane(plane, 0.0, seen=False, size_mm=0.0)
        costs, terms = seen
        found, cost = costs.straight(terms, np.zeros(3))
        plane, clearness, points = frame.plane(found), float(np.clip(1 - cost, 0, 1)), len(terms)
    return Midplane(plane, clearness, clearness >= _LEAST_CLEARNESS, _ALONG_MM * points**0.5)


def _starts_around(scan: _Scan, plane: Plane) -> list[Plane]:
    """Return the most likely planes of a grid around a plane."""
    frame = _Frame.on(plane, scan)
    seen = _costs(scan, frame, _WIDE_MM)
    if seen is None:
        return []
    few, terms = seen[0].at_points(slice(None, None, 4)), seen[1][::4]
    grid = [np.array([shift, a, b]) for a in _SLOPES for b in _SLOPES for shift in _SHIFTS_MM]
    # Of equals the one nearest to the start, so that a mirrored brain gets the mirrored planes.
    grid.sort(key=lambda c: (float(few.means_at(terms @ c)), float(np.abs(c).sum())))
    return [frame.plane(c) for c in grid[:_STARTS]]


def _costs(scan: _Scan, frame: _Frame, most_mm: float) -> tuple[MirrorCosts, Array] | None:
    """Return the costs of the plane's points within the brain, and the terms (1, u, v) of their displacements."""
    u, v = frame.grid(scan.brain)
    brain = frame.sampled(scan.brain, np.zeros(1), u, v)[0] > 0.5
    if np.count_nonzero(brain) < _LEAST_POINTS:
        return None
    half = half_width_mm(most_mm)
    across = np.arange(-half, half + ACROSS_MM / 2, ACROSS_MM)
    costs = mirror_costs(frame.sampled(scan.image, across, u, v), _ALONG_MM, most_mm, brain)
    rows, columns = np.nonzero(brain)
    return costs, np.stack([np.ones(len(rows)), u[rows], v[columns]], axis=1)


@dataclass(frozen=True)
class _Frame:
    """A point of a plane, the plane's normal, and two directions within it, in the world."""

    origin: Array
    normal: Array
    anterior: Array
    superior: Array

    @classmethod
    def on(cls, plane: Plane, scan: _Scan) -> _Frame:
        """Return the frame at the foot of the brain's centre; its directions follow those of the image's grid."""
        n = plane.unit_normal
        forward = scan.image.axes[:, 1] - n * (scan.image.axes[:, 1] @ n)
        forward = forward / np.linalg.norm(forward)
        return cls(scan.center - plane.distance_mm(scan.center) * n, n, forward, np.cross(n, forward))

    def grid(self, inside: Volume) -> tuple[Array, Array]:
        """Return steps along the plane's two directions, far enough to cover the brain."""
        at = inside.to_world(np.argwhere(inside.data > 0.5)) - self.origin
        steps = []
        for direction in (self.anterior, self.superior):
            along = at @ direction
            low, high = np.floor(along.min() / _ALONG_MM), np.ceil(along.max() / _ALONG_MM)
            steps.append(np.arange(low, high + 1) * _ALONG_MM)
        return steps[0], steps[1]

    def sampled(self, volume: Volume, across: Array, u: Array, v: Array) -> NDArray[np.float32]:
        """Return a volume's values, shape (across, u, v)."""
        matrix = np.linalg.inv(volume.affine)
        origin = matrix[:3, :3] @ self.origin + matrix[:3, 3]
        n, a, s = (matrix[:3, :3] @ d for d in (self.normal, self.anterior, self.superior))
        at = [
            (origin[i] + n[i] * across[:, None, None] + a[i] * u[:, None] + s[i] * v).astype(np.float32)
            for i in range(3)
        ]
        return np.asarray(ndimage.map_coordinates(volume.data, at, np.float32, order=1, mode="nearest"))

    def plane(self, coefficients: Array) -> Plane:
        """Return the plane displaced by c0 + c1 u + c2 v along the normal."""
        tilted = self.normal - coefficients[1] * self.anterior - coefficients[2] * self.superior
        return Plane.through(self.origin + coefficients[0] * self.normal, tilted)
