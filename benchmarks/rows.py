"""The results file: a row for each head (or slice) and method, appended as soon as it is there, so that a run can stop.

The first line names the suite and its digest; rows of another suite are never mixed in.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

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
}
Row = dict[str, Any]


class Results:
    """An append-only table of one suite.

    Parameters
    ----------
    path
        Made where it is missing; a last line that was cut off by a stop is dropped.
    """

    def __init__(self, path: Path, suite: str, digest: str) -> None:
        self.path = path
        header = f"# suite {suite} {digest}\n" + "\t".join(COLUMNS) + "\n"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        whole = text[: text.rfind("\n") + 1] or header
        if not whole.startswith(header):
            msg = f"{path.name} holds results of another suite or layout; name another file with --out"
            raise SystemExit(msg)
        if whole != text:
            path.write_text(whole, encoding="utf-8")
        self.done = {(r[0], int(r[1]), r[3]) for r in (line.split("\t") for line in whole.splitlines()[2:])}

    def add(self, rows: Iterable[Row]) -> None:
        """Append rows."""
        lines = ["\t".join(_text(row.get(name)) for name in COLUMNS) + "\n" for row in rows]
        with self.path.open("a", encoding="utf-8") as file:
            file.write("".join(lines))


def _text(value: Any) -> str:
    if value is None or value != value:
        return "n/a"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


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
    return first.pop(), pd.concat(tables, ignore_index=True).drop_duplicates(["cell", "head", "slice", "method"])
