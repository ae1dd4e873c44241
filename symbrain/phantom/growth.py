"""How a newborn's head changes with post-menstrual age.

Sizes follow published growth. Fetal volumes (cortical plate, white matter, fluid, at 26 to 37 weeks) are counted from
the label maps of Gholipour 2017 (Sci Rep 7:476), to the millilitre. The slope about term is that of Hüppi 1998 (Ann
Neurol 43:224): 22 ml of brain a week, cortical grey matter fourfold from 29 to 41 weeks. At birth a brain has 341 ml
and grows by 1 % a day (Holland 2014, JAMA Neurol 71:1266); very preterm infants at term have 379 ± 72 ml, cortex
140 ± 47 ml (Romberg 2022, a meta-analysis). Folding appears as in Chi 1977 (Ann Neurol 1:86) and Dubois 2008 (Cereb
Cortex 18:1444); widths and depths at each age are approximate.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

import numpy as np

YOUNGEST, OLDEST = 26.0, 45.0  # weeks
_WEEKS = (26.0, 28.0, 30.0, 32.0, 34.0, 36.0, 38.0, 40.0, 42.0, 45.0)
_TISSUE_ML = (125.0, 152.0, 182.0, 216.0, 254.0, 295.0, 337.0, 379.0, 418.0, 472.0)  # brain without fluid
_UNIT_ML = (345.0, 345.0, 342.0, 338.0, 338.0, 337.0, 341.0, 343.0, 345.0, 348.0)  # the same where a unit is 1 mm


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
    fossa
        How wide the Sylvian fossa still gapes: 1 before 27 weeks, 0 once the opercula have closed it.
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
    fossa: float

    @property
    def deepest(self) -> float:
        """How deep a sulcus may reach, in head units."""
        return max(1.6 * self.first_depth, 1.6 * self.second_depth, 18.0 * logistic(26 + 19 * self.maturity, 28, 1.8))


def growth_at(weeks: float, size: float = 1.0) -> Growth:
    """Return the sizes at a post-menstrual age in weeks; ``size`` is this infant's volume relative to its age's."""
    m = (weeks - YOUNGEST) / (OLDEST - YOUNGEST)
    unit_mm = float((size * np.interp(weeks, _WEEKS, _TISSUE_ML) / np.interp(weeks, _WEEKS, _UNIT_ML)) ** (1 / 3))
    return Growth(
        maturity=m,
        unit_mm=unit_mm,
        csf=(2.9 - 1.6 * m) / unit_mm,
        fissure=(1.3 - 0.5 * m) / unit_mm,
        sylvian=(1.2 - 0.95 * m) / unit_mm,
        first_depth=13.5 * logistic(weeks, 33.0, 1.7) / unit_mm,
        second_depth=11.5 * logistic(weeks, 37.0, 1.6) / unit_mm,
        cortex=(2.1 - 0.1 * m) / unit_mm,
        ventricle=1.45 - 0.45 * m,
        fossa=logistic(-weeks, -31.5, 1.7),
    )


def logistic(weeks: float, middle: float, width: float) -> float:
    """Return a smooth step from 0 to 1 about a middle, all in weeks."""
    return 1 / (1 + exp(-(weeks - middle) / width))
