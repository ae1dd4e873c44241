"""By how much two results folders differ: what changed in each column of their tables, and what may have changed it.

Rows are paired by who they are about. What is no result of the software (its version, the digests of weights,
configuration and scans) is told as a reason for differences, and counts as none.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbrain.columns import TABLES, Column
from symbrain.errors import BadInput
from symbrain.tables import MISSING, read_table

_INFANT = ("participant_id", "session_id")
KEYS = {"scores": (*_INFANT, "scan_id"), "subjects": _INFANT, "regions": (*_INFANT, "scan_id", "region", "index_left")}
"""The tables that are compared, and the columns that tell which rows belong together."""

TOLERANCES = {"SD": 0.02, "mm": 0.05, "degrees": 0.05, "%": 0.8}
"""The largest change that counts as none, by the first word of a column's unit; of a percentile it is what 0.02 SD
amount to at the most."""
OTHER_TOLERANCE = 0.02
"""That of all other numbers: absolute plus relative. Whole numbers have none."""

ORIGINS = ("symbrain_version", "midline_weights_sha256", "asymmetry_weights_sha256", "config_sha256", "input_sha256")
_WORDS = ("midline_method", "asymmetry_method", "scan_id")  # beside the columns that have levels
_RANKED = ("asymmetry_score", "asymmetry_z")
_ROUNDING = 1e-9
Key = tuple[str, ...]


@dataclass(frozen=True)
class NumberChange:
    """What changed in a column of numbers.

    Parameters
    ----------
    n
        Rows that have a number in both tables.
    median, largest
        Of the absolute changes, in the column's unit; None without rows.
    only_old, only_new
        Rows that have a number in one of the two only.
    beyond
        Rows whose change is larger than the tolerance, or that have a number in one table only.
    rank_correlation
        Spearman's, of asymmetry_score and asymmetry_z; None elsewhere, and of fewer than three different numbers.
    """

    column: str
    unit: str
    n: int
    median: float | None
    largest: float | None
    only_old: int
    only_new: int
    beyond: int
    rank_correlation: float | None


@dataclass(frozen=True)
class WordChange:
    """How many rows of a column of words went from which word to which."""

    column: str
    n: int
    changed: dict[str, int]


@dataclass(frozen=True)
class TableDifference:
    """What differs between two tables of one kind; rows and columns that only one of them has are named."""

    table: str
    n: int
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]
    columns_only_old: tuple[str, ...]
    columns_only_new: tuple[str, ...]
    numbers: tuple[NumberChange, ...]
    words: tuple[WordChange, ...]

    @property
    def differs(self) -> bool:
        """Whether anything differs beyond the tolerances; columns that other versions lack are no difference."""
        rows = self.only_old or self.only_new
        return bool(rows or any(c.beyond for c in self.numbers) or any(c.changed for c in self.words))


@dataclass(frozen=True)
class Difference:
    """What differs between two results folders.

    Parameters
    ----------
    origins
        For each of ``ORIGINS`` that differs, how many scans have each pair of values.
    tables_only_old, tables_only_new
        Tables that only one of them has.
    """

    tables: tuple[TableDifference, ...]
    tables_only_old: tuple[str, ...]
    tables_only_new: tuple[str, ...]
    origins: dict[str, dict[str, int]]

    @property
    def differs(self) -> bool:
        """Whether anything differs beyond the tolerances."""
        return bool(self.tables_only_old or self.tables_only_new or any(t.differs for t in self.tables))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values: what ``symbrain compare --json`` prints."""
        return {"differs": self.differs, **asdict(self)}


def compare_results(old: Path, new: Path) -> Difference:
    """Compare the tables of two results folders; tables of other versions may have other columns.

    Raises
    ------
    BadInput
        Where a folder holds no scores.tsv, or a table cannot be read.
    """
    for folder in (old, new):
        if not (folder / "scores.tsv").is_file():
            msg = f"{folder} holds no scores.tsv; name the folders of two runs, or of two `symbrain score --out`"
            raise BadInput(msg)
    here, there = ({name: path for name in KEYS if (path := f / f"{name}.tsv").is_file()} for f in (old, new))
    both = {name: (_read(here[name], name), _read(there[name], name)) for name in here if name in there}
    return Difference(
        tables=tuple(compare_tables(name, *frames) for name, frames in both.items()),
        tables_only_old=tuple(name for name in here if name not in there),
        tables_only_new=tuple(name for name in there if name not in here),
        origins=_origins(*both["scores"]),
    )


def compare_tables(name: str, old: pd.DataFrame, new: pd.DataFrame) -> TableDifference:
    """Compare two tables of one kind, whose indices tell who each row is about."""
    rows, shared = old.index.intersection(new.index), [c for c in TABLES[name] if c.name in old and c.name in new]
    told = [c for c in shared if c.name not in (*KEYS[name], *ORIGINS)]
    before, after = old.loc[rows], new.loc[rows]
    return TableDifference(
        table=name,
        n=len(rows),
        only_old=tuple(old.index.difference(rows)),
        only_new=tuple(new.index.difference(rows)),
        columns_only_old=tuple(str(c) for c in old if c not in new),
        columns_only_new=tuple(str(c) for c in new if c not in old),
        numbers=tuple(_numbers(c, before[c.name], after[c.name]) for c in told if c.kind in ("number", "integer")),
        words=tuple(_words(c, before[c.name], after[c.name]) for c in told if c.levels or c.name in _WORDS),
    )


def _read(path: Path, name: str) -> pd.DataFrame:
    """Read a table, its rows named by who they are about."""
    frame = read_table(path, name, partial=True)
    if absent := [key for key in KEYS[name] if key not in frame]:
        msg = f"{path} lacks the column {absent[0]}, so that its rows cannot be told apart; it is no table of {name}"
        raise BadInput(msg)
    who = frame[list(KEYS[name])].astype(object)
    labels = [" ".join(_shown(cell) for cell in row) for row in who.itertuples(index=False)]
    if twice := [label for label, count in Counter(labels).items() if count > 1]:
        msg = f"{path} has more than one row of {twice[0]}; one is expected: remove the others"
        raise BadInput(msg)
    return frame.set_index(pd.Index(labels, dtype=object))


def _numbers(column: Column, old: pd.Series[float], new: pd.Series[float]) -> NumberChange:
    before, after = (np.asarray(one, np.float64) for one in (old, new))
    both = np.isfinite(before) & np.isfinite(after)
    only_old, only_new = (int((np.isfinite(one) & ~both).sum()) for one in (before, after))
    before, after = before[both], after[both]
    change: NDArray[np.float64] = np.abs(after - before)
    return NumberChange(
        column=column.name,
        unit=column.unit,
        n=len(change),
        median=float(np.median(change)) if len(change) else None,
        largest=float(change.max()) if len(change) else None,
        only_old=only_old,
        only_new=only_new,
        beyond=int((change > _tolerance(column, before) + _ROUNDING).sum()) + only_old + only_new,
        rank_correlation=_rank_correlation(before, after) if column.name in _RANKED else None,
    )


def _tolerance(column: Column, values: NDArray[np.float64]) -> NDArray[np.float64] | float:
    if column.kind == "integer":
        return 0.0
    return TOLERANCES.get(column.unit.split(" ")[0], OTHER_TOLERANCE * (1 + np.abs(values)))


def _rank_correlation(old: NDArray[np.float64], new: NDArray[np.float64]) -> float | None:
    from scipy.stats import spearmanr

    if min(len(np.unique(old)), len(np.unique(new))) < 3:
        return None
    return float(spearmanr(old, new).statistic)


def _words(column: Column, old: pd.Series[Any], new: pd.Series[Any]) -> WordChange:
    return WordChange(column.name, len(old), _changes(old, new))


def _changes(old: Iterable[Any], new: Iterable[Any]) -> dict[str, int]:
    pairs = ((_shown(a), _shown(b)) for a, b in zip(old, new, strict=True))
    counts = Counter(f"{a} → {b}" for a, b in pairs if a != b)
    return dict(counts.most_common())


def _origins(old: pd.DataFrame, new: pd.DataFrame) -> dict[str, dict[str, int]]:
    rows = old.index.intersection(new.index)
    shared = [name for name in ORIGINS if name in old and name in new]
    found = {name: _changes(old.loc[rows, name], new.loc[rows, name]) for name in shared}
    return {name: changes for name, changes in found.items() if changes}


def _shown(cell: Any) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return MISSING
    return f"{cell:g}" if isinstance(cell, float) else str(cell)
