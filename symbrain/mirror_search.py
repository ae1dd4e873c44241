"""The search for the plane across which points look most like their mirror images.

A dense grid of planes is compared at a few points each, its best are climbed from by Gauss-Newton steps, all at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symbrain.mirror_points import Array, Floats, Mirrored, Points, dot, interpolated, nearest, with_slope

_FAR_MM = 12.0  # the plane's largest distance from the brain's centre
_BEYOND_DEG = 5.0  # how far beyond the largest tilt a climb may end
_BATCH = 128  # planes compared at once: their arrays stay in the processor's cache
_LONGEST_RAD, _LONGEST_MM = np.radians(6.0), 5.0


@dataclass(frozen=True)
class Planes:
    """Planes in the frame: unit normals (planes, 3) with a positive first component, and offsets in mm (planes)."""

    normals: Array
    offsets: Array

    def __len__(self) -> int:
        """Return the number of planes."""
        return len(self.offsets)

    def __getitem__(self, which: NDArray[np.intp] | NDArray[np.bool_] | slice | list[int]) -> Planes:
        """Return some of the planes."""
        return Planes(self.normals[which], self.offsets[which])

    def angles_deg(self, other: Planes) -> Array:
        """Return the angles between these planes and the single ``other``."""
        sines = np.linalg.norm(np.cross(self.normals, other.normals), axis=1)
        return np.asarray(np.degrees(np.arctan2(sines, np.abs(np.einsum("kc,c->k", self.normals, other.normals[0])))))


@dataclass(frozen=True)
class Effort:
    """How thoroughly to search: the grid's steps, how many of its planes to climb from, on images how much blurred.

    A blurred image is like its mirror image from further off, but a large lesion may hide the midline in it.
    """

    degrees: float
    mm: float
    starts: int
    blurs_mm: tuple[float, ...]


QUICK, THOROUGH = Effort(6.0, 6.0, 24, (4.0, 2.0, 0.0)), Effort(4.0, 4.0, 60, (2.0, 0.0))


def joined(one: Planes, other: Planes) -> Planes:
    """Return the planes of both."""
    return Planes(np.concatenate([one.normals, other.normals]), np.concatenate([one.offsets, other.offsets]))


def maxima(points: Points, max_tilt_deg: float, effort: Effort) -> Planes:
    """Return the planes that are more symmetric than all around them, the best first."""
    planes = _grid_of_planes(max_tilt_deg, effort)
    for i, blur in enumerate(effort.blurs_mm):
        seen = points.blurred(blur) if blur else points
        if i == 0:
            scores = likeness(seen.thinned(800), planes, rough=True)
            planes = planes[apart(planes, scores, effort.starts, 1.5 * effort.degrees, 1.5 * effort.mm)]
        some = seen.thinned(2000)
        planes = climbed(some, planes, 6)
        planes = planes[apart(planes, likeness(some, planes), 8, 3.0, 4.0)]
    within = planes.normals[:, 0] > np.cos(np.radians(max_tilt_deg + _BEYOND_DEG))
    planes = planes[within] if within.any() else planes
    return planes[np.argsort(-likeness(points, planes), kind="stable")]


def _grid_of_planes(max_tilt_deg: float, effort: Effort) -> Planes:
    """Return planes of all directions within the largest tilt, spread evenly, at several offsets each."""
    reach, shifts = _steps(max_tilt_deg, effort.degrees), _steps(_FAR_MM, effort.mm)
    reach = np.radians(reach)
    across, up, offsets = (g.ravel() for g in np.meshgrid(reach, reach, shifts, indexing="ij"))
    tilt = np.hypot(across, up)  # the direction at this angle from the left-right axis, so that all are alike dense
    kept = tilt <= np.radians(max_tilt_deg) + 1e-9
    across, up, tilt, offsets = across[kept], up[kept], tilt[kept], offsets[kept]
    share = np.sinc(tilt / np.pi)
    return Planes(np.stack([np.cos(tilt), across * share, up * share], axis=1), offsets)


def _steps(farthest: float, step: float) -> Array:
    """Return the multiples of a step up to a number, on both sides of zero."""
    count = int(farthest // step)
    return np.asarray(np.arange(-count, count + 1) * step, float)


def likeness(points: Points, planes: Planes, *, rough: bool = False) -> Array:
    """Return the correlation of the brain with its mirror images across planes.

    It is lowered by the share of the brain that meets no brain, and by the share whose mirror image was not scanned.

    Parameters
    ----------
    rough
        Take the nearest voxel instead of interpolating.
    """
    look_up = nearest if rough else interpolated
    found = []
    for first in range(0, len(planes), _BATCH):
        some = planes[slice(first, first + _BATCH)]
        there = points.mirrored(some.normals, some.offsets)
        other, inside = look_up(points.image, there.at), look_up(points.inside, there.at)
        found.append(_likeness(points.values, other, inside, there.seen))
    return np.concatenate(found)


def _likeness(values: Floats, other: Floats, inside: Floats, seen: NDArray[np.bool_]) -> Array:
    own = np.where(seen, values, 0)
    across = (own * other).sum(axis=1, dtype=float)
    both = (own**2).sum(axis=1, dtype=float) * (np.where(seen, other, 0) ** 2).sum(axis=1, dtype=float)
    count = np.maximum(seen.sum(axis=1), 1)
    overlap = np.where(seen, inside, 0).sum(axis=1, dtype=float) / count
    return np.asarray(overlap * np.sqrt(count / seen.shape[1]) * across / np.maximum(np.sqrt(both), 1e-9))


def apart(planes: Planes, scores: Array, count: int, degrees: float, mm: float = np.inf) -> NDArray[np.intp]:
    """Return the numbers of the best planes that differ from all better ones by an angle or an offset."""
    kept: list[int] = []
    for i in np.argsort(-scores, kind="stable"):
        better = planes[kept]
        angles = better.angles_deg(planes[[i]])
        if not kept or ((angles > degrees) | (np.abs(better.offsets - planes.offsets[i]) > mm)).all():
            kept.append(int(i))
        if len(kept) == count:
            break
    return np.array(kept, np.intp)


def climbed(points: Points, planes: Planes, rounds: int, *, tolerance: float = 0.0, robust: bool = False) -> Planes:
    """Return the planes after Gauss-Newton steps towards the least squared difference from the mirror image.

    Parameters
    ----------
    tolerance
        Stop when no plane moves by more, in radians and in hundreds of millimetres.
    robust
        Give less weight to places that have no counterpart (Geman-McClure), so that a lesion does not pull the plane.
    """
    for _ in range(rounds):
        planes, moved = _step(points, planes, robust)
        if moved < tolerance:
            break
    return planes


def _step(points: Points, planes: Planes, robust: bool) -> tuple[Planes, float]:
    there = points.mirrored(planes.normals, planes.offsets)
    other, slope = with_slope(points.image, there.at)
    first, second = _tangents(planes.normals)
    moves = _moves(points, planes, there, slope, first, second)
    residual = points.values - other
    weights = there.seen.astype(np.float32)
    if robust:
        weights *= _geman_mcclure(residual, there.seen & (other != 0))
    normal = np.empty((len(planes), 3, 3))
    pull = np.empty((len(planes), 3))
    for i in range(3):
        weighted = weights * moves[i]
        pull[:, i] = (weighted * residual).sum(axis=1, dtype=float)
        for j in range(i, 3):
            normal[:, i, j] = normal[:, j, i] = (weighted * moves[j]).sum(axis=1, dtype=float)
    normal += 1e-3 * np.einsum("kij,ij->kij", normal, np.eye(3)) + 1e-9 * np.eye(3)
    step = np.linalg.solve(normal, pull[..., None])[..., 0]
    step = np.clip(step, *np.array([[-1], [1]]) * [_LONGEST_RAD, _LONGEST_RAD, _LONGEST_MM])
    turned = planes.normals + step[:, :1] * first + step[:, 1:2] * second
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    sign = np.where(turned[:, 0] < 0, -1.0, 1.0)
    size = float(np.abs(step * [1, 1, 0.01]).max(initial=0))
    return Planes(turned * sign[:, None], (planes.offsets + step[:, 2]) * sign), size


def _tangents(normals: Array) -> tuple[Array, Array]:
    """Return two unit vectors across each normal."""
    second = np.cross(normals, [0.0, 1.0, 0.0])  # no plane in question is coronal
    second /= np.maximum(np.linalg.norm(second, axis=1, keepdims=True), 1e-9)
    return np.cross(second, normals), second


def _moves(points: Points, planes: Planes, there: Mirrored, slope: Floats, first: Array, second: Array) -> list[Floats]:
    """Return how the value at each mirror image changes as its plane turns about two axes, and is shifted."""
    along = dot(planes.normals @ points.to_voxel.T, slope)
    turns = (
        there.distance * dot(t @ points.to_voxel.T, slope) + along * dot(t, points.where[:, None])
        for t in (first, second)
    )
    return [*(-2 * turn for turn in turns), 2 * along]


def _geman_mcclure(residual: Floats, near: NDArray[np.bool_]) -> Floats:
    weights = np.empty_like(residual)
    for k, (r, kept) in enumerate(zip(residual, near, strict=True)):
        scale = 2.5 * 1.4826 * float(np.median(np.abs(r[kept]))) if kept.any() else 1.0
        weights[k] = 1 / (1 + (r / max(scale, 1e-6)) ** 2) ** 2
    return weights
