"""The surfaces of the head: cranial cavity, hemispheres, fissures and sulci, as signed distances in head units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symbrain.phantom.anatomy import Anatomy
from symbrain.phantom.fields import Floats, Points
from symbrain.phantom.shapes import beyond, ellipsoid, tube, united

SULCUS = 0.3  # half the width of a sulcus


@dataclass(frozen=True)
class Hulls:
    """Smooth outlines, positive inside.

    Parameters
    ----------
    cerebrum, cerebellum, stem
        The outlines of the parts of the brain.
    convexity
        The cerebrum without its flat floor: where sulci cut in from.
    cavity
        The inside of the skull: brain and the fluid around it.
    joined
        Depth within the region of the midline where the hemispheres are joined (callosum to hypothalamus).
    """

    cerebrum: Floats
    convexity: Floats
    cerebellum: Floats
    stem: Floats
    cavity: Floats
    joined: Floats

    def take(self, chosen: NDArray[np.intp]) -> Hulls:
        """Return the outlines at some of the points."""
        return Hulls(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def hulls_at(points: Points, csf: float) -> Hulls:
    """Return the smooth outlines at points, with fluid of a width around the brain."""
    egg = Points(points.x * (1 + np.float32(0.0022) * points.y), points.y, points.z)  # narrower in front
    vault, temporal = ellipsoid(egg, (0, 0, 6), (43, 54, 36)), ellipsoid(points, (25, 7, -14), (15, 28, 14))
    floor = np.asarray(points.z + 16 - 0.12 * np.abs(points.y), np.float32)
    cerebrum = united(-united(-vault, -floor, 6), temporal, 6)
    cerebellum = united(
        ellipsoid(points, (14, -30, -23), (21, 17, 14)), ellipsoid(points, (0, -31, -23), (12, 15, 14)), 3
    )
    stem = tube(points, ((0, -9, -2, 7), (0, -10, -9, 8.5), (0, -6, -20, 10.5), (0, -12, -36, 6.5), (0, -17, -75, 5)))
    base = ellipsoid(points, (0, -8, -20), (14, 18, 22))
    cavity = united(united(cerebrum, cerebellum, 8), base, 8) + np.float32(csf)
    middle = Points(np.zeros_like(points.x), points.y, points.z)
    joined = ellipsoid(middle, (0, -3, 4), (100, 33, 17))
    return Hulls(cerebrum, united(vault, temporal, 6), cerebellum, stem, cavity, joined)


def pial_at(anatomy: Anatomy, points: Points, hulls: Hulls) -> Floats:
    """Return the depth below the folded surface of the cerebrum."""
    growth = anatomy.growth
    lateral = points.lateral
    fissure = np.hypot(lateral, beyond(hulls.joined, 0)) - np.float32(growth.fissure)
    pial = np.minimum(np.minimum(hulls.cerebrum, fissure), _sylvian(points, growth.sylvian))
    # Medial sulci are shallower, and where the hemispheres are joined there are none.
    surface = np.minimum(hulls.convexity, fissure + 3 + 4 * beyond(hulls.joined, 0))
    deepest = max(growth.first_depth, growth.second_depth) * 1.6 + 3
    near = np.flatnonzero((surface < deepest) & (hulls.cerebrum > -2))
    pial[near] = np.minimum(pial[near], _sulci(anatomy, points.take(near), surface[near]))
    return pial


def _sylvian(points: Points, half_width: float) -> Floats:
    """Return the distance from the Sylvian fissure: a sheet from the side, and the insula at its end."""
    lateral = points.lateral
    across = points.z + np.float32(1) + np.float32(0.35) * points.y + np.float32(0.7) * (lateral - np.float32(32))
    across = across / np.float32(np.sqrt(1 + 0.35**2 + 0.7**2))
    along = beyond(np.abs(points.y - np.float32(3)), 20)
    sheet = np.sqrt(across**2 + beyond(30 - lateral, 0) ** 2 + along**2)
    insula = np.sqrt((lateral - np.float32(29)) ** 2 + beyond(np.abs(across), 7) ** 2 + beyond(along + 7, 0) ** 2)
    return np.asarray(np.minimum(sheet, insula) - np.float32(half_width), np.float32)


def _sulci(anatomy: Anatomy, points: Points, surface: Floats) -> Floats:
    """Return the distance from the sulci: sheets that cut inwards from the surface, about along its normals."""
    growth = anatomy.growth
    radius = np.sqrt((points.x / 43) ** 2 + (points.y / 54) ** 2 + ((points.z - 4) / 38) ** 2)
    stretch = np.asarray(0.4 + 0.6 / np.maximum(radius, 0.5), np.float32)
    sway = anatomy.depth.at(points)
    cast = points.scaled(stretch).moved(np.float32(2.5) * sway)  # or sulci would be straight spokes
    local = np.clip(1 + np.float32(0.35) * sway, 0.2, 1.5)
    distance = np.full_like(surface, 1e3)
    for field, depth in ((anatomy.early, growth.first_depth), (anatomy.late, growth.second_depth)):
        across = field.at(cast) / stretch
        distance = np.minimum(distance, np.hypot(across, np.maximum(surface - depth * local, 0)))
    gape = np.float32(SULCUS) + np.float32(0.5) * np.exp(-np.maximum(surface, 0) / 2)  # wider where they open
    return distance - gape / np.float32(growth.unit_mm)
