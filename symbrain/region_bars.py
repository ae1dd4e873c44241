"""Left and right of each structure, as a table with bars shows them: the most unequal first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from symbrain import findings
from symbrain.tables import is_missing

Row = Mapping[str, Any]
BAR_SPAN = 0.3  # asymmetry index at which a bar is full
UNUSUAL_Z = 2.0
_Z = ("asymmetry_index_z", "intensity_asymmetry_z")


def region_bars(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return the rows of regions.tsv as they are shown; structures without an index are left out."""
    known = [row for row in rows if not is_missing(row["asymmetry_index"])]
    return [_shown(row) for row in sorted(known, key=lambda row: -abs(row["asymmetry_index"]))]


def _shown(row: Row) -> dict[str, Any]:
    index = float(row["asymmetry_index"])
    length = min(abs(index) / BAR_SPAN, 1.0) * 50
    zs = [row.get(name) for name in _Z]
    return {
        "name": row["region"],
        # As in the pictures, the subject's right is on the viewer's left.
        "bar_start": round(50 - (length if index < 0 else 0), 1),
        "bar_length": round(length, 1),
        "larger": "left" if index > 0 else "right" if index < 0 else "neither",
        "left_ml": findings.shown(row["left_ml"]),
        "right_ml": findings.shown(row["right_ml"]),
        "index": findings.shown(index, 2, signed=True),
        "z": findings.shown(zs[0], 1, signed=True),
        "intensity": findings.shown(row["intensity_asymmetry"], 2, signed=True),
        "intensity_z": findings.shown(zs[1], 1, signed=True),
        "unusual": any(not is_missing(z) and abs(float(z)) >= UNUSUAL_Z for z in zs if z is not None),
    }
