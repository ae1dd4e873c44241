"""The brain mask, where the dataset gives none.

A surface r(u) around the brain's centre grows along each direction u until the next few millimetres hold something
much darker than the brain (the skull, or the outside of a stripped image): the force of the Brain Extraction Tool
(Smith 2002, Human Brain Mapping 17:143, equations 9-13) on a star-shaped surface, which no fold can entangle. The
surface, its neighbourhoods and its force are the same on both sides, so the mask favours neither. Directions are
those of the image's grid, so that a head moved with its grid has the same mask.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from symbrain.errors import BadInput
from symbrain.star_surface import STEP_MM, StarSurface, rays, smoothing
from symbrain.volume import Volume

MaskSource = Literal["given", "nonzero", "surface"]
WORKING_MM, _COARSE_MM = 2.0, 4.0
SMALLEST_BRAIN_ML = 15.0  # a fetus of 20 weeks has about 50 ml
_STEPS = 150
_BEYOND_MM, _SKULL = 3.0, 0.7  # so far beyond the surface something is seen in such a share of directions, or more
_SCALP = 0.3  # less than scalp and skull of a newborn, in units of the brain's volume
_FARTHEST = 2.5  # in units of the brain's radius, as is the reach
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
    small = volume.shrunk(WORKING_MM)
    surface = _surface(small, name)
    shown = _not_background(volume)
    stripped = shown is not None and _share_beyond(surface, shown, volume) < _SKULL
    mask = shown if shown is not None and stripped else _enclosed(surface, small, volume)
    _large_enough(mask, volume, f"the brain found in {name}", "give a brain mask, or check that the scan shows a head")
    return BrainMask(mask, "nonzero" if stripped else "surface")


def is_skull_stripped(volume: Volume, brain: NDArray[np.bool_]) -> bool:
    """Tell whether a volume shows little but its brain: one constant background lies around the mask."""
    beyond = (volume.data != volume.data[0, 0, 0]) & ~brain
    return bool(np.count_nonzero(beyond) < _SCALP * np.count_nonzero(brain))


def _share_beyond(surface: StarSurface, shown: NDArray[np.bool_], volume: Volume) -> float:
    """Return in what share of all directions the image still shows something a little beyond the surface.

    A skull is seen in nearly all of them; a large ventricle, at which the surface may stop, in some.
    """
    share = Volume(shown, volume.affine).shrunk(WORKING_MM)  # type: ignore[arg-type]
    share = Volume(share.data.astype(np.float32), share.affine)
    reach = surface.radii + _BEYOND_MM
    along = rays(share, surface.center, float(reach.max()) + 2 * STEP_MM, 0.0)
    return float((along[np.arange(len(reach)), (reach / STEP_MM).astype(int)] > 0.5).mean())


def _not_background(volume: Volume) -> NDArray[np.bool_] | None:
    """Return what stands out from one constant background, filled; None where there is no such background."""
    mask = volume.data != volume.data[0, 0, 0]
    if np.count_nonzero(mask) > 0.9 * mask.size:
        return None
    box = tuple(_extent(mask.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1)))
    filled = np.zeros(mask.shape, bool)
    around, _ = ndimage.label(np.pad(~_largest(mask[box]), 1, constant_values=True))
    filled[box] = (around != around[0, 0, 0])[1:-1, 1:-1, 1:-1]
    return filled


def _extent(used: NDArray[np.bool_]) -> slice:
    where = np.flatnonzero(used)
    return slice(int(where[0]), int(where[-1]) + 1) if len(where) else slice(0, 0)


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


def _surface(small: Volume, name: str) -> StarSurface:
    """Return the surface around the brain."""
    image = small.data
    low, high = np.percentile(image, [2, 98])
    if high <= low:
        msg = f"{name} has no contrast between head and background; check that it holds an image"
        raise BadInput(msg)
    head = _largest(image > low + 0.1 * (high - low))
    centre, radius = _sphere_of(head, small)
    for _ in range(2):  # the first surface finds the brain's centre, which the neck pulls away from the head's
        centre, radius = _grown(small, centre, radius, float(low), float(high)).ball(small.axes)
    return _grown(small, centre, radius, float(low), float(high))


def _enclosed(surface: StarSurface, small: Volume, volume: Volume) -> NDArray[np.bool_]:
    """Return what a surface encloses, on a volume's grid."""
    coarse = small.shrunk(_COARSE_MM)  # distances are so smooth that they are right between its voxels too
    return Volume(surface.level(coarse), coarse.affine).sampled(volume) < 0


def _sphere_of(mask: NDArray[np.bool_], volume: Volume) -> tuple[NDArray[np.float64], float]:
    """Return the world centroid of a mask and the radius of a sphere of its volume, in millimetres."""
    centre = volume.to_world(np.array(ndimage.center_of_mass(mask)))
    return centre, float((3 * mask.sum() * volume.voxel_ml * 1000 / (4 * np.pi)) ** (1 / 3))


def _grown(small: Volume, centre: NDArray[np.float64], radius: float, low: float, high: float) -> StarSurface:
    """Return the surface that has grown from a ball of half the radius until it is held from all sides."""
    force = _force(small, centre, radius, low, high)
    radii = np.full(len(force), 0.5 * radius)
    rows, last = np.arange(len(force)), force.shape[1] - 2
    for step in range(_STEPS):
        at = radii / STEP_MM
        place = np.minimum(at.astype(int), last)
        pull = force[rows, place] + (at - place) * (force[rows, place + 1] - force[rows, place])
        radii = np.clip(radii + 1.5 * pull, 0.3 * radius, _FARTHEST * radius)
        weight = 0.5 if step < 0.7 * _STEPS else 0.8  # first find the border, then smooth it
        radii = (1 - weight) * radii + weight * (smoothing() @ radii)
    return StarSurface(centre, radii)


def _force(small: Volume, centre: NDArray[np.float64], radius: float, low: float, high: float) -> NDArray[np.float64]:
    """Return how the surface is pulled outwards at each place of each ray, from -1 to 1."""
    values = rays(small, centre, _FARTHEST * radius + 2 * STEP_MM, low)
    depths = np.arange(1.0, _REACH * radius, 1.5) / STEP_MM
    place = np.arange(values.shape[1])
    profile = [values[:, np.abs(place - int(depth))] for depth in depths]
    brain = _brain_median(small.shrunk(_COARSE_MM), centre, radius, low)
    darkest = np.clip(np.minimum.reduce(profile), low, brain)
    brightest = np.clip(np.maximum.reduce(profile[: len(depths) // 2]), low + 0.1 * (high - low), brain)
    threshold = low + _FRACTION * (brightest - low)
    return np.asarray(np.clip(2 * (darkest - threshold) / np.maximum(brightest - low, 1e-6), -1, 1), float)


def _brain_median(coarse: Volume, centre: NDArray[np.float64], radius: float, low: float) -> float:
    distance = np.linalg.norm(coarse.grid_mm() - centre, axis=-1)
    return float(np.median(coarse.data[(distance < radius) & (coarse.data > low)]))
