"""How a head departs from the usual without a one-sided change of the brain: mimics, and heads without a midline."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Variant:
    """Departures from the usual head; all lengths in millimetres, all absent by default.

    Parameters
    ----------
    plagiocephaly_mm
        By how much one side of the head is pushed forward against the other (positional skull deformity). Positive:
        the right side forward, its occiput flattened. The midline stays a plane.
    caput_mm
        Thickness of a swelling of the scalp, positive on the subject's right, negative on the left.
    cavum_mm
        Width of a cavum septi pellucidi beyond the usual for the age.
    extra_axial_mm
        Fluid around the brain beyond the usual for the age (benign enlargement).
    callosum
        False: callosal agenesis, with parallel lateral ventricles, wide behind, and a high third ventricle.
    fused
        Share of the interhemispheric fissure that is missing from the front (holoprosencephaly: 0.5 semilobar, 1
        alobar, with one ventricle); where hemispheres are fused there is no midline to see.
    defaced
        The face is cut away, by a cut that is not quite symmetric.
    """

    plagiocephaly_mm: float = 0.0
    caput_mm: float = 0.0
    cavum_mm: float = 0.0
    extra_axial_mm: float = 0.0
    callosum: bool = True
    fused: float = 0.0
    defaced: bool = False
