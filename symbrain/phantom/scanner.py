"""What the scanner adds: an uneven sensitivity, noise and an arbitrary gain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from symbrain.phantom.anatomy import BIAS, NOISE
from symbrain.phantom.diffusion import ADC
from symbrain.phantom.fields import BACK, BELOW, EXTENT, Floats, Points
from symbrain.phantom.tissue import MODALITIES


@dataclass(frozen=True)
class Scanner:
    """One acquisition of one contrast; slabs of voxels must be passed in their order.

    Parameters
    ----------
    noise
        Standard deviation of both channels, relative to 1.
    bias
        About by which share the brightness deviates at the brain's surface.
    symmetric
        Make bias field and noise mirror images across the midline.
    cell
        Voxel edge in head units; only symmetric noise depends on it.
    """

    seed: int
    visit: int
    modality: str
    noise: float
    bias: float
    symmetric: bool
    cell: float

    @cached_property
    def gain(self) -> np.float32:
        """Arbitrary units of brightness; none of a map, which is measured in units of its own."""
        if self.modality == ADC:
            return np.float32(1)
        return np.float32(200 * np.exp(self._rng(BIAS, 1).normal(0, 0.25)))

    def scan(self, bright: Floats, points: Points) -> Floats:
        """Return the measured magnitude of the true brightness at points of the head frame."""
        # A map is a quotient of images, from which the sensitivity has gone.
        signal = bright if self.modality == ADC else bright * self._sensitivity(points)
        if self.noise > 0:
            real, imaginary = self._mirrored_noise(points) if self.symmetric else self._white_noise(len(signal))
            sd = np.float32(self.noise)
            signal = np.hypot(signal + sd * real, sd * imaginary)  # Rician
        return np.asarray(signal * self.gain, np.float32)

    def _rng(self, purpose: int, part: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, purpose, self.visit, part, MODALITIES.index(self.modality)])

    def _sensitivity(self, points: Points) -> Floats:
        """Return a smooth factor: a polynomial of the second degree in the exponent."""
        c = self._rng(BIAS, 0).normal(0, 1, 8)
        c /= np.linalg.norm(c)
        if self.symmetric:
            c[:3] = 0  # the terms that are odd in x
        x, y, z = (v * np.float32(1 / half) for v, half in ((points.x, 45), (points.y, 55), (points.z, 45)))
        w = (self.bias * c).astype(np.float32)
        power = x * (w[0] + w[1] * y + w[2] * z) + y * (w[3] + w[4] * y) + z * (w[5] + w[6] * z) + w[7] * x * x
        return np.asarray(np.exp(np.clip(power, -1, 1)), np.float32)

    @cached_property
    def _stream(self) -> np.random.Generator:
        return self._rng(NOISE, 0)

    def _white_noise(self, count: int) -> Floats:
        return self._stream.standard_normal((2, count), np.float32)

    @cached_property
    def _mirrored_cells(self) -> Floats:
        shape = [2, *(int(e / self.cell) + 2 for e in EXTENT)]
        return self._rng(NOISE, 1).standard_normal(shape, np.float32)

    def _mirrored_noise(self, points: Points) -> Floats:
        cells = self._mirrored_cells
        lateral = points.lateral + np.float32(0.25 * self.cell)  # so that no voxel of an aligned grid is on a border
        coordinates = (lateral, points.y - np.float32(BACK), points.z - np.float32(BELOW))
        index: list[NDArray[np.intp]] = [
            np.rint(v / np.float32(self.cell)).astype(np.intp) % n
            for v, n in zip(coordinates, cells.shape[1:], strict=True)
        ]
        return cells[:, index[0], index[1], index[2]]
