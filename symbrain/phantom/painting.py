"""Painting a head: from the scalp inwards, each tissue with soft edges over the one around it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symbrain.phantom import tissue
from symbrain.phantom.anatomy import Anatomy
from symbrain.phantom.deep import paint_deep
from symbrain.phantom.fields import Floats, Points
from symbrain.phantom.hind import paint_hind
from symbrain.phantom.meninges import paint_meninges
from symbrain.phantom.shapes import beyond, cover
from symbrain.phantom.shell import SCALP_MM, deface, paint_shell
from symbrain.phantom.surfaces import Hulls, hulls_at, pial_at
from symbrain.phantom.tissue import Canvas
from symbrain.phantom.ventricles import ATRIUM, variant_of, ventricle_depth
from symbrain.phantom.white import white_shade

__all__ = ["ATRIUM", "TEXTURE", "Painted", "paint_head", "ventricle_depth"]

TEXTURE = 0.045
"""Standard deviation of white matter's fine heterogeneity, as a share."""


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
    hulls = _snug(near, hulls_at(near, anatomy.growth.csf), anatomy.growth.csf)
    mask[at] = hulls.cavity >= 0
    if skull:
        paint_shell(canvas, anatomy, near, hulls, edge, at)
    inside = np.flatnonzero(hulls.cavity > -edge)
    part = canvas.part(at[inside])
    ventricle[at[inside]] = _paint_brain(part, anatomy, near.take(inside), hulls.take(inside), edge)
    canvas.put(at[inside], part)
    canvas.tissue[~mask] = 0
    bright = canvas.image[at]
    deface(anatomy, bright, near, hulls.cavity)
    canvas.image[at] = bright
    return Painted(canvas.image, canvas.tissue, mask, canvas.fluid, ventricle)


def _around_head(points: Points, anatomy: Anatomy) -> NDArray[np.bool_]:
    """Tell which points may lie in a head, bent or not: an ellipsoid above, a cylinder below."""
    caput = abs(variant_of(anatomy).caput_mm)
    margin = anatomy.growth.csf + (SCALP_MM + caput) / anatomy.growth.unit_mm + 6
    height = np.maximum(points.z - 2, 0)
    x, y, z = points.x / (47 + margin), points.y / (60 + margin), height / (43 + margin)
    return np.asarray(x * x + y * y + z * z < 1)


def _snug(points: Points, hulls: Hulls, csf: float) -> Hulls:
    """Return the outlines with bone between the temporal lobes and below the frontal ones, where no brain is near."""
    brain = np.maximum(
        np.maximum(hulls.cerebrum, hulls.cerebellum), hulls.stem - np.float32(0.3) * beyond(-points.z, 30)
    )
    return replace(
        hulls, cavity=np.minimum(hulls.cavity, brain + np.float32(csf + 1.2) + np.float32(0.6) * beyond(-points.y, 8))
    )


def _paint_brain(canvas: Canvas, anatomy: Anatomy, points: Points, hulls: Hulls, edge: float) -> Floats:
    """Paint everything within the cranial cavity; return the share of lateral ventricle."""
    levels = canvas.levels
    wave = anatomy.texture.at(points)
    grey = 1 + np.float32(0.4 * TEXTURE) * wave
    pial = pial_at(anatomy, points, hulls)
    canvas.paint(cover(hulls.cavity, edge), "csf", tissue.CSF)
    paint_meninges(canvas, anatomy, points, hulls, edge)
    paint_hind(canvas, anatomy, points, hulls, edge, grey)
    canvas.paint(cover(pial, edge), "cortex", tissue.CORTEX, shade=grey)
    depth = pial - np.float32(anatomy.growth.cortex)
    sign = 1.0 if levels["csf"] > levels["white"] else -0.7
    within = np.flatnonzero(depth > -0.5 * edge)
    white = white_shade(anatomy, points.take(within), depth[within], wave[within], sign)
    canvas.paint(cover(depth[within], edge), "white", tissue.WHITE, at=within, shade=white)
    ventricle = np.zeros_like(pial)
    center = (hulls.cerebrum > 4) | ((points.lateral < 14) & (hulls.cavity > 4) & (points.z > -20))
    deep = np.flatnonzero(center & (points.lateral < 32) & (np.abs(points.y + 4) < 46) & (points.z > -24))
    if len(deep):
        near = points.take(deep)
        ventricle[deep] = paint_deep(canvas, anatomy, near, edge, deep, grey[deep], hulls.joined[deep])
    return ventricle
