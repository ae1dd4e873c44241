"""What a scan can suffer that is no change of the brain: a ramp of brightness, motion, a field of view too small."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scenes import Scene
from suites import Case
from symbrain.phantom.artefacts import bias_ramp, motion_ghosts
from symbrain.volume import Volume

_STREAM = 91  # of this purpose, beside those of the phantom


def spoiled(scene: Scene, case: Case) -> Scene:
    """Return a scene with the artefact that its case asks for."""
    asked = case.options["artefact"]
    rng = np.random.default_rng([case.seed, _STREAM])
    if asked["name"] == "ramp":
        return _with(scene, bias_ramp(scene.volume.data, 0, asked["share"] * _wider(scene)))
    if asked["name"] == "motion":
        x, y, z = (float(mm) for mm in scene.volume.spacing_mm)
        return _with(scene, motion_ghosts(scene.volume.data, (x, y, z), 1, rng))
    if asked["name"] == "crop":
        return _cropped(scene, asked["mm"], rng)
    msg = f"{asked['name']!r} is no artefact"
    raise ValueError(msg)


def _with(scene: Scene, data: NDArray[np.floating]) -> Scene:
    return replace(scene, volume=Volume(np.asarray(data, np.float32), scene.volume.affine))


def _wider(scene: Scene) -> float:
    """Return how many times wider the image is than the brain: a ramp is told by what it does across the brain."""
    filled = np.flatnonzero(scene.mask.any(axis=(1, 2)))
    return float((scene.mask.shape[0] - 1) / (filled[-1] - filled[0]))


def _cropped(scene: Scene, mm: float, rng: np.random.Generator) -> Scene:
    """Return a scene whose field of view ends within the brain: at the crown, the front or the back."""
    axis, at_end = ((2, True), (1, True), (1, False))[int(rng.integers(3))]
    filled = np.flatnonzero(scene.mask.any(axis=tuple(a for a in range(3) if a != axis)))
    lost = round(mm / float(scene.volume.spacing_mm[axis]))
    kept = slice(0, filled[-1] + 1 - lost) if at_end else slice(filled[0] + lost, None)
    outside = np.ones(scene.volume.shape[axis], bool)
    outside[kept] = False
    shape = tuple(-1 if a == axis else 1 for a in range(3))
    gone = outside.reshape(shape)
    mask = scene.mask & ~gone
    return replace(_with(scene, np.where(gone, 0, scene.volume.data)), mask=mask)
