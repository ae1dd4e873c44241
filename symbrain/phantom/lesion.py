"""One-sided lesions whose side, size, contrast and place are known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from symbrain.phantom.anatomy import LESION_PLACE, LESION_SHAPE, Anatomy
from symbrain.phantom.fields import Field, Floats, Points, draw_field
from symbrain.phantom.painting import ATRIUM, TEXTURE, ventricle_depth
from symbrain.phantom.shapes import cover
from symbrain.phantom.surfaces import hulls_at

Side = Literal["left", "right"]
KINDS = ("haemorrhage", "oedema", "cyst", "ventriculomegaly")
SOFT_MM = 1.5  # width of a lesion's edge
_ROOM = 10.0  # a place with so much room around it, in head units, is good enough


@dataclass(frozen=True)
class Lesion:
    """What is asked for; the seed says where, at mirrored places for the two sides.

    Parameters
    ----------
    kind
        ``haemorrhage`` (dark on T2w, bright on T1w), ``oedema`` (injured white matter: bright on T2w, dark on T1w),
        ``cyst`` (towards fluid) or ``ventriculomegaly`` (one lateral ventricle widened).
    side
        The subject's side.
    diameter_mm
        Of the sphere with about this volume; of a widened ventricle, the width of its atrium.
    contrast_sd
        Change of brightness in standard deviations of white matter (its texture and the noise together). A cyst
        becomes no brighter or darker than fluid, and a widened ventricle is always filled with it.
    """

    kind: str
    side: Side
    diameter_mm: float
    contrast_sd: float

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            msg = f"{self.kind!r} is no kind of lesion; choose one of {', '.join(KINDS)}"
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

    @property
    def sign(self) -> int:
        """-1 on the left, +1 on the right: the sign of x."""
        return 1 if self.asked.side == "right" else -1

    @cached_property
    def _outline(self) -> Field:
        return draw_field([self.seed, LESION_SHAPE], 16.0, cell=2.0, own=0.0)

    def share(self, points: Points) -> Floats:
        """Return which share of each point's tissue is changed; soft at the edge, inside the brain, on one side."""
        unit_mm = self.anatomy.growth.unit_mm
        radius = self.asked.diameter_mm / 2 / unit_mm
        out = np.zeros_like(points.x)
        x, y, z = (np.float32(v) for v in self.center)
        away = np.sqrt((points.x - self.sign * x) ** 2 + (points.y - y) ** 2 + (points.z - z) ** 2)
        near = np.flatnonzero((away < 1.5 * radius + 3) & (points.x * self.sign > 0))
        if not len(near):
            return out
        here = points.take(near)
        depth = radius * (1 + np.float32(0.15) * np.clip(self._outline.at(here), -2, 2)) - away[near]
        inside = hulls_at(here, self.anatomy.growth.csf).cerebrum - np.float32(1.0)
        depth = np.minimum(np.minimum(depth, here.lateral - np.float32(1.5)), inside)
        out[near] = cover(depth, SOFT_MM / unit_mm)
        return out

    def widened(self) -> Anatomy:
        """Return the anatomy with the ventricle of the lesion's side widened."""
        left, right = self.anatomy.ventricles
        width = self.asked.diameter_mm / (2 * ATRIUM * self.anatomy.growth.unit_mm)
        if self.sign < 0:
            return self.anatomy.with_ventricles(max(width, 1.15 * left), right)
        return self.anatomy.with_ventricles(left, max(width, 1.15 * right))


def place(lesion: Lesion, anatomy: Anatomy, seed: int) -> PlacedLesion:
    """Draw where a lesion lies: deep in a hemisphere, away from ventricles and midline, whatever its size and side."""
    if lesion.kind == "ventriculomegaly":
        return PlacedLesion(lesion, anatomy, seed, (17.0, -24.0, 8.0))
    rng = np.random.default_rng([seed, LESION_PLACE])
    x, y, z = rng.uniform((9, -42, -8), (36, 42, 34), (200, 3)).astype(np.float32).T
    points = Points(x, y, z)
    room = np.minimum(hulls_at(points, 0.0).cerebrum - 2, x - 2)
    room = np.minimum(room, 4 - ventricle_depth(points, np.ones_like(x)))
    good = np.flatnonzero(room >= _ROOM)
    best = int(good[0]) if len(good) else int(np.argmax(room))
    return PlacedLesion(lesion, anatomy, seed, (float(x[best]), float(y[best]), float(z[best])))


def white_sd(levels: dict[str, float], noise: float) -> float:
    """Return the standard deviation of white matter, from its texture and the noise."""
    return float(np.hypot(TEXTURE * levels["white"], noise))


def changed(
    image: Floats, share: NDArray[np.float32], lesion: Lesion, modality: str, levels: dict[str, float], noise: float
) -> Floats:
    """Return brightness with a lesion in it: shifted with the texture kept, or mixed towards fluid (cyst).

    Parameters
    ----------
    share
        Share of each voxel's tissue that is changed, 0 to 1.
    """
    step = lesion.contrast_sd * white_sd(levels, noise)
    if lesion.kind == "cyst":
        mix = np.float32(min(1.0, step / abs(levels["csf"] - levels["white"])))
        return np.asarray(image + mix * share * (np.float32(levels["csf"]) - image), np.float32)
    bright = (lesion.kind == "oedema") == (modality == "T2w")
    return np.maximum(image + share * np.float32(step if bright else -step), np.float32(0.02))
