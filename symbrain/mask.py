"""The brain mask, where the dataset gives none.

A surface r(u) around the brain's centre grows along each direction u until the next few millimetres hold something
much darker than the brain (the skull, or the outside of a stripped image): the force of the Brain Extraction Tool
(Smith 2002, Human Brain Mapping 17:143, equations 9-13) on a star-shaped surface, which no fold can entangle. The
surface, its neighbourhoods and its force are the same on both sides, so the mask favours neither. Directions are
those of the image's grid, so that a head moved with its grid has the same mask.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.spatial import ConvexHull, cKDTree

from symbrain.errors import BadInput
from symbrain.volume import Volume

MaskSource = Literal["given", "nonzero", "surface"]
WORKING_MM = 2.0
SMALLEST_BRAIN_ML = 15.0  # a fetus of 20 weeks has about 50 ml
_STEPS = 300
_FRACTION = 0.7  # BET's fractional threshold: how dark, between the minimum and the brain, the outside is
_REACH = 0.25  # how far inwards the intensity profile is read, in units of the brain's radius (BET: 20 of 60 mm)


@dataclass(frozen=True)
class BrainMask:
    """A boolean mask on a volume's grid, and where it comes from."""

    data: NDArray[np.bool_]
    source: MaskSource


def find_brain(volume: Volume, given: NDArray[np.integer[Any]] | None = None, name: str = "the scan") -> BrainMask:
    """Return the brain mask of a canonical volume: the given one, the stripped image's own, or a fitted surface.

    Raises
    ------
    BadInput
        Where the given mask is empty, or nothing that could be a brain is found.
    """
    if given is not None:
        mask = given > 0
        _large_enough(mask, volume, f"the brain mask given for {name}", "give a mask of the whole brain, or none")
        return BrainMask(mask, "given")
    surface = _surface_mask(volume, name)
    background = float(volume.data[0, 0, 0])
    inside = ndimage.binary_fill_holes(_largest(volume.data != background))
    stripped = inside.sum() < 1.3 * surface.sum()
    mask = inside if stripped else surface
    _large_enough(mask, volume, f"the brain found in {name}", "give a brain mask, or check that the scan shows a head")
    return BrainMask(np.asarray(mask, bool), "nonzero" if stripped else "surface")


def _large_enough(mask: NDArray[np.bool_], volume: Volume, what: str, remedy: str) -> None:
    ml = float(mask.sum()) * volume.voxel_ml
    if ml < SMALLEST_BRAIN_ML:
        msg = f"{what} has {ml:.1f} ml; at least {SMALLEST_BRAIN_ML:g} ml are expected: {remedy}"
        raise BadInput(msg)


def _largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    parts, count = ndimage.label(mask)
    if count <= 1:
        return mask
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray(parts == sizes.argmax())


def _surface_mask(volume: Volume, name: str) -> NDArray[np.bool_]:
    small = volume.shrunk(WORKING_MM)
    image = small.data
    low, high = np.percentile(image, [2, 98])
    if high <= low:
        msg = f"{name} has no contrast between head and background; check that it holds an image"
        raise BadInput(msg)
    head = _largest(image > low + 0.1 * (high - low))
    centre, radius = _sphere_of(head, small)
    for _ in range(2):  # the first surface finds the brain's centre, which the neck pulls away from the head's
        radii = _grow(image, small, centre, radius, float(low), float(high))
        level = _level(small, centre, radii)
        centre, radius = _sphere_of(level < 0, small)
    radii = _grow(image, small, centre, radius, float(low), float(high))
    final = Volume(_level(small, centre, radii), small.affine)
    return _largest(final.sampled(volume) < 0)


def _sphere_of(mask: NDArray[np.bool_], volume: Volume) -> tuple[NDArray[np.float64], float]:
    """Return the world centroid of a mask and the radius of a sphere of its volume, in millimetres."""
    centre = volume.to_world(np.array(ndimage.center_of_mass(mask)))
    return centre, float((3 * mask.sum() * volume.voxel_ml * 1000 / (4 * np.pi)) ** (1 / 3))


def _grow(
    image: NDArray[np.float32], volume: Volume, centre: NDArray[np.float64], radius: float, low: float, high: float
) -> NDArray[np.float64]:
    """Return the surface's radius (mm) along each direction of the sphere."""
    directions, smoothing = _sphere()
    depths = np.arange(1.0, _REACH * radius, 1.5)
    half = len(depths) // 2
    radii = np.full(len(directions), 0.5 * radius)
    to_voxel = np.linalg.inv(volume.affine)
    origin = to_voxel[:3, :3] @ centre + to_voxel[:3, 3]
    steps = directions @ volume.axes.T @ to_voxel[:3, :3].T
    brain = _brain_median(image, volume, centre, radius, low)
    for step in range(_STEPS):
        at = origin + (radii[:, None] - depths)[..., None] * steps[:, None]
        profile = _linear(image, at, low)
        darkest = np.clip(profile.min(axis=1), low, brain)
        brightest = np.clip(profile[:, :half].max(axis=1), low + 0.1 * (high - low), brain)
        threshold = low + _FRACTION * (brightest - low)
        force = 2 * (darkest - threshold) / np.maximum(brightest - low, 1e-6)
        radii = np.clip(radii + 1.5 * np.clip(force, -1, 1), 0.3 * radius, 2.5 * radius)
        weight = 0.5 if step < 0.7 * _STEPS else 0.8  # first find the border, then smooth it
        radii = (1 - weight) * radii + weight * (smoothing @ radii)
    return radii


def _brain_median(
    image: NDArray[np.float32], volume: Volume, centre: NDArray[np.float64], radius: float, low: float
) -> float:
    distance = np.linalg.norm(volume.grid_mm() - centre, axis=-1)
    return float(np.median(image[(distance < radius) & (image > low)]))


def _linear(image: NDArray[np.float32], at: NDArray[np.float64], outside: float) -> NDArray[np.float64]:
    """Return the values at voxel positions, between voxels too: the surface is not to hang on a rounding."""
    return np.asarray(
        ndimage.map_coordinates(image, np.moveaxis(at, -1, 0), np.float64, 1, mode="constant", cval=outside)
    )


def _level(volume: Volume, centre: NDArray[np.float64], radii: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return distance from the centre minus the surface's radius (mm): negative inside."""
    offset = volume.grid_mm() - centre
    distance = np.linalg.norm(offset, axis=-1)
    near = distance < 1.1 * radii.max()
    towards = offset[near] @ volume.axes / np.maximum(distance[near], 1e-6)[:, None]
    gaps, which = cKDTree(_sphere()[0]).query(towards, k=3)
    weights = 1 / np.maximum(gaps, 1e-6)
    surface = (weights * radii[which]).sum(axis=1) / weights.sum(axis=1)
    level = np.full(volume.shape, radii.max(), np.float32)
    level[near] = distance[near] - surface
    return level


@cache
def _sphere() -> tuple[NDArray[np.float64], sparse.csr_matrix]:
    """Return directions spread evenly and symmetrically over the sphere, and the mean over their neighbours.

    Four directions across the middle lie on one circle, which the hull cuts into triangles by one diagonal: its mirror
    image is added, lest one side be smoothed otherwise than the other.
    """
    count = 1000
    k = np.arange(count) + 0.5
    polar, turn = np.arccos(1 - 2 * k / count), np.pi * (1 + 5**0.5) * k
    half = np.stack([np.cos(turn) * np.sin(polar), np.sin(turn) * np.sin(polar), np.cos(polar)], axis=1)
    half = half[half[:, 0] > 0.02]
    directions = np.concatenate([half, half * [-1, 1, 1]])  # each direction beside its mirror image
    hull = ConvexHull(directions)
    pairs = np.concatenate([hull.simplices[:, p] for p in ([0, 1], [1, 2], [2, 0])])
    near = sparse.coo_matrix((np.ones(len(pairs)), pairs.T), (len(directions),) * 2).tocsr()
    mirrored = np.roll(np.arange(len(directions)), len(half))
    near = near + near.T
    near = ((near + near[mirrored][:, mirrored]) > 0).astype(float)
    return directions, sparse.diags(1 / np.asarray(near.sum(axis=1)).ravel()) @ near
