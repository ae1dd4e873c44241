"""What is compared to find the midline: points of the brain, and the image in which their mirror images are looked up.

Intensities are compared after removing their local mean and scaling by their local spread, which a bias field cannot
change. Lengths are millimetres in the frame of the image's grid: its axes, from the brain's centre. Many planes are
compared at once, as arrays of unit normals (planes, 3) and offsets (planes).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from symbrain.volume import Volume

Array = NDArray[np.float64]
Floats = NDArray[np.floating[Any]]
_LOCAL_MM = 10.0  # the scale on which intensity is called local
_CUT_OFF = 0.25  # a brain that ends at the image's border on so much of its greatest cross-section goes on beyond it
_EMPTY = 2  # layers of nothing around the brain


@dataclass(frozen=True)
class Frame:
    """The brain's centre and the directions of the grid's axes (as columns), in the world."""

    center: Array
    axes: Array


@dataclass(frozen=True)
class Mirrored:
    """What lies at the mirror images of points across planes, each of shape (planes, points).

    Parameters
    ----------
    at
        Voxel positions, shape (3, planes, points).
    distance
        Distance of the points themselves from the plane.
    seen
        Whether the mirror image lies where the image shows what is there.
    """

    at: Floats
    distance: Floats
    seen: NDArray[np.bool_]


@dataclass(frozen=True)
class Points:
    """Points of the brain with their values, and the maps in which their mirror images are looked up.

    Parameters
    ----------
    image, inside
        The evened image and the share of brain, with nothing around them.
    to_voxel, origin
        From the frame to positions in the maps.
    low, high
        Positions between which the maps are known; infinite where the brain ends before the image does.
    where
        The points in the frame, shape (3, points).
    pairs
        Numbers of the points; a point and its mirror image within the grid share theirs.
    values
        The evened image at the points.
    """

    image: NDArray[np.float32]
    inside: NDArray[np.float32]
    to_voxel: Array
    origin: Array
    low: Array
    high: Array
    where: Floats
    pairs: NDArray[np.intp]
    values: Floats

    def part(self, kept: NDArray[np.bool_]) -> Points:
        """Return some of the points."""
        return replace(self, where=self.where[:, kept], pairs=self.pairs[kept], values=self.values[kept])

    def thinned(self, count: int) -> Points:
        """Return about so many points, spread as evenly: the first pairs of the sequence."""
        share = min(1.0, count / max(len(self.values), 1))
        return self.part(self.pairs < (self.pairs.max(initial=0) + 1) * share)

    def blurred(self, mm: float) -> Points:
        """Return the points with an image that is smoothed by a Gaussian of this standard deviation."""
        sigma = mm * np.linalg.norm(self.to_voxel, axis=1)
        image = ndimage.gaussian_filter(self.image, sigma, mode="constant") * (self.inside > 0)
        return replace(self, image=image, values=interpolated(image, self._at))

    def mirrored(self, normals: Array, offsets: Array) -> Mirrored:
        """Return where the mirror images of the points lie."""
        distance = dot(normals, self.where[:, None]) - offsets[:, None].astype(np.float32)
        across = 2 * np.einsum("cd,kd->ck", self.to_voxel, normals).astype(np.float32)
        at = self._at[:, None] - across[:, :, None] * distance
        seen = np.ones(at.shape[1:], bool)
        for axis, (low, high) in enumerate(zip(self.low, self.high, strict=True)):
            if np.isfinite(low):
                seen &= at[axis] >= low
            if np.isfinite(high):
                seen &= at[axis] <= high
        return Mirrored(at, distance, seen)

    @cached_property
    def _at(self) -> Floats:
        return dot(self.to_voxel, self.where[:, None]) + self.origin[:, None].astype(np.float32)


def brain_points(volume: Volume, inside: Volume, frame: Frame, count: int) -> Points:
    """Return about ``count`` points of a brain, spread evenly.

    Parameters
    ----------
    volume, inside
        The image, shrunk to the resolution of the comparison, and the share of brain in each of its voxels.
    """
    box, low, high = _box(inside.data)
    image = np.pad(_evened(volume.data[box], inside.data[box], volume.spacing_mm), _EMPTY)
    mask = np.pad(inside.data[box], _EMPTY)
    start = np.array([s.start for s in box]) - _EMPTY
    to_voxel = np.linalg.inv(volume.affine[:3, :3]) @ frame.axes
    origin = volume.to_voxels(frame.center) - start
    at, pairs = _scattered(mask, count)
    where = np.linalg.solve(to_voxel, (at - origin).T)
    values = interpolated(image, at.T.astype(np.float32))
    floats = where.astype(np.float32)
    return Points(image, mask, to_voxel, origin, low - start, high - start, floats, pairs, values)


def dot(directions: Array, vectors: Floats) -> Floats:
    """Return the products (directions, points) of directions (directions, 3) with vectors (3, …, points).

    By hand: the threads of a matrix product would move the last digits.
    """
    x, y, z = directions.T[:, :, None].astype(np.float32)
    return np.asarray(x * vectors[0] + y * vectors[1] + z * vectors[2])


def interpolated(image: NDArray[np.float32], at: Floats) -> Floats:
    """Return the values at voxel positions (3, …), by linear interpolation; zero beyond the border."""
    return np.asarray(_corners(image, at)[0])


def with_slope(image: NDArray[np.float32], at: Floats) -> tuple[Floats, Floats]:
    """Return the values at voxel positions (3, …) and how they change from voxel to voxel (3, …)."""
    value, slopes = _corners(image, at)
    return value, np.stack(slopes())


def nearest(image: NDArray[np.float32], at: Floats) -> Floats:
    """Return the values of the voxels nearest to positions (3, …); zero beyond the border, which is empty."""
    x, y, z = (np.clip(a + np.float32(0.5), 0, n - 1).astype(np.int32) for a, n in zip(at, image.shape, strict=True))
    return np.asarray(image.ravel().take((x * image.shape[1] + y) * image.shape[2] + z))


def _corners(image: NDArray[np.float32], at: Floats) -> tuple[Floats, Any]:
    # The border is empty, and so is what lies beyond it: positions are clipped to it.
    within = [np.clip(a, 0, np.float32(n - 1.001)) for a, n in zip(at, image.shape, strict=True)]
    x, y, z = (a.astype(np.int32) for a in within)
    fx, fy, fz = (a - i for a, i in zip(within, (x, y, z), strict=True))
    down, over = image.shape[1] * image.shape[2], image.shape[2]
    first = x * down + y * over + z
    flat = image.ravel()
    c = [flat.take(first + step) for step in (0, 1, over, over + 1, down, down + 1, down + over, down + over + 1)]
    dz = [c[i + 1] - c[i] for i in (0, 2, 4, 6)]
    ez = [c[2 * i] + fz * dz[i] for i in range(4)]
    dy = [ez[1] - ez[0], ez[3] - ez[2]]
    ey = [ez[0] + fy * dy[0], ez[2] + fy * dy[1]]
    dx = ey[1] - ey[0]

    def slopes() -> tuple[Floats, Floats, Floats]:
        near, far = dz[0] + fy * (dz[1] - dz[0]), dz[2] + fy * (dz[3] - dz[2])
        return dx, dy[0] + fx * (dy[1] - dy[0]), near + fx * (far - near)

    return ey[0] + fx * dx, slopes


def _box(inside: NDArray[np.float32]) -> tuple[tuple[slice, slice, slice], Array, Array]:
    """Return the box around the brain, and the positions between which the image shows all of it."""
    slices, low, high = [], np.full(3, -np.inf), np.full(3, np.inf)
    for axis in range(3):
        area = (inside > 0.5).sum(axis=tuple(a for a in range(3) if a != axis))
        where = np.flatnonzero(area)
        slices.append(slice(int(where[0]), int(where[-1]) + 1))
        if area[0] > _CUT_OFF * area.max():
            low[axis] = 0
        if area[-1] > _CUT_OFF * area.max():
            high[axis] = len(area) - 1
    return (slices[0], slices[1], slices[2]), low, high


def _evened(image: NDArray[np.float32], inside: NDArray[np.float32], spacing_mm: Array) -> NDArray[np.float32]:
    """Return the image without its local mean, in units of its local spread; zero outside the brain."""
    sigma = _LOCAL_MM / 2 / spacing_mm
    share = np.maximum(ndimage.gaussian_filter(inside, sigma, mode="constant"), 1e-3)
    mean = ndimage.gaussian_filter(image * inside, sigma, mode="constant") / share
    centred = (image - mean) * inside
    spread = np.sqrt(ndimage.gaussian_filter(centred**2, sigma, mode="constant") / share)
    floor = 0.3 * np.median(spread[inside > 0.5])  # flat places are not made of noise alone
    return np.asarray(np.clip(centred / np.maximum(spread + floor, 1e-6), -3, 3), np.float32)


def _scattered(inside: NDArray[np.float32], count: int) -> tuple[Array, NDArray[np.intp]]:
    """Return about ``count`` voxel positions spread evenly over the brain, none of them on the grid, and their pairs.

    Points on the grid would be compared without the blur of interpolation wherever a reflection maps the grid onto
    itself, and so draw the plane towards the grid's own axes by up to 0.2°.
    """
    from scipy.stats import qmc  # half a second that only the search for a plane has to spend

    brain = max(int(np.count_nonzero(inside > 0.5)), 1)
    half = qmc.Halton(3, scramble=False).random(min(count, 2 * brain) * inside.size // brain // 2)
    both = np.stack([half, np.abs([1.0, 0.0, 0.0] - half)], axis=1).reshape(-1, 3)
    at = both * inside.shape - 0.5
    index = np.clip(np.rint(at).astype(int), 0, np.array(inside.shape) - 1)
    kept = inside[tuple(index.T)] > 0.5
    return at[kept], np.repeat(np.arange(len(half)), 2)[kept]
