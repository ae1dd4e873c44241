"""How the score degrades: ``python benchmarks/degradation.py [--heads 24]``.

The score of newborns without and with a lesion of 16 mm and 3 SD, when the plane is wrong by so much, and when the scan
is worse by so much and goes through the whole walk: thick slices, noise, a ramp of brightness from left to right,
motion. The network and the classical comparison are asked about the same brains. A row for each is appended as soon as
it is there; a run that was stopped goes on where it was when the same command is given again. By default twelve heads,
about ten minutes on one core; a run with more goes on from one with fewer.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import methods
from appended import append, whole_lines
from degradation_figure import write_figure
from degradation_heads import (
    LEVELS,
    PLANE,
    SETTINGS,
    WALK,
    Sides,
    disturbed,
    make,
    on_plane,
    seed_of,
    walked,
    wrong_plane,
)
from degradation_report import CLASSICAL, COLUMNS, OURS, read_rows, report
from hard_heads import HardHead
from suites import FOLDER
from symbrain.atomic import write_text
from symbrain.cohort import file_digest
from symbrain.errors import BadInput
from symbrain.progress import track
from symbrain.version import __version__
from symbrain.walk import Aligned

FIGURE = FOLDER.parent / "docs" / "images" / "degradation.png"
WEIGHTS = FOLDER.parent / "symbrain" / "weights" / "asymmetry"
CONDITIONS = [(WALK, 0.0), (PLANE, 0.0), *((kind, level) for kind, levels in LEVELS.items() for level in levels)]
Row = dict[str, Any]
_NOT_SCORED: Row = {"score": None, "side": None}


def header(weights: Path) -> str:
    """Return how a results file begins: rows of other software or weights are never mixed in."""
    return f"# symbrain {__version__} weights {file_digest(weights / 'SHA256SUMS')[:16]}\n" + "\t".join(COLUMNS) + "\n"


def measure(
    number: int, lesioned: bool, conditions: set[tuple[str, float]], asked: list[methods.Method]
) -> Iterator[list[Row]]:
    """Yield the rows of a head in each of these conditions, one for each method."""
    head, side = make(number, lesioned=lesioned)
    about = {"head": number, "seed": seed_of(number), "lesion": int(lesioned), "side_true": side}
    about |= {"weeks": head.weeks, "modality": head.modality}
    base, aligned = walked(head)
    for kind, level in [c for c in CONDITIONS if c in conditions]:
        seen = base if kind == WALK else _seen(head, aligned, kind, level, seed_of(number))
        yield [{"kind": kind, "level": level} | about | row for row in _answers(seen, head, asked)]


def _seen(head: HardHead, aligned: Aligned, kind: str, level: float, seed: int) -> Sides | None:
    """Return the brain as the detectors see it; None where the software refuses the scan."""
    if kind == PLANE:
        return on_plane(head, aligned, head.plane)
    if kind in ("tilt", "shift"):
        return on_plane(head, aligned, wrong_plane(head, kind, level, seed))
    try:
        return walked(disturbed(head, kind, level, seed))[0]
    except BadInput:
        return None


def _answers(seen: Sides | None, head: HardHead, asked: list[methods.Method]) -> Iterator[Row]:
    for method in asked:
        row: Row = {"method": method.name} | _NOT_SCORED
        if seen is not None:
            score, side, _ = method.score(seen.image, seen.mask, SETTINGS.spacing_mm, head.weeks, head.modality)  # type: ignore[misc]
            row |= {"score": float(score), "side": side}
            row |= {"angle_deg": seen.angle_deg, "gap_mm": seen.gap_mm, "confidence": seen.confidence}
        yield row


def run(heads: int, out: Path, weights: Path) -> None:
    """Measure what is missing."""
    lines = whole_lines(out, header(weights), "other software or weights")
    done = {(kind, float(level), int(head), int(lesion)) for kind, level, head, lesion, *_ in lines}
    asked = [methods.get(f"{OURS}=network:{weights}"), methods.get(CLASSICAL)]
    jobs = [(number, lesioned) for number in range(heads) for lesioned in (0, 1)]
    for number, lesioned in track(jobs, "degradation"):
        missing = {c for c in CONDITIONS if (*c, number, lesioned) not in done}
        if missing:
            for rows in measure(number, bool(lesioned), missing, asked):
                append(out, COLUMNS, rows, digits=6)


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--heads", type=int, default=12, help="heads, each without and with a lesion (default: 12)")
    parser.add_argument(
        "--weights", type=Path, default=WEIGHTS, help="bundle of the network (default: the packaged one)"
    )
    parser.add_argument("--again", action="store_true", help="measure all anew")
    parser.add_argument("--out", type=Path, default=FOLDER / "results" / "degradation.tsv")
    parser.add_argument("--table", type=Path, default=FOLDER / "degradation.md")
    parser.add_argument("--picture", type=Path, default=FIGURE)
    return parser.parse_args()


def main() -> None:
    """Measure what is missing, and write table and figure."""
    given = parsed()
    if given.again:
        given.out.unlink(missing_ok=True)
    run(given.heads, given.out, given.weights)
    rows = read_rows(given.out)
    rows = rows[rows["head"] < given.heads]
    write_text(given.table, report(rows))
    write_figure(rows, given.picture)
    print(report(rows))


if __name__ == "__main__":
    main()
