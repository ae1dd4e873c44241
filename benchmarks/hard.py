"""The midline plane in hard cases, and whether its confidence knows: ``python benchmarks/hard.py [--templates DIR]``.

Each head goes through what the software does with a scan: find the brain, its plane of greatest symmetry, the fissure.
A row for each head is appended as soon as it is there; a run that was stopped goes on where it was when the same
command is given again. By default twelve heads of each kind, about five minutes on one core.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import symbrain
from hard_heads import IN_PART, KINDS, REAL, WITHOUT_MIDLINE, HardHead, make, seed_of
from hard_masks import mask_figures, threshold_mask
from hard_report import report
from hard_rows import SLICES, HardResults, Row, read_rows
from hard_sheet import write_sheet
from suites import FOLDER, load
from symbrain.atomic import write_text
from symbrain.errors import BadInput
from symbrain.mask import BrainMask, find_brain
from symbrain.midplane import find_midplane
from symbrain.progress import track
from symbrain.settings import SlicesSettings
from symbrain.slice import cut
from symbrain.symmetry import find_symmetry_plane
from symbrain.walk import slice_indices
from symmetrised import check

SHEET = FOLDER.parent / "docs" / "images" / "hard_cases.png"
_NO_ANSWER: Row = {"confidence": 0.0}


def measure(kind: str, head: HardHead) -> Row:
    """Return what the software says about a head, beside the truth."""
    about: Row = {"weeks": head.weeks, "modality": head.modality, "skull": int(head.skull)}
    start = time.process_time()
    try:
        brain = find_brain(head.volume)
    except BadInput:  # a refusal in a sentence, which is no wrong answer
        return about | _NO_ANSWER
    row = about | _plane(head, brain) | {"seconds": time.process_time() - start}
    if kind in WITHOUT_MIDLINE:
        return row
    row |= _lines(head)
    if kind in IN_PART:
        return row
    otsu = mask_figures(threshold_mask(head.volume), head.mask, head.plane, head.volume)
    row |= mask_figures(brain.data, head.mask, head.plane, head.volume)
    return row | {f"otsu_{name}": value for name, value in otsu.items()}


def _plane(head: HardHead, brain: BrainMask) -> Row:
    start = find_symmetry_plane(head.volume, brain.data)
    found = find_midplane(head.volume, brain.data, start.plane, start.center_mm)
    return {
        "angle_deg": found.plane.angle_to_deg(head.plane),
        "gap_mm": found.plane.gap_mm(head.plane, head.center_mm),
        "start_angle_deg": start.plane.angle_to_deg(head.plane),
        "start_gap_mm": start.plane.gap_mm(head.plane, head.center_mm),
        "confidence": found.confidence(start.confidence),
        "seen": int(found.seen),
        "clearness": found.clearness,
        "offset_mm": found.plane.offset_mm,
    } | dict(zip(("right", "anterior", "superior"), found.plane.normal, strict=True))


def _lines(head: HardHead) -> Row:
    """Return how far the network's lines of single slices are off; one that finds none is right off."""
    model = symbrain.load("midline")
    settings = SlicesSettings(fractions=(0.4, 0.5, 0.6), fraction_of="brain")
    row: Row = {}
    for i, index in zip(SLICES, slice_indices(head.mask, "axial", settings).values(), strict=True):
        image = cut(head.volume, "axial", index, 0.5)
        truth = image.line_of(head.plane)
        if truth is not None:
            found = model.predict(image.pixels, image.spacing_mm).line(image.shape, image.spacing_mm)
            errors = (90.0, 99.0) if found is None else found.error_to(truth)
            row |= {f"line{i}_angle_deg": errors[0], f"line{i}_gap_mm": errors[1]}
    return row


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=int, default=12, help="heads of each kind (default: %(default)s)")
    parser.add_argument("--templates", type=Path, help="the folder that templates.py build has written")
    parser.add_argument("--again", action="store_true", help="measure all anew")
    parser.add_argument("--out", type=Path, default=FOLDER / "results" / "hard.tsv")
    parser.add_argument("--table", type=Path, default=FOLDER / "hard.md")
    parser.add_argument("--picture", type=Path, default=SHEET)
    return parser.parse_args()


def main() -> None:
    """Measure what is missing, and write tables and picture."""
    given = parsed()
    if given.templates is not None:
        check(load("templates"), given.templates)
    if given.again:
        given.out.unlink(missing_ok=True)
    results = HardResults(given.out)
    kinds = [kind for kind in KINDS if kind != REAL or given.templates is not None]
    wanted = [(kind, number) for kind in kinds for number in range(given.limit)]
    for kind, number in track([one for one in wanted if one not in results.done], "hard"):
        row = measure(kind, make(kind, number, given.templates))
        results.add({"kind": kind, "head": number, "seed": seed_of(kind, number)} | row)
    rows = read_rows(given.out)
    write_text(given.table, report(rows))
    write_sheet(rows[rows["kind"].isin(kinds)], given.templates, given.picture)
    print(report(rows))


if __name__ == "__main__":
    main()
