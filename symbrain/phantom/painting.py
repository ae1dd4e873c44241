"""Painting a head: from the scalp inwards, each tissue with soft edges over the one around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symbrain.phantom import tissue
from symbrain.phantom.anatomy import Anatomy
from symbrain.phantom.fields import Floats, Points
from symbrain.phantom.shapes import cover, ellipsoid, tube, united
from symbrain.phantom.surfaces import Hulls, hulls_at, pial_at
from symbrain.phantom.tissue import Canvas

# Courses of tubes: lateral, anterior, superior, radius.
SLIM = 1.3  # ventricles are narrower than high; the lateral positions of their courses are stretched by it
_HORNS = (
    (6, 27, 8, 2.6),
    (9, 16, 12, 3.4),
    (11, 2, 14.5, 2.8),
    (15, -14, 14, 3.3),
    (25, -25, 8, 4.6),
    (22, -41, 3, 2.2),
)
_TEMPORAL_HORN = ((25, -25, 8, 4.6), (35, -16, -6, 2.4), (35, 2, -13, 1.4))
ATRIUM = 4.6 / SLIM  # half the width of the widest part
_CAUDATE = ((10, 22, 7, 4.0), (12.5, 12, 12, 3.6), (15.5, -4, 16, 2.0))
_HIPPOCAMPUS = ((19, 9, -13, 4.6), (21, -4, -13, 3.6), (20, -16, -9, 2.8), (15, -26, 0, 1.6))
_CAPSULE = (((15, 1, 2, 1.2), (19.5, -12, 2, 1.4)), ((15, 1, 7, 1.2), (19.5, -12, 8, 1.4)))
TEXTURE = 0.045  # standard deviation of white matter's heterogeneity, as a share

SCALP_MM = 5.5  # from the cranial cavity to the skin


@dataclass(frozen=True)
class Painted:
    """What was painted at some points: brightness, DrawEM-9 number (0 outside), mask, and share of fluid."""

    image: Floats
    tissue: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    fluid: Floats
    ventricle: Floats


def paint_head(anatomy: Anatomy, points: Points, levels: dict[str, float], edge: float, *, skull: bool) -> Painted:
    """Return the head at points.

    Parameters
    ----------
    points
        Where, in the head frame.
    levels
        Brightness of each tissue.
    edge
        Width of a soft edge, in head units: the voxel's or the scanner's, whichever is wider.
    skull
        Whether to paint what lies outside the brain's mask.
    """
    canvas = Canvas.blank(levels, len(points.x))
    mask, ventricle = np.zeros(len(points.x), bool), np.zeros(len(points.x), np.float32)
    at = np.flatnonzero(_around_head(points, anatomy))
    near = anatomy.undo_bend(points.take(at))
    hulls = hulls_at(near, anatomy.growth.csf)
    mask[at] = hulls.cavity >= 0
    if skull:
        _paint_shell(canvas, anatomy, near, hulls, edge, at)
    inside = np.flatnonzero(hulls.cavity > -edge)
    at = at[inside]
    part = canvas.part(at)
    ventricle[at] = _paint_brain(part, anatomy, near.take(inside), hulls.take(inside), edge)
    canvas.put(at, part)
    canvas.tissue[~mask] = 0
    return Painted(canvas.image, canvas.tissue, mask, canvas.fluid, ventricle)


def _around_head(points: Points, anatomy: Anatomy) -> NDArray[np.bool_]:
    """Tell which points may lie in a head, bent or not: an ellipsoid above, a cylinder below."""
    margin = anatomy.growth.csf + SCALP_MM / anatomy.growth.unit_mm + 5
    height = np.maximum(points.z - 2, 0)
    x, y, z = points.x / (47 + margin), points.y / (54 + margin), height / (40 + margin)
    return np.asarray(x * x + y * y + z * z < 1)


def _paint_shell(
    canvas: Canvas, anatomy: Anatomy, points: Points, hulls: Hulls, edge: float, at: NDArray[np.intp]
) -> None:
    """Paint scalp, face, neck, eyes and skull."""
    mm = 1 / anatomy.growth.unit_mm
    face = ellipsoid(points, (0, 26, -40), (34, 32, 30))
    neck = tube(points, ((0, -16, -45, 30), (0, -22, -110, 30)))
    flesh = united(face, neck, 8)
    head = united(hulls.cavity + np.float32(SCALP_MM * mm), flesh, 12)
    mottle = 1 + np.float32(0.12) * anatomy.texture.at(points)
    canvas.paint(cover(head, edge), "scalp", at=at, shade=mottle)
    canvas.paint(cover(np.minimum(head - np.float32(3.5 * mm), flesh), edge), "muscle", at=at, shade=mottle)
    canvas.paint(cover(ellipsoid(points, (16, 41, -26), (7.5, 7.5, 7.5)), edge), "eye", at=at)
    canvas.paint(cover(ellipsoid(points, (16, 46.5, -26), (3, 1.8, 3)), edge), "lens", at=at)
    canvas.paint(cover(hulls.cavity + np.float32(2.0 * mm), edge), "skull", at=at)
    canal = np.minimum(hulls.stem + np.float32(2.5 * mm), -34 - points.z)
    canvas.paint(cover(canal, edge), "csf", at=at)
    canvas.paint(cover(np.minimum(hulls.stem, -34 - points.z), edge), "brainstem", at=at)


def _paint_brain(canvas: Canvas, anatomy: Anatomy, points: Points, hulls: Hulls, edge: float) -> Floats:
    """Paint everything within the cranial cavity; return the share of lateral ventricle."""
    wave = anatomy.texture.at(points)
    white = 1 + np.float32(TEXTURE) * wave
    grey = 1 + np.float32(0.4 * TEXTURE) * wave
    pial = pial_at(anatomy, points, hulls)
    canvas.paint(cover(hulls.cavity, edge), "csf", tissue.CSF)
    _paint_midline(canvas, anatomy, points, hulls, edge)
    _paint_hind(canvas, points, hulls, edge, grey)
    canvas.paint(cover(pial, edge), "cortex", tissue.CORTEX, shade=grey)
    depth = pial - np.float32(anatomy.growth.cortex)
    canvas.paint(cover(depth, edge), "white", tissue.WHITE, shade=white)
    ventricle = np.zeros_like(pial)
    deep = np.flatnonzero((hulls.cerebrum > 4) & (points.lateral < 36) & (np.abs(points.y + 4) < 44))
    if len(deep):
        chosen = hulls.take(deep)
        ventricle[deep] = _paint_deep(canvas, anatomy, points.take(deep), chosen, edge, deep, grey[deep])
    return ventricle


def _paint_midline(canvas: Canvas, anatomy: Anatomy, points: Points, hulls: Hulls, edge: float) -> None:
    """Paint the falx and the sagittal sinus."""
    mm = 1 / anatomy.growth.unit_mm
    band = np.flatnonzero((points.lateral < 5) & (hulls.joined < -2) & (points.z > -12))
    lateral, depth = points.lateral[band], hulls.cavity[band]
    falx = np.minimum(np.float32(0.45 * mm) - lateral, -hulls.joined[band] - 4)
    canvas.paint(cover(falx, edge), "falx", at=band)
    sinus = np.minimum(np.float32(2.3) - np.hypot(lateral, depth - 1), 35 - points.y[band])
    canvas.paint(cover(sinus, edge), "sinus", tissue.DURA, at=band)


def _paint_hind(canvas: Canvas, points: Points, hulls: Hulls, edge: float, grey: Floats) -> None:
    """Paint cerebellum, brainstem and the fourth ventricle."""
    hind = np.flatnonzero((points.z < 2) & (np.maximum(hulls.cerebellum, hulls.stem) > -2))
    near, here = points.take(hind), hulls.take(hind)
    depth = np.minimum(here.cerebellum, -here.cerebrum - np.float32(1.5))
    folia = 1 + np.float32(0.10 * np.exp(-((edge / 1.5) ** 2))) * np.cos(np.float32(1.8) * (near.z + 0.4 * near.y))
    canvas.paint(cover(depth, edge), "cerebellum", tissue.CEREBELLUM, at=hind, shade=grey[hind] * folia)
    canvas.paint(cover(depth - 6, 2 + edge), "cerebellar white", tissue.CEREBELLUM, at=hind, shade=grey[hind])
    canvas.paint(cover(here.stem, edge), "brainstem", tissue.BRAINSTEM, at=hind, shade=grey[hind])
    fourth = ellipsoid(near, (0, -17.5, -24), (4.5, 2.5, 7))
    canvas.paint(cover(fourth, edge), "csf", tissue.VENTRICLE, at=hind)


def _paint_deep(
    canvas: Canvas, anatomy: Anatomy, points: Points, hulls: Hulls, edge: float, at: NDArray[np.intp], grey: Floats
) -> Floats:
    """Paint callosum, deep grey matter, hippocampi and the ventricles; return the share of lateral ventricle."""
    m = anatomy.growth.maturity
    rim = np.float32(2.0) - np.abs(hulls.joined - np.float32(2.3))
    callosum = np.minimum(np.minimum(rim, 15 - points.lateral), points.z + 2)
    canvas.paint(cover(callosum, edge), "callosum", tissue.WHITE, at=at, shade=grey)
    thalamus = ellipsoid(points, (9.5, -8, 3), (8.5, 12.5, 9))
    lentiform = ellipsoid(points, (20.5, 4, 3), (5, 13, 9))
    for depth in (thalamus, lentiform, tube(points, _CAUDATE)):
        canvas.paint(cover(depth, edge), "deep", tissue.DEEP, at=at, shade=grey)
    for course in _CAPSULE:
        canvas.paint(np.float32(m) * cover(tube(points, course), edge), "capsule", at=at)
    canvas.paint(cover(tube(points, _HIPPOCAMPUS), edge), "hippocampus", tissue.HIPPOCAMPUS, at=at, shade=grey)
    canvas.paint(cover(ellipsoid(points, (0, -4, -2), (1.4, 10, 7)), edge), "csf", tissue.VENTRICLE, at=at)
    cavum = ellipsoid(points, (0, 14, 11), (2.6 - 1.8 * m, 12, 4.5))
    canvas.paint(cover(cavum, edge), "csf", tissue.VENTRICLE, at=at)
    share = ventricle_share(anatomy, points, edge)
    canvas.paint(share, "csf", tissue.VENTRICLE, at=at)
    return share


def ventricle_share(anatomy: Anatomy, points: Points, edge: float) -> Floats:
    """Return which share of each voxel is lateral ventricle."""
    depth = ventricle_depth(points, anatomy.by_side(points, anatomy.ventricles))
    return cover(np.minimum(depth, points.lateral - np.float32(1.0)), edge)


def ventricle_depth(points: Points, radius: Floats) -> Floats:
    """Return the depth inside the lateral ventricles, their radius scaled by a factor for each point."""
    slim = Points(points.x * np.float32(SLIM), points.y, points.z)
    return united(tube(slim, _HORNS, radius), tube(slim, _TEMPORAL_HORN, radius), 1.5)
