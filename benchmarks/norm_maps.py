"""A brain on the common grid on which the baselines with a norm compare infants, and the folder where such maps lie."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from baselines import Floats, Mask, robust_z, smoothed
from scenes import Upright, as_aligned, as_walked, render
from suites import FOLDER, Case, Suite
from symbrain.atomic import write_bytes
from symbrain.blocks import along_axes
from symbrain.reflection import reflect
from symbrain.version import __version__

CELLS = (40, 48, 36)
_SMOOTHING_MM = 8.0  # full width at half maximum: folds of the two sides lie some millimetres apart
_MOST_SD = 60.0


@dataclass(frozen=True)
class BrainMap:
    """An upright brain on the common grid; its first axis runs from the subject's left to the right.

    Parameters
    ----------
    brightness
        In robust standard deviations of the brain, T1w turned over, so that fluid is bright in every map.
    inside
        Which cells are brain.
    cell_ml
        Volume of a cell, which differs between brains.
    """

    brightness: Floats
    inside: Mask
    cell_ml: float
    seed: int
    weeks: float
    modality: str
    seconds: float = 0.0

    def difference(self) -> Floats:
        """Return L−R of the cells of the left half; 0 where either of the two is no brain."""
        left_less_right = (self.brightness - reflect(self.brightness))[: CELLS[0] // 2]
        return np.where(self.compared(), left_less_right, 0).astype(np.float32)

    def compared(self) -> Mask:
        """Return which cells of the left half are brain on both sides."""
        return np.asarray((self.inside & reflect(self.inside))[: CELLS[0] // 2])


def map_of(upright: Upright, seed: int) -> BrainMap:
    """Bring an upright brain to the common grid, by its bounding box: no fold is aligned with any other."""
    start = time.process_time()
    scale, shift = _grid(upright.mask)
    smooth = smoothed(upright.image, upright.mask, _SMOOTHING_MM / 2.355 / upright.spacing_mm)
    inside = along_axes(upright.mask.astype(np.float32), scale, shift, CELLS) > 0.5
    sign = 1 if upright.modality == "T2w" else -1
    cells = along_axes(sign * robust_z(smooth, upright.mask), scale, shift, CELLS)
    brightness = np.where(inside, np.clip(cells, -_MOST_SD, _MOST_SD), 0).astype(np.float16).astype(np.float32)
    cell_ml = float(np.prod(scale)) * upright.spacing_mm**3 / 1000
    seconds = time.process_time() - start
    return BrainMap(brightness, inside, cell_ml, seed, upright.weeks, upright.modality, seconds)


def case_map(case: Case, templates: Path | None) -> BrainMap:
    """Render a case, align it as its task asks, and bring it to the common grid."""
    scene = render(case, templates)
    upright = as_walked(scene, case.options["upright_mm"]) if case.task == "walk" else as_aligned(scene)
    return map_of(upright, case.seed)


def map_folder(suite: Suite) -> Path:
    """Return the folder of a suite's maps, made where it is missing; git ignores all that lies there."""
    above = FOLDER / "results" / "norm-features"
    above.mkdir(parents=True, exist_ok=True)
    (above / ".gitignore").write_text("*\n", encoding="utf-8")
    return above / f"{suite.name}-{suite.digest[:12]}-{__version__}"


def map_path(folder: Path, case: Case) -> Path:
    """Return where the map of a case lies."""
    return folder / case.cell / f"{case.head:04d}.npz"


def write_map(path: Path, found: BrainMap) -> None:
    """Write a map, its brightness as float16."""
    content = io.BytesIO()
    about = np.array([found.cell_ml, found.seed, found.weeks, found.seconds])
    arrays = {"brightness": found.brightness.astype(np.float16), "inside": np.packbits(found.inside)}
    np.savez_compressed(content, about=about, modality=np.array(found.modality), **arrays)  # type: ignore[arg-type]
    write_bytes(path, content.getvalue())


def read_map(path: Path) -> BrainMap:
    """Read a map."""
    with np.load(path) as file:
        cell_ml, seed, weeks, seconds = file["about"].tolist()
        inside = np.unpackbits(file["inside"], count=int(np.prod(CELLS))).reshape(CELLS).astype(bool)
        brightness, modality = file["brightness"].astype(np.float32), str(file["modality"])
    return BrainMap(brightness, inside, cell_ml, int(seed), weeks, modality, seconds)


def _grid(mask: Mask) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the size of a cell and the place of the first, in voxels; the box is as wide on both sides."""
    low, high = np.empty(3), np.empty(3)
    for axis in range(3):
        filled = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        low[axis], high[axis] = filled[0] - 0.5, filled[-1] + 0.5
    middle = (mask.shape[0] - 1) / 2
    half = max(middle - low[0], high[0] - middle)
    low[0], high[0] = middle - half, middle + half
    scale = (high - low) / CELLS
    return scale, low + scale / 2
