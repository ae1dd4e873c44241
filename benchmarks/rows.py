"""The results file: a row for each head (or slice) and method, appended as soon as it is there, so that a run can stop.

The first line names the suite and its digest; rows of another suite are never mixed in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from appended import append, whole_lines
from symbrain.atomic import write_text

COLUMNS = {
    "cell": str,
    "head": int,
    "slice": int,  # -1 for the whole head
    "method": str,
    "seed": int,
    "weeks": float,
    "modality": str,
    "side_true": str,
    "score": float,
    "reference": float,  # of an observer at the same place of the healthy infant
    "side": str,
    "hit": float,  # 1: the hottest place lies in or within 4 mm of the lesion
    "pixel_ap": float,
    "angle_deg": float,
    "gap_mm": float,
    "confidence": float,
    "absent": float,
    "angle_sd_deg": float,
    "offset_sd_mm": float,
    "seconds": float,  # of processor time
    "clusters": str,  # of the heat map of a head without a lesion, at each threshold: see anomaly_cuts.py
    "overlap": str,  # of that of a head with one
}
_LATER = ("clusters", "overlap")  # columns that older results lack
Row = dict[str, Any]


class Results:
    """An append-only table of one suite.

    Parameters
    ----------
    path
        Made where it is missing; a last line that was cut off by a stop is dropped, and older rows get the columns
        that they lack.
    again
        Methods whose rows are removed, to be measured anew.
    """

    def __init__(self, path: Path, suite: str, digest: str, again: Collection[str] = ()) -> None:
        self.path = path
        title = f"# suite {suite} {digest}\n"
        header = title + "\t".join(COLUMNS) + "\n"
        older = title + "\t".join(name for name in COLUMNS if name not in _LATER) + "\n"
        is_older = path.exists() and path.read_text(encoding="utf-8").startswith(older)
        lines = whole_lines(path, older if is_older else header, "another suite or layout")
        kept = [line + ["n/a"] * (len(COLUMNS) - len(line)) for line in lines if line[3] not in again]
        if is_older or len(kept) < len(lines):
            write_text(path, header + "".join("\t".join(line) + "\n" for line in kept))
        self.done = {(r[0], int(r[1]), r[3]) for r in kept}

    def add(self, rows: Iterable[Row]) -> None:
        """Append rows."""
        append(self.path, COLUMNS, rows, digits=6)


def read(paths: list[Path]) -> tuple[str, pd.DataFrame]:
    """Read results files of one suite; returns what suite it is, and the rows."""
    first = {path.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# suite ") for path in paths}
    if len(first) != 1:
        msg = "these files are results of different suites"
        raise SystemExit(msg)
    types = {name: kind if kind is not int else "int64" for name, kind in COLUMNS.items()}
    tables = [
        pd.read_csv(path, sep="\t", skiprows=1, dtype=types, na_values=["n/a"], keep_default_na=False) for path in paths
    ]
    rows = pd.concat(tables, ignore_index=True).reindex(columns=list(COLUMNS))
    return first.pop(), rows.drop_duplicates(["cell", "head", "slice", "method"])
