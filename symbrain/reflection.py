"""Reflection, one group action with one definition for each noun. Nothing is reflected anywhere else.

In the world a reflection is across a plane; in an array whose first axis runs across the subject (an upright
volume, a slice, a map) it is the reversal of that axis; a label map also swaps its left and right labels.
Reflecting twice is the identity, for every noun (law 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symbrain.line import Line
from symbrain.plane import Plane
from symbrain.polyline import Polyline
from symbrain.slice import Slice
from symbrain.volume import Volume


@singledispatch
def reflect(thing: Any, across: Plane | None = None) -> Any:
    """Return the mirror image of a noun.

    Parameters
    ----------
    thing
        A plane or a volume of the world, a line or a slice, or an array whose first axis runs across the
        subject (map, upright image, slice pixels).
    across
        The world plane of the reflection, for nouns of the world.
    """
    msg = f"there is no reflection of a {type(thing).__name__}"
    raise TypeError(msg)


@reflect.register
def _(thing: Plane, across: Plane) -> Plane:
    return thing.moved(across.mirror())


@reflect.register
def _(thing: Volume, across: Plane) -> Volume:
    # Mirroring the affine mirrors the head exactly, with no interpolation.
    return replace(thing, affine=across.mirror() @ thing.affine)


@reflect.register
def _(thing: Line) -> Line:
    last = thing.shape[0] - 1
    return replace(thing, start=(thing.start[0], last - thing.start[1]), end=(thing.end[0], last - thing.end[1]))


@reflect.register
def _(thing: Polyline) -> Polyline:
    return replace(thing, points=np.array([0, thing.shape[0] - 1]) + thing.points * [1, -1])


@reflect.register
def _(thing: Slice) -> Slice:
    # The picture of the mirrored head in the same frame: pixels move, the grid stays.
    return replace(thing, pixels=np.ascontiguousarray(thing.pixels[::-1]))


@reflect.register
def _(thing: np.ndarray) -> NDArray[Any]:
    return np.ascontiguousarray(thing[::-1])


def reflect_points(points: ArrayLike, across: Plane) -> NDArray[np.float64]:
    """Return world points (…, 3) mirrored across a plane."""
    p = np.asarray(points, float)
    return np.asarray(p - 2 * across.distance_mm(p)[..., None] * across.unit_normal)


def reflect_labels(labels: NDArray[Any], partner: Mapping[int, int]) -> NDArray[Any]:
    """Return a label map mirrored along its first axis with left and right labels swapped.

    ``partner`` names each lateralised label's homologue (drawem.PARTNER); the others keep their number.
    """
    swap = np.arange(int(labels.max(initial=0)) + 1)
    for label, homologue in partner.items():
        if label < len(swap):
            swap[label] = homologue
    return np.asarray(swap.astype(labels.dtype)[reflect(labels)])
