"""The mid-sagittal plane: a unit normal pointing to the subject's right, and an offset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Plane:
    """Points x of the world (RAS+, mm) with ``normal · x = offset_mm``.

    Parameters
    ----------
    normal
        Three numbers in world RAS+; scaled to unit length and turned so that it points to the subject's right
        (its first non-zero component is positive).
    offset_mm
        Signed distance of the plane from the world's origin along the normal, in millimetres.

    Examples
    --------
    >>> plane = Plane((-2.0, 0.0, 0.0), offset_mm=-6.0)
    >>> plane.normal, plane.offset_mm
    ((1.0, 0.0, 0.0), 3.0)
    >>> float(plane.distance_mm([5.0, 0.0, 0.0]))  # two millimetres on the subject's right
    2.0
    """

    normal: tuple[float, float, float]
    offset_mm: float

    def __post_init__(self) -> None:
        n = np.asarray(self.normal, float)
        length = float(np.linalg.norm(n))
        if n.shape != (3,) or not np.isfinite(length) or length == 0 or not np.isfinite(self.offset_mm):
            msg = f"a plane needs a finite, non-zero normal of three numbers, not {self.normal!r}"
            raise ValueError(msg)
        first = n[np.flatnonzero(np.abs(n) > 1e-12 * length)[0]]
        scale = np.sign(first) / length
        object.__setattr__(self, "normal", tuple(float(v) for v in n * scale + 0.0))
        object.__setattr__(self, "offset_mm", float(self.offset_mm * scale + 0.0))

    @classmethod
    def through(cls, point: ArrayLike, normal: ArrayLike) -> Plane:
        """Return the plane with this normal through this world point (mm)."""
        n = np.asarray(normal, float)
        return cls((float(n[0]), float(n[1]), float(n[2])), float(n @ np.asarray(point, float)))

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Plane:
        """Read ``{"normal": [x, y, z], "offset_mm": d}``."""
        x, y, z = (float(v) for v in record["normal"])
        return cls((x, y, z), float(record["offset_mm"]))

    def to_dict(self) -> dict[str, Any]:
        """Return the plane as plain numbers, for JSON."""
        return {"normal": list(self.normal), "offset_mm": self.offset_mm}

    @property
    def unit_normal(self) -> Array:
        """The normal as an array of shape (3,)."""
        return np.asarray(self.normal, float)

    def distance_mm(self, points: ArrayLike) -> Array:
        """Return signed distances of world points (…, 3), positive on the subject's right."""
        return np.asarray(points, float) @ self.unit_normal - self.offset_mm

    def mirror(self) -> Array:
        """Return the 4×4 world matrix of the reflection across the plane (Householder)."""
        n = self.unit_normal
        matrix = np.eye(4)
        matrix[:3, :3] -= 2 * np.outer(n, n)
        matrix[:3, 3] = 2 * self.offset_mm * n
        return matrix

    def moved(self, matrix: ArrayLike) -> Plane:
        """Return the plane after an isometry of the world (4×4: rigid motion or reflection)."""
        M = np.asarray(matrix, float)
        n = M[:3, :3] @ self.unit_normal
        return Plane((n[0], n[1], n[2]), float(self.offset_mm + n @ M[:3, 3]))

    def angle_to_deg(self, other: Plane) -> float:
        """Return the angle between two planes in degrees, 0 to 90."""
        a, b = self.unit_normal, other.unit_normal
        sine = float(np.linalg.norm(np.cross(a, b)))  # accurate near zero, where arccos is not
        return float(np.degrees(np.arctan2(sine, abs(float(a @ b)))))

    def gap_mm(self, other: Plane, center_mm: ArrayLike) -> float:
        """Return how far apart two planes are at a world point, in millimetres.

        Measured at the brain's centroid: far from it, half a degree fakes half a millimetre.
        """
        sign = np.sign(self.unit_normal @ other.unit_normal) or 1.0
        return float(abs(self.distance_mm(center_mm) - sign * other.distance_mm(center_mm)))
