"""The midline, side by side with other tools: ``python benchmarks/midline.py [--bids DIR] [--limit 20]``.

symbrain's planes, ANTsPy, SimpleITK, the axes of inertia and the middle of the image answer about the same heads, each
in a process of its own, one after the other. ANTsPy is put into an environment of its own, and is left out where that
is impossible. A row for each head and method is appended as soon as it is there; a run that was stopped goes on where
it was when the same command is given again. By default a few heads of each kind, in about ten minutes on two cores.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from midline_figure import write_figure
from midline_heads import Head, Posed, of_dataset, of_full_size, of_suite
from midline_measure import ask
from midline_methods import CONTENDERS, FULL_SIZE, answers
from midline_report import report
from midline_rows import MidlineResults, read_rows
from peers_ask import Workers
from peers_environment import peers_python
from suites import FOLDER, load
from symbrain.atomic import write_text
from symbrain.progress import track
from symbrain.volume import write_volume
from symmetrised import check

RESULTS, FIGURE = FOLDER / "results", FOLDER.parent / "docs" / "images" / "bench-midline.png"


@dataclass(frozen=True)
class Job:
    """A head, how often it is moved, and who is asked about it, how often."""

    head: Head
    poses: int
    methods: tuple[str, ...]
    repeats: int = 1

    def __str__(self) -> str:
        return f"{self.head.source} {self.head.cell} {self.head.number}"


def work(job: Job, results: MidlineResults, pythons: dict[bool, Path], workers: Workers) -> None:
    """Ask what is missing about one head."""
    asked = [name for name in job.methods if CONTENDERS[name].peer in pythons]
    missing = {
        pose: [n for n in asked if (job.head.source, job.head.cell, job.head.number, pose, n) not in results.done]
        for pose in range(job.poses + 1)
    }
    if not any(missing.values()):
        return
    for pose, posed in job.head.poses(job.poses):
        chosen = [name for name in missing[pose] if fits(name, posed)]
        if not chosen:
            continue
        about = {"source": job.head.source, "cell": job.head.cell, "head": job.head.number, "pose": pose}
        about |= {"seed": job.head.seed, "spacing_mm": float(posed.volume.spacing_mm.min())}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "head.nii.gz"
            write_volume(path, posed.volume.data, posed.volume.affine)
            for name in chosen:
                repeats = 1 if CONTENDERS[name].slow else job.repeats
                rows = ask(name, pythons[CONTENDERS[name].peer], workers, posed, path, repeats)
                results.add(about | {"method": name} | row for row in rows)
                if rows[0]["error"]:
                    print(f"{name} failed on {job}: {rows[0]['error']}", file=sys.stderr)


def fits(name: str, posed: Posed) -> bool:
    """Whether a method has something to say: lines are compared with the truth only."""
    if CONTENDERS[name].finds == "lines" and posed.truth is None:
        return False
    return answers(name, float(posed.volume.spacing_mm.min()))


def jobs_of(given: argparse.Namespace) -> Iterable[Job]:
    """Yield the heads, those of full size first; slow methods are asked about the first heads of each kind."""
    everyone = tuple(given.methods.split(","))
    quick = tuple(name for name in everyone if not CONTENDERS[name].slow)
    full = tuple(name for name in everyone if name in (*FULL_SIZE, *(("ants_affine",) if given.full_affine else ())))
    for head in of_full_size(given.full_size):
        yield Job(head, 0, full, repeats=3)
    heads = of_suite(load("v1"), given.limit)
    if given.templates is not None:
        check(load("templates"), given.templates)
        heads += of_suite(load("templates"), given.limit, given.templates)
    for head in heads:
        yield Job(head, given.suite_poses, everyone if head.number < given.slow_limit else quick)
    if given.bids is not None:
        for head in of_dataset(given.bids, given.limit):
            yield Job(head, given.bids_poses, everyone if head.number < given.slow_limit else quick)


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", default=",".join(CONTENDERS), help="names, by commas; all by default")
    parser.add_argument("--limit", type=int, default=4, help="heads of each kind (default: %(default)s)")
    parser.add_argument(
        "--slow-limit", type=int, default=1, help="of these, about how many registrations are asked (default: 1)"
    )
    parser.add_argument("--full-size", type=int, default=1, help="heads of 0.5 mm, for timing (default: %(default)s)")
    parser.add_argument("--full-affine", action="store_true", help="time ANTs' affine registration there too")
    parser.add_argument("--templates", type=Path, help="the folder that templates.py build has written")
    parser.add_argument("--bids", type=Path, help="a dataset of your own")
    parser.add_argument("--suite-poses", type=int, default=0, help="motions of each head of a suite (default: 0)")
    parser.add_argument("--bids-poses", type=int, default=3, help="motions of each scan of --bids (default: 3)")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="of each method; all cores by default")
    parser.add_argument("--again", default="", help="methods, by commas, whose results are measured anew")
    parser.add_argument("--out", type=Path, default=RESULTS / "midline.tsv")
    parser.add_argument("--table", type=Path, default=FOLDER / "midline.md")
    parser.add_argument("--figure", type=Path, default=FIGURE)
    given = parser.parse_args()
    unknown = sorted(set(given.methods.split(",")) - set(CONTENDERS))
    if unknown:
        parser.error(f"no method {', '.join(unknown)}; choose from {', '.join(CONTENDERS)}")
    return given


def main() -> None:
    """Measure what is missing, and write table and figure."""
    given = parsed()
    results = MidlineResults(given.out, given.again.split(","))
    pythons = {False: Path(sys.executable)}
    if any(CONTENDERS[name].peer for name in given.methods.split(",")):
        peers = peers_python(RESULTS / "peers-env")
        pythons |= {} if peers is None else {True: peers}
    with Workers(given.threads) as workers:
        for job in track(list(jobs_of(given)), "midline"):
            work(job, results, pythons, workers)
    rows = read_rows(given.out)
    write_text(given.table, report(rows))
    write_figure(rows, given.figure)
    print(report(rows))


if __name__ == "__main__":
    main()
