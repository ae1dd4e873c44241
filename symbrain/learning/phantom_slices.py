"""Axial and coronal slices of rendered phantoms with their exact midline, kept in memory."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from symbrain.learning.picture import Picture
from symbrain.phantom import make_head
from symbrain.plane import Plane
from symbrain.slice import Orientation, cut, slice_axis
from symbrain.volume import Volume

FIRST_SEED, HEADS = 4_000_000, 300
"""Seeds of the phantoms that are trained on, all below 5,000,000."""
_SPACING_MM = 2.0
_BLANK, _BARE = 0.06, 0.3  # brain in a slice, relative to the fullest: less than the first shows no midline


@lru_cache(maxsize=HEADS + 32)
def _head(number: int) -> tuple[Volume, NDArray[np.bool_], Plane]:
    head = make_head(
        FIRST_SEED + number,
        modality="T1w" if number % 3 == 0 else "T2w",
        spacing_mm=_SPACING_MM,
        max_tilt_deg=12.0,
        max_shift_mm=0.0,
        noise=0.01,
        bias=0.0,
        skull=number % 5 < 3,
    )
    # Stored from the subject's right to the left; canonical is the other way.
    affine = head.affine.copy()
    affine[:3, 3] += affine[:3, 0] * (head.image.shape[0] - 1)
    affine[:3, 0] *= -1
    bright = np.float32(np.percentile(head.image[head.mask], 98))
    return Volume(np.ascontiguousarray(head.image[::-1]) / bright, affine), head.mask[::-1], head.plane


def phantom_slice(rng: np.random.Generator, heads: int = HEADS, *, first: int = 0) -> Picture:
    """Return a random slice, upright but for the head's tilt; above and below the brain it has no midline.

    Parameters
    ----------
    heads
        So many phantoms are drawn from. Each is rendered when it is first drawn, in a third of a second.
    first
        Number of the first of them; those from ``HEADS`` on are never trained on.
    """
    volume, mask, plane = _head(first + int(rng.integers(heads)))
    orientation: Orientation = "axial" if rng.random() < 0.65 else "coronal"
    axis = slice_axis(orientation)
    area = mask.sum(tuple(a for a in range(3) if a != axis)) / mask.sum(axis).max()
    area = area / area.max()
    wanted = np.flatnonzero(area < _BLANK if rng.random() < 0.06 else area > _BARE)
    index = int(rng.choice(wanted if len(wanted) else np.flatnonzero(area > _BARE)))
    one = cut(volume, orientation, index, 0.0)
    return Picture(one.pixels, one.spacing_mm, one.line_of(plane) if area[index] > _BARE else None)
