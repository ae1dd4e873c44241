"""The plane between the labels of the two sides: the truth for a real brain whose sides somebody has told apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from symbrain.drawem import PAIRS_87
from symbrain.plane import Plane
from symbrain.volume import Volume

_REACH_MM, _ROUNDS, _LEAST = 6.0, 30, 500


def plane_of_labels(labels: NDArray[np.integer], volume: Volume) -> Plane | None:
    """Return the plane where left and right face each other; None where the labels name no sides.

    Each voxel of one side that lies near the other side has a point halfway to the nearest voxel of that side. The
    plane is fitted to those points; the further one lies from it (as where one side bulges over to the other), the less
    it counts (Geman-McClure weights).
    """
    left, right = (np.isin(labels, [pair[side] for pair in PAIRS_87.values()]) for side in (0, 1))
    if not (left.any() and right.any()):
        return None
    halfway = np.concatenate([_halfway(left, right, volume), _halfway(right, left, volume)])
    if len(halfway) < _LEAST:
        return None
    across = volume.to_world(np.argwhere(right).mean(axis=0)) - volume.to_world(np.argwhere(left).mean(axis=0))
    plane = Plane.through(halfway.mean(axis=0), across)
    for _ in range(_ROUNDS):
        distance = plane.distance_mm(halfway)
        scale = max(1.4826 * float(np.median(np.abs(distance))), 0.1)
        weights = 1 / (1 + (distance / (2 * scale)) ** 2) ** 2
        center = weights @ halfway / weights.sum()
        _, vectors = np.linalg.eigh((weights[:, None] * (halfway - center)).T @ (halfway - center))
        plane = Plane.through(center, vectors[:, 0])
    return plane


def _halfway(side: NDArray[np.bool_], other: NDArray[np.bool_], volume: Volume) -> NDArray[np.float64]:
    away, nearest = ndimage.distance_transform_edt(~other, sampling=volume.spacing_mm, return_indices=True)
    facing = np.argwhere(side & (away <= _REACH_MM))
    return volume.to_world((facing + nearest[(slice(None), *facing.T)].T) / 2)
