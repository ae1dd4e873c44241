"""Solid shapes as signed distances: positive inside, in the units of the points, the same on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from symbrain.phantom.fields import Floats, Points

_FAR = 16.0  # outside a tube's reach its depth is said to be minus this
Triple = tuple[float, float, float]


def ellipsoid(points: Points, center: Triple, axes: Triple) -> Floats:
    """Return the depth inside an ellipsoid and its mirror image, accurate near the surface.

    Parameters
    ----------
    center
        Lateral distance from the midline, anterior and superior position.
    axes
        Half the length along each axis.
    """
    coordinates = (points.lateral, points.y, points.z)
    radius = np.float32(1e-6)
    slope = np.float32((1e-3 / min(axes)) ** 2)
    for value, middle, half in zip(coordinates, center, axes, strict=True):
        square = np.square((value - np.float32(middle)) / np.float32(half))
        radius = radius + square
        slope = slope + square * np.float32(half**-2)
    radius = np.sqrt(radius)
    return np.asarray(radius * (1 - radius) / np.sqrt(slope), np.float32)


def tube(points: Points, course: Sequence[tuple[float, float, float, float]], scale: Floats | float = 1.0) -> Floats:
    """Return the depth inside a tube and its mirror image, along a course of (lateral, anterior, superior, radius).

    Parameters
    ----------
    scale
        Factor of the radius, one number or one for each point.
    """
    out = np.full_like(points.x, -_FAR)
    near = _box(points, course)
    at = np.stack([points.lateral[near], points.y[near], points.z[near]])
    wide = scale[near] if isinstance(scale, np.ndarray) else np.float32(scale)
    depth = out[near]
    for start, end in pairwise(course):
        a = np.asarray(start[:3], np.float32)[:, None]
        way = np.asarray(end[:3], np.float32)[:, None] - a
        square = float((way**2).sum())
        along = np.clip(np.einsum("ij,ik->k", way / square, at - a), 0, 1)
        gap = at - a - along * way
        gap = np.sqrt(np.einsum("ij,ij->j", gap, gap))
        depth = united(depth, (np.float32(start[3]) + along * np.float32(end[3] - start[3])) * wide - gap, 1.5)
    out[near] = depth
    return out


def _box(points: Points, course: Sequence[tuple[float, float, float, float]]) -> NDArray[np.intp]:
    """Return which points are near a course; the others are deeper outside than matters."""
    margin = _FAR + max(stop[3] for stop in course)
    near = np.ones(len(points.x), bool)
    for axis, values in enumerate((points.lateral, points.y, points.z)):
        reached = [stop[axis] for stop in course]
        near &= (values > min(reached) - margin) & (values < max(reached) + margin)
    return np.flatnonzero(near)


def united(one: Floats, other: Floats, rounding: float) -> Floats:
    """Return the union of two shapes with its inner edge rounded off."""
    blend = np.maximum(np.float32(rounding) - np.abs(one - other), 0)
    return np.asarray(np.maximum(one, other) + blend * blend * np.float32(0.25 / rounding), np.float32)


def beyond(value: Floats, limit: float) -> Floats:
    """Return by how much a value exceeds a limit, zero where it does not."""
    return np.asarray(np.maximum(value - np.float32(limit), 0), np.float32)


def cover(depth: Floats, edge: float) -> Floats:
    """Return which share of a voxel lies inside a shape, by its depth and the width of the edge."""
    return np.asarray(np.clip(np.float32(0.5) + depth * np.float32(1 / edge), 0, 1), np.float32)


def glow(points: Points, center: Triple, axes: Triple) -> Floats:
    """Return a soft bump, one at its centre and zero beyond its half axes, and its mirror image."""
    left = np.ones_like(points.x)
    for value, middle, half in zip((points.lateral, points.y, points.z), center, axes, strict=True):
        left -= np.square((value - np.float32(middle)) * np.float32(1 / half))
    return np.asarray(np.square(np.maximum(left, 0)), np.float32)
