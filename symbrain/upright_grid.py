"""The upright grid: where the brain stands straight, and how to get there from the scan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symbrain.plane import Plane
from symbrain.volume import Affine, Volume


@dataclass(frozen=True)
class UprightGrid:
    """The grid of an upright image and how it lies in the scan's world.

    Parameters
    ----------
    shape, affine
        Grid whose first axis runs from the subject's left to the right, odd in number, with its middle on x = 0, so
        that reversing it is the reflection across the mid-sagittal plane.
    to_scan
        4×4 rigid motion from upright world points to the scan's world points (RAS+, mm).
    """

    shape: tuple[int, int, int]
    affine: Affine
    to_scan: Affine


def upright_grid(
    volume: Volume,
    mask: NDArray[np.bool_],
    plane: Plane,
    center_mm: tuple[float, float, float],
    *,
    spacing_mm: float,
    margin_mm: float,
) -> UprightGrid:
    """Return the upright grid around the brain: the least turn of the scan's grid that brings the plane to x = 0."""
    x = plane.unit_normal
    anterior = volume.axes[:, 1]  # the grid's own, so that moving the head with its grid changes no voxel
    y = anterior - (anterior @ x) * x
    y /= np.linalg.norm(y)
    to_scan = np.eye(4)
    to_scan[:3, :3] = np.stack([x, y, np.cross(x, y)], axis=1)
    to_scan[:3, 3] = np.asarray(center_mm) - plane.distance_mm(center_mm) * x
    brain = (volume.to_world(_ends(mask)) - to_scan[:3, 3]) @ to_scan[:3, :3]
    # Rounded, lest the last digit of a moved or mirrored affine add a row of voxels.
    low, high = (brain.min(axis=0) - margin_mm).round(6), (brain.max(axis=0) + margin_mm).round(6)
    half = np.ceil(max(-low[0], high[0]) / spacing_mm)
    first = np.array([-half, *np.floor(low[1:] / spacing_mm)])
    last = np.array([half, *np.ceil(high[1:] / spacing_mm)])
    affine = np.diag([spacing_mm] * 3 + [1.0])
    affine[:3, 3] = first * spacing_mm
    nx, ny, nz = (last - first + 1).astype(int)
    return UprightGrid((int(nx), int(ny), int(nz)), affine, to_scan)


def _ends(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the first and the last voxel of each row, shape (n, 3): no other can be the outermost in any direction."""
    i, j = np.nonzero(mask.any(axis=2))
    rows = mask[i, j]
    last = mask.shape[2] - 1 - rows[:, ::-1].argmax(axis=1)
    return np.concatenate([np.stack([i, j, rows.argmax(axis=1)], axis=1), np.stack([i, j, last], axis=1)])
