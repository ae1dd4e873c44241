"""Arrays made smaller by averaging blocks, and larger by linear interpolation, one axis after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def block_means(data: NDArray[Any], edges: Sequence[int] | NDArray[np.intp]) -> Floats:
    """Return the means of blocks of so many voxels along each axis.

    The spare voxels of an axis are left out evenly at both ends; an odd number of them is once left out on one side and
    once on the other, and the two are averaged, so that mirror images have mirror images of means.
    """
    for axis, edge in enumerate(edges):
        count, spare = divmod(data.shape[axis], int(edge))
        starts = {spare // 2, spare - spare // 2}
        total = np.zeros((*data.shape[:axis], count, *data.shape[axis + 1 :]), np.float32)
        for first in sorted(start + within for start in starts for within in range(edge)):
            kept = slice(first, first + (count - 1) * int(edge) + 1, int(edge))
            total += data[(*[slice(None)] * axis, kept)]  # faster than the mean over an axis of its own
        data = total / np.float32(len(starts) * edge)
    return data


def along_axes(data: Floats, scale: NDArray[np.float64], shift: NDArray[np.float64], shape: Sequence[int]) -> Floats:
    """Return the values at ``scale * index + shift`` of each axis, by linear interpolation, and beyond it the last one.

    The last axis comes first, so that only the first axis has all to do.
    """
    for axis in (2, 1, 0):
        at = np.clip(scale[axis] * np.arange(shape[axis]) + shift[axis], 0, data.shape[axis] - 1)
        low = np.minimum(at.astype(int), max(data.shape[axis] - 2, 0))
        share = (at - low).astype(np.float32)
        source = np.moveaxis(data, axis, 0)
        data = np.empty((*data.shape[:axis], shape[axis], *data.shape[axis + 1 :]), np.float32)
        for sheet, first, part in zip(np.moveaxis(data, axis, 0), low, share, strict=True):
            np.subtract(source[min(first + 1, len(source) - 1)], source[first], out=sheet)
            sheet *= part
            sheet += source[first]
    return data
