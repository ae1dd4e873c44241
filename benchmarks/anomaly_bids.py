"""Lesions in brains of your own: ``python benchmarks/anomaly_bids.py --bids DIR [--weights RESULTS] [--limit 40]``.

Usable scans that no radiologist called abnormal are aligned as the workflow does; each is scored as it is, and with
lesions of the suites' sizes and contrasts put into it, one after the other. Nothing is written into the dataset: rows
and coarse maps are kept below ``benchmarks/results/datasets``, which git ignores, and a run that was stopped goes on
where it was when the same command is given again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from anomaly_scans import Scans, find_scans
from inserted import Brain, rows_of_brain
from measure import answers
from methods import Method, get
from norm_baselines import Norms, fit_halves, rows_of
from norm_maps import BrainMap, map_of, map_path, read_map, write_map
from rows import Results, read
from suites import FOLDER, Case
from symbrain.atomic import write_text
from symbrain.errors import BadInput
from symbrain.phantom import KINDS
from symbrain.progress import track
from table import text_of

BASELINES = "mirror_difference,mean_difference,constant_windows,global_z,ventricle_index,oracle,oracle_local"
POOLED = ("white_matter_injury", "haemorrhage")
_CELLS = (
    *((f"{kind}_12mm_3sd", (kind,), 12.0, 3.0, "test") for kind in KINDS),
    *((f"pooled_{mm:g}mm_{sd:g}sd", POOLED, mm, sd, "test") for mm, sd in ((8.0, 3.0), (12.0, 1.5), (12.0, 6.0))),
    ("pooled_16mm_3sd", POOLED, 16.0, 3.0, "test"),
    ("pooled_16mm_3sd_trained_law", POOLED, 16.0, 3.0, "train"),
)
_FEWEST, _ENOUGH = 8, 40  # normals of a half of which norms of places are made; normals for a firm threshold


def cases_of(number: int, infant: int) -> list[Case]:
    """Return a scan as it is, and with each lesion; lesions that differ in their law alone lie at the same place."""
    found = [Case("normal", number, "score", infant, {})]
    for name, kinds, mm, sd, half in _CELLS:
        side = ("left", "right")[number // len(kinds) % 2]
        asked = {"kind": kinds[number % len(kinds)], "side": side, "diameter_mm": mm, "contrast_sd": sd, "half": half}
        place = [cell[0] for cell in _CELLS].index(name.removesuffix("_trained_law"))
        found.append(Case(name, number, "score", infant, asked | {"place": place}))
    return found


def run(scans: Scans, numbers: Sequence[int], results: Results, spacing_mm: float, plain: Sequence[Method]) -> None:
    """Measure what is missing: what learns nothing and the network first, then what needs norms of the maps."""

    def is_done(case: Case, method: str) -> bool:
        return (case.cell, case.head, method) in results.done

    folder = results.path.with_suffix("")
    for number in _tracked(numbers):
        network = scans.network(number)
        methods = [*plain, *(() if network is None else (network,))]
        cases = cases_of(number, scans.infant(number))
        unmapped = [case for case in cases if not map_path(folder, case).exists()]
        if not unmapped and not any(_is_missing(case, method, results) for case in cases for method in methods):
            continue
        try:
            brain = Brain(scans.upright(number, spacing_mm))
        except BadInput as error:
            print(f"excluded: {error}", file=sys.stderr)
            continue
        for rows in rows_of_brain(brain, cases, methods, {}, is_done, places=True):
            results.add(rows)
        for case in unmapped:
            write_map(map_path(folder, case), map_of(brain.with_lesion(case), case.seed))
    _judge_maps(scans, numbers, results, folder)


def _is_missing(case: Case, method: Method, results: Results) -> bool:
    return answers(case, method) and (case.cell, case.head, method.name) not in results.done


def _judge_maps(scans: Scans, numbers: Iterable[int], results: Results, folder: Path) -> None:
    """Add what norms of the maps say: each half of the infants is judged by the norms of the other."""
    mapped = [case for number in numbers for case in cases_of(number, scans.infant(number))]
    mapped = [case for case in mapped if map_path(folder, case).exists()]
    normal = [read_map(map_path(folder, case)) for case in mapped if case.cell == "normal"]
    halves = _halves(normal)
    for case in mapped if halves else ():
        rows = rows_of(case, read_map(map_path(folder, case)), halves)
        results.add(row for row in rows if (case.cell, case.head, row["method"]) not in results.done)


def _halves(normal: Sequence[BrainMap]) -> dict[int, Norms]:
    if min(sum(head.seed % 2 == parity for head in normal) for parity in (0, 1)) < _FEWEST:
        print(f"{len(normal)} scans are too few for norms of places: those baselines are left out.", file=sys.stderr)
        return {}
    return {
        parity: {f"{name}_{len(normal)}": ask for name, ask in norms.items()}
        for parity, norms in fit_halves(normal).items()
    }


def _tracked(numbers: Sequence[int]) -> Iterable[int]:
    return (number for number, _ in zip(numbers, track([f"scan {n}" for n in numbers], "scans"), strict=True))


def about(scans: Scans, count: int, spacing_mm: float) -> str:
    """Return the sentences below the title."""
    scored_by = sorted({scans.models.relation(row)[0].replace("_", " ") for row in scans.rows})
    return (
        f"Lesions put into {count} normal scans of {scans.root.name} at {spacing_mm:g} mm ({scans.abnormal} usable "
        "scans that a radiologist called abnormal were left out): figures of simulated changes. Scans are scored by a "
        f"network that is {' or '.join(scored_by)}. Lesions are drawn under the law of outline, edge and texture that "
        "training never uses, but for those of `trained_law`, which lie at the same places as those of the row before."
        f"{'' if count >= _ENOUGH else ' So few normals make rough norms and rough thresholds.'}"
    )


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bids", type=Path, required=True, help="the dataset")
    parser.add_argument("--weights", type=Path, help="results of the workflow on it, or a folder of weights")
    parser.add_argument("--methods", default=BASELINES, help="baselines, names by commas")
    parser.add_argument("--limit", type=int, default=40, help="scans, the first (default: %(default)s)")
    parser.add_argument("--spacing-mm", type=float, default=1.0, help="voxel edge of the upright brains (default: 1)")
    parser.add_argument("--table", type=Path, help="write the tables there too")
    return parser.parse_args()


def results_of(scans: Scans, spacing_mm: float) -> Results:
    """Return the results of a dataset, beside those of the suites; git ignores all that lies there."""
    folder = FOLDER / "results" / "datasets"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    name = f"bids-{scans.digest[:8]}-{spacing_mm:g}mm"
    return Results(folder / f"{name}.tsv", name, scans.digest)


def main() -> None:
    """Measure what is missing, and print the tables."""
    given = parsed()
    try:
        scans = find_scans(given.bids, given.weights)
    except BadInput as error:
        raise SystemExit(str(error)) from error
    results = results_of(scans, given.spacing_mm)
    numbers = range(min(given.limit, len(scans.rows)))
    run(scans, numbers, results, given.spacing_mm, [get(name) for name in given.methods.split(",") if name])
    _, rows = read([results.path])
    count = int((rows.drop_duplicates(["cell", "head"])["cell"] == "normal").sum())
    text = text_of("Lesions in brains of your own", about(scans, count, given.spacing_mm), rows, "ours")
    if given.table:
        write_text(given.table, text)
    print(text)


if __name__ == "__main__":
    main()
