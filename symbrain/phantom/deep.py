"""Deep grey matter, callosum, hippocampi and the fluid between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symbrain.phantom import tissue, ventricles
from symbrain.phantom.anatomy import Anatomy
from symbrain.phantom.fields import Floats, Points
from symbrain.phantom.shapes import cover, ellipsoid, tube, united
from symbrain.phantom.tissue import Brush, Canvas

# Courses of tubes: lateral, anterior, superior, radius.
_THALAMUS = ((4.8, 3.0, 4.5, 3.2), (7.6, -5.0, 4.8, 6.4), (10.5, -14.0, 4.5, 5.4))
_VENTRAL_THALAMUS = ((9.5, -2.0, 3.0, 1.8), (12.0, -9.0, 3.0, 2.8))
_CAUDATE = ((8.8, 22.5, 6.5, 4.4), (8.0, 15.0, 9.5, 4.4), (9.4, 6.0, 13.4, 2.7), (14.0, -8.0, 14.6, 1.5))
_CAUDATE_TAIL = ((14.0, -8.0, 14.6, 1.5), (18.5, -17.0, 11.0, 0.8))
_HIPPOCAMPUS = (
    (16.5, 5.5, -14.0, 3.6),
    (19.0, -3.0, -13.6, 3.1),
    (19.2, -12.0, -9.5, 2.5),
    (16.0, -20.5, -2.0, 1.6),
    (12.0, -24.0, 3.5, 1.0),
)
_CALLOSUM = (
    (0, 13.0, 3.0, 0.6),
    (0, 21.0, 3.5, 1.3),
    (0, 26.0, 8.0, 2.0),
    (0, 23.0, 14.0, 1.8),
    (0, 12.0, 18.0, 1.3),
    (0, -4.0, 18.6, 1.2),
    (0, -15.0, 16.0, 1.1),
    (0, -22.0, 11.8, 1.8),
    (0, -23.5, 9.0, 1.7),
)
_FORNIX = ((0.9, -14.0, 12.5, 0.8), (0.9, 0.0, 13.0, 0.8), (1.0, 7.0, 8.0, 0.8), (1.2, 5.0, 0.0, 0.7))
_MATRIX = ((8.2, 21.0, 9.5, 1.4), (7.6, 12.0, 13.0, 1.7), (8.4, 3.0, 14.0, 1.6), (12.5, -8.0, 14.0, 1.0))
_POSTERIOR_LIMB = ((11.6, 3.0, 3.0, 0.9), (14.8, -5.0, 3.0, 1.3), (17.4, -11.0, 3.0, 1.2))
_CROWN = ((15.4, -6.0, 7.0, 1.3), (16.5, -6.0, 17.0, 1.6), (19.0, -5.0, 27.0, 1.8), (22.0, -4.0, 34.0, 2.0))
_AMBIENT = ((0, -22.0, 2.0, 3.0), (7.0, -20.0, -2.0, 2.2), (12.0, -14.0, -6.0, 1.6), (12.5, -6.0, -10.0, 1.5))
_CARDINAL_VEIN = ((0, -14.0, 10.6, 0.6), (0, -24.0, 6.0, 1.1), (0, -29.0, 8.0, 1.1))
_WILLIS = ((6.5, 8.0, -15.0, 1.0), (6.5, 8.0, -11.0, 1.0), (14.0, 8.5, -9.5, 0.9), (24.0, 7.0, -6.0, 0.8))


def nuclei(points: Points) -> dict[str, Floats]:
    """Return the depth inside each deep grey nucleus, by its name."""
    slant = Points(points.lateral + np.float32(0.16) * (points.y - 5), points.y, points.z)
    flat = Points(points.x, points.y, np.float32(0.85) * (points.z - np.float32(4.6)) + np.float32(4.6))
    return {
        "caudate": united(tube(points, _CAUDATE), tube(points, _CAUDATE_TAIL), 0.5),
        "putamen": ellipsoid(slant, (19.2, 5, 3), (4.8, 13.5, 8.5)),
        "pallidum": ellipsoid(slant, (14.8, 3, 1.6), (4.2, 8.5, 6.0)),
        "thalamus": np.minimum(tube(flat, _THALAMUS), points.lateral - np.float32(0.2)),
        "ventral thalamus": tube(points, _VENTRAL_THALAMUS),
        "subthalamus": ellipsoid(points, (6.8, -5, -4.5), (3.2, 3.5, 1.8)),
    }


def amygdala(points: Points) -> Floats:
    """Return the depth inside the amygdalae."""
    return ellipsoid(points, (15.5, 12, -13), (4.6, 4.6, 4.4))


def hippocampus(points: Points) -> Floats:
    """Return the depth inside the hippocampi."""
    return tube(points, _HIPPOCAMPUS)


def callosum(anatomy: Anatomy, points: Points) -> Floats:
    """Return the depth inside the callosum: a C seen from the side, its ends fanning out to the lobes."""
    variant = ventricles.variant_of(anatomy)
    if not variant.callosum:
        return np.full_like(points.x, -16)
    square = np.square(np.minimum(points.lateral, np.float32(16)))
    y = points.y - np.float32(0.045) * square * np.tanh((points.y - 2) / np.float32(12))
    z = points.z - np.float32(0.018) * square
    thick = np.full_like(points.x, 0.75 + 0.4 * anatomy.growth.maturity)
    depth = tube(Points(np.zeros_like(y), np.asarray(y, np.float32), np.asarray(z, np.float32)), _CALLOSUM, thick)
    depth = np.minimum(
        depth, np.float32(0.45) * (np.where(points.z > 6, np.float32(15), np.float32(3.5)) - points.lateral)
    )
    if variant.fused > 0:
        depth = np.minimum(depth, np.float32(30 - 62 * variant.fused) - points.y)
    return np.asarray(depth, np.float32)


def arch(points: Points, *, callosum: bool = True) -> Floats:
    """Return the depth under the callosum's upper surface, whatever the distance from the midline."""
    middle = Points(np.zeros_like(points.x), points.y, points.z)
    return ellipsoid(middle, (0, 1.5, 5), (50, 26.5, 14.8)) if callosum else ellipsoid(middle, (0, 0, 4), (50, 22, 8))


def paint_deep(
    canvas: Canvas, anatomy: Anatomy, points: Points, edge: float, at: NDArray[np.intp], grey: Floats, joined: Floats
) -> Floats:
    """Paint callosum, deep grey matter, hippocampi and the ventricles; return the share of lateral ventricle.

    Parameters
    ----------
    joined
        Depth within the region of the midline where the hemispheres are joined.
    """
    variant = ventricles.variant_of(anatomy)
    late = 1 / (1 + np.exp(-(anatomy.weeks - 37.5) / 1.2))
    _paint_gap(canvas, anatomy, points, edge, at, joined)

    paint = Brush(canvas, at, grey, edge).lay
    paint(tube(points, _CROWN), "capsule", None, 0.35 * late)
    band = callosum(anatomy, points)
    paint(np.asarray(np.minimum(band, 8 - points.lateral), np.float32), "callosum", tissue.WHITE)
    paint(band, "callosum", None, 0.35)  # where it fans out it fades into the white matter of the lobes
    named = nuclei(points)
    # A thin claustrum stands off the putamen.
    rim = np.minimum(np.float32(0.55) - np.abs(named["putamen"] + np.float32(2.0)), points.lateral - 22)
    paint(np.asarray(rim, np.float32), "cortex", None, 0.4)
    for name in ("caudate", "putamen", "pallidum", "thalamus", "subthalamus"):
        paint(named[name], name, tissue.DEEP)
    if variant.fused >= 1:
        paint(ellipsoid(points, (0, -6, 3.5), (6, 10, 5)), "thalamus", tissue.DEEP)
    early = max(0.0, min(1.0, (35.5 - anatomy.weeks) / 4))
    if early:
        paint(tube(points, _MATRIX) + np.float32(0.4 * early), "matrix", tissue.WHITE, early)
    paint(np.minimum(named["ventral thalamus"], named["thalamus"]), "ventral thalamus", tissue.DEEP, 0.4 + 0.6 * late)
    high = Points(points.x - np.sign(points.x) * np.float32(0.12) * (points.z - 3), points.y, np.full_like(points.z, 3))
    limb = np.minimum(tube(high, _POSTERIOR_LIMB), np.float32(0.3) * (9 - np.abs(points.z - np.float32(4))))
    outside = -np.maximum(named["thalamus"], np.maximum(named["pallidum"], named["putamen"]))
    limb = np.asarray(np.minimum(limb, outside + np.float32(0.6)), np.float32)
    Brush(canvas, at, grey, edge + 1.2).lay(limb + np.float32(0.2), "capsule", None, 0.15 + 0.7 * late)
    paint(hippocampus(points), "hippocampus", tissue.HIPPOCAMPUS)
    paint(amygdala(points), "amygdala", tissue.HIPPOCAMPUS)
    _paint_cisterns(Brush(canvas, at, grey, edge), points)
    if not variant.fused >= 1:
        paint(ventricles.third_depth(anatomy, points), "csf", tissue.CSF)
    paint(ventricles.cavum_depth(anatomy, points), "csf", tissue.VENTRICLE)
    share = ventricles.ventricle_share(anatomy, points, edge)
    canvas.paint(share, "csf", tissue.VENTRICLE, at=at)
    plexus = np.asarray(share * cover(ventricles.choroid_depth(points), edge), np.float32)
    canvas.paint(plexus, "choroid", None, at=at)
    if variant.callosum and variant.fused == 0:
        paint(tube(points, _FORNIX), "callosum", tissue.WHITE)
    return share


def _paint_gap(
    canvas: Canvas, anatomy: Anatomy, points: Points, edge: float, at: NDArray[np.intp], joined: Floats
) -> None:
    """Carry the fissure and the cortex beside it down to the callosum."""
    variant = ventricles.variant_of(anatomy)
    growth = anatomy.growth
    above = -arch(points, callosum=variant.callosum)
    over = (points.lateral < growth.fissure + growth.cortex + 2) & (above > -edge) & (joined > -edge)
    over &= points.z > np.where(points.y < 0, np.float32(6), np.float32(-6))
    if variant.fused > 0:
        over &= points.y < 54 - 108 * variant.fused
    gap = np.flatnonzero(over)
    sheet = np.hypot(points.lateral[gap], np.maximum(-above[gap], 0)) - np.float32(0.7 * growth.fissure)
    canvas.paint(cover(np.float32(growth.cortex) - sheet, edge), "cortex", tissue.CORTEX, at=at[gap])
    canvas.paint(cover(-sheet, edge), "csf", tissue.CSF, at=at[gap])


def _paint_cisterns(brush: Brush, points: Points) -> None:
    """Paint the cisterns around the midbrain and above the sella, their vessels and the optic chiasm."""
    paint = brush.lay
    ambient = tube(points, _AMBIENT)
    velum = ellipsoid(points, (0, -18, 8), (3, 5, 1.2))
    paint(united(ambient, velum, 2), "csf", tissue.CSF)
    sella = united(
        ellipsoid(points, (0, 4.5, -13), (5.5, 4.5, 3.2)), tube(points, ((5, 8, -11, 2), (22, 8, -7, 1.5))), 2
    )
    paint(sella, "csf", tissue.CSF)
    chiasm = tube(points, ((0, 8, -10.5, 1.2), (5, 1, -9, 1.1)))
    paint(united(chiasm, ellipsoid(points, (0, 2, -10.5), (2, 1.8, 2.5)), 1), "deep", None)
    paint(tube(points, _WILLIS), "vessel", None, 0.7)
    paint(tube(points, _CARDINAL_VEIN), "vessel", None, 0.8)
