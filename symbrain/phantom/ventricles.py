"""The ventricles of the brain as signed distances in head units: lateral, third and fourth, and the cavum between."""

from __future__ import annotations

import numpy as np

from symbrain.phantom.anatomy import Anatomy
from symbrain.phantom.fields import Floats, Points
from symbrain.phantom.shapes import cover, ellipsoid, tube, united
from symbrain.phantom.variant import Variant

# Courses of tubes: lateral, anterior, superior, radius. Lateral positions are stretched by the factor beside them,
# since the horns are not round.
_FRONT_SLIM, SLIM = 2.0, 1.25
_FRONT = (
    (7.6, 29.5, 6.5, 1.2),
    (5.6, 24.5, 8.0, 3.2),
    (4.0, 17.0, 10.5, 4.0),
    (3.4, 10.0, 12.5, 3.4),
    (4.6, 3.0, 14.5, 2.6),
)
_BODY = (
    (4.8, 3.0, 14.4, 2.0),
    (8.0, -7.0, 14.6, 2.3),
    (12.0, -16.0, 12.5, 2.8),
    (17.5, -23.0, 7.5, 4.5),
    (19.5, -31.0, 4.5, 3.0),
    (17.5, -41.0, 3.0, 0.8),
)
_TEMPORAL = ((18.0, -22.5, 5.0, 3.6), (22.5, -16.5, -5.0, 1.8), (23.5, -4.0, -11.0, 1.4), (22.0, 7.0, -13.0, 1.5))
_PARALLEL = ((9.5, 24.0, 9.0, 1.6), (10.5, 8.0, 16.0, 2.2), (12.0, -8.0, 17.0, 3.2), (17.5, -23.0, 8.5, 7.0))
_PARALLEL_BACK = ((17.5, -23.0, 8.5, 7.0), (19.0, -31.0, 5.0, 6.0), (17.5, -41.0, 3.0, 2.5))
_CHOROID = ((6.0, 2.0, 12.6, 0.7), (11.5, -15.0, 11.0, 1.2), (16.6, -22.0, 6.5, 2.2), (21.0, -18.5, -2.0, 1.0))
ATRIUM = 4.5 / SLIM
"""Half the width of the widest part of a lateral ventricle, in head units."""


def variant_of(anatomy: Anatomy) -> Variant:
    """Return an infant's variant, the usual one if it has none."""
    variant: Variant = getattr(anatomy, "variant", Variant())
    return variant


def ventricle_depth(points: Points, radius: Floats, *, callosum: bool = True) -> Floats:
    """Return the depth inside the lateral ventricles, their radius scaled by a factor for each point.

    Parameters
    ----------
    callosum
        False: the ventricles of callosal agenesis, parallel and wide behind.
    """
    slim = Points(points.x * np.float32(SLIM), points.y, points.z)
    temporal = tube(slim, _stretched(_TEMPORAL, SLIM), radius)
    if not callosum:
        back = united(tube(slim, _stretched(_PARALLEL, SLIM), radius), tube(slim, _PARALLEL_BACK_WIDE, radius), 1.5)
        return united(back, temporal, 1.5)
    thin = Points(points.x * np.float32(_FRONT_SLIM), points.y, points.z)
    # The frontal horn's distances are those of the stretched space: half of them across the thin direction.
    front = tube(thin, _stretched(_FRONT, _FRONT_SLIM), radius) * np.float32(0.7)
    return united(united(tube(slim, _stretched(_BODY, SLIM), radius), front, 1.5), temporal, 1.5)


def ventricle_share(anatomy: Anatomy, points: Points, edge: float) -> Floats:
    """Return which share of each voxel is lateral ventricle."""
    variant = variant_of(anatomy)
    half = cavum_half(anatomy)
    # The cavum pushes the horns aside.
    aside = np.float32(half) * np.exp(-np.square(points.lateral * np.float32(1 / 14)))
    moved = Points(np.sign(points.x) * np.maximum(points.lateral - aside, 0), points.y, points.z)
    depth = ventricle_depth(moved, anatomy.by_side(points, anatomy.ventricles), callosum=variant.callosum)
    depth = np.minimum(depth, points.lateral - np.float32(half + 0.55))
    if variant.fused > 0:
        depth = united(depth, _single(points, variant.fused), 2.0)
    return cover(depth, edge)


def cavum_half(anatomy: Anatomy) -> float:
    """Return half the width of the cavum septi pellucidi: it closes with age."""
    variant = variant_of(anatomy)
    if not variant.callosum:
        return 0.0
    usual = max(0.0, 2.1 - 2.6 * anatomy.growth.maturity)
    return usual + variant.cavum_mm / 2 / anatomy.growth.unit_mm


def cavum_depth(anatomy: Anatomy, points: Points) -> Floats:
    """Return the depth inside the cavum septi pellucidi, between the frontal horns under the callosum."""
    half = cavum_half(anatomy)
    flat = ellipsoid(Points(np.zeros_like(points.x), points.y, points.z), (0, 16, 10), (50, 10.5, 5.5))
    wide = np.float32(half) * np.clip((points.y - 2) / np.float32(12), 0.3, 1)
    return np.asarray(np.minimum(flat, wide - points.lateral), np.float32)


def third_depth(anatomy: Anatomy, points: Points) -> Floats:
    """Return the depth inside the third ventricle, a slit between the thalami, pierced by their adhesion."""
    variant = variant_of(anatomy)
    half = (1.35 - 0.5 * anatomy.growth.maturity) * (1 if variant.callosum else 1.8)
    middle = Points(np.zeros_like(points.x), points.y, points.z)
    outline = ellipsoid(middle, (0, -3.5, 2), (50, 10, 7.5))
    outline = united(outline, ellipsoid(middle, (0, 3, -6), (50, 4, 6)), 2)
    if not variant.callosum:
        outline = united(outline, ellipsoid(middle, (0, -2, 12), (50, 11, 9)), 2)
    outline = np.minimum(outline, -ellipsoid(middle, (0, -1, 3.5), (50, 2.4, 2.0)))
    slit = np.float32(half) - points.lateral
    depth = np.minimum(outline, slit)
    channel = tube(points, ((0.6, 6.0, 8.0, 0.9), (3.4, 6.5, 11.0, 0.9)))  # the foramina
    return np.maximum(depth, channel) if variant.fused < 1 else np.full_like(points.x, -9)


def choroid_depth(points: Points) -> Floats:
    """Return the depth inside the choroid plexus of the lateral ventricles."""
    return tube(points, _CHOROID)


def _single(points: Points, share: float) -> Floats:
    """Return the depth inside the one ventricle of fused hemispheres, from the front to a share of the length."""
    back = 30.0 - 62.0 * share
    return ellipsoid(points, (0, (30 + back) / 2, 11), (13, max(8.0, (30 - back) / 2), 7))


def _stretched(
    course: tuple[tuple[float, float, float, float], ...], factor: float
) -> tuple[tuple[float, float, float, float], ...]:
    return tuple((x * factor, y, z, r) for x, y, z, r in course)


_PARALLEL_BACK_WIDE = _stretched(_PARALLEL_BACK, SLIM)
