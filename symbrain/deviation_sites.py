"""Where in the brain the deviations of a cohort lie: sessions by structure and side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symbrain.tables import is_missing

Row = Mapping[str, Any]
UNNAMED = "structure not known: without labels"


@dataclass(frozen=True)
class Site:
    """A structure, and how many sessions have their deviation in it on either side, all and flagged ones."""

    region: str
    right: int
    left: int
    right_flagged: int
    left_flagged: int

    @property
    def longest(self) -> int:
        """Sessions on the side that has more."""
        return max(self.right, self.left)

    @property
    def total(self) -> int:
        """Sessions on both sides."""
        return self.right + self.left


def sites(subjects: Sequence[Row], flagged: Callable[[Row], bool]) -> list[Site]:
    """Return the structures in which deviations lie, the most frequent first; what has no labels comes last."""
    counts: dict[str, dict[str, int]] = {}
    for row in subjects:
        side = row["asymmetry_side"]
        if is_missing(side) or side == "none":
            continue
        region = UNNAMED if is_missing(row["deviation_region"]) else str(row["deviation_region"])
        of_region = counts.setdefault(region, dict.fromkeys(("right", "left", "right_flagged", "left_flagged"), 0))
        of_region[side] += 1
        of_region[f"{side}_flagged"] += flagged(row)
    found = [Site(region, **numbers) for region, numbers in counts.items()]
    return sorted(found, key=lambda site: (site.region == UNNAMED, -site.total, site.region))
