"""How a newborn's head changes with post-menstrual age."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

YOUNGEST, OLDEST = 26.0, 45.0  # weeks
_BRAIN_ML, _RIM_ML = 380.0, 33.0  # of a head whose unit is one millimetre: brain, and each millimetre of fluid on it


@dataclass(frozen=True)
class Growth:
    """Sizes of a head at one age.

    Parameters
    ----------
    maturity
        0 at 26 weeks, 1 at 45.
    unit_mm
        Length of a head unit. All other lengths are in head units.
    csf, fissure, sylvian
        Width of the fluid around the brain, and half the width of the interhemispheric and Sylvian fissures.
    first_depth, second_depth
        Depth of the early sulci and of the later, finer ones.
    cortex
        Thickness of the cortex.
    ventricle
        Factor of the ventricles' radius.
    """

    maturity: float
    unit_mm: float
    csf: float
    fissure: float
    sylvian: float
    first_depth: float
    second_depth: float
    cortex: float
    ventricle: float


def growth_at(weeks: float, size: float = 1.0) -> Growth:
    """Return the sizes at a post-menstrual age in weeks; ``size`` is this infant's volume relative to its age's.

    The volume grows from about 120 ml at 27 weeks to 450 ml at 43.
    """
    m = (weeks - YOUNGEST) / (OLDEST - YOUNGEST)
    csf_mm = 3.2 - 1.6 * m
    unit_mm = _unit_mm((120 + 330 * (weeks - 27) / 16) * size, csf_mm)
    return Growth(
        maturity=m,
        unit_mm=unit_mm,
        csf=csf_mm / unit_mm,
        fissure=(1.5 - 0.6 * m) / unit_mm,
        sylvian=(1.8 - 1.4 * m) / unit_mm,
        first_depth=(1.0 + 10 * _logistic(weeks, 31.5, 2.4)) / unit_mm,
        second_depth=7.5 * _logistic(weeks, 36.0, 1.8) / unit_mm,
        cortex=(1.5 + 0.4 * m) / unit_mm,
        ventricle=1.25 - 0.3 * m,
    )


def _unit_mm(volume_ml: float, csf_mm: float) -> float:
    """Return the unit at which brain and fluid fill a volume."""
    unit = 1.0
    for _ in range(20):
        unit = (volume_ml / (_BRAIN_ML + _RIM_ML * csf_mm / unit)) ** (1 / 3)
    return unit


def _logistic(weeks: float, middle: float, width: float) -> float:
    return 1 / (1 + exp(-(weeks - middle) / width))
