"""The tables of the ablation on disk: a row for each training and kind of heads, and the heads' own figures."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from appended import append, whole_lines
from symmetry.judgement import Row
from symmetry.phases import Job

_KEY = ("model", "mechanism", "seed", "asymmetry", "heads", "judged_on")
COLUMNS: dict[str, type] = {
    "model": str,
    "mechanism": str,
    "seed": int,
    "asymmetry": float,  # of normal brains, 0 to 1
    "heads": int,  # that were learned from; 0: four fifths of all
    "judged_on": str,  # development or frozen (the suite's cases), or own (as asymmetric as those learned from)
    "passes": float,  # cost of a step, in passes of a batch
    "steps": int,  # that the budget bought
    "best_step": int,  # that the check liked best
    "auroc": float,  # of the asymmetry model, as the mechanism uses it
    "auroc_averaged": float,  # averaged over the flips
    "brier": float,
    "angle_deg": float,  # median error of the midline model
    "angle_averaged_deg": float,
    "offset_mm": float,
    "within_5deg": float,  # share of slices
    "calibration": float,  # of probabilities, or of the angle's standard deviations
    "equivariance": float,  # error under the reflection: share of the spread between examples, or degrees
    "broken": float,  # the squared error of what is compared, as a share of that between examples
    "step_seconds": float,  # of processor time, as the other seconds
    "train_seconds": float,
    "infer_seconds": float,  # of all judged heads
    "learned": str,  # what the mechanism itself has learned
}
OF_HEADS: dict[str, type] = {name: kind for name, kind in COLUMNS.items() if name in _KEY} | {"scores": str}
"""The second table: figures of each head, normal | changed, or angle errors of its slices between bars."""


class SymmetryResults:
    """Two append-only tables of one setting; a last line that was cut off by a stop is dropped.

    Parameters
    ----------
    what
        What all rows have in common. Others are never mixed in.
    """

    def __init__(self, path: Path, what: str) -> None:
        self.path = path
        ours, heads = (
            {_key(one, line) for line in whole_lines(one, f"# {what}\n" + "\t".join(names) + "\n", _OTHER)}
            for one, names in ((path, COLUMNS), (of_heads(path), OF_HEADS))
        )
        self.done = ours & heads

    def holds(self, job: Job, judged_on: tuple[str, ...]) -> bool:
        """Return whether a training is there, judged on all of these."""
        return all((job, on) in self.done for on in judged_on)

    def add(self, job: Job, rows: list[Row]) -> None:
        """Append the rows of a job: first those that a stop in between may leave double."""
        whole = [vars(job) | row for row in rows]
        append(of_heads(self.path), OF_HEADS, whole, digits=6)
        append(self.path, COLUMNS, whole, digits=6)


_OTHER = "another setting or layout"


def _key(path: Path, line: list[str]) -> tuple[Job, str]:
    try:
        return Job(line[0], line[1], int(line[2]), float(line[3]), int(line[4])), line[5]
    except ValueError as error:
        msg = f"{path}: the line of {' '.join(line[:6])} is damaged ({error}); mend it, or remove it"
        raise SystemExit(msg) from error


def of_heads(path: Path) -> Path:
    """Return the second table's path."""
    return path.with_name(f"{path.stem}-heads.tsv")


def with_part(results: Path, part: str) -> Path:
    """Return where another part of what was measured lies, beside the results."""
    return results.with_stem(f"{results.stem}-{part}")


def of_variant(results: Path, variant: str) -> Path:
    """Return where the results of a variant lie."""
    return with_part(results, variant) if variant else results


def read_rows(path: Path) -> pd.DataFrame:
    """Read the results, the ``scores`` of the heads beside them; of a training that is there twice, the last."""
    return _read(path, COLUMNS).merge(_read(of_heads(path), OF_HEADS), how="left", on=list(_KEY))


def _read(path: Path, columns: dict[str, type]) -> pd.DataFrame:
    types = {name: "int64" if kind is int else kind for name, kind in columns.items()}
    rows = pd.read_csv(path, sep="\t", skiprows=1, dtype=types, na_values=["n/a"], keep_default_na=False)
    return rows.drop_duplicates(list(_KEY), keep="last")
