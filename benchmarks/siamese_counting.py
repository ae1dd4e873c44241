"""What needs no network to see a patch of constant grey, or that one half is unlike the other."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from siamese_slices import DEPTH, PIXEL_MM, TOP, Bytes

_WINDOW = 3  # pixels along each edge
_BLACKEST, _BRIGHTEST = 0, 255  # of what lies outside the image, and of what was clipped
_SMOOTHING_MM = 8.0  # full width at half maximum: folds of the two sides lie some millimetres apart
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def constant_windows(halves: Bytes, _inside: Mask) -> Floats:
    """Return for each pair (n, 2, 224, 224) the share of its 3 by 3 windows whose nine greys are equal.

    Windows that are black (beyond the image) or clipped do not count.
    """
    filled = halves[:, :, TOP : TOP + DEPTH]
    rows, columns = filled.shape[2] - _WINDOW + 1, filled.shape[3] - _WINDOW + 1
    first = filled[:, :, :rows, :columns]
    constant = (first > _BLACKEST) & (first < _BRIGHTEST)
    for down, along in product(range(_WINDOW), repeat=2):
        constant &= filled[:, :, down : down + rows, along : along + columns] == first
    return np.asarray(constant.mean((1, 2, 3)))


def largest_difference(halves: Bytes, inside: Mask) -> Floats:
    """Return for each pair (n, 2, 224, 224) the largest smoothed difference of the two within the brain, in greys."""
    sigma = _SMOOTHING_MM / 2.355 / PIXEL_MM
    greys = halves.astype(np.float32)
    difference = ndimage.gaussian_filter(greys[:, 0] - greys[:, 1], (0, sigma, sigma))
    return np.asarray(np.where(inside.all(axis=1), np.abs(difference), 0).max((1, 2)), float)


def best_threshold(scores: Floats, labels: Mask) -> float:
    """Return the threshold above which rows are called altered, that is right most often; of equals the lowest."""
    values = np.unique(scores)
    between = np.concatenate([values[:1] - 1, (values[1:] + values[:-1]) / 2, values[-1:] + 1])
    right = [np.mean((scores > one) == labels) for one in between]
    return float(between[int(np.argmax(right))])
