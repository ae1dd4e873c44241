"""What lies outside the brain's mask: scalp, skull, orbits, face and neck."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symbrain.phantom.anatomy import Anatomy
from symbrain.phantom.fields import Floats, Points
from symbrain.phantom.shapes import ellipsoid, glow, tube, united
from symbrain.phantom.surfaces import Hulls
from symbrain.phantom.tissue import Brush, Canvas
from symbrain.phantom.ventricles import variant_of

SCALP_MM = 5.5
"""From the cranial cavity to the skin."""
_CORD = -30.0  # below this the stem is the spinal cord
_OPTIC = ((16.0, 33.0, -25.0, 1.2), (11.0, 24.0, -21.0, 1.2), (5.0, 14.0, -14.0, 1.2))
_RECTI = (
    ((23.8, 37.0, -25.0, 1.2), (10.0, 21.0, -21.0, 0.9)),
    ((10.2, 37.0, -25.0, 1.2), (9.0, 21.0, -21.0, 0.9)),
    ((16.6, 37.0, -18.6, 1.1), (9.5, 21.0, -20.0, 0.9)),
    ((16.6, 37.0, -32.4, 1.1), (9.5, 21.0, -22.0, 0.9)),
)


def paint_shell(
    canvas: Canvas, anatomy: Anatomy, points: Points, hulls: Hulls, edge: float, at: NDArray[np.intp]
) -> None:
    """Paint scalp, face, neck, orbits and skull, what is outermost first.

    Parameters
    ----------
    at
        Which voxels of the canvas the points are.
    """
    mm = np.float32(1 / anatomy.growth.unit_mm)
    outer = np.flatnonzero(hulls.cavity < 2)
    points, at = points.take(outer), at[outer]
    cavity, stem = hulls.cavity[outer], hulls.stem[outer]
    face = united(ellipsoid(points, (0, 22, -36), (38, 32, 28)), ellipsoid(points, (0, 34, -56), (20, 20, 13)), 10)
    nose = united(ellipsoid(points, (0, 55, -38), (4.5, 5, 6)), ellipsoid(points, (0, 50, -33), (3.5, 5, 9)), 3)
    neck = tube(points, ((0, -16, -45, 27), (0, -22, -110, 26)))
    flesh = united(united(face, neck, 10), nose, 4)
    scalp = np.float32(SCALP_MM) * mm + _caput(anatomy, points)
    head = united(cavity + scalp, flesh, 9)
    head = head + np.float32(6) * glow(points, (46, -9, -20), (14, 7, 9))  # the ears
    mottle = 1 + np.float32(0.10) * anatomy.texture.at(points)
    paint = Brush(canvas, at, np.asarray(mottle, np.float32), edge).lay
    paint(head, "skin")
    paint(head - np.float32(1.2) * mm, "scalp")
    below = np.clip((-points.z - 4) * np.float32(0.08), 0, 1)
    temporal = cavity + np.float32(2) * mm + 2 * below * mm  # muscle on the temples
    deep = np.maximum(np.minimum(head - np.float32(3.8) * mm, flesh + 1), temporal)
    paint(np.asarray(deep, np.float32), "muscle")
    # Sheets of fat part the muscles.
    wave = anatomy.texture.at(points.scaled(np.full_like(points.x, 0.8)))
    septa = np.minimum(np.float32(0.12) - np.abs(wave), np.minimum(deep - 2, -6 - cavity) * np.float32(0.1)) * 5
    paint(np.asarray(septa, np.float32), "fat", None, 0.6)
    _paint_face(Brush(canvas, at, np.asarray(mottle, np.float32), edge), points, head)
    _paint_orbits(Brush(canvas, at, np.ones_like(mottle), edge), points, head)
    bone = cavity + np.float32(1.9) * mm + np.float32(1.5) * np.clip((-points.z - 10) * np.float32(0.07), 0, 1)
    petrous = tube(points, ((14, -6, -24, 3.5), (30, -10, -24, 5.5), (38, -14, -28, 5.0)))
    bone = united(bone, np.minimum(petrous, head - 4), 2)
    orbital = ellipsoid(points, (15.5, 33, -25.5), (10.5, 13, 9))
    paint(np.asarray(np.minimum(bone, -orbital), np.float32), "skull")
    clivus = tube(points, ((0, 11, -20, 3.0), (0, 4, -32, 2.0)))
    paint(clivus, "marrow")
    canal = np.minimum(stem + np.float32(2.5) * mm, _CORD - points.z)
    paint(np.asarray(canal, np.float32), "csf")
    paint(np.asarray(np.minimum(stem, _CORD - points.z), np.float32), "brainstem")


def deface(anatomy: Anatomy, image: Floats, points: Points, cavity: Floats) -> None:
    """Set the face to zero in place if the variant says so, by a slightly oblique cut outside the brain."""
    if not variant_of(anatomy).defaced:
        return
    across = np.float32(0.09) * points.x + np.float32(0.72) * points.y - np.float32(0.69) * points.z
    image[(across > 36) & (cavity < -2) & (points.y > 12)] = 0


def _caput(anatomy: Anatomy, points: Points) -> Floats:
    """Return how much thicker a one-sided swelling makes the scalp."""
    variant = variant_of(anatomy)
    swelling = np.float32(abs(variant.caput_mm) / anatomy.growth.unit_mm)
    if not swelling:
        return np.zeros_like(points.x)
    there = points.x * np.float32(np.sign(variant.caput_mm)) > 0
    return np.asarray(swelling * there * np.sqrt(glow(points, (26, -22, 36), (30, 34, 30))), np.float32)


def _paint_face(brush: Brush, points: Points, head: Floats) -> None:
    """Paint nose, mouth, throat and spine."""
    paint = brush.lay
    fat = ellipsoid(points, (23, 36, -46), (8, 10, 9))
    paint(np.asarray(np.minimum(fat, head - 1.5), np.float32), "fat")
    maxilla = ellipsoid(points, (0, 40, -47), (14, 12, 4))
    paint(maxilla, "marrow")
    for depth in (ellipsoid(points, (3.6, 41, -38), (2.4, 13, 5)), ellipsoid(points, (0, 16, -42), (4, 4, 9))):
        paint(depth, "air")
    paint(ellipsoid(points, (6.5, 38, -39), (1.2, 9, 2.6)), "scalp", None, 0.7)
    paint(ellipsoid(points, (0, 33, -58), (11, 15, 6.5)), "muscle")
    paint(tube(points, ((0, 13, -52, 2.6), (0, 8, -100, 3.2))), "air")
    jaw = tube(points, ((24, 18, -48, 2.2), (18, 36, -64, 2.2), (0, 48, -65, 2.4)))
    paint(jaw, "skull", None, 0.8)
    spine = tube(points, ((0, -5, -42, 5), (0, -9, -110, 5)))
    paint(spine, "marrow")
    paint(tube(points, ((16, -4, -50, 2.2), (15, -6, -110, 2.2))), "vessel")


def _paint_orbits(brush: Brush, points: Points, head: Floats) -> None:
    """Paint the orbits: fat, muscles, optic nerves and the globes with their lenses."""
    at = np.flatnonzero((points.y > 8) & (points.z < -8) & (points.z > -42) & (points.lateral < 34))
    here = points.take(at)
    paint = Brush(brush.canvas, brush.at[at], brush.shade[at], brush.edge).lay
    cone = tube(here, ((9.0, 20.0, -21.0, 2.0), (15.5, 31.0, -25.0, 8.0), (16.5, 37.0, -25.5, 8.6)))
    paint(cone, "fat")
    for course in _RECTI:
        paint(tube(here, course), "muscle")
    paint(tube(here, _OPTIC) + 1, "csf", None, 0.4)
    paint(tube(here, _OPTIC), "nerve")
    globe = ellipsoid(here, (17, 38.5, -25.5), (7.3, 7.3, 7.3))
    globe = np.asarray(np.minimum(globe, head[at] - np.float32(1.6)), np.float32)
    paint(globe + 1, "muscle")
    paint(globe, "eye")
    paint(ellipsoid(here, (17, 43.6, -25.5), (2.9, 1.8, 2.9)), "lens")
