"""The folds of the cortex: named sulci first, then early and late random ones that end before they meet those."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symbrain.phantom.anatomy import Anatomy
from symbrain.phantom.fields import Floats, Points
from symbrain.phantom.growth import Growth, logistic
from symbrain.phantom.hemisphere import cast
from symbrain.phantom.shapes import beyond, ellipsoid
from symbrain.phantom.sulci import CINGULATE_ABOVE, CINGULATE_MM, CINGULATE_WEEKS, SULCI

_WANDER = 2.2  # by how much a named sulcus winds, standard deviation in head units
_CLOSED_MM, _MOUTH_MM = (
    -0.3,
    0.7,
)  # half the width of a sulcus in its depth (below nought: walls touch) and more at its mouth
_YOUNG_MM = (0.3, 0.6)  # by how much both are wider at 26 weeks


@dataclass(frozen=True)
class _Knife:
    """How a sulcus of some depth is cut: closed in its depth, wider towards its mouth."""

    closed: Floats
    mouth: Floats
    full: float

    def cut(self, sheet: Floats, surface: Floats, depth: Floats | np.float32) -> Floats:
        """Return the distance from the walls of a sulcus along a sheet, to a depth below a surface."""
        share = np.clip(depth / np.float32(self.full), 0, 1)
        gap = np.hypot(sheet, beyond(surface - depth, 0))
        return np.asarray(gap - self.closed - self.mouth * share + (1 - share) * np.float32(3), np.float32)


def sulci_at(anatomy: Anatomy, points: Points, outer: Floats, medial: Floats, joined: Floats) -> Floats:
    """Return the distance from the sulci in head units.

    Parameters
    ----------
    outer, medial
        Depth below the smooth outline of the cerebrum, and from its medial surface.
    joined
        As in ``Hulls``.
    """
    growth = anatomy.growth
    there, stretch = cast(points)
    sway = anatomy.depth.at(there)
    surface = np.minimum(outer, medial)
    knife = _knife(growth, surface, sway)
    # Around hypothalamus, basal ganglia and insula there are none.
    local = np.clip(1 + np.float32(0.3) * sway, 0.3, 1.6).astype(np.float32)
    local *= _ramp(-ellipsoid(points, (14, -3, -8), (17, 27, 17)), 0, 7)
    distance, named = _named(anatomy, there, points, knife, outer, medial, joined)
    early = np.asarray(np.abs(anatomy.early.at(there)) / stretch, np.float32)
    first = np.float32(growth.first_depth) * local * _ramp(named, 2.0, 6.5)
    distance = np.minimum(distance, knife.cut(early, surface, first))
    late = np.asarray(np.abs(anatomy.late.at(there)) / stretch, np.float32)
    others = np.minimum(named, early + np.float32(6 * (1 - min(1.0, growth.first_depth / 4))))
    second = np.float32(growth.second_depth) * local * _ramp(others, 1.5, 4.5)
    return np.minimum(distance, knife.cut(late, surface, second))


def _knife(growth: Growth, surface: Floats, sway: Floats) -> _Knife:
    young = 1 - growth.maturity
    closed = np.float32(_CLOSED_MM + _YOUNG_MM[0] * young) + np.float32(0.15) * sway
    mouth = np.float32(_MOUTH_MM + _YOUNG_MM[1] * young) * np.exp(-np.maximum(surface, 0) / np.float32(2.5))
    unit = np.float32(1 / growth.unit_mm)
    return _Knife(closed * unit, mouth * unit, 3.0 / growth.unit_mm)


def _named(
    anatomy: Anatomy, there: Points, points: Points, knife: _Knife, outer: Floats, medial: Floats, joined: Floats
) -> tuple[Floats, Floats]:
    """Return the distance from the named sulci, and the distance from their sheets however deep they are."""
    unit_mm = anatomy.growth.unit_mm
    wander = np.float32(_WANDER) * anatomy.wander.at(there)
    distance = np.full_like(outer, 1e3)
    sheets = np.full_like(outer, 1e3)
    for name, sulcus in SULCI.items():
        own = anatomy.named[name]
        depth = anatomy.by_side(points, own.depth) * np.float32(sulcus.grown_mm(anatomy.weeks) / unit_mm)
        surface = medial if sulcus.medial else outer
        past = sulcus.past(points)
        sheet = np.hypot(sulcus.across(points) + wander + anatomy.by_side(points, own.shift), past)
        sheets = np.minimum(sheets, sheet + beyond(surface, 16))
        distance = np.minimum(distance, knife.cut(sheet, surface, depth - np.float32(0.5) * past))
    ring = np.abs(joined + np.float32(CINGULATE_ABOVE) - np.float32(0.7) * wander)
    past = beyond(-24 - points.y, 0) + beyond(6 - points.z - 0.3 * points.y, 0)
    sheet = np.hypot(ring, past)
    cingulate = np.float32(CINGULATE_MM * logistic(anatomy.weeks, CINGULATE_WEEKS, 1.8) / unit_mm)
    distance = np.minimum(distance, knife.cut(sheet, medial, cingulate - np.float32(0.5) * past))
    return distance, np.minimum(sheets, sheet + beyond(medial, 12))


def _ramp(value: Floats, low: float, high: float) -> Floats:
    t = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
