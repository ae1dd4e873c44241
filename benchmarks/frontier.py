"""The smallest lesion of each contrast that is caught: ``python benchmarks/frontier.py [--heads 54] [--normals 200]``.

White matter injury and haemorrhage of 4 to 20 mm and 1 to 6 SD are put into normal heads of suite v1, under the law
that is never trained on; each head bears them one after the other, a third of all sizes of each contrast. A row is
appended as soon as it is there; a run that was stopped goes on where it was when the same command is given again.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from frontier_figure import write_figure
from frontier_fit import frontiers
from frontier_table import report
from inserted import Brain, rows_of_brain
from methods import Method, get
from norm_baselines import METHODS as NORM_METHODS
from norm_baselines import Norms, fit_halves, rows_of
from norm_maps import map_folder, map_of, map_path, read_map, write_map
from rows import Results, read
from scenes import as_aligned, render
from suites import FOLDER, Case, load
from symbrain.atomic import write_text
from symbrain.progress import track

SIZES_MM = (4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0)
CONTRASTS_SD = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
KINDS = ("white_matter_injury", "haemorrhage")
SHARE = 3  # a head bears every third size of each contrast
LAW_MM, LAW_SD = 16.0, 3.0
METHODS = f"ours=network:{FOLDER.parent}/symbrain/weights/asymmetry,mirror_difference"
_HUNDRED = 100  # heads of each sentinel cell of the suite, a block of the normals each
FIGURE = FOLDER.parent / "docs" / "images" / "frontier.png"


def normals(count: int) -> list[Case]:
    """Return normals of suite v1: the last of each hundred first, whose turn in the sentinel cells comes last."""
    every = load("v1").cases(["normal"])
    return sorted(every, key=lambda case: (-(case.head % _HUNDRED), case.head))[:count]


def lesions(head: Case, turn: int) -> list[Case]:
    """Return the lesions that a head bears, one after the other; ``turn`` is the head's among those of the frontier."""
    found = [_lesion(head, KINDS[turn % 2], turn // 2, LAW_MM, LAW_SD, law, "law_") for law in ("train", "test")]
    for row, contrast in enumerate(CONTRASTS_SD):
        for column, size in enumerate(SIZES_MM):
            round_, rest = divmod(turn + row + column, SHARE)
            if rest == 0:
                found.append(_lesion(head, KINDS[round_ % 2], round_ // 2, size, contrast, "test"))
    return found


def _lesion(head: Case, kind: str, turn: int, size: float, contrast: float, half: str, prefix: str = "") -> Case:
    asked = {"kind": kind, "side": ("left", "right")[turn % 2], "diameter_mm": size, "contrast_sd": contrast}
    # Lesions of the two laws lie at the same place, all others at places of their own.
    place = 0 if prefix else 1 + 100 * SIZES_MM.index(size) + CONTRASTS_SD.index(contrast)
    name = f"{prefix}{half if prefix else 'pooled'}_{size:g}mm_{contrast:g}sd"
    return replace(head, cell=name, options=head.options | asked | {"half": half, "place": place})


def run(results: Results, heads: int, chosen: Sequence[Case], methods: Sequence[Method], *, norms: bool) -> None:
    """Measure what is missing: first the normals, from which norms are made, then the lesions."""

    def is_done(case: Case, method: str) -> bool:
        return (case.cell, case.head, method) in results.done

    folder = map_folder(load("v1"))
    waiting = [head for head in chosen if any(not is_done(head, m.name) for m in methods)]
    unmapped = [head for head in chosen if norms and not map_path(folder, head).exists()]
    for head in _tracked([head for head in chosen if head in waiting or head in unmapped], "normals"):
        brain = Brain(as_aligned(render(head)))
        if head in unmapped:
            write_map(map_path(folder, head), map_of(brain.upright, head.seed))
        for rows in rows_of_brain(brain, [head], methods, {}, is_done, places=False):
            results.add(rows)
    halves = norms_of(chosen, folder) if norms else {}
    for head in chosen if norms else ():
        rows = rows_of(head, read_map(map_path(folder, head)), halves)
        results.add(row for row in rows if not is_done(head, row["method"]))
    asked = [*(m.name for m in methods), *halves.get(0, {})]
    borne = {head.head: lesions(head, turn) for turn, head in enumerate(chosen[:heads])}
    waiting = [head for head in chosen[:heads] if any(not is_done(c, n) for c in borne[head.head] for n in asked)]
    for head in _tracked(waiting, "lesions"):
        brain = Brain(as_aligned(render(head)))
        for rows in rows_of_brain(brain, borne[head.head], methods, halves, is_done, places=False):
            results.add(rows)


def _tracked(heads: Sequence[Case], title: str) -> Iterator[Case]:
    names = track([f"head {head.head}" for head in heads], title)
    return (head for head, _ in zip(heads, names, strict=True))


def norms_of(chosen: Sequence[Case], folder: Path) -> dict[int, Norms]:
    """Return the norms of the two halves of the normals; their number is told in the names."""
    halves = fit_halves(read_map(map_path(folder, head)) for head in chosen)
    return {half: {f"{name}_{len(chosen)}": ask for name, ask in norms.items()} for half, norms in halves.items()}


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", default=METHODS, help="names, network:FOLDER or LABEL=network:FOLDER, by commas")
    parser.add_argument("--no-norms", action="store_true", help=f"leave out {', '.join(NORM_METHODS)}")
    parser.add_argument("--heads", type=int, default=54, help="heads that bear lesions (default: %(default)s)")
    parser.add_argument("--normals", type=int, default=200, help="normals, those heads among them (default: 200)")
    parser.add_argument("--again", default="", help="methods, by commas, whose rows are removed and measured anew")
    parser.add_argument("--out", type=Path, default=FOLDER / "results" / "frontier.tsv")
    parser.add_argument("--table", type=Path, default=FOLDER / "frontier.md")
    parser.add_argument("--figure", type=Path, default=FIGURE)
    given = parser.parse_args()
    if not 0 < given.heads <= given.normals:
        parser.error(
            f"{given.heads} heads with lesions of {given.normals} normals: at least 1, and no more than normals"
        )
    return given


def main() -> None:
    """Measure what is missing, and write table and figure."""
    given = parsed()
    suite = load("v1")
    results = Results(given.out, f"{suite.name}-frontier", suite.digest, given.again.split(","))
    methods = [method for spec in given.methods.split(",") if spec and not (method := get(spec)).told]
    run(results, given.heads, normals(given.normals), methods, norms=not given.no_norms)
    _, rows = read([given.out])
    found = frontiers(rows)
    text = report(rows, found)
    write_text(given.table, text)
    write_figure(found, given.figure)
    print(text)


if __name__ == "__main__":
    main()
