"""Tissues: their numbers on each side, and how bright each is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symbrain.drawem import TISSUES_9
from symbrain.phantom.fields import Floats

LATERALISED: dict[str, tuple[int, int]] = {name: (2 * code - 1, 2 * code) for name, code in TISSUES_9.items()}
"""Each tissue's (left, right) label in a phantom: twice its DrawEM-9 number, less one on the left."""

CSF, CORTEX, WHITE, DURA, VENTRICLE, CEREBELLUM, DEEP, BRAINSTEM, HIPPOCAMPUS = range(1, 10)

# (T2w, T1w) relative to 1; the newborn's white matter holds little myelin, so it is bright on T2w and dark on T1w.
_BRIGHTNESS: dict[str, tuple[float, float]] = {
    "air": (0.0, 0.0),
    "scalp": (0.80, 1.20),
    "muscle": (0.38, 0.70),
    "skull": (0.10, 0.12),
    "eye": (1.70, 0.30),
    "lens": (0.30, 0.80),
    "csf": (1.75, 0.32),
    "falx": (0.35, 0.75),
    "sinus": (0.30, 0.55),
    "cortex": (0.62, 1.02),
    "white": (1.02, 0.68),
    "callosum": (0.80, 0.82),
    "deep": (0.64, 1.04),
    "capsule": (0.66, 1.12),
    "cerebellum": (0.66, 1.00),
    "cerebellar white": (0.80, 0.86),
    "brainstem": (0.60, 1.06),
    "hippocampus": (0.68, 0.98),
}
MODALITIES = ("T2w", "T1w")


def brightness(modality: str, maturity: float) -> dict[str, float]:
    """Return the brightness of each tissue; white and grey matter draw nearer to each other with age.

    Parameters
    ----------
    maturity
        0 at 26 weeks, 1 at 45.
    """
    if modality not in MODALITIES:
        msg = f"a phantom has the contrast {' or '.join(MODALITIES)}, not {modality!r}"
        raise ValueError(msg)
    column = MODALITIES.index(modality)
    levels = {name: pair[column] for name, pair in _BRIGHTNESS.items()}
    gap = levels["white"] - levels["cortex"]
    levels["white"] -= 0.22 * (maturity - 0.5) * gap
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
