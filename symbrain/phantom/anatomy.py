"""One infant's anatomy, drawn from a seed: sizes for its age, folding, texture, and what differs between the sides."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from symbrain.phantom.fields import Field, Floats, Points, draw_field
from symbrain.phantom.growth import OLDEST, YOUNGEST, Growth, growth_at

# Each purpose has a random stream of its own, so that asking for one thing more changes nothing else.
BODY, EARLY, LATE, DEPTH, BEND, TEXTURE, POSE, BIAS, NOISE, LESION_PLACE, LESION_SHAPE = range(11)


@dataclass(frozen=True)
class Asymmetry:
    """What normally differs between the sides of a newborn's brain.

    Parameters
    ----------
    ventricles
        Left ventricle's radius less the right's, as a share of their mean; None draws it (mean 0.06, SD 0.07).
    folding
        Share of each side's own folding, 0 (mirrored sulci) to 1 (unrelated sulci).
    torque
        Share by which the right frontal and the left occipital lobe are wider than their homologues. The fissure
        stays on the plane, so that the plane of greatest symmetry leaves it. Absent at birth, so 0 by default.
    """

    ventricles: float | None = None
    folding: float = 0.35
    torque: float = 0.0


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

    def with_ventricles(self, left: float, right: float) -> Anatomy:
        """Return the same infant with other ventricles."""
        return replace(self, ventricles=(left, right))

    def undo_bend(self, points: Points) -> Points:
        """Return where points of this infant lie in the unbent head."""
        turn = np.float32(self.torque) * np.sign(points.x) * np.tanh(points.y / np.float32(25))
        x = points.x / (1 + turn)
        dx, dy, dz = (field.at(points) for field in self.bend)
        return Points(x - np.sign(points.x) * dx, points.y - dy, points.z - dz)

    def by_side(self, points: Points, factors: tuple[float, float]) -> Floats:
        """Return the left or the right factor for each point."""
        return np.where(points.x < 0, np.float32(factors[0]), np.float32(factors[1]))


def draw_weeks(seed: int) -> float:
    """Return a post-menstrual age drawn from a seed: most are scanned about term, some before."""
    rng = np.random.default_rng([seed, BODY, 1])
    weeks = rng.normal(40.5, 1.8) if rng.random() < 0.75 else rng.uniform(28, 37)
    return float(np.clip(weeks, YOUNGEST, OLDEST))


def draw_anatomy(seed: int, weeks: float, asymmetry: Asymmetry, *, symmetric: bool) -> Anatomy:
    """Draw an infant; the same seed at another age is the same infant, grown.

    Parameters
    ----------
    weeks
        Post-menstrual age.
    symmetric
        Leave out everything that differs between the sides.
    """
    if not YOUNGEST <= weeks <= OLDEST:
        msg = f"a phantom can be {YOUNGEST:g} to {OLDEST:g} weeks of post-menstrual age, not {weeks:g}"
        raise ValueError(msg)
    rng = np.random.default_rng([seed, BODY])
    growth = growth_at(weeks, size=float(np.exp(np.clip(rng.normal(0, 0.05), -0.12, 0.12))))
    ratio, scale = float(rng.normal(0.06, 0.07)), float(np.exp(rng.normal(0, 0.10)))
    if asymmetry.ventricles is not None:
        ratio = asymmetry.ventricles
    if symmetric:
        asymmetry = Asymmetry(0.0, 0.0, 0.0)
        ratio = 0.0
    radius = growth.ventricle * scale
    own = asymmetry.folding
    bend = [draw_field([seed, BEND, i], 80.0, cell=4.0, own=0.0 if symmetric else 0.3, join=24.0) for i in range(3)]
    bend = [Field(f.grid * np.float32(a), f.cell) for f, a in zip(bend, (0.8, 0.9, 0.9), strict=True)]
    bend[0] = bend[0].fading_at_midline(24.0)
    return Anatomy(
        weeks=weeks,
        growth=growth,
        early=draw_field([seed, EARLY], 30.0, cell=2.0, own=own).as_sheets(),
        late=draw_field([seed, LATE], 17.0, cell=2.0, own=min(1.0, 1.6 * own)).as_sheets(),
        depth=draw_field([seed, DEPTH], 40.0, cell=4.0, own=own),
        bend=(bend[0], bend[1], bend[2]),
        texture=draw_field([seed, TEXTURE], 14.0, cell=2.0, own=0.0 if symmetric else 0.6),
        ventricles=(radius * (1 + ratio / 2), radius * (1 - ratio / 2)),
        torque=asymmetry.torque,
    )
