"""The results of the hard cases: a row for each head, appended as soon as it is there, so that a run can stop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from appended import append, whole_lines

SLICES = (1, 2, 3)
"""Numbers of the axial slices of each head whose midline the network is asked for."""
COLUMNS: dict[str, type] = {
    "kind": str,
    "head": int,
    "seed": int,
    "weeks": float,
    "modality": str,
    "skull": int,
    "angle_deg": float,  # of the anatomical plane to the true one; n/a where no brain was found
    "gap_mm": float,  # at the centre of the whole brain
    "start_angle_deg": float,  # the same of the plane of greatest symmetry
    "start_gap_mm": float,
    "confidence": float,
    "seen": int,  # whether a fissure is; n/a as above
    "clearness": float,
    "seconds": float,  # of processor time, from the volume to the plane
    "right": float,  # the anatomical plane, in the world
    "anterior": float,
    "superior": float,
    "offset_mm": float,
    "dice": float,
    "side_percent": float,
    "volume_percent": float,
    "otsu_dice": float,
    "otsu_side_percent": float,
    "otsu_volume_percent": float,
} | {f"line{i}_{error}": float for i in SLICES for error in ("angle_deg", "gap_mm")}
Row = dict[str, Any]


class HardResults:
    """An append-only table; a last line that was cut off by a stop is dropped."""

    def __init__(self, path: Path) -> None:
        self.path = path
        header = "\t".join(COLUMNS) + "\n"
        self.done = {(kind, int(head)) for kind, head, *_ in whole_lines(path, header, "another layout")}

    def add(self, row: Row) -> None:
        """Append a row."""
        append(self.path, COLUMNS, [row], digits=7)


def read_rows(path: Path) -> pd.DataFrame:
    """Read the results."""
    types = {name: float if name == "seen" else kind for name, kind in COLUMNS.items()}
    return pd.read_csv(path, sep="\t", dtype=types, na_values=["n/a"], keep_default_na=False)
