"""What a case looks like: the posed head with its truth, and the upright brain as an alignment would hand it on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suites import Case
from symbrain.plane import Plane
from symbrain.settings import AlignSettings
from symbrain.upright_grid import UprightGrid
from symbrain.volume import Volume

Box = tuple[slice, slice, slice]
LESION_KEYS = ("kind", "side", "diameter_mm", "contrast_sd")


@dataclass(frozen=True)
class Scene:
    """A posed head and the truth about it.

    Parameters
    ----------
    volume, mask
        Canonical image and the true brain mask on its grid.
    plane, center_mm
        The true midline plane and the brain's centroid, in the world.
    changed
        Where a lesion changed at least half of the tissue; None without one.
    """

    volume: Volume
    mask: NDArray[np.bool_]
    plane: Plane
    center_mm: tuple[float, float, float]
    weeks: float
    modality: str
    changed: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Upright:
    """An upright brain.

    Parameters
    ----------
    image, mask
        Bias-corrected image and brain mask, odd in number along the first axis, whose middle is the assumed midline.
    raw
        The image before the bias field was removed.
    box
        The part of the head's grid that is shown.
    """

    image: NDArray[np.float32]
    mask: NDArray[np.bool_]
    raw: NDArray[np.float32]
    spacing_mm: float
    weeks: float
    modality: str
    box: Box
    changed: NDArray[np.bool_] | None = None


def render(case: Case, folder: Any = None) -> Scene:
    """Return the head of a case; heads from templates need the folder of the symmetrised templates."""
    if case.has("template"):
        from template_heads import make_scene

        scene = make_scene(case, folder)
    else:
        from phantom_heads import make_scene as make_phantom

        scene = make_phantom(case)
    if not case.has("artefact"):
        return scene
    from artefact import spoiled

    return spoiled(scene, case)


def without_lesion(case: Case) -> Case:
    """Return the same infant, well."""
    return replace(case, options={k: v for k, v in case.options.items() if k not in LESION_KEYS})


def box_of(mask: NDArray[np.bool_], spacing_mm: float, margin_mm: float | None = None) -> Box:
    """Return the box around a brain, with a margin, and as far to one side of the grid's middle as to the other."""
    margin = int(np.ceil((AlignSettings().margin_mm if margin_mm is None else margin_mm) / spacing_mm))
    spans = []
    for axis, length in enumerate(mask.shape):
        filled = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        first, last = max(int(filled[0]) - margin, 0), min(int(filled[-1]) + margin, length - 1)
        if axis == 0:
            half = min(max(length // 2 - first, last - length // 2), length // 2)
            first, last = length // 2 - half, length // 2 + half
        spans.append(slice(first, last + 1))
    return spans[0], spans[1], spans[2]


def as_aligned(scene: Scene, box: Box | None = None, bias: NDArray[np.float32] | None = None) -> Upright:
    """Return an upright head as an alignment hands it on: cut to the brain, its bias field removed.

    Parameters
    ----------
    box, bias
        Those of another head of the same infant, to be used in place of its own.
    """
    spacing = float(scene.volume.spacing_mm[0])
    if scene.volume.shape[0] % 2 == 0:
        msg = "an upright head needs an odd number of sagittal slices, so that one of them is the midline"
        raise ValueError(msg)
    box = box_of(scene.mask, spacing) if box is None else box
    raw, mask = np.ascontiguousarray(scene.volume.data[box]), np.ascontiguousarray(scene.mask[box])
    field = bias_of(raw, mask, spacing) if bias is None else bias
    changed = None if scene.changed is None else np.ascontiguousarray(scene.changed[box])
    return Upright(raw / field, mask, raw, spacing, scene.weeks, scene.modality, box, changed)


def bias_of(image: NDArray[np.float32], mask: NDArray[np.bool_], spacing_mm: float) -> NDArray[np.float32]:
    """Return the bias field that the walk would remove."""
    from symbrain.upright import bias_field

    affine = np.diag([spacing_mm] * 3 + [1.0])
    grid = UprightGrid((image.shape[0], image.shape[1], image.shape[2]), affine, np.eye(4))
    return bias_field(image, mask, grid).sampled(Volume(image, affine))


def as_walked(scene: Scene, upright_mm: float) -> Upright:
    """Return a posed head after the real walk: its brain found, its plane found, turned upright."""
    from symbrain import walk

    aligned = walk.align(scene.volume, AlignSettings(spacing_mm=upright_mm))
    grid = Volume(aligned.image, aligned.grid.affine)
    field = np.float32(1) if aligned.bias is None else aligned.bias.sampled(grid)
    changed = None
    if scene.changed is not None:
        from symbrain.upright import resample

        moved = resample(Volume(scene.changed.astype(np.float32), scene.volume.affine), aligned.grid)
        changed = moved > 0.5
    box = (slice(None), slice(None), slice(None))
    return Upright(
        aligned.image / field, aligned.mask, aligned.image, upright_mm, scene.weeks, scene.modality, box, changed
    )
