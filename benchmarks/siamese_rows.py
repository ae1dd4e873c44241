"""The results of the Siamese benchmark: a row for each method, size and fold, appended as soon as it is there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from appended import append, whole_lines
from siamese_cohort import Split

COLUMNS: dict[str, type] = {
    "method": str,
    "split": str,
    "train_size": int,  # the protocol's number k of the patches that were learned from
    "test_size": int,  # and of those it was judged on
    "fold": int,  # which also is the seed of weights, order and patches
    "rows": int,  # judged
    "right": int,  # of them
    "auroc": float,
    "by_infant": str,  # right/judged rows of each infant, whose number in the cohort is before the colon
    "known_infants": int,  # those of them with a row among the learned ones
    "learned_rows": int,
    "seconds": float,  # of processor time, for learning and judging
}
Row = dict[str, Any]
Counts = dict[int, tuple[int, int]]
"""By infant: how many rows are right, and how many were judged."""


@dataclass(frozen=True)
class Job:
    """One thing to do: a method learns from one size of patches, and is judged on several."""

    method: str
    split: Split
    size: int
    fold: int


class SiameseResults:
    """An append-only table of one cohort; a last line that was cut off by a stop is dropped.

    Parameters
    ----------
    what
        What all rows have in common: how many infants and epochs. Others are never mixed in.
    """

    def __init__(self, path: Path, what: str) -> None:
        self.path = path
        header = f"# {what}\n" + "\t".join(COLUMNS) + "\n"
        lines = whole_lines(path, header, "other numbers of infants or epochs, or of another layout")
        self.done = {
            Job(r[0], "by infant" if r[1] == "by infant" else "by row pair", int(r[2]), int(r[4])) for r in lines
        }

    def add(self, job: Job, rows: Iterable[Row]) -> None:
        """Append the rows of a job, all of them at once."""
        about = {"method": job.method, "split": job.split, "train_size": job.size, "fold": job.fold}
        append(self.path, COLUMNS, [about | row for row in rows], digits=6)


def counts_text(counts: Counts) -> str:
    """Return counts as they are written.

    >>> counts_text({0: (12, 13), 3: (9, 13)})
    '0:12/13 3:9/13'
    """
    return " ".join(f"{infant}:{right}/{count}" for infant, (right, count) in counts.items())


def read_counts(text: str) -> Counts:
    """Return counts as they were written.

    >>> read_counts("0:12/13 3:9/13")
    {0: (12, 13), 3: (9, 13)}
    """
    found: Counts = {}
    for word in text.split():
        infant, right, count = map(int, word.replace("/", ":").split(":"))
        found[infant] = (right, count)
    return found


def read_rows(path: Path) -> pd.DataFrame:
    """Read the results."""
    types = {name: "int64" if kind is int else kind for name, kind in COLUMNS.items()}
    return pd.read_csv(path, sep="\t", skiprows=1, dtype=types, na_values=["n/a"], keep_default_na=False)
