"""One-sided lesions whose side, size, contrast and place are known: what is asked for, and where it lies in a head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from symbrain.phantom.anatomy import LESION_PLACE, LESION_SHAPE, Anatomy
from symbrain.phantom.fields import Field, Floats, Points, draw_field
from symbrain.phantom.painting import ATRIUM, ventricle_depth
from symbrain.phantom.shapes import cover
from symbrain.phantom.surfaces import hulls_at

Side = Literal["left", "right"]
KINDS = ("haemorrhage", "white_matter_injury", "cyst", "ventriculomegaly", "volume_loss", "cortical_malformation")
STROKE = "stroke"
"""Seen on diffusion first; apart from ``KINDS``, which are drawn where an anatomical scan is to show something."""
SOFT_MM = 1.5  # width of a lesion's edge
_ROOM = 10.0  # a place with so much room around it, in head units, is good enough
_FEATURE = 9.0  # the outline's field is stretched so that a lesion of any size has this radius in it
_UNEVEN = 0.16  # standard deviation of the radius, as a share


@dataclass(frozen=True)
class Lesion:
    """What is asked for; the seed says where, at mirrored places for the two sides.

    Parameters
    ----------
    kind
        ``haemorrhage`` (dark on T2w, bright on T1w), ``white_matter_injury`` (bright on T2w, dark on T1w), ``cyst``
        (towards fluid), ``ventriculomegaly`` (one lateral ventricle widened), ``volume_loss`` (injured white matter
        that has shrunk, with fluid in its place), ``cortical_malformation`` (thick, blurred, wrongly folded cortex) or
        ``stroke`` (diffusion lower by 35 %; bright on T2w and dark on T1w by the contrast, which is 0 in the first
        hours).
    side
        The subject's side.
    diameter_mm
        Of the sphere with about this volume; of a widened ventricle, the width of its atrium.
    contrast_sd
        Change of brightness in standard deviations of white matter (its texture and the noise together). A cyst
        becomes no brighter or darker than fluid. A widened ventricle is always filled with fluid, and it is the
        white matter around it that changes so much; with volume loss, the tissue that is left; with a malformation,
        the white matter under the cortex.
    both_sides
        Two lesions at mirrored places, as a control; ``side`` is then of no account.
    """

    kind: str
    side: Side
    diameter_mm: float
    contrast_sd: float
    both_sides: bool = False

    def __post_init__(self) -> None:
        if self.kind not in (*KINDS, STROKE):
            msg = f"{self.kind!r} is no kind of lesion; choose one of {', '.join((*KINDS, STROKE))}"
            raise ValueError(msg)
        if self.side not in ("left", "right"):
            msg = f"a lesion lies on the left or the right, not on {self.side!r}"
            raise ValueError(msg)
        if not self.diameter_mm > 0 or not self.contrast_sd >= 0:
            msg = f"a lesion needs a diameter above 0 mm and a contrast of 0 or more, not {self}"
            raise ValueError(msg)


@dataclass(frozen=True)
class PlacedLesion:
    """A lesion in a head.

    Parameters
    ----------
    center
        Lateral distance from the midline, anterior and superior position, in head units.
    """

    asked: Lesion
    anatomy: Anatomy
    seed: int
    center: tuple[float, float, float]

    @cached_property
    def one_sided(self) -> tuple[PlacedLesion, ...]:
        """The lesion of each side that has one."""
        if not self.asked.both_sides:
            return (self,)
        sides: tuple[Side, Side] = ("left", "right")
        return tuple(replace(self, asked=replace(self.asked, side=side, both_sides=False)) for side in sides)

    @property
    def sign(self) -> int:
        """-1 on the left, +1 on the right: the sign of x."""
        return 1 if self.asked.side == "right" else -1

    @property
    def nominal(self) -> float:
        """Radius of the sphere of the same volume, in head units."""
        return self.asked.diameter_mm / 2 / self.anatomy.growth.unit_mm

    @property
    def edge(self) -> float:
        """Width of the soft edge, in head units."""
        return SOFT_MM / self.anatomy.growth.unit_mm

    @cached_property
    def _outline(self) -> Field:
        return draw_field([self.seed, LESION_SHAPE], 16.0, cell=2.0, own=0.0)

    @cached_property
    def radius(self) -> float:
        """Mean radius at which the volume is as asked for, after what edge, midline and surface do to it."""
        want = 4 / 3 * np.pi * self.nominal**3
        reach = 2 * self.nominal + 2 * self.edge
        steps = np.linspace(-reach, reach, 25, dtype=np.float32)
        x, y, z = (
            g.ravel() + np.float32(c) for g, c in zip(np.meshgrid(steps, steps, steps), self.center, strict=True)
        )
        points = Points(np.asarray(x * self.sign, np.float32), y, z)
        cell = float(steps[1] - steps[0]) ** 3
        if self.nominal > self.edge / 2:
            radius = self.nominal
        else:
            radius = (4 * self.edge * self.nominal**3) ** 0.25 - self.edge / 2
        for _ in range(4):
            lacks = want - float(self._share(points, radius).sum(dtype=float)) * cell
            radius += lacks / (4 * np.pi * max(self.nominal, self.edge / 2) ** 2)
            radius = float(np.clip(radius, -0.4 * self.edge, 1.5 * self.nominal + 0.2 * self.edge))
        return radius

    def away(self, points: Points) -> Floats:
        """Return the distance from the lesion's centre, in head units."""
        x, y, z = (np.float32(v) for v in self.center)
        return np.asarray(
            np.sqrt((points.x - self.sign * x) ** 2 + (points.y - y) ** 2 + (points.z - z) ** 2), np.float32
        )

    def unevenness(self, points: Points) -> Floats:
        """Return a smooth random number for each point, about -2 to 2, whose pattern grows with the lesion."""
        x, y, z = (np.float32(v) for v in self.center)
        zoom = np.float32(_FEATURE / max(self.nominal, self.edge))
        lateral = x + (points.x * self.sign - x) * zoom
        return np.clip(self._outline.at(Points(lateral, y + (points.y - y) * zoom, z + (points.z - z) * zoom)), -2, 2)

    def share(self, points: Points) -> Floats:
        """Return which share of each point's tissue is changed; soft at the edge, inside the brain, on one side.

        Parameters
        ----------
        points
            In the unbent head.
        """
        return self._share(points, self.radius)

    def _share(self, points: Points, radius: float) -> Floats:
        out = np.zeros_like(points.x)
        away = self.away(points)
        reach = (1 + 2 * _UNEVEN) * max(radius, 0) + self.edge
        near = np.flatnonzero((away < reach) & (points.x * self.sign > 0))
        if not len(near):
            return out
        here = points.take(near)
        depth = radius + np.float32(_UNEVEN * max(radius, 0)) * self.unevenness(here) - away[near]
        inside = hulls_at(here, self.anatomy.growth.csf).cerebrum - np.float32(1.0)
        depth = np.minimum(np.minimum(depth, here.lateral - np.float32(1.5)), inside)
        out[near] = cover(depth, self.edge)
        return out

    def widened(self, more_mm: float = 0.0) -> Anatomy:
        """Return the anatomy with the ventricle of the lesion's side widened."""
        left, right = self.anatomy.ventricles
        width = (self.asked.diameter_mm + more_mm) / (2 * ATRIUM * self.anatomy.growth.unit_mm)
        if self.sign < 0:
            return self.anatomy.with_ventricles(max(width, 1.15 * left), right)
        return self.anatomy.with_ventricles(left, max(width, 1.15 * right))


def place(lesion: Lesion, anatomy: Anatomy, seed: int) -> PlacedLesion:
    """Draw where a lesion lies, whatever its size and side.

    Volume loss lies beside the ventricle, a malformation in the cortex of the convexity, and the others deep in a
    hemisphere, away from ventricles and midline.
    """
    if lesion.kind == "ventriculomegaly":
        return PlacedLesion(lesion, anatomy, seed, (17.0, -24.0, 8.0))
    rng = np.random.default_rng([seed, LESION_PLACE])
    x, y, z = rng.uniform((9, -42, -8), (42, 42, 36), (800, 3)).astype(np.float32).T
    points = Points(x, y, z)
    room, enough = _ROOMS.get(lesion.kind, _deep)(points)
    good = np.flatnonzero(room >= enough)
    best = int(good[0]) if len(good) else int(np.argmax(room))
    return PlacedLesion(lesion, anatomy, seed, (float(x[best]), float(y[best]), float(z[best])))


def _outside_ventricle(points: Points) -> Floats:
    return -ventricle_depth(points, np.ones_like(points.x))


def _deep(points: Points) -> tuple[Floats, float]:
    room = np.minimum(hulls_at(points, 0.0).cerebrum - 2, points.x - 2)
    return np.minimum(room, 4 + _outside_ventricle(points)), _ROOM


def _beside_ventricle(points: Points) -> tuple[Floats, float]:
    room = np.minimum(np.minimum(hulls_at(points, 0.0).cerebrum - 10, points.x - 10), points.z - 3)
    return np.minimum(room, 1.5 - np.abs(_outside_ventricle(points) - 5)), 0.0


def _in_cortex(points: Points) -> tuple[Floats, float]:
    hulls = hulls_at(points, 0.0)
    shallow = 1.0 - np.abs(np.minimum(hulls.cerebrum, hulls.convexity) - 3)
    return np.minimum(np.minimum(shallow, points.x - 14), points.z + 2), 0.0


_ROOMS: dict[str, Callable[[Points], tuple[Floats, float]]] = {
    "volume_loss": _beside_ventricle,
    "cortical_malformation": _in_cortex,
}
