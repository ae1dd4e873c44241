"""One infant's anatomy, drawn from a seed: sizes for its age, folding, texture, and what differs between the sides."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from symbrain.phantom.fields import Field, Floats, Points, draw_field
from symbrain.phantom.growth import OLDEST, YOUNGEST, Growth, growth_at
from symbrain.phantom.sulci import SULCI
from symbrain.phantom.variant import Variant

# Each purpose has a random stream of its own, so that asking for one thing more changes nothing else.
BODY, EARLY, LATE, DEPTH, BEND, TEXTURE, POSE, BIAS, NOISE, LESION_PLACE, LESION_SHAPE, WANDER, NAMED = range(13)

HEAD_WIDTH = 86.0  # of the cerebrum, in head units


@dataclass(frozen=True)
class Asymmetry:
    """What normally differs between the sides of a newborn's brain.

    Parameters
    ----------
    ventricles
        Left ventricle's radius less the right's, as a share of their mean; None draws it (mean 0.06, SD 0.07).
    folding
        How much of the folding is each side's own: 0 mirrors every sulcus; 0.7 moves the named sulci by 3 mm (SD)
        against their homologues, shares half of the variance of the early random sulci and none of the late ones; 1
        leaves only the named sulci alike.
    hemisphere
        Left hemisphere's volume less the right's, as a share of their mean; None draws it (mean 0.01, SD 0.008).
    torque
        Share by which the right frontal and the left occipital lobe are wider than their homologues. The fissure
        stays on the plane, so that the plane of greatest symmetry leaves it. Absent at birth, so 0 by default.
    """

    ventricles: float | None = None
    folding: float = 0.7
    torque: float = 0.0
    hemisphere: float | None = None


@dataclass(frozen=True)
class Named:
    """What is this infant's own about a named sulcus: factor of its depth and shift (head units), left and right."""

    depth: tuple[float, float]
    shift: tuple[float, float]


@dataclass(frozen=True)
class Anatomy:
    """All that is needed to say which tissue is at a point of the head frame.

    Parameters
    ----------
    early, late
        Signed distance to the sheets along which the early and the late sulci run.
    depth
        Where sulci are deeper (positive) or shallower.
    bend
        Displacements along the three axes; the lateral one vanishes on the midline, which therefore stays a plane.
    texture
        Heterogeneity of the tissue.
    ventricles
        Factor of the radius of the left and of the right lateral ventricle.
    wander
        Where named sulci leave their straight course.
    named
        Depth and place of each named sulcus of ``SULCI``.
    widths
        Factor of the width of the left and of the right half of the head.
    variant
        Departures from the usual head.
    """

    weeks: float
    growth: Growth
    early: Field
    late: Field
    depth: Field
    bend: tuple[Field, Field, Field]
    texture: Field
    ventricles: tuple[float, float]
    torque: float
    wander: Field
    named: dict[str, Named]
    widths: tuple[float, float] = (1.0, 1.0)
    variant: Variant = field(default_factory=Variant)

    def with_ventricles(self, left: float, right: float) -> Anatomy:
        """Return the same infant with other ventricles."""
        return replace(self, ventricles=(left, right))

    def undo_bend(self, points: Points) -> Points:
        """Return where points of this infant lie in the unbent head."""
        shear = np.float32(self.variant.plagiocephaly_mm / self.growth.unit_mm / HEAD_WIDTH)
        y = np.asarray(points.y - shear * points.x, np.float32)
        turn = np.float32(self.torque) * np.sign(points.x) * np.tanh(y / np.float32(25))
        x = np.asarray(points.x / (1 + turn) / self.by_side(points, self.widths), np.float32)
        dx, dy, dz = (bend.at(points) for bend in self.bend)
        return Points(np.asarray(x - np.sign(points.x) * dx, np.float32), y - dy, points.z - dz)

    def by_side(self, points: Points, factors: tuple[float, float]) -> Floats:
        """Return the left or the right factor for each point."""
        return np.where(points.x < 0, np.float32(factors[0]), np.float32(factors[1]))


def draw_weeks(seed: int) -> float:
    """Return a post-menstrual age drawn from a seed: most are scanned about term, some before."""
    rng = np.random.default_rng([seed, BODY, 1])
    weeks = rng.normal(40.5, 1.8) if rng.random() < 0.75 else rng.uniform(28, 37)
    return float(np.clip(weeks, YOUNGEST, OLDEST))


def draw_anatomy(
    seed: int, weeks: float, asymmetry: Asymmetry, *, symmetric: bool, variant: Variant | None = None
) -> Anatomy:
    """Draw an infant; the same seed at another age is the same infant, grown.

    Parameters
    ----------
    weeks
        Post-menstrual age.
    symmetric
        Leave out everything that differs between the sides.
    variant
        Departures from the usual head; its own asymmetries stay even where ``symmetric`` is asked for.
    """
    if not YOUNGEST <= weeks <= OLDEST:
        msg = f"a phantom can be {YOUNGEST:g} to {OLDEST:g} weeks of post-menstrual age, not {weeks:g}"
        raise ValueError(msg)
    rng = np.random.default_rng([seed, BODY])
    growth = growth_at(weeks, size=float(np.exp(np.clip(rng.normal(0, 0.05), -0.12, 0.12))))
    variant = variant or Variant()
    growth = replace(growth, csf=growth.csf + variant.extra_axial_mm / growth.unit_mm)
    ratio, scale = float(rng.normal(0.06, 0.07)), float(np.exp(rng.normal(0, 0.10)))
    if asymmetry.ventricles is not None:
        ratio = asymmetry.ventricles
    larger = float(np.random.default_rng([seed, BODY, 2]).normal(0.010, 0.008))
    if asymmetry.hemisphere is not None:
        larger = asymmetry.hemisphere
    if symmetric:
        asymmetry = Asymmetry(0.0, 0.0, 0.0, 0.0)
        ratio = larger = 0.0
    radius = growth.ventricle * scale
    own = asymmetry.folding
    bend = [draw_field([seed, BEND, i], 80.0, cell=4.0, own=0.0 if symmetric else 0.7, join=24.0) for i in range(3)]
    bend = [Field(f.grid * np.float32(a), f.cell) for f, a in zip(bend, (1.2, 1.4, 1.4), strict=True)]
    bend[0] = bend[0].fading_at_midline(24.0)
    return Anatomy(
        weeks=weeks,
        growth=growth,
        early=draw_field([seed, EARLY], 30.0, cell=2.0, own=own).as_sheets(),
        late=draw_field([seed, LATE], 16.5, cell=2.0, own=min(1.0, 2 * own)).as_sheets(),
        depth=draw_field([seed, DEPTH], 40.0, cell=4.0, own=own),
        bend=(bend[0], bend[1], bend[2]),
        texture=draw_field([seed, TEXTURE], 14.0, cell=2.0, own=0.0 if symmetric else 0.6),
        ventricles=(radius * (1 + ratio / 2), radius * (1 - ratio / 2)),
        torque=asymmetry.torque,
        wander=draw_field([seed, WANDER], 30.0, cell=4.0, own=min(1.0, 1.6 * own)),
        named=_draw_named(seed, own, symmetric=symmetric),
        widths=(1 + larger / 2, 1 - larger / 2),
        variant=variant,
    )


def _draw_named(seed: int, own: float, *, symmetric: bool) -> dict[str, Named]:
    """Draw depth and place of the named sulci; homologues differ by some millimetres."""
    rng = np.random.default_rng([seed, NAMED])
    drawn = {}
    for name, sulcus in SULCI.items():
        both, left, right = rng.normal(0, 1, (3, 2))
        apart = 0.0 if symmetric else own
        more = 0.0 if symmetric else (sulcus.right - 1) / 2
        depth = [1 + 0.10 * both[0] + 0.14 * apart * own_part[0] for own_part in (left, right)]
        shift = [1.5 * both[1] + 3.0 * apart * own_part[1] for own_part in (left, right)]
        drawn[name] = Named(
            depth=(float(np.clip(depth[0] - more, 0.5, 1.6)), float(np.clip(depth[1] + more, 0.5, 1.6))),
            shift=(float(shift[0]), float(shift[1])),
        )
    return drawn
