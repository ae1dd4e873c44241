"""A co-registered map on the upright grid of the scan in whose world it lies: an ADC map above all.

Map and scan share the world's millimetres, whatever their grids, so the way from the upright grid through the scan's
world to the map's voxels is one matrix, and the map is interpolated once. Exact zeros and what is not a number are
taken for places where nothing was measured, as outside the brain of a masked map: they darken no border, and a hole
of a few millimetres takes the values around it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from symbrain.errors import BadInput
from symbrain.reflection import reflect
from symbrain.upright_grid import UprightGrid
from symbrain.volume import Volume

LEAST_COVERAGE = 0.5
_HOLE_MM = 2.0  # standard deviation of what stands in for a hole
_MEASURED = 0.5  # share of a voxel


@dataclass(frozen=True)
class Comap:
    """A map on an upright grid.

    Parameters
    ----------
    image
        Shape of the grid: the map's own units, 0 where nothing was measured.
    mask
        Brain in which the map and its mirror image have values; axis 0 runs from the subject's left to the right.
    coverage
        Its share of the brain.
    """

    image: NDArray[np.float32]
    mask: NDArray[np.bool_]
    coverage: float


def pull(volume: Volume, grid: UprightGrid, brain: NDArray[np.bool_], name: str = "the map") -> Comap:
    """Return a map on the upright grid, by one linear interpolation.

    Parameters
    ----------
    volume
        The map, canonical, in the world of the scan (RAS+, mm); what was not measured is 0.
    grid, brain
        The scan's upright grid, and its brain on it.

    Raises
    ------
    BadInput
        Where the map has values in less than half of the brain, or one value everywhere in it.
    """
    matrix = np.linalg.inv(volume.affine) @ grid.to_scan @ grid.affine
    there = volume.data != 0
    share, values = (_pulled(data, matrix, grid.shape) for data in (there.astype(np.float32), volume.data))
    around = [_HOLE_MM / float(edge) for edge in np.diag(grid.affine)[:3]]
    near, filled = (ndimage.gaussian_filter(data, around, mode="constant", truncate=3) for data in (share, values))
    image = np.where(share > _MEASURED, values / np.maximum(share, _MEASURED), filled / np.maximum(near, 1e-3))
    known = near > _MEASURED
    mask = brain & known & reflect(known)
    coverage = int(np.count_nonzero(mask)) / max(int(np.count_nonzero(brain)), 1)
    _refuse(image[mask], coverage, name)
    return Comap(np.where(known, image, 0).astype(np.float32), mask, coverage)


def _pulled(data: NDArray[np.float32], matrix: NDArray[np.float64], shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """Return values at the voxels of a grid of this shape; beyond the field of view is 0."""
    return np.asarray(
        ndimage.affine_transform(data, matrix[:3, :3], matrix[:3, 3], shape, order=1, mode="grid-constant"), np.float32
    )


def _refuse(values: NDArray[np.floating], coverage: float, name: str) -> None:
    if coverage < LEAST_COVERAGE:
        msg = (
            f"{name} has values on both sides in {coverage:.0%} of the brain of its scan; at least "
            f"{LEAST_COVERAGE:.0%} is expected: register it to the scan, or take it out of the dataset"
        )
        raise BadInput(msg)
    if float(values.min()) == float(values.max()):
        msg = f"{name} is {float(values[0]):g} everywhere in the brain; it holds no image: export it again"
        raise BadInput(msg)
