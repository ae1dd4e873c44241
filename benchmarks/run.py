"""Run methods over a frozen suite: ``python benchmarks/run.py --suite v1 --methods mirror_difference,oracle``.

One row for each head and method is appended to the results file as soon as it is there; a run that was stopped goes on
where it was when the same command is given again. ``table.py`` makes the tables.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from functools import cache
from pathlib import Path
from typing import Any

from measure import answers, measure
from methods import Method, get, label_of
from rows import Results, Row
from suites import FOLDER, Case, load
from symbrain.progress import track
from symmetrised import check

CLASSICAL = "mirror_difference,mirror_correlation,mean_difference,constant,oracle,oracle_local"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS")
Job = tuple[Case, list[str], Path | None]
_ready = cache(get)


def work(job: Job) -> list[Row]:
    """Measure one head with some methods."""
    case, specs, folder = job
    methods: list[Method] = [_ready(spec) for spec in specs]
    return measure(case, methods, folder)


def jobs_of(cases: list[Case], specs: list[str], results: Results, folder: Path | None) -> list[Job]:
    """Return what is still to be done."""
    jobs = []
    for case in cases:
        missing = [s for s in specs if (case.cell, case.head, label_of(s)) not in results.done]
        missing = [s for s in missing if answers(case, _ready(s))]
        if missing:
            jobs.append((case, missing, folder))
    return jobs


def outcomes(jobs: list[Job], workers: int) -> Iterator[list[Row]]:
    """Yield the rows of each head as they come, with no more heads waiting than there are workers."""
    if workers <= 1:
        yield from map(work, jobs)
        return
    waiting: set[Future[list[Row]]] = set()
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for job in jobs:
            if len(waiting) >= 2 * workers:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
            waiting.add(pool.submit(work, job))
        yield from (future.result() for future in waiting)


def run(
    suite: str,
    specs: list[str],
    out: Path,
    *,
    cells: list[str] | None = None,
    limit: int | None = None,
    normals: int | None = None,
    workers: int = 1,
    templates: Path | None = None,
    again: list[str] | None = None,
) -> Path:
    """Measure what is missing and return the results file."""
    frozen = load(suite)
    anew = {label_of(spec) for spec in specs} & set(again or [])
    results = Results(out, frozen.name, frozen.digest, anew)
    jobs = jobs_of(frozen.cases(cells, limit, normals), specs, results, templates)
    coming = outcomes(jobs, workers)
    for _ in track([f"{case.cell} {case.head}" for case, _, _ in jobs], suite):
        results.add(next(coming))
    return out


def suite_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what says which heads of which suite are measured, and where the rows go."""
    parser.add_argument("--suite", default="v1", help="v1 or templates")
    parser.add_argument("--cells", help="names of cells, by commas; all by default")
    parser.add_argument("--limit", type=int, help="heads of each cell; all by default")
    parser.add_argument("--normals", type=int, help="heads of the cell normal; as --limit by default")
    parser.add_argument("--again", help="methods, by commas, whose rows are removed and measured anew")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--templates", type=Path, help="the folder that templates.py build has written")
    parser.add_argument("--out", type=Path, help="results file; benchmarks/results/SUITE.tsv by default")


def parsed(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Read the command line, check the templates, and hold each worker to one thread."""
    given = parser.parse_args()
    for limit in _THREADS:
        os.environ[limit] = "1"  # the workers read it when they start
    if given.suite == "templates" and given.templates is None:
        parser.error("--suite templates needs --templates, the folder that templates.py build has written")
    if given.suite == "templates":
        check(load("templates"), given.templates)
    given.out = given.out or FOLDER / "results" / f"{load(given.suite).name}.tsv"
    given.cells = given.cells.split(",") if given.cells else None
    given.again = given.again.split(",") if given.again else None
    return given


def asked(given: argparse.Namespace) -> dict[str, Any]:
    """Return what the arguments of the suite ask of a ``run``, by name."""
    names = ("out", "cells", "limit", "normals", "workers", "templates", "again")
    return {name: getattr(given, name) for name in names}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--methods", default=CLASSICAL, help="names, network:FOLDER or LABEL=network:FOLDER, by commas")
    suite_arguments(parser)
    given = parsed(parser)
    run(given.suite, given.methods.split(","), **asked(given))
    print(f"results: {given.out}; table: python benchmarks/table.py {given.out}")


if __name__ == "__main__":
    main()
