"""Synthetic slices with an exact midline, or with none: drawn heads for the most part, phantoms, and empty things."""

from __future__ import annotations

import numpy as np

from symbrain.learning.augment_look import Spot
from symbrain.learning.augmented import augment
from symbrain.learning.drawn_head import draw_head
from symbrain.learning.drawn_texture import pattern
from symbrain.learning.phantom_slices import HEADS, phantom_slice
from symbrain.learning.picture import Picture

PHANTOM_SHARE, NOTHING_SHARE = 0.45, 0.08


def synthetic(rng: np.random.Generator, heads: int = HEADS) -> Picture:
    """Return one augmented synthetic slice.

    Parameters
    ----------
    heads
        Phantoms to choose from; 0 draws all heads.
    """
    kind = rng.random()
    if kind < NOTHING_SHARE:
        return augment(_nothing(rng), rng, posed=True, drawn=True)
    if heads and kind < NOTHING_SHARE + PHANTOM_SHARE:
        return augment(phantom_slice(rng, heads), rng)
    return augment(draw_head(rng), rng, posed=True, drawn=True)


def _nothing(rng: np.random.Generator) -> Picture:
    """Return a slice without a midline: noise, patterns, patches, or a head with nothing paired in it."""
    if rng.random() < 0.5:
        return draw_head(rng, midline=False)
    shape = int(rng.integers(64, 128)), int(rng.integers(64, 128))
    y, x = (a.astype(np.int32) for a in np.indices(shape))
    level = np.float32(rng.uniform(0, 0.5))
    pixels = level * (1 + np.float32(rng.uniform(0, 0.6)) * pattern(rng, int(rng.integers(4)), y, x))
    picture = Picture(np.asarray(pixels, np.float32), (1.5, 1.5), None)
    for _ in range(int(rng.integers(0, 5))):
        picture = Spot.draw(rng, inside=False).apply(picture)
    return picture
