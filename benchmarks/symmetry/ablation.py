"""All mechanisms on both models, two rows for each training: ``PYTHONPATH=benchmarks python -m symmetry.ablation``.

First every mechanism at one setting, seed by seed, so that the first seed of all is there early. With ``--heads`` and
``--asymmetry`` several sizes of the training set and amounts of true asymmetry, for the mechanisms that are named. A
training's rows are appended as soon as they are there; the same command goes on where it stopped. Once all is there,
``--final`` trains the reference and the best of each model again and judges them on the frozen suite, on which nothing
is chosen. ``--side`` lets the asymmetry model see what the product's does not; ``--longer`` gives all the fourfold
budget, to tell what wins from what only learns faster. ``--small`` takes seconds for a training and says nothing but
that everything runs.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
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
from symmetry.judgement import Row
from symmetry.models import MODELS
from symmetry.report import report, winners
from symmetry.trial import CHOSEN_ON, FINAL, LONGER, SMALL, Setting, longer, try_mechanism

RESULTS, TABLE = FOLDER / "results" / "symmetry.tsv", FOLDER / "symmetry.md"
FIGURE = FOLDER.parent / "docs" / "images" / "symmetry.png"
VARIANTS = {"side": "The asymmetry model sees the side", "longer": f"{LONGER} times the budget"}
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


@dataclass(frozen=True)
class Job:
    """One training."""

    model: str
    mechanism: str
    seed: int
    asymmetry: float
    heads: int


class SymmetryResults:
    """Two append-only tables of one setting; a last line that was cut off by a stop is dropped.

    Parameters
    ----------
    what
        What all rows have in common. Others are never mixed in.
    """

    def __init__(self, path: Path, what: str) -> None:
        self.path = path
        lines = whole_lines(path, f"# {what}\n" + "\t".join(COLUMNS) + "\n", "another setting or layout")
        whole_lines(of_heads(path), f"# {what}\n" + "\t".join(OF_HEADS) + "\n", "another setting or layout")
        self.done = {(Job(r[0], r[1], int(r[2]), float(r[3]), int(r[4])), r[5]) for r in lines}

    def add(self, job: Job, rows: list[Row]) -> None:
        """Append the rows of a job: first those that a stop in between may leave double."""
        whole = [vars(job) | row for row in rows]
        append(of_heads(self.path), OF_HEADS, whole, digits=6)
        append(self.path, COLUMNS, whole, digits=6)


def of_heads(path: Path) -> Path:
    """Return the second table's path."""
    return path.with_name(f"{path.stem}-heads.tsv")


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
    """Read the results, the ``scores`` of the heads beside them."""
    scores = _read(of_heads(path), OF_HEADS).drop_duplicates(list(_KEY), keep="last")
    return _read(path, COLUMNS).merge(scores, how="left", on=list(_KEY))


def _read(path: Path, columns: dict[str, type]) -> pd.DataFrame:
    types = {name: "int64" if kind is int else kind for name, kind in columns.items()}
    return pd.read_csv(path, sep="\t", skiprows=1, dtype=types, na_values=["n/a"], keep_default_na=False)


def run(results: SymmetryResults, wanted: Iterable[Job], setting: Setting, judged_on: tuple[str, ...]) -> None:
    """Do what is missing."""
    for job in track(list(wanted), "symmetry"):
        now = replace(setting, heads=job.heads, asymmetry=job.asymmetry)
        results.add(job, try_mechanism(job.model, job.mechanism, job.seed, now, judged_on))


def parsed(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="default: 1 2 3")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS), help="default: both")
    parser.add_argument("--mechanisms", nargs="+", choices=MECHANISMS, help="default: all")
    parser.add_argument("--asymmetry", type=float, nargs="+", default=[0.0], help="of normal brains, 0 to 1")
    parser.add_argument("--heads", type=int, nargs="+", default=[0], help="to learn from; 0, the default: four fifths")
    parser.add_argument("--side", action="store_true", help="let the asymmetry model see the side")
    parser.add_argument("--longer", action="store_true", help=f"{LONGER} times the budget")
    parser.add_argument("--final", action="store_true", help="judge the winners and the reference on the frozen suite")
    parser.add_argument("--limit", type=int, help="at most so many trainings")
    parser.add_argument("--small", action="store_true", help=f"{' and '.join(FEW)}, tiny, one seed")
    parser.add_argument("--out", type=Path, help=f"default: {RESULTS.name}, or beside it; the cache, where small")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    """Do what is missing, up to the limit."""
    from symmetry.brains import cache

    given = parsed(words)
    torch.set_num_threads(1)
    setting = replace(SMALL if given.small else Setting(), side=given.side)
    setting = longer(setting) if given.longer else setting
    variant = "".join(f"-{name}" for name in (*VARIANTS, "small") if getattr(given, name))
    out = given.out or (cache() if given.small else RESULTS.parent) / f"symmetry{variant}.tsv"
    results = SymmetryResults(out, setting.text)
    mechanisms = given.mechanisms or (FEW if given.small else list(MECHANISMS))
    seeds = given.seeds[:1] if given.small else given.seeds
    wanted = list(jobs(seeds, given.models, mechanisms, given.asymmetry, given.heads))
    if given.final:
        best = winners(read_rows(out))
        wanted = [job for job in wanted if job.mechanism in best.get(job.model, ())]
    judged_on = FINAL if given.final else CHOSEN_ON
    run(results, [job for job in wanted if (job, judged_on[0]) not in results.done][: given.limit], setting, judged_on)
    if out.parent == RESULTS.parent:
        write_page(RESULTS, TABLE, FIGURE)
    else:
        write_page(out, out.with_suffix(".md"), out.with_suffix(".png"))


def write_page(results: Path, table: Path, figure: Path) -> None:
    """Write the table and the figure of results, and of the variants that lie beside them."""
    paths = {title: results.with_stem(f"{results.stem}-{variant}") for variant, title in VARIANTS.items()}
    rows, beside = read_rows(results), {title: read_rows(path) for title, path in paths.items() if path.exists()}
    write_text(table, report(rows, beside))
    write_figure(rows, figure, beside)
    print(table.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
