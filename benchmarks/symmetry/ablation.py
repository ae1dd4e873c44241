"""All mechanisms on both models, a row for each training: ``PYTHONPATH=benchmarks python -m symmetry.ablation``.

The phases (``phases.py``) come after one another: every mechanism at one setting, then the best over sizes of the
training set and amounts of true asymmetry, and last the winners on the frozen suite, where nothing is chosen. Beside
that, what of it reaches a user (``chosen.py``), and what the flips bring to the packaged weights (``packaged.py``). The
rows of a training are appended as soon as they are there; the same command goes on where it stopped. ``--small`` takes
seconds for a training and says nothing but that everything runs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from suites import FOLDER
from symbrain.progress import track
from symmetry.brains import cache
from symmetry.catalogue import FEW, MECHANISMS
from symmetry.chosen import ChosenResults, measure_chosen
from symmetry.models import MODELS
from symmetry.packaged import measure_packaged
from symmetry.page import FIGURE, TABLE, write_page
from symmetry.phases import PHASES, Job
from symmetry.results import SymmetryResults, of_variant, read_rows, with_part
from symmetry.trial import SMALL, Setting, judged_rows, trained

RESULTS = FOLDER / "results" / "symmetry.tsv"
MEASURED = ("chosen", "packaged")
"""What is measured beside: what the midline's networks bring to a user, and the flips to the packaged weights."""


def run(
    results: SymmetryResults,
    wanted: Iterable[Job],
    setting: Setting,
    judged_on: tuple[str, ...],
    lines: ChosenResults | None = None,
) -> None:
    """Do what is missing; the lines that a user gets come first, so that a stop in between leaves none out."""
    for job in track(list(wanted), "symmetry"):
        now = replace(setting, heads=job.heads, asymmetry=job.asymmetry)
        found = trained(job.model, job.mechanism, job.seed, now)
        if lines is not None:
            lines.add(job.mechanism, job.seed, found.taught)
        results.add(job, judged_rows(found, now, judged_on))


def parsed(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    names = [*(phase.name for phase in PHASES), *MEASURED]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--phases", nargs="+", choices=names, default=names, metavar="PHASE", help=", ".join(names))
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS), help="default: both")
    parser.add_argument(
        "--mechanisms",
        nargs="+",
        choices=MECHANISMS,
        metavar="MECHANISM",
        help="these in each phase, instead of those that it would choose; one of: " + ", ".join(MECHANISMS),
    )
    parser.add_argument("--seeds", type=int, nargs="+", help="of each phase, only these")
    parser.add_argument("--limit", type=_count, help="at most so many trainings of each phase")
    parser.add_argument(
        "--small",
        action="store_true",
        help=f"{' and '.join(FEW)}, tiny, one seed; written to the cache unless --out says where; without "
        + " and ".join(MEASURED),
    )
    parser.add_argument(
        "--out",
        type=_table,
        help=f"where the rows go, a .tsv; all else is written beside it. Default: benchmarks/results/{RESULTS.name}. "
        "Rows that are there are never done anew: remove them once a mechanism has changed",
    )
    return parser.parse_args(words)


def _count(word: str) -> int:
    if not word.isdecimal():
        msg = f"{word} is no count"
        raise argparse.ArgumentTypeError(msg)
    return int(word)


def _table(word: str) -> Path:
    if Path(word).suffix != ".tsv":
        msg = f"{word} does not end in .tsv; the page and the figure are written beside it under the same name"
        raise argparse.ArgumentTypeError(msg)
    return Path(word).absolute()


def main(words: Sequence[str] | None = None) -> None:
    """Do what is missing, up to the limit, and write the page."""
    given = parsed(words)
    torch.set_num_threads(1)
    out = given.out or (cache() / "symmetry-small.tsv" if given.small else RESULTS)
    try:
        measure(out, given)
    except KeyboardInterrupt:
        print(f"\nStopped. What is done lies in {out}; the same command goes on.", file=sys.stderr)
        raise SystemExit(130) from None
    if len(read_rows(out)):
        table, figure = (TABLE, FIGURE) if out == RESULTS else (out.with_suffix(".md"), out.with_suffix(".png"))
        write_page(out, table, figure, small=given.small)
        print(f"{table.read_text(encoding='utf-8')}\nWritten: {out}, {table} and {figure}")
    else:
        print(f"Nothing is done yet, so {out} has no rows and there is no page.")


def measure(out: Path, given: argparse.Namespace) -> None:
    """Do what is missing."""
    usual = SMALL if given.small else Setting()
    SymmetryResults(out, usual.text)  # made, since whoever is chosen is chosen from it
    for phase in PHASES:
        if phase.name not in given.phases:
            continue
        asked = phase.small() if given.small else phase
        asked = asked.of(given.mechanisms) if given.mechanisms else asked
        if not asked.ready(read_rows(out)):
            print(f"Phase {phase.name} chooses by the rows of phase first, which are not whole in {out}: left out.")
            continue
        setting = asked.setting(usual)
        results = SymmetryResults(of_variant(out, asked.variant), setting.text)
        lines = ChosenResults(of_variant(with_part(out, "chosen"), asked.variant), setting) if asked.lines else None
        wanted = [
            job
            for job in asked.jobs(read_rows(out))
            if job.model in given.models
            and (given.seeds is None or job.seed in given.seeds)
            and not (results.holds(job, asked.judged_on) and (lines is None or lines.holds(job.mechanism, job.seed)))
        ]
        run(results, wanted[: given.limit], setting, asked.judged_on, lines)
    if not given.small:
        if "chosen" in given.phases:
            measure_chosen(with_part(out, "chosen"), read_rows(out))
        if "packaged" in given.phases:
            measure_packaged(with_part(out, "packaged"))


if __name__ == "__main__":
    main()
