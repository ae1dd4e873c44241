"""The published Siamese protocol, once, on synthetic newborns: ``python benchmarks/siamese.py``.

Gucciardi et al. (Zenodo 15401010) taught Siamese networks to tell halves of slices with a patch of constant grey from
halves without. Here their networks, built anew, learn the same from synthetic heads, beside a count of constant
windows and the largest difference between the halves, which learn one threshold. All are judged on infants that they
did not learn from; ResNet also by the published split. A row is appended as soon as it is there, and a run that was
stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path

import numpy as np

from intervals import auroc
from siamese_cohort import FIRST_SEED, FOLDS, Cohort, Parts, Rows, read_cohort
from siamese_counting import Floats, Mask, best_threshold, constant_windows, largest_difference
from siamese_figure import write_figure
from siamese_nets import BACKBONES
from siamese_report import report
from siamese_rows import Job, Row, SiameseResults, counts_text, read_rows
from siamese_slices import SIZES_PX, Bytes
from suites import FOLDER
from symbrain.atomic import write_text
from symbrain.progress import track

RESULTS, TABLE = FOLDER / "results" / "siamese.tsv", FOLDER / "siamese.md"
PICTURE = FOLDER.parent / "docs" / "images" / "bench-siamese.png"
SIMPLE: dict[str, Callable[[Bytes, Mask], Floats]] = {
    "constant windows": constant_windows,
    "largest difference": largest_difference,
}
MAIN = ("ResNet", "VGG")
"""The backbones that learn from every size."""
MIDDLE = 5
"""The size that all five learn from."""
LEAKY, LEAKY_SIZES = "ResNet", (3, 5, 7)
"""The backbone that learns by the published split too, and where a leak could show: neither hopeless nor solved."""


def jobs(sizes: Sequence[int], folds: int) -> Iterator[Job]:
    """Yield what there is to do, the cheap and the telling first."""
    leaky = [k for k in LEAKY_SIZES if k in sizes]
    simple, middle, rest = product(SIMPLE, range(len(SIZES_PX))), product(BACKBONES, [MIDDLE]), product(MAIN, sizes)
    wanted = [
        *(Job(name, "by infant", k, fold) for name, k in (*simple, *middle) for fold in range(folds)),
        *(Job(LEAKY, "by row pair", MIDDLE, fold) for fold in range(folds) if MIDDLE in leaky),
        *(Job(name, "by infant", k, fold) for name, k in rest for fold in range(folds)),
        *(Job(LEAKY, "by row pair", k, fold) for k in leaky for fold in range(folds)),
    ]
    yield from dict.fromkeys(wanted)  # each once, where it comes first


def asked(job: Job, cohort: Cohort, sizes: Sequence[int], epochs: int) -> list[Row]:
    """Do a job, and return its rows."""
    parts = cohort.parts(job.split, job.fold)
    learned, judged = (np.unique(cohort.infants[rows]) for rows in (parts.learned, parts.judged))
    about: Row = {"known_infants": len(np.intersect1d(judged, learned)), "learned_rows": len(parts.learned)}
    find = _by_threshold if job.method in SIMPLE else _by_network
    start = time.process_time()
    scores = find(job, cohort, parts, [job.size] if job.method in SIMPLE else sorted({*sizes, job.size}), epochs)
    about |= {"seconds": time.process_time() - start}
    return [about | {"test_size": size} | figures(cohort, parts.judged, found) for size, found in scores.items()]


def _by_threshold(job: Job, cohort: Cohort, parts: Parts, sizes: Sequence[int], _epochs: int) -> dict[int, Floats]:
    """Return the scores of the judged rows less the best threshold of the learned ones, by size."""
    scores = {k: SIMPLE[job.method](cohort.altered(k, job.fold), cohort.inside) for k in {*sizes, job.size}}
    threshold = best_threshold(scores[job.size][parts.learned], cohort.labels[parts.learned])
    return {k: scores[k][parts.judged] - threshold for k in sizes}


def _by_network(job: Job, cohort: Cohort, parts: Parts, sizes: Sequence[int], epochs: int) -> dict[int, Floats]:
    """Return the logits of the judged rows, by size."""
    from siamese_training import logits, seen, trained

    halves = seen(cohort.altered(job.size, job.fold))
    learned, kept = ((halves[rows], cohort.labels[rows]) for rows in (parts.learned, parts.kept))
    net = trained(job.method, job.fold, learned, kept, epochs)
    judged = {k: seen(cohort.altered(k, job.fold)[parts.judged]) for k in sizes}
    return {k: logits(net, pairs).numpy().astype(float) for k, pairs in judged.items()}


def figures(cohort: Cohort, judged: Rows, scores: Floats) -> Row:
    """Return how many of the judged rows are right when scores above 0 are called altered, and the AUROC."""
    altered = cohort.labels[judged]
    right = (scores > 0) == altered
    infants = cohort.infants[judged] - FIRST_SEED
    counts = {int(one): (int(right[infants == one].sum()), int((infants == one).sum())) for one in np.unique(infants)}
    return {
        "rows": len(judged),
        "right": int(right.sum()),
        "auroc": auroc(scores[~altered], scores[altered]),
        "by_infant": counts_text(counts),
    }


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--infants", type=int, default=128, help="thirteen slices of each (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=5, help="of each training (default: %(default)s)")
    parser.add_argument("--folds", type=int, default=2, choices=range(1, FOLDS + 1), help="default: %(default)s")
    numbers = range(len(SIZES_PX))
    parser.add_argument("--sizes", type=int, nargs="+", choices=numbers, default=[1, 3, 5, 7, 9], help="numbers k")
    parser.add_argument("--methods", nargs="+", choices=[*SIMPLE, *BACKBONES], help="default: all")
    parser.add_argument("--out", type=Path, default=RESULTS, help="results; table and figure lie beside other ones")
    return parser.parse_args()


def main() -> None:
    """Do what is missing, and write table and figure."""
    given = parsed()
    results = SiameseResults(given.out, f"{given.infants} infants, {given.epochs} epochs")
    cohort = read_cohort(given.infants)
    missing = [job for job in jobs(given.sizes, given.folds) if job not in results.done]
    wanted = [job for job in missing if given.methods is None or job.method in given.methods]
    for job in track(wanted, "siamese"):
        results.add(job, asked(job, cohort, given.sizes, given.epochs))
    rows = read_rows(given.out)
    text = report(given.infants, given.epochs, rows, missing=len(missing) - len(wanted))
    usual = given.out == RESULTS
    write_text(TABLE if usual else given.out.with_suffix(".md"), text)
    write_figure(rows, cohort, PICTURE if usual else given.out.with_suffix(".png"))
    print(text)


if __name__ == "__main__":
    main()
