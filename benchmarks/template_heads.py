"""A case of the template suite: a symmetric template, warped and textured anew, its sides made unlike.

Every normal head gets a smooth warp that both sides share and one of each side's own, heterogeneous tissue, an uneven
sensitivity and noise; the warps leave the midline where it is, so that the true plane stays a plane. Each purpose has a
random stream of its own: the same seed with and without a lesion is the same head.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial.transform import Rotation

from scenes import Scene
from suites import Case
from symbrain.plane import Plane
from symbrain.volume import Volume
from symmetrised import load_template

_POSE, _SHARED, _OWN, _FINE, _TEXTURE, _BIAS, _NOISE, _LESION = range(8)
_WARPS = ((_SHARED, 14.0, 2.0), (_OWN, 12.0, 1.2), (_FINE, 5.0, 0.7))  # purpose, width and size in mm
_CELL_MM, _CELLS, _FADE_MM = 3.0, 61, 10.0  # the grid of displacements covers 180 mm
_TEXTURE_SD, _TEXTURE_MM, _NOISE_SD, _BIAS_SHARE = 0.04, 2.0, 0.03, 0.15
_EDGE_MM = 0.35  # of the target voxel: how much a template is smoothed before it is sampled coarsely
Floats = NDArray[np.float32]


def make_scene(case: Case, folder: Path) -> Scene:
    """Render the head of a case."""
    asked, spacing = case.options, float(case.options["spacing_mm"])
    coefficients, share, affine = _prepared(folder, asked["template"], spacing)
    rotation, shift = _pose(case)
    grid, grid_affine = _grid(share, affine, spacing, asked["max_tilt_deg"] > 5)
    points = np.einsum("ij,j...->i...", rotation.T, _points(grid, grid_affine) - shift[:, None, None, None])
    to_voxel = np.linalg.inv(affine)
    warped = points + displacement(case.seed, points)
    at = np.einsum("ij,j...->i...", to_voxel[:3, :3], warped) + to_voxel[:3, 3][:, None, None, None]
    mask = ndimage.map_coordinates(share, at, order=1, prefilter=False) > 0.5
    image = np.maximum(ndimage.map_coordinates(coefficients, at, order=3, prefilter=False), 0)
    image, changed = _measured(case, np.asarray(image, np.float32), mask, spacing, points)
    volume = Volume(np.where(mask, image, 0).astype(np.float32), grid_affine)
    x, y, z = volume.to_world(np.array(ndimage.center_of_mass(mask)))
    plane = Plane.through(shift, rotation[:, 0])
    return Scene(volume, mask, plane, (x, y, z), float(asked["weeks"]), asked["modality"], changed)


def displacement(seed: int, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where a head's points lie in the template, relative to themselves; on the midline they stay on it."""
    at = points / _CELL_MM + (_CELLS - 1) / 2
    moved = np.empty(points.shape)
    for axis in range(3):
        total = np.zeros((_CELLS,) * 3, np.float32)
        for purpose, width, size in _WARPS:
            noise = np.random.default_rng([seed, purpose, axis]).standard_normal(total.shape, np.float32)
            field = _smooth(noise, width / _CELL_MM)
            if purpose == _SHARED:
                field = (field + (-1 if axis == 0 else 1) * field[::-1]) / np.float32(np.sqrt(2))
            total += np.float32(size) * field
        moved[axis] = ndimage.map_coordinates(total, at, order=1, prefilter=False, mode="nearest")
    moved[0] *= np.tanh(np.abs(points[0]) / _FADE_MM)
    return moved


def _measured(
    case: Case, image: Floats, mask: NDArray[np.bool_], spacing: float, points: NDArray[np.float64]
) -> tuple[Floats, NDArray[np.bool_] | None]:
    """Return what a scanner would make of a head: texture, lesion, noise and uneven sensitivity."""
    texture = np.random.default_rng([case.seed, _TEXTURE]).standard_normal(image.shape, np.float32)
    image = image * np.exp(np.float32(_TEXTURE_SD) * _smooth(texture, _TEXTURE_MM / spacing))
    sd = _NOISE_SD * float(np.median(image[mask]))
    noise = np.random.default_rng([case.seed, _NOISE]).standard_normal((2, *image.shape), np.float32)
    image = np.hypot(image + np.float32(sd) * noise[0], np.float32(sd) * noise[1])
    changed = None
    if case.has("kind"):
        image, changed = _with_lesion(case, np.where(mask, image, 0).astype(np.float32), mask, spacing)
    c = np.random.default_rng([case.seed, _BIAS]).standard_normal(8)
    c *= _BIAS_SHARE / np.linalg.norm(c)
    x, y, z = points / np.array([45.0, 55.0, 45.0])[:, None, None, None]
    power = x * (c[0] + c[1] * y + c[2] * z) + y * (c[3] + c[4] * y) + z * (c[5] + c[6] * z) + c[7] * x * x
    return np.asarray(image * np.exp(np.clip(power, -1, 1)), np.float32), changed


def _with_lesion(
    case: Case, image: Floats, mask: NDArray[np.bool_], spacing: float
) -> tuple[Floats, NDArray[np.bool_]]:
    from symbrain.phantom.insert import draw_change, insert, prepare

    asked: dict[str, Any] = case.options
    ready = prepare(image, mask, (spacing, spacing, spacing), bright_fluid=asked["modality"] == "T2w")
    change = draw_change(
        ready,
        np.random.default_rng([case.seed, _LESION]),
        kinds=(asked["kind"],),
        diameter_mm=(asked["diameter_mm"], asked["diameter_mm"]),
        contrast_sd=(asked["contrast_sd"], asked["contrast_sd"]),
        half="test",
        side=asked["side"],
    )
    changed, share = insert(ready, change)
    return changed, share >= 0.5


@lru_cache(maxsize=4)
def _prepared(folder: Path, name: str, spacing: float) -> tuple[Floats, Floats, NDArray[np.float64]]:
    """Return a template's cubic spline coefficients (smoothed where it is to be sampled coarsely) and its mask."""
    template = load_template(folder, name)
    own = template.image.spacing_mm
    width = _EDGE_MM * np.sqrt(max(spacing**2 - float(own[0]) ** 2, 0))
    image = ndimage.gaussian_filter(template.image.data, width / own)
    return ndimage.spline_filter(image, order=3, output=np.float32), template.mask, template.image.affine


def _pose(case: Case) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng([case.seed, _POSE])
    angles = rng.uniform(-1, 1, 3) * case.options["max_tilt_deg"]
    shift = rng.uniform(-1, 1, 3) * case.options["max_shift_mm"]
    return Rotation.from_euler("xyz", angles, degrees=True).as_matrix(), shift


def _grid(
    share: Floats, affine: NDArray[np.float64], spacing: float, roomy: bool
) -> tuple[tuple[int, int, int], NDArray[np.float64]]:
    """Return a grid about the template's midline that holds it, posed at random where it is roomy."""
    inside = np.argwhere(share > 0.5) @ affine[:3, :3].T + affine[:3, 3]
    low, high = inside.min(axis=0) - 10, inside.max(axis=0) + 10
    low[0] = -max(-low[0], high[0])
    if roomy:
        reach = float(np.abs(np.concatenate([low, high])).max()) + 8
        low = -np.array([reach, reach, reach])
        high = -low
    first = np.floor(low / spacing)
    count = np.ceil(high / spacing) - first + 1
    count[0] = 2 * -first[0] + 1
    matrix = np.diag([spacing, spacing, spacing, 1.0])
    matrix[:3, 3] = first * spacing
    return (int(count[0]), int(count[1]), int(count[2])), matrix


def _points(grid: tuple[int, int, int], affine: NDArray[np.float64]) -> NDArray[np.float64]:
    index = np.indices(grid).astype(float)
    return index * np.diag(affine)[:3, None, None, None] + affine[:3, 3][:, None, None, None]


def _smooth(noise: Floats, sigma: float) -> Floats:
    smooth = ndimage.gaussian_filter(noise, sigma, mode="wrap")
    return np.asarray(smooth / smooth.std(), np.float32)
