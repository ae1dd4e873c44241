"""The plane that a registration to the mirror image means.

With F the reflection across the middle of the grid, the mirror image is I(Fx). A registration finds the map T with
I(FTx) ≈ I(x), so FT is the symmetry of the head: nearly a reflection, across the plane that is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import sqrtm

from symbrain.plane import Plane

Matrix = NDArray[np.float64]
_STEP_MM = 100.0
PROBES = ((0.0, 0.0, 0.0), (_STEP_MM, 0.0, 0.0), (0.0, _STEP_MM, 0.0), (0.0, 0.0, _STEP_MM))
_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def matrix_of(mapped: Sequence[ArrayLike]) -> Matrix:
    """Return the 4×4 map of the world in RAS+ that takes the probes, in LPS, to these points."""
    origin, *steps = np.asarray(mapped, float)
    matrix = np.eye(4)
    matrix[:3, :3] = (np.array(steps) - origin).T / _STEP_MM
    matrix[:3, 3] = origin
    return np.asarray(_TO_RAS @ matrix @ _TO_RAS)


def mirror_plane(matrix: Matrix, middle: Plane) -> Plane:
    """Return the plane of a rigid map to the mirror image about a middle plane.

    The symmetry FT is a reflection and, of unlike sides, a small turn about the plane's normal and a small glide along
    the plane: the normal is the eigenvector of its eigenvalue −1, and the plane is where points keep their side.
    """
    symmetry = middle.mirror() @ matrix
    linear, shift = symmetry[:3, :3], symmetry[:3, 3]
    _, vectors = np.linalg.eigh((linear + linear.T) / 2)  # of an orthogonal matrix, with the same real eigenvectors
    normal = vectors[:, 0]
    return Plane((normal[0], normal[1], normal[2]), float(normal @ shift) / 2)


def midway_plane(matrix: Matrix, middle: Plane) -> Plane:
    """Return the plane of an affine map to the mirror image: the middle plane, carried back by half of the map.

    Half of the map takes the head to where it meets its mirror image halfway, and there the plane is the middle one.

    Raises
    ------
    ValueError
        Where the map has no real square root.
    """
    half = sqrtm(matrix)
    if np.abs(np.imag(half)).max() > 1e-9:
        msg = "the map to the mirror image has no real square root"
        raise ValueError(msg)
    half = np.real(half)
    normal = half[:3, :3].T @ middle.unit_normal
    return Plane((normal[0], normal[1], normal[2]), float(middle.offset_mm - middle.unit_normal @ half[:3, 3]))
