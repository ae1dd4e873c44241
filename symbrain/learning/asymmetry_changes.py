"""One-sided changes in normal brains: what the network shall find; and changes of both sides, which it shall not.

A change that lies at homologous places of both sides is no asymmetry: it is a target of 0, so that the network learns
to compare the sides and not only to know a lesion when it sees one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from symbrain.learning.asymmetry_input import SPACING_MM, Image, Working
from symbrain.phantom.insert import draw_change, insert, prepare, symmetric_pair

TRAINED_KINDS = ("haemorrhage", "white_matter_injury", "ventriculomegaly", "volume_loss")
"""The kinds that are trained on; the others are kept to test with."""


@dataclass(frozen=True)
class ChangeLaw:
    """Which changes are inserted.

    Parameters
    ----------
    kinds
        See ``symbrain.phantom.insert``.
    diameter_mm, contrast_sd
        Bounds of size and contrast.
    none
        How often a brain is left as it is.
    most
        At most so many changes in one brain.
    both_sides
        How often a change is made on both sides.
    """

    kinds: tuple[str, ...] = TRAINED_KINDS
    diameter_mm: tuple[float, float] = (5.0, 25.0)
    contrast_sd: tuple[float, float] = (1.0, 6.0)
    none: float = 0.2
    most: int = 5
    both_sides: float = 0.2


def with_changes(working: Working, law: ChangeLaw, rng: np.random.Generator) -> tuple[Working, Image]:
    """Return the brain with changes, and which share of each voxel is changed on one side only (0 to 1)."""
    target = np.zeros_like(working.image)
    if rng.random() < law.none or not working.mask.any():
        return working, target
    there = prepare(working.image, working.mask, (SPACING_MM,) * 3)
    image = working.image
    for _ in range(int(rng.integers(1, law.most + 1))):
        change = draw_change(
            there, rng, kinds=law.kinds, diameter_mm=law.diameter_mm, contrast_sd=law.contrast_sd, half="train"
        )
        now = replace(there, image=image)
        if rng.random() < law.both_sides:
            image, _ = symmetric_pair(now, change)
        else:
            image, share = insert(now, change)
            target = np.maximum(target, share)
    return Working(np.where(working.mask, image, 0).astype(np.float32), working.mask), target.astype(np.float32)
