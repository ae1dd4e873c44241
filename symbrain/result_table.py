"""A table of a results folder as it is found there: of an earlier version, without rows, or not written at all."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from symbrain.columns import TABLES
from symbrain.tables import read_table


def table_of(results: Path, name: str) -> pd.DataFrame:
    """Return a registered table of results with all its columns; those that it lacks are empty.

    Raises
    ------
    BadInput
        Where the table is there and cannot be read.
    """
    path, columns = results / f"{name}.tsv", [column.name for column in TABLES[name]]
    found = read_table(path, name, partial=True) if path.exists() else pd.DataFrame()
    numbers = [c.name for c in TABLES[name] if c.kind in ("number", "integer")]
    return found.reindex(columns=columns).astype(dict.fromkeys(numbers, float))
