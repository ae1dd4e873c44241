"""A closed surface around a centre: a radius along each direction, the same directions on both sides."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.spatial import ConvexHull, cKDTree

from symbrain.volume import Volume

Array = NDArray[np.float64]
STEP_MM = 0.5  # between the places of a ray
_SHELL_MM = 12.0  # how far from the surface its distance is worked out


@dataclass(frozen=True)
class StarSurface:
    """A radius in millimetres along each of ``directions``, in the frame of a volume's grid.

    Parameters
    ----------
    center
        In the world, in millimetres.
    """

    center: Array
    radii: Array

    def ball(self, axes: Array) -> tuple[Array, float]:
        """Return the world centroid of what it encloses, and the radius of a ball of that volume, in millimetres."""
        cubed = self.radii**3
        middle = 0.75 * np.einsum("n,nc->c", cubed * self.radii, directions()) / cubed.sum()
        return self.center + axes @ middle, float(np.cbrt(cubed.mean()))

    def level(self, volume: Volume) -> NDArray[np.float32]:
        """Return, in a volume's voxels, distance from the centre minus the surface's radius (mm): negative inside."""
        offset = volume.grid_mm() - self.center
        distance = np.linalg.norm(offset, axis=-1)
        level = np.where(distance < self.radii.min(), -_SHELL_MM, _SHELL_MM).astype(np.float32)
        near = (distance > self.radii.min() - _SHELL_MM) & (distance < self.radii.max() + _SHELL_MM)
        towards = offset[near] @ volume.axes / np.maximum(distance[near], 1e-6)[:, None]
        gaps, which = cKDTree(directions()).query(towards, k=3)
        weights = 1 / np.maximum(gaps, 1e-6)
        level[near] = distance[near] - (weights * self.radii[which]).sum(axis=1) / weights.sum(axis=1)
        return level


def rays(volume: Volume, center: Array, length_mm: float, outside: float) -> NDArray[np.float32]:
    """Return a volume's values along each direction, every ``STEP_MM`` from the centre, between voxels too."""
    to_voxel = np.linalg.inv(volume.affine[:3, :3])
    steps = to_voxel @ volume.axes @ directions().T
    at = volume.to_voxels(center)[:, None, None] + steps[:, :, None] * np.arange(0.0, length_mm, STEP_MM)
    values = ndimage.map_coordinates(volume.data, at, np.float32, 1, mode="constant", cval=outside)
    return np.asarray(values)


@cache
def directions() -> Array:
    """Return unit vectors spread evenly over the sphere, each beside its mirror image."""
    count = 1000
    k = np.arange(count) + 0.5
    polar, turn = np.arccos(1 - 2 * k / count), np.pi * (1 + 5**0.5) * k
    half = np.stack([np.cos(turn) * np.sin(polar), np.sin(turn) * np.sin(polar), np.cos(polar)], axis=1)
    half = half[half[:, 0] > 0.02]
    return np.concatenate([half, half * [-1, 1, 1]])


@cache
def smoothing() -> sparse.csr_matrix:
    """Return the matrix that takes the mean over the neighbours of each direction.

    Four directions across the middle lie on one circle, which the hull cuts into triangles by one diagonal: its mirror
    image is added, lest one side be smoothed otherwise than the other.
    """
    count = len(directions())
    hull = ConvexHull(directions())
    pairs = np.concatenate([hull.simplices[:, p] for p in ([0, 1], [1, 2], [2, 0])])
    near = sparse.coo_matrix((np.ones(len(pairs)), pairs.T), (count, count)).tocsr()
    mirrored = np.roll(np.arange(count), count // 2)
    near = near + near.T
    near = ((near + near[mirrored][:, mirrored]) > 0).astype(float)
    return sparse.diags(1 / np.asarray(near.sum(axis=1)).ravel()) @ near
