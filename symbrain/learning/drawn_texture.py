"""A stock of smooth random patterns, made once, in which a drawn head looks up its textures and its folds."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
TILE = 256
WAVELENGTHS = (6.0, 14.0, 30.0, 70.0)
"""Typical distance between crests, in steps of a tile."""
_EACH = 8  # tiles of each wavelength


@lru_cache(maxsize=1)
def stock() -> Floats:
    """Return patterns (wavelength, number, 256, 256) of variance 1 that continue at their borders."""
    rng = np.random.default_rng(20261121)
    f = np.hypot(np.fft.fftfreq(TILE)[:, None], np.fft.rfftfreq(TILE)[None, :])
    bands = [np.exp(-0.5 * ((f - 1 / w) * w / 0.45) ** 2) for w in WAVELENGTHS]
    white = rng.standard_normal((len(bands), _EACH, TILE, TILE))
    tiles = np.fft.irfft2(np.fft.rfft2(white) * np.stack(bands)[:, None], s=(TILE, TILE))
    tiles /= tiles.std((2, 3), keepdims=True)
    return tiles.astype(np.float32)


def steps(u: Floats) -> NDArray[np.int32]:
    """Return coordinates as steps of a tile; truncated towards zero, which treats u and −u alike."""
    return u.astype(np.int32)


def pattern(rng: np.random.Generator, band: int, rows: NDArray[np.int32], columns: NDArray[np.int32]) -> Floats:
    """Return a pattern at whole steps of a tile; the draw decides which pattern, and where in it."""
    tile = stock()[band, rng.integers(_EACH)]
    i, j = (int(k) for k in rng.integers(0, TILE, 2))
    # The last bits of an integer wrap it round the tile.
    at = rows + i
    at &= TILE - 1
    at *= TILE
    at = at + ((columns + j) & (TILE - 1))
    found: Floats = tile.ravel().take(at)
    return found
