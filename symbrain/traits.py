"""Sex and preterm birth: what a norm may take into account of an infant beside its age.

A trait has two levels. It is a term of a norm only where enough normals have either level at ages that both have, so
that nothing about a level is read off from the other's ages. Of an infant whose level is unknown, the mean of both is
expected, mixed as the normals are, with the doubt that this brings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Levels = Mapping[str, ArrayLike]
"""By the trait's name for each scan: 1 has it, 0 has it not, NaN is not known."""

NAMES = ("female", "preterm")
LEVEL_NEEDS = 20  # normals of either level, at ages that both have
PRETERM_WEEKS = 37.0  # born before that many completed weeks (WHO)
_SAME_DAY_WEEKS = 1 / 7


@dataclass(frozen=True)
class Trait:
    """A trait as a term of a norm.

    Parameters
    ----------
    share
        Of the normals whose level is known, how many have it; from there the term counts.
    """

    name: str
    share: float

    def term(self, levels: Levels) -> Array:
        """Return how far each scan is from the normals' mix of both levels; 0 where its level is unknown."""
        level = self._level(levels)
        return np.where(np.isnan(level), 0.0, level - self.share)

    def scatter(self, levels: Levels) -> Array:
        """Return the variance of the term: 0 where the level is known, else that of the normals' mix."""
        return np.where(np.isnan(self._level(levels)), self.share * (1 - self.share), 0.0)

    def _level(self, levels: Levels) -> Array:
        return np.asarray(levels.get(self.name, np.nan), float)


def levels_of(row: Mapping[str, Any]) -> dict[str, float]:
    """Return the levels of an infant's traits, from its columns sex, birth_age_weeks and scan_age_weeks.

    A scan before birth is of an infant that is born neither early nor at term: that trait is unknown.
    """
    sex, birth, scan = (row.get(k) for k in ("sex", "birth_age_weeks", "scan_age_weeks"))
    unborn = birth is not None and scan is not None and birth > scan + _SAME_DAY_WEEKS
    return {
        "female": float("nan") if sex is None else float(sex == "female"),
        "preterm": float("nan") if birth is None or unborn else float(birth < PRETERM_WEEKS),
    }


def traits_of(levels: Levels, ages: ArrayLike) -> tuple[Trait, ...]:
    """Return the traits that enough normals have, and enough have not, at ages that both have.

    Parameters
    ----------
    levels, ages
        Of the normals; ages in weeks, all alike where they do not matter.
    """
    t = np.asarray(ages, float)
    found = []
    for name in NAMES:
        level = np.broadcast_to(np.asarray(levels.get(name, np.nan), float), t.shape)
        if _compared(t[level == 1], t[level == 0]) >= LEVEL_NEEDS:
            found.append(Trait(name, float(np.nanmean(level))))
    return tuple(found)


def _compared(those: Array, others: Array) -> int:
    """Return how many of the rarer level lie at ages of both."""
    if not len(those) or not len(others):
        return 0
    first, last = max(those.min(), others.min()), min(those.max(), others.max())
    return min(int(np.count_nonzero((ages >= first) & (ages <= last))) for ages in (those, others))
