"""Dura and the blood in it: falx, tentorium and the great sinuses, within the fluid around the brain."""

from __future__ import annotations

import numpy as np

from symbrain.phantom import tissue
from symbrain.phantom.anatomy import Anatomy
from symbrain.phantom.deep import arch
from symbrain.phantom.fields import Points
from symbrain.phantom.shapes import tube
from symbrain.phantom.surfaces import Hulls
from symbrain.phantom.tissue import Brush, Canvas
from symbrain.phantom.ventricles import variant_of

_STRAIGHT = ((0, -28.0, 6.0, 1.0), (0, -36.0, 0.0, 1.1), (0, -46.0, -7.5, 1.4))


def paint_meninges(canvas: Canvas, anatomy: Anatomy, points: Points, hulls: Hulls, edge: float) -> None:
    """Paint falx, tentorium, and the sagittal, straight and transverse sinuses."""
    variant = variant_of(anatomy)
    mm = 1 / anatomy.growth.unit_mm
    cut = 54 - 108 * variant.fused if variant.fused > 0 else 99.0
    band = np.flatnonzero((points.lateral < 5) & (hulls.joined < 2) & (points.z > -14))
    here, depth = points.take(band), hulls.cavity[band]
    paint = Brush(canvas, band, np.ones(len(band), np.float32), edge).lay
    above = -arch(here, callosum=variant.callosum)
    # The free edge is nearer to the callosum behind than in front.
    free = above - np.clip(np.float32(2.2) + np.float32(0.11) * here.y, 1, 5)
    roof = hulls.cerebrum[band] - hulls.cerebellum[band] if variant.fused < 1 else np.full_like(above, 9)
    sheet = np.minimum(np.minimum(np.float32(0.22 * mm) - here.lateral, free), roof + np.float32(1))
    sheet = np.minimum(sheet, cut - here.y)
    paint(np.asarray(sheet, np.float32), "falx", None, 0.7)
    along = np.float32(1.4) + np.float32(0.016) * np.clip(20 - here.y, 0, 60)  # it widens backwards
    corner = np.float32(1.15) * here.lateral - np.float32(0.25) * depth  # three-cornered, the base outwards
    sagittal = np.minimum(along - np.hypot(np.maximum(corner, 0), depth - 1), np.minimum(38, cut) - here.y)
    sagittal = np.minimum(sagittal, here.z + 9)
    paint(np.asarray(sagittal, np.float32), "sinus", tissue.DURA)
    paint(tube(here, _STRAIGHT), "sinus", tissue.DURA)

    rear = np.flatnonzero((points.y < 2) & (points.z < 12) & (np.abs(hulls.cerebrum - hulls.cerebellum) < 8))
    rear = rear[(hulls.cavity[rear] < 8) | (hulls.cerebellum[rear] > -5)]
    here, depth = points.take(rear), hulls.cavity[rear]
    level = (hulls.cerebrum[rear] - hulls.cerebellum[rear]) / 2
    paint = Brush(canvas, rear, np.ones(len(rear), np.float32), edge).lay
    notch = np.maximum(here.lateral - 11, -here.y - 28)  # the brainstem passes through
    tent = np.minimum(np.float32(0.3 * mm) - np.abs(level), notch)
    paint(np.asarray(np.minimum(tent, depth + 1), np.float32), "falx", None, 0.9)
    wide = 1.8 + np.exp(-np.square(here.lateral / np.float32(5)))
    transverse = np.minimum(wide - np.hypot(level, depth - 1), -12 - here.y)
    paint(np.asarray(transverse, np.float32), "sinus", tissue.DURA)
