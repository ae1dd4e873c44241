"""Which augmentations a training slice meets, in which order, and how often."""

from __future__ import annotations

import numpy as np

from symbrain.learning.augment import Crop, Flip, Move, Thicken, Warp
from symbrain.learning.augment_look import Bias, Blur, Dropout, Ghost, Noise, Recolour, Spot
from symbrain.learning.picture import Picture


def augment(picture: Picture, rng: np.random.Generator, *, posed: bool = False, drawn: bool = False) -> Picture:
    """Return the picture as another scanner would have shown it, of a head that lay otherwise.

    Parameters
    ----------
    posed
        The head has been given a random pose already.
    drawn
        It has been given random brightness and lesions already.
    """
    if not drawn:
        if rng.random() < 0.3:
            picture = Warp.draw(rng).apply(picture)
        for _ in range(int(rng.integers(1, 4)) if rng.random() < 0.25 else 0):
            picture = Spot.draw(rng).apply(picture)
        if rng.random() < 0.7:
            picture = Recolour.draw(rng).apply(picture)
        if rng.random() < 0.15:
            picture = Spot.draw(rng, inside=False).apply(picture)
    if not posed:
        picture = Move.draw(rng).apply(picture)
    picture = _acquired(picture, rng)
    picture = Flip.draw(rng).apply(picture)
    return Crop.draw(rng, picture.shape).apply(picture) if rng.random() < 0.25 else picture


def _acquired(picture: Picture, rng: np.random.Generator) -> Picture:
    """Return the picture with the scanner's faults."""
    if rng.random() < 0.35:
        picture = Blur.draw(rng).apply(picture)
    if rng.random() < 0.6:
        picture = Bias.draw(rng).apply(picture)
    if rng.random() < 0.1:
        picture = Ghost.draw(rng).apply(picture)
    if rng.random() < 0.1:
        picture = Thicken.draw(rng).apply(picture)
    if rng.random() < 0.7:
        picture = Noise.draw(rng).apply(picture)
    return Dropout.draw(rng).apply(picture) if rng.random() < 0.07 else picture
