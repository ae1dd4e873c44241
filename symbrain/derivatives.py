"""What ``align`` wrote about a scan, read back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from symbrain.alignment import Alignment
from symbrain.upright_grid import UprightGrid
from symbrain.volume import read_map
from symbrain.walk import unbiased

Sides = tuple[NDArray[np.float32], NDArray[np.bool_], float]
"""Image, mask and voxel edge (mm): what a detector compares."""


@dataclass(frozen=True)
class Upright:
    """An upright brain as the detectors see it.

    Parameters
    ----------
    image
        Bias field removed; axis 0 runs from the subject's left to the right and its middle is the mid-sagittal plane.
    mask
        Of the brain, on the same grid.
    """

    image: NDArray[np.float32]
    mask: NDArray[np.bool_]
    grid: UprightGrid

    @property
    def sides(self) -> Sides:
        """What a detector compares."""
        return self.image, self.mask, float(self.grid.affine[0, 0])


def read_alignment(folder: Path, scan_id: str) -> Alignment:
    """Return a scan's plane and provenance."""
    return Alignment.read(folder / f"{scan_id}_midline.json")


def read_upright(folder: Path, scan_id: str, alignment: Alignment) -> Upright:
    """Return a scan's upright brain."""
    image, mask = (read_map(folder / f"{scan_id}_space-upright_{kind}.nii.gz") for kind in ("image", "mask"))
    field = folder / f"{scan_id}_space-upright_biasfield.nii.gz"
    bias = read_map(field) if field.exists() else None
    grid = UprightGrid(image.shape, image.affine, alignment.to_scan)
    return Upright(unbiased(image.data, image.affine, bias), mask.data > 0, grid)
