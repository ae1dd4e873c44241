"""Tissues: their numbers on each side, and how bright each is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symbrain.drawem import TISSUES_9
from symbrain.phantom.diffusion import ADC, diffusion
from symbrain.phantom.fields import Floats
from symbrain.phantom.shapes import cover

LATERALISED: dict[str, tuple[int, int]] = {name: (2 * code - 1, 2 * code) for name, code in TISSUES_9.items()}
"""Each tissue's (left, right) label in a phantom: twice its DrawEM-9 number, less one on the left."""

CSF, CORTEX, WHITE, DURA, VENTRICLE, CEREBELLUM, DEEP, BRAINSTEM, HIPPOCAMPUS = range(1, 10)

# (T2w, T1w) relative to 1; the newborn's white matter holds little myelin, so it is bright on T2w and dark on T1w.
_BRIGHTNESS: dict[str, tuple[float, float]] = {
    "air": (0.0, 0.0),
    "skin": (0.62, 0.85),
    "scalp": (0.95, 1.40),
    "fat": (1.05, 1.50),
    "muscle": (0.46, 0.74),
    "skull": (0.12, 0.14),
    "marrow": (0.42, 0.55),
    "eye": (1.75, 0.30),
    "lens": (0.30, 0.80),
    "nerve": (0.70, 0.85),
    "csf": (1.75, 0.32),
    "falx": (0.35, 0.75),
    "sinus": (0.30, 0.55),
    "vessel": (0.18, 0.45),
    "choroid": (0.80, 0.75),
    "matrix": (0.46, 1.18),
    "cortex": (0.62, 1.02),
    "white": (1.02, 0.68),
    "callosum": (0.72, 0.88),
    "deep": (0.64, 1.04),
    "thalamus": (0.71, 0.98),
    "ventral thalamus": (0.60, 1.10),
    "caudate": (0.72, 0.97),
    "putamen": (0.70, 0.99),
    "pallidum": (0.75, 1.02),
    "subthalamus": (0.58, 1.10),
    "capsule": (0.50, 1.22),
    "cerebellum": (0.66, 1.00),
    "cerebellar white": (0.84, 0.82),
    "dentate": (0.60, 1.06),
    "brainstem": (0.62, 1.04),
    "tegmentum": (0.50, 1.18),
    "basis": (0.78, 0.88),
    "hippocampus": (0.70, 0.98),
    "amygdala": (0.74, 0.94),
}
_DEEP = ("deep", "thalamus", "ventral thalamus", "caudate", "putamen", "pallidum", "subthalamus")
MODALITIES = ("T2w", "T1w", ADC)  # in this order, which the random numbers of a scan depend on


def brightness(modality: str, maturity: float) -> dict[str, float]:
    """Return the brightness of each tissue; white and grey matter draw nearer to each other with age.

    An ADC map has 10⁻³ mm²/s in place of brightness.

    Parameters
    ----------
    maturity
        0 at 26 weeks, 1 at 45.
    """
    if modality not in MODALITIES:
        msg = f"a phantom has the contrast {' or '.join(MODALITIES)}, not {modality!r}"
        raise ValueError(msg)
    if modality == ADC:
        return diffusion(maturity)
    column = MODALITIES.index(modality)
    levels = {name: pair[column] for name, pair in _BRIGHTNESS.items()}
    gap = levels["white"] - levels["cortex"]
    levels["white"] -= 0.22 * (maturity - 0.5) * gap
    for name in _DEEP:  # packed more densely with age
        levels[name] += 0.35 * max(0.0, 0.75 - maturity) * (levels["white"] - levels[name])
    return levels


def to_drawem9(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a phantom's labels in DrawEM-9 numbers, which tell no side; 0 stays 0."""
    return np.asarray((labels + 1) // 2, np.uint8)


@dataclass
class Canvas:
    """The voxels being painted, from the outermost layer inwards.

    Parameters
    ----------
    levels
        Brightness of each tissue.
    image, tissue, fluid
        Brightness, DrawEM-9 number (0 outside the brain) and share of fluid of each voxel.
    """

    levels: dict[str, float]
    image: Floats
    tissue: NDArray[np.uint8]
    fluid: Floats

    @classmethod
    def blank(cls, levels: dict[str, float], count: int) -> Canvas:
        """Return a canvas of air."""
        return cls(levels, np.zeros(count, np.float32), np.zeros(count, np.uint8), np.zeros(count, np.float32))

    def part(self, at: NDArray[np.intp]) -> Canvas:
        """Return a copy of some voxels, to paint on."""
        return Canvas(self.levels, self.image[at], self.tissue[at], self.fluid[at])

    def put(self, at: NDArray[np.intp], part: Canvas) -> None:
        """Put a painted part back."""
        self.image[at], self.tissue[at], self.fluid[at] = part.image, part.tissue, part.fluid

    def paint(
        self,
        share: Floats,
        name: str,
        code: int | None = None,
        *,
        at: NDArray[np.intp] | None = None,
        shade: Floats | float = 1.0,
    ) -> None:
        """Lay a tissue over what is there.

        Parameters
        ----------
        share
            Share of each voxel that the tissue covers.
        code
            The DrawEM-9 number, or None to leave the numbers as they are.
        at
            Which voxels ``share`` speaks of; all by default.
        shade
            Factor of the brightness.
        """
        spot = slice(None) if at is None else at
        old, fluid = self.image[spot], self.fluid[spot]
        self.image[spot] = old + share * (np.float32(self.levels[name]) * shade - old)
        self.fluid[spot] = fluid + share * (np.float32(name == "csf") - fluid)
        if code is not None:
            tissue = self.tissue[spot]
            tissue[share >= 0.5] = code
            self.tissue[spot] = tissue


@dataclass(frozen=True)
class Brush:
    """Lays tissues over some voxels of a canvas.

    Parameters
    ----------
    at
        The voxels that the depths speak of.
    shade
        Factor of the brightness at each.
    edge
        Width of a soft edge, in head units.
    """

    canvas: Canvas
    at: NDArray[np.intp]
    shade: Floats
    edge: float

    def lay(self, depth: Floats, name: str, code: int | None = None, share: float = 1.0) -> None:
        """Lay a tissue where the depth inside its shape is positive, a share of it mixed with what is there."""
        near = np.flatnonzero(depth > -0.5 * self.edge)
        mixed = np.float32(share) * cover(depth[near], self.edge)
        self.canvas.paint(mixed, name, code, at=self.at[near], shade=self.shade[near])
