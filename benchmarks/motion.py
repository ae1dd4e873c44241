"""Known rigid motions of a head, and the head moved by one."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

from symbrain.volume import Volume


def motion(center: np.ndarray, rng: np.random.Generator, turn_deg: float, shift_mm: float) -> np.ndarray:
    """Return a random rigid motion of the world (4×4) about a point."""
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", rng.uniform(-turn_deg, turn_deg, 3), degrees=True).as_matrix()
    matrix[:3, 3] = center - matrix[:3, :3] @ center + rng.uniform(-shift_mm, shift_mm, 3)
    return matrix


def moved(volume: Volume, matrix: np.ndarray, margin_mm: float) -> Volume:
    """Return the moved head on the same grid, widened by a margin."""
    pad = np.ceil(margin_mm / volume.spacing_mm).astype(int)
    affine = volume.affine.copy()
    affine[:3, 3] = volume.to_world(-pad)
    shape = np.array(volume.shape) + 2 * pad
    back = np.linalg.inv(volume.affine) @ np.linalg.inv(matrix) @ affine
    outside = float(np.median(volume.data[0]))
    data = ndimage.affine_transform(volume.data, back[:3, :3], back[:3, 3], tuple(shape), order=3, cval=outside)
    return Volume(np.asarray(data, np.float32), affine)
