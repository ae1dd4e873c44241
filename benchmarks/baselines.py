"""The simplest things that could be done: a mean difference of the sides, and a midline that is always the middle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symbrain.line import Line
from symbrain.plane import Plane
from symbrain.reflection import reflect
from symbrain.volume import Volume


def mean_difference(
    image: NDArray[np.float32], mask: NDArray[np.bool_], _spacing_mm: float, _age_weeks: float, _modality: str
) -> tuple[float, str, NDArray[np.float32]]:
    """Return the mean |L−R| relative to the brain's median; its map is the difference itself, and it knows no side."""
    both = mask & reflect(mask)
    relative = image / np.float32(np.median(image[mask]))
    difference = np.where(both, np.abs(relative - reflect(relative)), 0).astype(np.float32)
    return float(difference[both].mean(dtype=float)), "none", difference


def constant_plane(volume: Volume) -> Plane:
    """Return the middle of the grid, across its first axis."""
    return Plane.through(volume.to_world((np.array(volume.shape) - 1) / 2), volume.axes[:, 0])


def constant_line(pixels: NDArray[np.float32], spacing_mm: tuple[float, float]) -> Line | None:
    """Return the line through the middle of the slice."""
    return Line.from_angle(0, 0, (pixels.shape[0], pixels.shape[1]), spacing_mm)
