"""Cerebellum, brainstem and the fluid spaces about them."""

from __future__ import annotations

import numpy as np

from symbrain.phantom import tissue
from symbrain.phantom.anatomy import Anatomy
from symbrain.phantom.fields import Floats, Points
from symbrain.phantom.shapes import ellipsoid, tube, united
from symbrain.phantom.surfaces import Hulls
from symbrain.phantom.tissue import Brush, Canvas

# Courses of tubes: lateral, anterior, superior, radius.
_MEDULLARY = ((6.0, -21.0, -21.0, 1.8), (12.0, -27.0, -22.0, 2.8), (20.0, -31.0, -24.0, 1.6))
_MIDDLE_PEDUNCLE = ((9.0, -9.0, -21.0, 4.2), (13.5, -17.0, -22.0, 3.6), (14.5, -24.0, -22.5, 3.0))
_UPPER_PEDUNCLE = ((2.6, -14.5, -10.0, 1.2), (5.0, -20.0, -18.0, 1.4), (8.5, -26.0, -22.0, 1.4))
_TEGMENTUM = ((0, -11.5, -2, 4.2), (0, -12.5, -10, 5.0), (0, -12.0, -19, 5.6), (0, -13.0, -28, 4.6), (0, -14.5, -40, 3))
_CRUS = ((6.5, -4.5, -3.0, 2.6), (5.5, -4.0, -11.0, 2.6))
_AQUEDUCT = ((0, -12.0, 3.0, 0.9), (0, -14.5, -4.0, 0.75), (0, -16.5, -14.0, 0.9))


def paint_hind(canvas: Canvas, anatomy: Anatomy, points: Points, hulls: Hulls, edge: float, grey: Floats) -> None:
    """Paint cerebellum, brainstem, fourth ventricle and the great cistern."""
    hind = np.flatnonzero((points.z < 6) & (np.maximum(hulls.cerebellum, hulls.stem) > -3))
    near, here = points.take(hind), hulls.take(hind)
    paint = Brush(canvas, hind, grey[hind], edge).lay
    vallecula = ellipsoid(near, (0, -44, -36), (3.2, 8, 10))  # between the hemispheres, below the vermis
    depth = np.minimum(np.minimum(here.cerebellum, -here.cerebrum - np.float32(1.0)), -vallecula)
    leaf = _leaves(anatomy, near, depth, edge)
    Brush(canvas, hind, grey[hind] * leaf, edge).lay(depth, "cerebellum", tissue.CEREBELLUM)
    medulla = united(tube(near, _MEDULLARY), tube(near, ((0, -22, -22, 1.2), (0, -28, -21, 1.8))), 2)
    # Its arms reach into the lobules.
    arms = medulla + np.float32(5) * np.maximum(leaf - 1, 0) / np.float32(0.28)
    inner = np.asarray(np.minimum(arms, depth - np.float32(2.0)), np.float32)
    paint(inner, "cerebellar white", tissue.CEREBELLUM)
    dentate = ellipsoid(near, (9.5, -27, -22), (4.5, 3.2, 3))
    rim = np.float32(0.6) - np.abs(dentate - np.float32(0.6))
    paint(np.asarray(np.minimum(rim, depth - 2), np.float32), "dentate", tissue.CEREBELLUM, 0.7)
    _paint_stem(paint_over=Brush(canvas, hind, grey[hind], edge), points=near, stem=here.stem, cerebellum=depth)
    fourth = ellipsoid(near, (0, -18.0, -22), (5.5, 2.6, 7.5))
    fourth = np.asarray(np.minimum(fourth, 3.2 + near.y + 18 - np.float32(0.35) * near.lateral), np.float32)
    paint(united(fourth, tube(near, ((0, -18, -26, 1.3), (0, -23, -35, 1.2))), 1), "csf", tissue.CSF)
    paint(tube(near, _AQUEDUCT), "csf", tissue.CSF)


def _leaves(anatomy: Anatomy, points: Points, depth: Floats, edge: float) -> Floats:
    """Return the folia's factor of brightness: lobules that fan out from the roof of the fourth ventricle."""
    y, z = -(points.y + np.float32(17)), points.z + np.float32(21) - np.float32(0.12) * points.lateral
    angle = np.arctan2(z, np.maximum(y, 1))
    away = np.hypot(y, z)
    strength = np.float32((0.12 + 0.16 * anatomy.growth.maturity) * np.exp(-((edge / 1.8) ** 2)))
    lobes = np.cos(np.float32(13) * angle + np.float32(0.28) * points.lateral)
    folia = np.cos(np.float32(31) * angle + np.float32(0.55) * points.lateral)
    rising = np.clip((away - 6) * np.float32(0.1), 0, 1) * np.clip(depth + np.float32(0.5), 0, 1)
    return np.asarray(1 + strength * rising * (np.float32(0.65) * lobes + np.float32(0.35) * folia), np.float32)


def _paint_stem(paint_over: Brush, points: Points, stem: Floats, cerebellum: Floats) -> None:
    """Paint midbrain, pons and medulla with their tegmentum, peduncles and nuclei."""
    paint = paint_over.lay
    middle = np.minimum(tube(points, _MIDDLE_PEDUNCLE), np.maximum(cerebellum - np.float32(0.5), stem))
    paint(np.asarray(middle, np.float32), "basis", tissue.CEREBELLUM, 0.9)
    tectum = united(
        ellipsoid(points, (3.2, -15.5, -3), (3.2, 2.6, 3)), ellipsoid(points, (3.2, -16, -9), (3, 2.4, 3)), 1
    )
    whole = united(stem, tectum, 1)
    paint(whole, "brainstem", tissue.BRAINSTEM)
    pons = np.minimum(ellipsoid(points, (0, -3.5, -20), (13, 6.5, 9)), stem - np.float32(0.4))
    paint(np.asarray(pons, np.float32), "basis", None, 0.85)
    inside = np.minimum(tube(points, _TEGMENTUM), whole - np.float32(0.6))
    paint(np.asarray(inside, np.float32), "tegmentum", None, 0.8)
    crus = np.minimum(tube(points, _CRUS), stem - np.float32(0.4))
    paint(np.asarray(crus, np.float32), "basis", None, 0.6)
    for center, axes in (((3.2, -9, -5), (1.9, 1.9, 2.4)), ((5.0, -6.6, -6), (3.0, 1.1, 3))):
        paint(ellipsoid(points, center, axes), "tegmentum", None, 0.8)
    notch = np.minimum(ellipsoid(points, (0, -1.2, -8), (2.2, 2.5, 6)), -2 - points.z)  # between the peduncles
    paint(np.asarray(notch, np.float32), "csf", tissue.CSF)
