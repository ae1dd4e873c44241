"""All mechanisms on both models, a row for each training: ``PYTHONPATH=benchmarks python -m symmetry.ablation``.

The phases (``phases.py``) come after one another: every mechanism at one setting, then the best over sizes of the
training set and amounts of true asymmetry, and last the winners on the frozen suite, where nothing is chosen. Beside
that, what of it reaches a user (``chosen.py``), and what the flips bring to the packaged weights (``packaged.py``). The
rows of a training are appended as soon as they are there; the same command goes on where it stopped. ``--small`` takes
seconds for a training and says nothing but that everything runs.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import torch

from appended import append, whole_lines
from suites import FOLDER
from symbrain.atomic import write_text
from symbrain.progress import track
from symmetry.catalogue import FEW
from symmetry.chosen import RESULTS as CHOSEN
from symmetry.chosen import chosen_table, measure_chosen, read_chosen
from symmetry.difference import LOST_DEG
from symmetry.figure import write_figure
from symmetry.judgement import Row
from symmetry.models import MODELS
from symmetry.packaged import RESULTS as PACKAGED
from symmetry.packaged import measure_packaged, packaged_table, read_packaged
from symmetry.phases import PHASES, Job
from symmetry.report import report
from symmetry.trial import LONGER, SMALL, Setting, try_mechanism

RESULTS, TABLE = FOLDER / "results" / "symmetry.tsv", FOLDER / "symmetry.md"
FIGURE = FOLDER.parent / "docs" / "images" / "symmetry.png"
VARIANTS = {
    "side": "The asymmetry model sees the side",
    "longer": f"{LONGER} times the budget",
    "full": "As many heads and passes as the packaged network",
}
_LOST = f"Degrees; *lost*: more than {LOST_DEG:g}° off."
MEASURED = ("chosen", "packaged")
"""What is measured beside: what the midline's networks bring to a user, and the flips to the packaged weights."""
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
    names = [*(phase.name for phase in PHASES), *MEASURED]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--phases", nargs="+", choices=names, default=names, help="default: all")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS), help="default: both")
    parser.add_argument("--seeds", type=int, nargs="+", help="of each phase, only these")
    parser.add_argument("--limit", type=int, help="at most so many trainings of each phase")
    parser.add_argument("--small", action="store_true", help=f"{' and '.join(FEW)}, tiny, one seed")
    parser.add_argument("--out", type=Path, help=f"default: {RESULTS.name}; in the cache, where small")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    """Do what is missing, up to the limit."""
    from symmetry.brains import cache

    given = parsed(words)
    torch.set_num_threads(1)
    usual = SMALL if given.small else Setting()
    out = given.out or (cache() / "symmetry-small.tsv" if given.small else RESULTS)
    SymmetryResults(out, usual.text)  # made, since whoever is chosen is chosen from it
    for phase in PHASES:
        if phase.name not in given.phases:
            continue
        asked = phase.small() if given.small else phase
        setting = asked.setting(usual)
        results = SymmetryResults(of_variant(out, asked.variant), setting.text)
        wanted = [
            job
            for job in asked.jobs(read_rows(out))
            if job.model in given.models
            and (given.seeds is None or job.seed in given.seeds)
            and (job, asked.judged_on[0]) not in results.done
        ]
        run(results, wanted[: given.limit], setting, asked.judged_on)
    if not given.small:
        if "chosen" in given.phases:
            measure_chosen(read_rows(out))
        if "packaged" in given.phases:
            measure_packaged()
    at = (TABLE, FIGURE) if out == RESULTS else (out.with_suffix(".md"), out.with_suffix(".png"))
    write_page(out, *at)


def of_variant(results: Path, variant: str) -> Path:
    """Return where the results of a variant lie."""
    return results.with_stem(f"{results.stem}-{variant}") if variant else results


def write_page(results: Path, table: Path, figure: Path) -> None:
    """Write the table and the figure of results, and of the variants that lie beside them."""
    rows = read_rows(results)
    paths = {title: of_variant(results, name) for name, title in VARIANTS.items()}
    beside = {title: read_rows(path) for title, path in paths.items() if path.exists()}
    lines = [report(rows, beside)]
    if results == RESULTS and CHOSEN.exists():
        lines += [
            "## The midline, once the slice itself has been asked: asymmetry 0",
            "",
            _LOST,
            "",
            *chosen_table(read_chosen(), rows),
            "",
        ]
    if results == RESULTS and PACKAGED.exists():
        lines += ["## The packaged networks, own heads, by their asymmetry", "", *packaged_table(read_packaged()), ""]
    write_text(table, "\n".join(lines))
    write_figure(rows, figure, beside, beside.get(VARIANTS["full"]))
    print(table.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
