"""A synthetic newborn's head in the scanner, with everything about it known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbrain.phantom import lesion as lesions
from symbrain.phantom.anatomy import Anatomy, Asymmetry, draw_anatomy, draw_weeks
from symbrain.phantom.damage import Look, render
from symbrain.phantom.fields import Floats, Points
from symbrain.phantom.lesion import Lesion, PlacedLesion, Side
from symbrain.phantom.painting import Painted, paint_head
from symbrain.phantom.pose import Pose, draw_pose, grid_of
from symbrain.phantom.scanner import Scanner
from symbrain.phantom.tissue import brightness
from symbrain.phantom.variant import Variant
from symbrain.plane import Plane

SHARPEST_MM = 0.9  # no edge is sharper than the scanner's acquisition, however fine the grid
_SLAB = 300_000  # voxels painted at once


@dataclass(frozen=True)
class Phantom:
    """A synthetic scan and the truth about it.

    Parameters
    ----------
    image
        Shape (L, A, S) as the dHCP stores it: axis 0 runs from the subject's right to the left.
    labels
        Lateralised tissues on the same grid, 0 outside the brain; numbers in ``LATERALISED``.
    mask
        Brain with the fluid around it.
    affine
        4×4, from voxel indices to world RAS+ in millimetres.
    plane
        The true midline plane in the world.
    center_mm
        Centroid of the mask in the world.
    lesion
        What was asked for, or None.
    lesion_mask
        Where at least half of the tissue is changed.
    lesion_center_mm
        Centroid of the change in the world.
    lesion_volume_ml
        Volume of the change, partial voxels counted in part.
    variant
        How the head departs from the usual without a one-sided change of the brain.
    labels87
        Numbers of the DrawEM-87 atlas on the same grid, where they were asked for.
    """

    image: NDArray[np.float32]
    labels: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    affine: NDArray[np.float64]
    plane: Plane
    center_mm: tuple[float, float, float]
    modality: str
    scan_age_weeks: float
    seed: int
    lesion: Lesion | None = None
    lesion_mask: NDArray[np.bool_] | None = None
    lesion_center_mm: tuple[float, float, float] | None = None
    lesion_volume_ml: float | None = None
    variant: Variant = field(default_factory=Variant)
    labels87: NDArray[np.uint8] | None = None

    @property
    def lesion_side(self) -> Side | None:
        """The subject's side that bears the lesion."""
        return self.lesion.side if self.lesion else None


def make_head(
    seed: int,
    *,
    scan_age_weeks: float | None = None,
    modality: str = "T2w",
    spacing_mm: float = 1.0,
    max_tilt_deg: float = 15.0,
    max_shift_mm: float = 8.0,
    lesion: Lesion | None = None,
    noise: float = 0.035,
    bias: float = 0.15,
    symmetric: bool = False,
    skull: bool = True,
    shape: tuple[int, int, int] | None = None,
    asymmetry: Asymmetry | None = None,
    visit: int = 0,
    variant: Variant | None = None,
    atlas: bool = False,
) -> Phantom:
    """Return a synthetic newborn's head with a known midline plane.

    The same seed gives the same infant in the same pose, whatever the contrast, the grid or the lesion.

    Parameters
    ----------
    scan_age_weeks
        Post-menstrual age, 26 to 45; None draws it.
    modality
        ``T2w``, ``T1w`` or ``ADC``: a map in 10⁻³ mm²/s, of the same infant in the same pose.
    spacing_mm
        Voxel edge; the field of view is the dHCP's, 145×145×101.5 mm, unless ``shape`` is given.
    max_tilt_deg, max_shift_mm
        Bounds of the turn about each axis and of the shift along each; the brain stays in the field of view.
    lesion
        A one-sided lesion to add.
    noise
        Standard deviation of the Rician noise, relative to about the brightness of white matter.
    bias
        About by which share the brightness deviates at the brain's surface.
    symmetric
        Make the sides exact mirror images across the plane, texture, bias field and noise included.
    skull
        Whether anything is painted outside the brain's mask.
    asymmetry
        What normally differs between the sides; see ``Asymmetry``.
    visit
        Another visit of the same infant: another pose, bias field and noise.
    variant
        How the head departs from the usual without a one-sided change of the brain; see ``Variant``.
    atlas
        Whether to number the parcels of the DrawEM-87 atlas too.
    """
    weeks = draw_weeks(seed) if scan_age_weeks is None else float(scan_age_weeks)
    variant = variant or Variant()
    infant = draw_anatomy(seed, weeks, asymmetry or Asymmetry(), symmetric=symmetric, variant=variant)
    grid, affine = grid_of(spacing_mm, shape)
    unit_mm = infant.growth.unit_mm
    extent = np.asarray(grid) * spacing_mm
    pose = draw_pose(seed, visit, unit_mm, extent, max_tilt_deg=max_tilt_deg, max_shift_mm=max_shift_mm)
    placed = None if lesion is None else lesions.place(lesion, infant, seed)
    levels = brightness(modality, infant.growth.maturity)
    scene = _Scene(infant, placed, levels, modality, noise, max(spacing_mm, SHARPEST_MM) / unit_mm, skull)
    scanner = Scanner(seed, visit, modality, noise, bias, symmetric, spacing_mm / unit_mm)

    image, share = np.empty(grid, np.float32), np.zeros(grid if placed else 0, np.float32)
    labels, mask = np.empty(grid, np.uint8), np.empty(grid, bool)
    parcels = np.empty(grid, np.uint8) if atlas else None
    for rows, points in _slabs(grid, affine, pose, unit_mm):
        painted, changed = scene.render(points)
        size = image[rows].shape
        image[rows] = scanner.scan(painted.image, points).reshape(size)
        labels[rows] = _lateralised(painted.tissue, points).reshape(size)
        mask[rows] = painted.mask.reshape(size)
        if parcels is not None:
            parcels[rows] = _parcels(infant, points, painted).reshape(size)
        if placed:
            share[rows] = changed.reshape(size)
    if not skull:
        image[~mask] = 0
    plain = Phantom(image, labels, mask, affine, pose.plane, _centroid(mask, affine), modality, weeks, seed)
    plain = replace(plain, variant=variant, labels87=parcels)
    return replace(plain, lesion=lesion, **_lesion_truth(share, affine)) if lesion else plain


@dataclass(frozen=True)
class _Scene:
    """What is before the scanner."""

    infant: Anatomy
    placed: PlacedLesion | None
    levels: dict[str, float]
    modality: str
    noise: float
    edge: float
    skull: bool

    def render(self, points: Points) -> tuple[Painted, Floats]:
        """Return the head at points, with its lesion, and which share of each point the lesion changed."""
        if self.placed is None:
            return self._paint(self.infant, points), np.zeros(0, np.float32)
        return render(self.placed, self._paint, points, Look(self.levels, self.modality, self.noise))

    def _paint(self, infant: Anatomy, points: Points) -> Painted:
        return paint_head(infant, points, self.levels, self.edge, skull=self.skull)


def _slabs(
    grid: tuple[int, int, int], affine: NDArray[np.float64], pose: Pose, unit_mm: float
) -> Iterator[tuple[slice, Points]]:
    """Yield portions of the grid along its first axis, and their voxels in the head frame."""
    to_head = pose.rotation.T @ affine[:3, :3] / unit_mm
    origin = pose.rotation.T @ (affine[:3, 3] - pose.shift) / unit_mm
    thick = max(1, _SLAB // (grid[1] * grid[2]))
    j, k = np.arange(grid[1])[:, None], np.arange(grid[2])
    for start in range(0, grid[0], thick):
        i = np.arange(start, min(start + thick, grid[0]))[:, None, None]
        x, y, z = (
            (to_head[axis, 0] * i + (to_head[axis, 1] * j + to_head[axis, 2] * k + origin[axis])).astype(np.float32)
            for axis in range(3)
        )
        yield slice(start, start + len(i)), Points(x.ravel(), y.ravel(), z.ravel())


def _parcels(infant: Anatomy, points: Points, painted: Painted) -> NDArray[np.uint8]:
    from symbrain.phantom.parcels import drawem87

    return drawem87(infant, points, painted.tissue)


def _lateralised(tissue: NDArray[np.uint8], points: Points) -> NDArray[np.uint8]:
    return np.where(tissue > 0, 2 * tissue - (points.x < 0), 0).astype(np.uint8)


def _centroid(weight: NDArray[np.generic], affine: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the centroid of a weighted grid in the world."""
    sums = [weight.sum(axis=tuple(a for a in range(3) if a != axis), dtype=float) for axis in range(3)]
    voxel = [float(np.average(np.arange(len(s)), weights=s)) for s in sums]
    x, y, z = affine[:3, :3] @ voxel + affine[:3, 3]
    return float(x), float(y), float(z)


def _lesion_truth(share: Floats, affine: NDArray[np.float64]) -> dict[str, Any]:
    volume_ml = float(share.sum(dtype=float) * abs(np.linalg.det(affine[:3, :3])) / 1000)
    center = _centroid(share, affine) if volume_ml else None
    return {"lesion_mask": share >= 0.5, "lesion_center_mm": center, "lesion_volume_ml": volume_ml}
