"""How a slice can look: augmentations of brightness and damage, which leave the midline where it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from symbrain.learning.picture import Picture

Rng = np.random.Generator
Floats = NDArray[np.float32]
_LEAST_CONTRAST = 0.12  # standard deviation of the brightness of tissues after another contrast


@dataclass(frozen=True)
class Recolour:
    """Another contrast: a curve over the brightness from 0 to 1.2, through random levels at even steps.

    Where the levels do not rise, tissues change their order, as between T1w and T2w.
    """

    levels: tuple[float, ...] = (0.0, 1.2)

    @classmethod
    def draw(cls, rng: Rng) -> Recolour:
        """Draw a gamma (a third), a rising curve (a third) or any curve; the background stays dark in most."""
        kind = rng.integers(3)
        if kind == 0:
            levels = np.linspace(0, 1.2, 9, dtype=np.float32) ** np.exp(rng.uniform(-0.6, 0.6))
        else:
            levels = _curve(rng, rising=bool(kind == 1))
        if rng.random() < 0.1:
            levels = 1.2 - levels
        return cls(tuple(float(v) for v in levels))

    def apply(self, picture: Picture) -> Picture:
        """Look every pixel up on the curve."""
        at = np.linspace(0, 1.2, len(self.levels))
        return replace(picture, pixels=np.interp(picture.pixels, at, self.levels).astype(np.float32))


def _curve(rng: Rng, *, rising: bool) -> Floats:
    """Draw levels that leave the tissues apart: where the curve is flat there is nothing to be seen."""
    while True:
        levels = rng.uniform(0, 1.2, int(rng.integers(4, 9)))
        levels = np.sort(levels) if rising else levels
        levels[0] = 0.0 if rng.random() < 0.8 else levels[0]
        tissues = np.interp(np.linspace(0.3, 1.0, 8), np.linspace(0, 1.2, len(levels)), levels)
        if tissues.std() > _LEAST_CONTRAST:
            return np.asarray(levels, np.float32)


@dataclass(frozen=True)
class Bias:
    """Uneven sensitivity: the exponential of a slope and a bend along each axis of the array.

    Parameters
    ----------
    slope, bend
        Logarithm of the gain at the array's edge, along x and along y.
    """

    slope: tuple[float, float] = (0.0, 0.0)
    bend: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def draw(cls, rng: Rng, strength: float = 0.5) -> Bias:
        """Draw a field; half of the strength is the rule, the whole the exception."""
        a, b, c, d = (float(v) for v in rng.normal(0, 0.5 * strength, 4))
        return cls((a, b), (c, d))

    def apply(self, picture: Picture) -> Picture:
        """Multiply by the field."""
        x, y = (np.linspace(-1, 1, n, dtype=np.float32) for n in picture.shape[::-1])
        gain_x, gain_y = (np.exp(s * t + b * t * t) for t, s, b in zip((x, y), self.slope, self.bend, strict=True))
        return replace(picture, pixels=picture.pixels * gain_x[None, :] * gain_y[:, None])


@dataclass(frozen=True)
class Noise:
    """Rician noise: the length of a complex signal of which both parts are noisy."""

    deviation: float = 0.0
    seed: int = 0

    @classmethod
    def draw(cls, rng: Rng, most: float = 0.12) -> Noise:
        """Draw a strength: mostly weak."""
        return cls(float(most * rng.random() ** 2), int(rng.integers(2**31)))

    def apply(self, picture: Picture) -> Picture:
        """Add the noise; what is dark below 0 counts as signal all the same."""
        rng = np.random.default_rng(self.seed)
        real, imaginary = rng.standard_normal((2, *picture.shape), np.float32) * np.float32(self.deviation)
        return replace(picture, pixels=np.hypot(picture.pixels + real, imaginary))


@dataclass(frozen=True)
class Blur:
    """A blunt scanner: Gaussian blur, along rows and columns, σ in millimetres."""

    sigma_mm: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def draw(cls, rng: Rng) -> Blur:
        """Draw a blur of up to 2 mm, not always the same along both axes."""
        sigma = rng.uniform(0.2, 2.0)
        other = sigma if rng.random() < 0.7 else rng.uniform(0.2, 2.0)
        return cls((float(sigma), float(other)))

    def apply(self, picture: Picture) -> Picture:
        """Blur."""
        sigma = [s / step for s, step in zip(self.sigma_mm, picture.spacing_mm, strict=True)]
        return replace(picture, pixels=ndimage.gaussian_filter(picture.pixels, sigma, mode="nearest", truncate=2.5))


@dataclass(frozen=True)
class Ghost:
    """A head that moved: faint copies along the phase-encoding axis, wrapped round the field of view."""

    axis: int = 0
    shift: float = 0.5
    strength: float = 0.0

    @classmethod
    def draw(cls, rng: Rng) -> Ghost:
        """Draw an axis, a shift as a share of the field of view, and up to a fifth of the brightness."""
        return cls(int(rng.integers(2)), float(rng.uniform(0.1, 0.9)), float(rng.uniform(0.03, 0.2)))

    def apply(self, picture: Picture) -> Picture:
        """Add the copies."""
        step = round(self.shift * picture.shape[self.axis])
        ghost = np.roll(picture.pixels, step, self.axis) + np.roll(picture.pixels, -step, self.axis)
        return replace(picture, pixels=picture.pixels + np.float32(self.strength / 2) * ghost)


@dataclass(frozen=True)
class Spot:
    """A soft patch of another brightness: a lesion of one side, or something beside the head.

    Parameters
    ----------
    center
        As shares of the width and of the height, 0 to 1.
    radii_mm
        Half axes along x and y.
    level, share
        The brightness it brings, and how much of it.
    """

    center: tuple[float, float] = (0.5, 0.5)
    radii_mm: tuple[float, float] = (5.0, 5.0)
    level: float = 1.0
    share: float = 0.0

    @classmethod
    def draw(cls, rng: Rng, *, inside: bool = True) -> Spot:
        """Draw a patch within the middle of the array, or anywhere."""
        x, y = rng.uniform(0.25, 0.75, 2) if inside else rng.uniform(0, 1, 2)
        a, b = np.exp(rng.uniform(np.log(3), np.log(16), 2))
        return cls((float(x), float(y)), (float(a), float(b)), float(rng.uniform(0, 1.3)), float(rng.uniform(0.3, 1)))

    def apply(self, picture: Picture) -> Picture:
        """Lay the patch over the picture."""
        x, y = picture.millimetres()
        x = (x + (0.5 - self.center[0]) * 2 * np.abs(x).max()) / np.float32(self.radii_mm[0])
        y = (y + (0.5 - self.center[1]) * 2 * np.abs(y).max()) / np.float32(self.radii_mm[1])
        cover = np.float32(self.share) * np.clip(2 * (1 - np.sqrt(x * x + y * y)), 0, 1).astype(np.float32)
        return replace(picture, pixels=picture.pixels + cover * (np.float32(self.level) - picture.pixels))


@dataclass(frozen=True)
class Dropout:
    """A rectangle that is lost, filled with one brightness.

    Parameters
    ----------
    corner, size
        As shares of the array, rows and columns.
    """

    corner: tuple[float, float] = (0.0, 0.0)
    size: tuple[float, float] = (0.0, 0.0)
    level: float = 0.0

    @classmethod
    def draw(cls, rng: Rng) -> Dropout:
        """Draw a rectangle of up to a quarter of each edge."""
        (a, b), (h, w) = rng.uniform(0, 0.9, 2), rng.uniform(0.05, 0.25, 2)
        return cls((float(a), float(b)), (float(h), float(w)), float(rng.uniform(0, 1)))

    def apply(self, picture: Picture) -> Picture:
        """Fill the rectangle."""
        first = [round(c * n) for c, n in zip(self.corner, picture.shape, strict=True)]
        last = [f + round(s * n) for f, s, n in zip(first, self.size, picture.shape, strict=True)]
        pixels = picture.pixels.copy()
        pixels[first[0] : last[0], first[1] : last[1]] = self.level
        return replace(picture, pixels=pixels)
