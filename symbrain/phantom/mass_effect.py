"""A mass effect of known size: tissue about the midline is pushed to one side, brain surface and skull stay in place.

The displacement is a smooth bump, largest at the level of the septum pellucidum and zero from an ellipsoid within the
brain outwards: so the midline is bent between the falx's attachments in front, behind and above, as by a large lesion
(subfalcine herniation), and the plane stays where it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import map_coordinates

from symbrain.phantom.head import Phantom
from symbrain.plane import Plane

Image = TypeVar("Image", NDArray[np.float32], NDArray[np.uint8])
_SEPTUM = (0.22, 0.10)  # of the half axes: how far the septum lies in front of the brain's centre, and above it
_WITHIN = 0.8  # of the half axes: where the displacement ends
_ROUNDS = 30  # until a point that is pushed to where it is has been found


@dataclass(frozen=True)
class MassEffect:
    """A bump of displacement towards the subject's right (negative: left).

    Parameters
    ----------
    peak_mm
        Displacement of the septum.
    plane
        The midline plane without it.
    center
        Where the displacement is largest, in the world.
    axes
        Unit directions (3, 3) to the right, anterior and superior.
    half_mm
        Where it ends, from the centre: to the sides, behind, in front, and above as below.
    """

    peak_mm: float
    plane: Plane
    center: NDArray[np.float64]
    axes: NDArray[np.float64]
    half_mm: tuple[float, float, float, float]

    def at(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the displacement (mm) of what lies at world points (…, 3) now, after the push."""
        right, ahead, up = np.moveaxis((np.asarray(points, float) - self.center) @ self.axes.T, -1, 0)
        lateral, behind, front, above = self.half_mm
        radius2 = (
            np.square((right - self.peak_mm) / lateral)
            + np.square(ahead / np.where(ahead < 0, behind, front))
            + np.square(up / above)
        )
        return np.asarray(self.peak_mm * np.square(np.maximum(1 - radius2, 0)))

    def midline_shift_mm(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return how far the midline lies to the right of the plane now, beside world points (…, 3)."""
        foot = np.asarray(points, float)
        foot = foot - self.plane.distance_mm(foot)[..., None] * self.plane.unit_normal
        shift = np.zeros(foot.shape[:-1])
        for _ in range(_ROUNDS):
            shift = self.at(foot + shift[..., None] * self.plane.unit_normal)
        return shift


def mass_effect(phantom: Phantom, peak_mm: float) -> MassEffect:
    """Return the mass effect that fits within a head's brain; to the subject's right where positive."""
    normal = phantom.plane.unit_normal
    ahead = np.array([0.0, 1.0, 0.0]) - normal[1] * normal
    ahead /= np.linalg.norm(ahead)
    axes = np.stack([normal, ahead, np.cross(normal, ahead)])
    brain = np.argwhere(phantom.mask) @ phantom.affine[:3, :3].T + phantom.affine[:3, 3]
    low, high = np.percentile(brain @ axes.T, [0.5, 99.5], axis=0)
    middle, half = (low + high) / 2, (high - low) / 2
    middle[0] = phantom.plane.offset_mm
    middle[1:] += _SEPTUM * half[1:]
    behind, front, above = middle[1] - low[1], high[1] - middle[1], high[2] - middle[2]
    # Below as above: with more room the base of the skull would be pushed too.
    lateral, behind, front, above = (_WITHIN * float(end) for end in (half[0], behind, front, above))
    return MassEffect(peak_mm, phantom.plane, middle @ axes, axes, (lateral, behind, front, above))


def pushed(phantom: Phantom, effect: MassEffect) -> Phantom:
    """Return the head after the push; its plane is that of the skull, which stays where it was."""
    voxels = np.indices(phantom.image.shape).reshape(3, -1).T
    by = effect.at(voxels @ phantom.affine[:3, :3].T + phantom.affine[:3, 3])
    moved = by != 0
    step = np.linalg.inv(phantom.affine[:3, :3]) @ effect.plane.unit_normal
    source = (voxels[moved] - by[moved, None] * step).T
    return replace(
        phantom,
        image=_drawn_from(phantom.image, source, moved, order=1),
        labels=_drawn_from(phantom.labels, source, moved, order=0),
    )


def _drawn_from(image: Image, source: NDArray[np.float64], moved: NDArray[np.bool_], *, order: int) -> Image:
    out = image.copy()
    out.reshape(-1)[moved] = map_coordinates(image, source, order=order, mode="nearest")
    return out
