"""The named sulci: homologous sheets on both sides, each with its place, depth and time of appearance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from symbrain.phantom.fields import Floats, Points
from symbrain.phantom.growth import logistic
from symbrain.phantom.shapes import Triple, beyond

_REACH = 14.0  # how far inwards of the line between its ends a sulcus may reach, in head units


@dataclass(frozen=True)
class Sulcus:
    """A sulcus as a plane sheet with ends, before it is made to wander.

    Parameters
    ----------
    start, end
        Where it ends on the surface: lateral, anterior, superior, in head units.
    inward
        A point of its sheet deep in the hemisphere.
    depth_mm
        Depth once it is fully grown.
    weeks
        Post-menstrual age at which it has half of its depth.
    medial
        Whether it cuts in from the medial surface.
    right
        Depth on the right relative to the left, on average.
    """

    start: Triple
    end: Triple
    inward: Triple
    depth_mm: float
    weeks: float
    medial: bool = False
    right: float = 1.0

    def grown_mm(self, weeks: float) -> float:
        """Return the depth in mm at a post-menstrual age."""
        return self.depth_mm * logistic(weeks, self.weeks, 1.8)

    def across(self, points: Points) -> Floats:
        """Return the signed distance from the sheet in head units."""
        return self._along_axis(points, self._axes[1])

    def past(self, points: Points) -> Floats:
        """Return by how much points lie past either end or too far inwards, in head units."""
        along, _, inward, half = self._axes
        ends = beyond(np.abs(self._along_axis(points, along)), half)
        return np.maximum(ends, beyond(self._along_axis(points, inward), _REACH))

    @cached_property
    def _axes(self) -> tuple[Floats, Floats, Floats, float]:
        start, end, deep = (np.asarray(p, float) for p in (self.start, self.end, self.inward))
        length = float(np.linalg.norm(end - start))
        along = (end - start) / length
        inward = deep - start - along * float(along @ (deep - start))
        inward /= np.linalg.norm(inward)
        normal = np.cross(along, inward)
        one, two, three = (np.asarray(axis, np.float32) for axis in (along, normal, inward))
        return one, two, three, length / 2

    def _along_axis(self, points: Points, axis: Floats) -> Floats:
        middle = (np.asarray(self.start, np.float32) + np.asarray(self.end, np.float32)) / 2
        return np.asarray(
            axis[0] * (points.lateral - middle[0])
            + axis[1] * (points.y - middle[1])
            + axis[2] * (points.z - middle[2]),
            np.float32,
        )


SULCI: dict[str, Sulcus] = {
    "central": Sulcus((3, -15, 41), (41, 7, 6), (20, -4, 17), 14.0, 28.5),
    "precentral": Sulcus((9, 0, 41), (38, 19, 7), (20, 9, 16), 10.0, 31.5),
    "postcentral": Sulcus((11, -27, 38), (42, -8, 13), (19, -16, 15), 10.0, 32.5),
    "superior temporal": Sulcus((38, 20, -15), (43, -32, 6), (29, -6, -11), 12.0, 30.5, right=1.25),
    "superior frontal": Sulcus((14, 47, 17), (16, 4, 40), (17, 20, 12), 10.0, 30.5),
    "inferior frontal": Sulcus((29, 40, 5), (37, 10, 16), (19, 22, 13), 9.0, 32.5),
    "intraparietal": Sulcus((32, -18, 32), (15, -47, 24), (19, -26, 12), 11.0, 31.0),
    "collateral": Sulcus((23, 8, -26), (20, -36, -12), (26, -10, -10), 8.0, 31.0),
    "parieto-occipital": Sulcus((1, -45, 32), (1, -27, 4), (14, -37, 18), 13.0, 27.0, medial=True),
    "calcarine": Sulcus((1, -27, 4), (1, -53, 1), (14, -39, 3), 14.0, 27.0, medial=True),
}
"""Appearance after Chi 1977 and Dubois 2008, depths at term about as measured there; both approximate."""

CINGULATE_MM, CINGULATE_WEEKS, CINGULATE_ABOVE = 8.0, 29.0, 9.0  # depth, half grown, distance from the callosum
