"""Where a head lies in the scanner: the grid's affine, and the rigid motion from the head frame to the world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symbrain.phantom.anatomy import POSE
from symbrain.plane import Plane

Array = NDArray[np.float64]
FIELD_OF_VIEW_MM = (145.0, 145.0, 101.5)  # the dHCP's: 290×290×203 voxels of 0.5 mm
_CENTER_MM = (-4.75, 9.05, 17.95)  # of that field of view in the world, as in the dHCP's affine
_BRAIN_CENTER = (0.0, -0.5, 4.5)  # in head units
_BRAIN_HALF = (46.0, 57.5, 43.0)


@dataclass(frozen=True)
class Pose:
    """A rigid motion: world = rotation @ (head point · unit) + shift, all in millimetres.

    Parameters
    ----------
    rotation
        3×3.
    shift
        World position of the head frame's origin.
    """

    rotation: Array
    shift: Array

    @property
    def plane(self) -> Plane:
        """The midline plane in the world."""
        return Plane.through(self.shift, self.rotation[:, 0])


def grid_of(spacing_mm: float, shape: tuple[int, int, int] | None) -> tuple[tuple[int, int, int], Array]:
    """Return a grid's shape and its affine: stored LAS like the dHCP's, around that project's field of view."""
    if shape is None:
        x, y, z = (int(np.ceil(extent / spacing_mm - 1e-6)) for extent in FIELD_OF_VIEW_MM)
        shape = (x, y, z)
    affine = np.diag([-spacing_mm, spacing_mm, spacing_mm, 1.0])
    affine[:3, 3] = _CENTER_MM - affine[:3, :3] @ ((np.asarray(shape) - 1) / 2)
    return shape, affine


def draw_pose(
    seed: int, visit: int, unit_mm: float, extent_mm: Array, *, max_tilt_deg: float, max_shift_mm: float
) -> Pose:
    """Draw how the head lies in the field of view; the brain is kept within it, as a radiographer would.

    Parameters
    ----------
    extent_mm
        Size of the field of view along each axis.
    """
    rng = np.random.default_rng([seed, POSE, visit])
    turns = np.radians(rng.uniform(-1, 1, 3) * max_tilt_deg)
    wish = rng.uniform(-1, 1, 3) * max_shift_mm
    rotation = _turned(turns)
    half = np.linalg.norm(rotation * np.asarray(_BRAIN_HALF) * unit_mm, axis=1)  # of the turned ellipsoid's box
    room = np.maximum(extent_mm / 2 - half - 1, 0)
    center = np.asarray(_CENTER_MM) + np.clip(wish, -room, room)
    return Pose(rotation, center - rotation @ np.asarray(_BRAIN_CENTER) * unit_mm)


def _turned(angles: Array) -> Array:
    """Return the rotation about x (nodding), then y (tilting), then z (turning), angles in radians."""
    (a, b, c), (p, q, r) = np.cos(angles), np.sin(angles)
    about_x = np.array([[1, 0, 0], [0, a, -p], [0, p, a]])
    about_y = np.array([[b, 0, q], [0, 1, 0], [-q, 0, b]])
    about_z = np.array([[c, -r, 0], [r, c, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x)
