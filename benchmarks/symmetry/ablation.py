"""All mechanisms on both models, two rows for each training: ``PYTHONPATH=benchmarks python -m symmetry.ablation``.

First every mechanism at one setting, seed by seed, so that the first seed of all is there early. With ``--heads`` and
``--asymmetry`` several sizes of the training set and amounts of true asymmetry, for the mechanisms that are named. A
training's rows are appended as soon as they are there; the same command goes on where it stopped. ``--small`` takes
seconds for a training and says nothing but that everything runs.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pandas as pd
import torch

from appended import append, whole_lines
from suites import FOLDER
from symbrain.atomic import write_text
from symbrain.progress import track
from symmetry.catalogue import FEW, MECHANISMS, for_model
from symmetry.figure import write_figure
from symmetry.models import MODELS
from symmetry.report import report
from symmetry.trial import SMALL, Row, Setting, try_mechanism, with_heads

RESULTS, TABLE = FOLDER / "results" / "symmetry.tsv", FOLDER / "symmetry.md"
FIGURE = FOLDER.parent / "docs" / "images" / "symmetry.png"
COLUMNS: dict[str, type] = {
    "model": str,
    "mechanism": str,
    "seed": int,
    "asymmetry": float,  # of normal brains, 0 to 1
    "heads": int,  # that were learned from; 0: all
    "judged_on": str,  # frozen (the suite's heads) or own (as asymmetric as those that were learned from)
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
    "equivariance": float,  # error under a flip: log-odds, or degrees
    "step_seconds": float,  # of processor time, as the other seconds
    "train_seconds": float,
    "infer_seconds": float,  # of all judged heads
    "learned": str,  # what the mechanism itself has learned
}


@dataclass(frozen=True)
class Job:
    """One training."""

    model: str
    mechanism: str
    seed: int
    asymmetry: float
    heads: int


class SymmetryResults:
    """An append-only table of one setting; a last line that was cut off by a stop is dropped.

    Parameters
    ----------
    what
        What all rows have in common. Others are never mixed in.
    """

    def __init__(self, path: Path, what: str) -> None:
        self.path = path
        lines = whole_lines(path, f"# {what}\n" + "\t".join(COLUMNS) + "\n", "another setting or layout")
        self.done = {Job(r[0], r[1], int(r[2]), float(r[3]), int(r[4])) for r in lines}

    def add(self, job: Job, rows: list[Row]) -> None:
        """Append the rows of a job."""
        append(self.path, COLUMNS, [vars(job) | row for row in rows], digits=6)


def jobs(
    seeds: Sequence[int],
    models: Sequence[str],
    mechanisms: Sequence[str],
    asymmetries: Sequence[float],
    heads: Sequence[int],
) -> Iterator[Job]:
    """Yield what there is to do: what has no meaning for a model is left out."""
    for asymmetry, count, seed, model in product(asymmetries, heads, seeds, models):
        for mechanism in for_model(model):
            if mechanism in mechanisms:
                yield Job(model, mechanism, seed, asymmetry, count)


def read_rows(path: Path) -> pd.DataFrame:
    """Read the results."""
    types = {name: "int64" if kind is int else kind for name, kind in COLUMNS.items()}
    return pd.read_csv(path, sep="\t", skiprows=1, dtype=types, na_values=["n/a"], keep_default_na=False)


def run(results: SymmetryResults, wanted: Iterable[Job], setting: Setting) -> None:
    """Do what is missing."""
    for job in track(list(wanted), "symmetry"):
        now = with_heads(setting, job.heads, job.asymmetry)
        results.add(job, try_mechanism(job.model, job.mechanism, job.seed, now))


def parsed(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="default: 1 2 3")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS), help="default: both")
    parser.add_argument("--mechanisms", nargs="+", choices=MECHANISMS, help="default: all")
    parser.add_argument("--asymmetry", type=float, nargs="+", default=[0.0], help="of normal brains, 0 to 1")
    parser.add_argument("--heads", type=int, nargs="+", default=[0], help="to learn from; 0, the default: all")
    parser.add_argument("--limit", type=int, help="at most so many trainings")
    parser.add_argument("--small", action="store_true", help=f"{' and '.join(FEW)}, tiny, one seed")
    parser.add_argument("--out", type=Path, help=f"default: {RESULTS.name}, or symmetry-small.tsv in the cache")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    """Do what is missing, up to the limit."""
    from symmetry.brains import cache

    given = parsed(words)
    torch.set_num_threads(1)
    setting = SMALL if given.small else Setting()
    out = given.out or (cache() / "symmetry-small.tsv" if given.small else RESULTS)
    results = SymmetryResults(out, setting.text)
    mechanisms = given.mechanisms or (FEW if given.small else list(MECHANISMS))
    seeds = given.seeds[:1] if given.small else given.seeds
    wanted = jobs(seeds, given.models, mechanisms, given.asymmetry, given.heads)
    run(results, [job for job in wanted if job not in results.done][: given.limit], setting)
    if len(rows := read_rows(out)):
        text = report(rows)
        write_text(TABLE if out == RESULTS else out.with_suffix(".md"), text)
        write_figure(rows, FIGURE if out == RESULTS else out.with_suffix(".png"))
        print(text)


if __name__ == "__main__":
    main()
