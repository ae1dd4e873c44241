"""The results of the midline benchmark: a row for each head (or slice), pose and method, appended as it is there.

A plane is written in the frame of its head: as if the head had not been moved, with its offset at the brain's centre.
So planes of one head in several poses can be compared with each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from appended import append, whole_lines

COLUMNS: dict[str, type] = {
    "source": str,  # the suite or dataset, with the first letters of its digest
    "cell": str,
    "head": int,
    "pose": int,  # 0: as it is; else the number of a known motion
    "slice": int,  # -1 for the whole head
    "method": str,
    "seed": int,  # of the infant
    "spacing_mm": float,
    "angle_deg": float,  # to the truth, where it is known
    "gap_mm": float,
    "confidence": float,
    "right": float,
    "anterior": float,
    "superior": float,
    "offset_mm": float,
    "seconds": float,
    "cpu_seconds": float,
    "read_seconds": float,
    "brain_seconds": float,
    "plane_seconds": float,
    "peak_mib": float,
    "load": float,  # of each core in the minute before: well above 1, other work slowed the method down
    "error": str,
}
Row = dict[str, Any]
Key = tuple[str, str, int, int, str]


class MidlineResults:
    """An append-only table; a last line that was cut off by a stop is dropped.

    Parameters
    ----------
    again
        Methods whose rows are removed, to be measured anew.
    """

    def __init__(self, path: Path, again: Sequence[str] = ()) -> None:
        self.path = path
        header = "\t".join(COLUMNS) + "\n"
        kept = [line for line in whole_lines(path, header, "another layout") if line[5] not in again]
        path.write_text(header + "".join("\t".join(line) + "\n" for line in kept), encoding="utf-8")
        self.done: set[Key] = {(r[0], r[1], int(r[2]), int(r[3]), r[5]) for r in kept}

    def add(self, rows: Iterable[Row]) -> None:
        """Append rows."""
        append(self.path, COLUMNS, rows, digits=7)


def read_rows(path: Path) -> pd.DataFrame:
    """Read the results."""
    types = {name: "int64" if kind is int else kind for name, kind in COLUMNS.items()}
    return pd.read_csv(path, sep="\t", dtype=types, na_values=["n/a"], keep_default_na=False)
