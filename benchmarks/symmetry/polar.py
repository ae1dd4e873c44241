r"""Polar decomposition of a mirror registration: its nearest reflection, and how much shear it took to fit.

A head registered to its own mirror image by an affine map x ↦ M x + t gives a plane only if M is a reflection. Every
invertible M is R P with R orthogonal and P positive definite (of the Cartan and polar factorisations that
2310.11366 builds layers on, only this is used), R is the orthogonal matrix nearest to M, and where M is nearly a
reflection R has det −1 and the plane's normal is the eigenvector of −1. ‖P − 1‖ says what was bent to make the halves
fit: for a head that is nearly an ellipsoid an oblique reflection fits as well as the true one, and M then shears.

A measure of quality, not a way to teach: neither model takes it, and ``PolarQuality`` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from symmetry.mechanism import Mechanism

Matrix = NDArray[np.float64]
MOST_SHEAR = 0.03
"""Largest |singular value − 1| of a registration that is believed; the failures that were seen had 0.04 to 0.07."""


@dataclass(frozen=True)
class MirrorRegistration:
    """What the linear part of a registration to the mirror image says.

    Parameters
    ----------
    orthogonal, stretch
        R and P of M = R P.
    normal
        Unit normal of the plane of R's reflection, its first component not negative.
    shear
        Largest |singular value − 1|.
    """

    orthogonal: Matrix
    stretch: Matrix
    normal: Matrix
    shear: float

    @property
    def is_believed(self) -> bool:
        """Whether it is a reflection and hardly anything else."""
        return bool(np.linalg.det(self.orthogonal) < 0 and self.shear <= MOST_SHEAR)


def decompose(matrix: Matrix) -> MirrorRegistration:
    """Return the polar decomposition of the linear part (3, 3) of a registration, mirroring included."""
    orthogonal, stretch = linalg.polar(matrix)
    values, vectors = np.linalg.eigh((orthogonal + orthogonal.T) / 2)
    normal = vectors[:, np.argmin(values)]
    shear = float(np.abs(np.linalg.svd(matrix, compute_uv=False) - 1).max())
    return MirrorRegistration(orthogonal, stretch, normal * (1.0 if normal[0] >= 0 else -1.0), shear)


def oblique_reflection(normal: Matrix, along: Matrix) -> Matrix:
    """Return the map M = 1 − 2 a nᵀ / (n·a), that keeps the plane of a normal and moves across it in another direction.

    Twice it is the identity, as a reflection is; only with ``along`` = ``normal`` is it orthogonal.
    """
    return np.asarray(np.eye(3) - 2 * np.outer(along, normal) / (along @ normal))


class PolarQuality(Mechanism):
    """No way to teach: a verdict on registrations."""

    name: ClassVar[str] = "polar decomposition"
    not_for: ClassVar[Mapping[str, str]] = {
        "midline": "it judges a registration, and the network registers nothing",
        "asymmetry": "it judges a registration, and places are described when the plane is known already",
    }
