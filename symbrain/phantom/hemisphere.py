"""The smooth outline of the cerebrum: frontal, parietal and occipital lobes over their floor, and the temporal lobe."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from symbrain.phantom.fields import Floats, Points
from symbrain.phantom.shapes import beyond, ellipsoid, tube, united

# Courses of tubes: lateral, anterior, superior, radius, in head units.
_TEMPORAL = (
    (27, 20, -14, 10.0),
    (28.5, 8, -14.5, 13.0),
    (28.5, -10, -11.5, 14.0),
    (25, -29, -4, 14.5),
    (18, -42, 3, 12.0),
)
_PARAHIPPOCAMPAL = ((19, 13, -15, 6.5), (20, -8, -14, 7.5), (18, -24, -7, 7.0))
# The axis of a hemisphere, a letter C around the insula; sulci cut in about towards it.
_UPPER = ((17, 36, 6), (20, 16, 14), (20, -10, 17), (18, -34, 8))
_LOWER = ((18, -34, 8), (25, -20, -5), (27, 0, -13), (26, 13, -14))


def cerebrum_at(points: Points) -> tuple[Floats, Floats]:
    """Return the depth below the smooth outline of the cerebrum, and the same without its floor (head units)."""
    narrow = np.float32(1) + np.float32(0.0026) * points.y  # narrower in front
    dome = Points(points.x * narrow, points.y, points.z)
    vault = ellipsoid(dome, (0, -1, 6), (44, 53, 37.5))
    vault = united(vault, ellipsoid(points, (11, 27, 4), (18, 25, 23)), 8)
    vault = united(vault, ellipsoid(points, (11, -31, 6), (20, 22, 23)), 8)
    above = _smallest(vault, points.z - _floor(points), 7)
    temporal = united(tube(points, _TEMPORAL), tube(points, _PARAHIPPOCAMPAL), 6)
    return united(above, temporal, 5), united(vault, temporal, 5)


def cast(points: Points, share: float = 0.75) -> tuple[Points, Floats]:
    """Return points cast outwards from the axis of their hemisphere, and by which factor each was stretched.

    A function of the cast points changes little from the surface inwards, so that its sheets cut in about at a right
    angle to the surface, medial and basal surfaces included.

    Parameters
    ----------
    share
        0 leaves the points where they are, 1 casts them onto a surface at an even distance from the axis.
    """
    at = np.stack([points.lateral, points.y, points.z])
    total = np.zeros_like(points.x)
    mean = np.zeros((4, len(points.x)), np.float32)
    for course, reach in ((_UPPER, 19.0), (_LOWER, 14.0)):
        nodes = np.asarray(course, np.float32)
        for start, end in pairwise(nodes):
            way = (end - start)[:, None]
            gap = at - start[:, None]
            along = np.clip((way * gap).sum(0) / np.float32((way * way).sum()), 0, 1)
            gap -= along * way
            near = 1 / np.square(np.square((gap * gap).sum(0) + 1))  # soft, so that nothing jumps between segments
            total += near
            mean[:3] += near * gap
            mean[3] += near * np.float32(reach)
    mean /= total
    away, radius = mean[:3], mean[3]
    best = (away * away).sum(0)
    stretch = (radius / np.maximum(np.sqrt(best), 3)) ** np.float32(share)
    x, y, z = at + away * (stretch - 1)
    side = np.where(points.x < 0, np.float32(-1), np.float32(1))
    return Points(side * np.maximum(x, 0), y, z), np.asarray(stretch, np.float32)


def _floor(points: Points) -> Floats:
    """Return the height of the anterior fossa in front and of the tentorium behind, which slopes down sideways."""
    t = np.clip((points.y + 14) / np.float32(28), 0, 1)
    t = t * t * (3 - 2 * t)
    behind = -4 - np.float32(0.36) * points.lateral + np.float32(0.05) * beyond(-25 - points.y, 0)
    front = -13 + np.float32(0.12) * points.lateral + np.float32(0.12) * beyond(points.y, 25)
    middle = np.exp(-np.square(points.lateral / np.float32(17)) - np.square((points.y - 2) / np.float32(17)))
    return np.asarray((1 - t) * behind + t * front - np.float32(5) * middle, np.float32)


def _smallest(one: Floats, other: Floats, rounding: float) -> Floats:
    return np.asarray(-united(-one, -other, rounding), np.float32)
