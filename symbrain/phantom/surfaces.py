"""The surfaces of the head: cranial cavity, hemispheres, fissures and folded cortex, as signed distances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symbrain.phantom.anatomy import Anatomy
from symbrain.phantom.fields import Floats, Points
from symbrain.phantom.folding import sulci_at
from symbrain.phantom.hemisphere import cerebrum_at
from symbrain.phantom.shapes import beyond, ellipsoid, tube, united

_FRONT, _LENGTH = 53.0, 107.0  # of the cerebrum, in head units


@dataclass(frozen=True)
class Hulls:
    """Smooth outlines, positive inside, in head units.

    Parameters
    ----------
    cerebrum, cerebellum, stem
        The outlines of the parts of the brain.
    convexity
        The cerebrum without the floor of its frontal and occipital lobes.
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
    """Return the smooth outlines at points, with fluid of a width (head units) around the brain."""
    cerebrum, convexity = cerebrum_at(points)
    cerebellum = united(
        ellipsoid(points, (12, -29, -20), (18, 15.5, 13.5)), ellipsoid(points, (0, -28, -17), (10, 13.5, 16)), 3
    )
    stem = tube(points, ((0, -9, -2, 7), (0, -10, -9, 8.5), (0, -6, -20, 10.5), (0, -12, -36, 6.5), (0, -17, -75, 5)))
    base = ellipsoid(points, (0, -2, -15), (16, 24, 17))
    cavity = united(united(cerebrum, cerebellum, 5), base, 9)
    # The fluid is widest behind, where the occipital lobes are the last to fill the skull.
    cavity = cavity + np.float32(csf) * (1 + np.float32(0.012) * beyond(-points.y, 10))
    middle = Points(np.zeros_like(points.x), points.y, points.z)
    joined = ellipsoid(middle, (0, -3, 4), (100, 33, 17))
    return Hulls(cerebrum, convexity, cerebellum, stem, np.asarray(cavity, np.float32), joined)


def pial_at(anatomy: Anatomy, points: Points, hulls: Hulls) -> Floats:
    """Return the depth below the folded surface of the cerebrum, in head units."""
    growth = anatomy.growth
    fissure = np.hypot(points.lateral, beyond(hulls.joined, 0)) - np.float32(growth.fissure)
    if anatomy.variant.fused > 0:
        fissure = np.maximum(fissure, 1.2 * (points.y - np.float32(_FRONT - _LENGTH * anatomy.variant.fused)))
    smooth = _rounded(hulls.cerebrum, fissure, 5)
    pial = np.minimum(smooth, _sylvian(points, growth.sylvian, growth.fossa))
    # Where the hemispheres are joined there are no sulci.
    medial = fissure + 4 * beyond(hulls.joined, 0)
    reach = growth.deepest + 3
    near = np.flatnonzero((np.minimum(hulls.cerebrum, medial) < reach) & (hulls.cerebrum > -2))
    sulci = sulci_at(anatomy, points.take(near), hulls.cerebrum[near], medial[near], hulls.joined[near])
    pial[near] = _rounded(pial[near], sulci, 2.2)
    return pial


def _sylvian(points: Points, half_width: float, fossa: float) -> Floats:
    """Return the distance from the Sylvian fissure: sheet, insula, and the fossa while it is open."""
    lateral = points.lateral
    course = -4 - np.float32(0.27) * points.y + np.float32(0.003) * np.square(points.y)
    across = (points.z - course + np.float32(0.25) * (lateral - 32)) / np.float32(1.07)
    along = points.y
    past = beyond(np.abs(along), 22)
    insular = np.float32(29 + 5 * fossa)  # the insula lies near the surface until the opercula grow over it
    sheet = np.sqrt(across**2 + beyond(insular + 1 - lateral, 0) ** 2 + past**2)
    high = 7 - 4 * fossa
    insula = np.sqrt((lateral - insular) ** 2 + beyond(np.abs(across), high) ** 2 + beyond(past + 5, 0) ** 2)
    closed = np.minimum(sheet, insula) - np.float32(half_width)
    if fossa < 0.05:
        return np.asarray(closed, np.float32)
    # Open: a hollow, widest in front, that narrows backwards.
    gape = np.float32(5.5 * fossa) * (1 + np.float32(0.025) * np.clip(along, -25, 25)) + np.float32(0.5)
    scaled = np.sqrt(((lateral - 49) / 16) ** 2 + ((along - 14) / 21) ** 2 + (across / gape) ** 2)
    hollow = (scaled - 1) * np.minimum(gape, 17)
    return -united(-np.asarray(closed, np.float32), -np.asarray(hollow, np.float32), 3)


def _rounded(one: Floats, other: Floats, rounding: float) -> Floats:
    """Return what lies in both, its edge rounded off over a length."""
    return np.asarray(-united(-one, -other, rounding), np.float32)
