"""Smooth random fields of a head: mostly mirrored, partly each side's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfftn, rfftn
from scipy.ndimage import map_coordinates

Floats = NDArray[np.float32]
LATERAL, BACK, BELOW = 64.0, -68.0, -64.0  # a field covers 0..64 sideways, -68..68 and -64..64 in head units
EXTENT = (64.0, 136.0, 128.0)


@dataclass(frozen=True)
class Points:
    """Points of the head frame: x towards the subject's right from the midline, y anterior, z superior.

    Parameters
    ----------
    x, y, z
        Coordinates in head units (a millimetre of a newborn at term), each of shape (N,).
    """

    x: Floats
    y: Floats
    z: Floats

    @property
    def lateral(self) -> Floats:
        """Distance from the midline."""
        return np.abs(self.x)

    def take(self, chosen: NDArray[np.intp] | NDArray[np.bool_]) -> Points:
        """Return some of the points."""
        return Points(self.x[chosen], self.y[chosen], self.z[chosen])

    def scaled(self, factor: Floats) -> Points:
        """Return the points moved along their rays from the centre."""
        return Points(self.x * factor, self.y * factor, self.z * factor)

    def moved(self, by: Floats) -> Points:
        """Return the points moved obliquely by a length each, alike on both sides."""
        side = np.asarray(np.sign(self.x), np.float32)
        return Points(self.x + side * by, self.y - by, self.z + by)


@dataclass(frozen=True)
class Field:
    """A smooth field of the head, with a half for each side that meets the other nowhere.

    Parameters
    ----------
    grid
        Shape (2 n, A, S): the left half from lateral to medial, then the right half from medial to lateral.
    cell
        Edge of a grid cell, in head units.
    """

    grid: Floats
    cell: float

    def at(self, points: Points) -> Floats:
        """Return the field at points, interpolated linearly."""
        n = self.grid.shape[0] // 2
        steps = np.minimum(points.lateral / np.float32(self.cell), n - 1)
        index = np.empty((3, len(steps)), np.float32)
        index[0] = np.where(points.x < 0, n - 1 - steps, n + steps)
        index[1] = (points.y - np.float32(BACK)) / np.float32(self.cell)
        index[2] = (points.z - np.float32(BELOW)) / np.float32(self.cell)
        return map_coordinates(self.grid, index, output=np.float32, order=1, mode="nearest")  # type: ignore[no-any-return]

    def as_sheets(self) -> Field:
        """Return the signed distance from the field's zero sheets, in head units; good near the sheets."""
        n = self.grid.shape[0] // 2
        halves = [_distance(half, self.cell) for half in (self.grid[:n], self.grid[n:])]
        return Field(np.concatenate(halves), self.cell)

    def fading_at_midline(self, width: float) -> Field:
        """Return the field times a ramp that vanishes on the midline and is one from ``width`` outwards."""
        n = self.grid.shape[0] // 2
        ramp = _ramp(n, self.cell, width)
        return Field(self.grid * np.concatenate([ramp[::-1], ramp])[:, None, None], self.cell)


def draw_field(seed: list[int], wavelength: float, *, cell: float, own: float, join: float = 0.0) -> Field:
    """Draw a field of zero mean and unit standard deviation.

    Parameters
    ----------
    seed
        Entropy of this field: the head's seed and the purpose.
    wavelength
        Typical distance from crest to crest, in head units.
    own
        Share of each side's own part, 0 (exactly mirrored) to 1 (independent).
    join
        Width next to the midline over which the sides' own parts fade, so that the sides meet there.
    """
    rng = np.random.default_rng(seed)
    shared = _band(rng, wavelength, cell)
    if own == 0:
        return Field(np.concatenate([shared[::-1], shared]), cell)
    ramp = _ramp(len(shared), cell, join)[:, None, None] if join else np.float32(1)
    left, right = (
        np.float32(np.sqrt(1 - own**2)) * shared + np.float32(own) * _band(rng, wavelength, cell) * ramp
        for _ in range(2)
    )
    return Field(np.ascontiguousarray(np.concatenate([left[::-1], right])), cell)


def _band(rng: np.random.Generator, wavelength: float, cell: float) -> Floats:
    """Return noise of one wavelength, give or take a third, on one half of the head."""
    shape = tuple(int(e / cell) + 1 for e in EXTENT)
    kx, ky, kz = (np.fft.fftfreq(n, cell) for n in shape)
    k = np.sqrt(kx[:, None, None] ** 2 + ky[None, :, None] ** 2 + np.abs(kz[None, None, : shape[2] // 2 + 1]) ** 2)
    gain = np.exp(-0.5 * ((k * wavelength - 1) / 0.35) ** 2).astype(np.float32)
    wave = irfftn(rfftn(rng.standard_normal(shape, np.float32)) * gain, shape)
    return np.asarray((wave - wave.mean()) / wave.std(), np.float32)


def _distance(half: Floats, cell: float) -> Floats:
    slope = np.sqrt(sum(np.square(g) for g in np.gradient(half, cell)))
    return np.asarray(half / np.maximum(slope, 0.6 * slope.mean()), np.float32)


def _ramp(n: int, cell: float, width: float) -> Floats:
    t = np.clip(np.arange(n) * cell / width, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
