"""Baselines that know what is normal: ``python benchmarks/norm_baselines.py --suite v1 --limit 40 --normals 200``.

``voxel_norm`` has mean and spread of L−R for each place over age; ``pca_residual`` is what the principal components of
the normals' maps leave unsaid in the whole brain, ``pca_worst`` in the worst millilitre. The suite's normals are cut in
two halves by the parity of their seeds, as ``judged.py`` does: each half makes a norm, and every head is scored by that
of the half that its infant is not in. A number of ``--normals`` is told in the methods' names. Maps are kept below
``benchmarks/results/norm-features``; a run that was stopped goes on where it was when the same command is given again.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from norm_maps import BrainMap, case_map, map_folder, map_path, read_map, write_map
from norm_models import fit_components, fit_voxels
from rows import Results, Row
from run import asked, parsed, suite_arguments
from suites import Case, load
from symbrain.progress import track

METHODS = ("voxel_norm", "pca_residual", "pca_worst")
Job = tuple[Case, Path, Path | None]
Norms = dict[str, Callable[[BrainMap], tuple[float, str]]]


def fit_halves(normals: Iterable[BrainMap]) -> dict[int, Norms]:
    """Return by parity of an infant's seed the norms that judge it: those of the other half."""
    every = list(normals)
    found: dict[int, Norms] = {}
    for parity in (0, 1):
        others = [head for head in every if head.seed % 2 != parity]
        if len(others) < 4:
            msg = f"{len(every)} normals are too few for two halves; name more with --normals"
            raise SystemExit(msg)
        voxel = fit_voxels(others)
        components = fit_components(others, voxel)
        found[parity] = dict(zip(METHODS, (voxel.worst, components.whole, components.worst), strict=True))
    return found


def rows_of(case: Case, head: BrainMap, halves: dict[int, Norms], tag: str = "") -> list[Row]:
    """Return what the norms of the other half say of a head, one row for each."""
    rows: list[Row] = []
    for name, answer in halves[head.seed % 2].items():
        start = time.process_time()
        score, side = answer(head)
        seconds = head.seconds + time.process_time() - start
        rows.append({"method": name + tag, "score": score, "side": side, "seconds": seconds})
    about = {"cell": case.cell, "head": case.head, "slice": -1, "seed": case.seed, "weeks": head.weeks}
    about |= {"modality": head.modality, "side_true": case.options.get("side")}
    return [about | row for row in rows]


def maps(cases: Sequence[Case], folder: Path, templates: Path | None, workers: int, title: str) -> Iterator[BrainMap]:
    """Yield the maps of some heads in their order, each made where it is missing."""
    jobs = [(case, map_path(folder, case), templates) for case in cases]
    names = track([f"{case.cell} {case.head}" for case in cases], title)
    if workers <= 1:
        yield from (read_map(_made(job)) for _, job in zip(names, jobs, strict=True))
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from (read_map(path) for _, path in zip(names, pool.map(_made, jobs), strict=True))


def run(
    suite: str,
    out: Path,
    *,
    cells: list[str] | None = None,
    limit: int | None = None,
    normals: int | None = None,
    workers: int = 1,
    templates: Path | None = None,
    again: list[str] | None = None,
) -> Path:
    """Score what is missing and return the results file."""
    frozen = load(suite)
    tag = "" if normals is None else f"_{normals}"  # scores by norms of different sizes are those of different methods
    anew = {name + tag for name in METHODS} & set(again or [])
    results, folder = Results(out, frozen.name, frozen.digest, anew), map_folder(frozen)
    cases = [case for case in frozen.cases(cells, limit, normals) if case.task != "plane"]
    missing = [c for c in cases if any((c.cell, c.head, name + tag) not in results.done for name in METHODS)]
    if missing:
        halves = fit_halves(maps(frozen.cases(["normal"], normals), folder, templates, workers, "norm"))
        heads = maps(missing, folder, templates, workers, suite)
        for case, head in zip(missing, heads, strict=True):
            rows = rows_of(case, head, halves, tag)
            results.add(row for row in rows if (case.cell, case.head, row["method"]) not in results.done)
    return out


def _made(job: Job) -> Path:
    """Make the map of one head where it is missing, and return where it lies."""
    case, path, templates = job
    if not path.exists():
        write_map(path, case_map(case, templates))
    return path


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    suite_arguments(parser)
    given = parsed(parser)
    run(given.suite, **asked(given))
    print(f"results: {given.out}; table: python benchmarks/table.py {given.out}")


if __name__ == "__main__":
    main()
