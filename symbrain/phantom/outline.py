"""Outlines of inserted changes: two laws that share no shape, one to learn from and one to be tested with.

All is a function of coordinates that run outwards from the midline, so that a change and its mirror image have
mirrored outlines on any grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from symbrain.phantom.fields import Floats

Half = Literal["train", "test"]
HALVES: tuple[Half, Half] = ("train", "test")
_OUTLINE, _WAVE, _STYLE = range(3)  # a random stream for each purpose


@dataclass(frozen=True)
class Waves:
    """A smooth random function of place, a sum of plane waves of zero mean and unit variance.

    Parameters
    ----------
    vectors
        Shape (K, 3), radians a unit of length.
    phases
        Shape (K,).
    """

    vectors: Floats
    phases: Floats

    def at(self, points: Floats) -> Floats:
        """Return the function at points, shape (3, ...)."""
        total = np.zeros(points.shape[1:], np.float32)
        for (a, b, c), phase in zip(self.vectors, self.phases, strict=True):
            total += np.cos(a * points[0] + b * points[1] + c * points[2] + phase)
        return total * np.float32(np.sqrt(2 / len(self.phases)))


def draw_waves(rng: np.random.Generator, wavelength: float, count: int = 8) -> Waves:
    """Draw waves of about one length, in the units of the points."""
    directions = rng.standard_normal((count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    lengths = wavelength * rng.uniform(0.7, 1.4, (count, 1))
    return Waves((2 * np.pi * directions / lengths).astype(np.float32), rng.uniform(0, 2 * np.pi, count).astype("f4"))


@dataclass(frozen=True)
class Outline:
    """The shape and the inner texture of one change.

    Parameters
    ----------
    half
        ``train``: a ball whose radius waves. ``test``: ellipsoids and streaks grown together.
    edge_mm
        Width of the soft edge.
    gain
        Factor of the tissue's own texture within the change.
    """

    half: Half
    seed: int
    edge_mm: float
    gain: float

    def stretch(self, points: Floats) -> Floats:
        """Return by which factor of the mean radius each point is away from the centre: 1 on the outline.

        Parameters
        ----------
        points
            Shape (3, ...), relative to the centre, in units of the mean radius.
        """
        rng = np.random.default_rng([self.seed, _OUTLINE])
        if self.half == "train":
            away = np.sqrt(np.square(points).sum(axis=0))
            return np.asarray(away / (1 + 0.35 * np.tanh(0.7 * draw_waves(rng, 2.6).at(points))), np.float32)
        return _grown_together(rng, points)

    def unevenness(self, points: Floats) -> Floats:
        """Return a factor of the change of brightness at points, about 1; points as for ``stretch``."""
        rng = np.random.default_rng([self.seed, _WAVE])
        waves = draw_waves(rng, 1.6 if self.half == "train" else 0.9)
        return 1 + np.float32(0.15) * waves.at(points)


def draw_outline(half: Half, seed: int) -> Outline:
    """Draw an outline's edge and texture; the test half has wider edges and stronger or weaker texture."""
    rng = np.random.default_rng([seed, HALVES.index(half), _STYLE])
    if half == "train":
        return Outline(half, seed, float(rng.uniform(1.0, 2.2)), 1.0)
    return Outline(half, seed, float(rng.uniform(2.4, 3.6)), float(rng.choice([0.8, 1.25])))


def _grown_together(rng: np.random.Generator, points: Floats) -> Floats:
    """Return the stretch of two to four ellipsoids or streaks, each through the one before, the first at the centre."""
    total = np.zeros(points.shape[1:], np.float32)
    center = np.zeros(3)
    for _ in range(int(rng.integers(2, 5))):
        turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
        long = rng.uniform(1.1, 1.9)
        axes = np.array([long, rng.uniform(0.45, 0.8), rng.uniform(0.45, 0.8)])
        inward: NDArray[np.float32] = (turn.T / axes[:, None]).astype(np.float32)
        local = np.tensordot(inward, points - center.astype(np.float32).reshape(3, *[1] * (points.ndim - 1)), axes=1)
        total += np.float32(1) / (np.float32(0.03) + np.square(local).sum(axis=0)) ** 3  # a soft minimum of the radii
        center = center + turn[:, 0] * rng.uniform(-0.8, 0.8) * long
        center *= min(1.0, 0.9 / max(float(np.linalg.norm(center)), 1e-6))
    return np.asarray(total ** np.float32(-1 / 6), np.float32)
