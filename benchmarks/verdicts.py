"""Is the quality verdict right? ``python benchmarks/verdicts.py --heads 16``: heads degraded by grades, judged.

A degraded scan is called *unusable* where its midline plane is more than 2° or 2 mm from the truth, or where its score
is further from that of the same head undegraded than repositioning alone explains (the minimal detectable change of the
logarithm of the score, from the norms of the weights). Against that stand the verdicts pass, warn and fail. With
``--templates FOLDER`` (what ``templates.py build`` wrote) perturbed public templates are judged too. A run that was
stopped goes on.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from appended import append, whole_lines
from degradation_heads import seed_of
from intervals import share_text
from suites import FOLDER, Case
from symbrain import walk
from symbrain.atomic import write_text
from symbrain.cohort_norms import severity
from symbrain.errors import BadInput
from symbrain.learning.asymmetry import AsymmetryModel
from symbrain.learning.bundle import read_bundle
from symbrain.learning.packaged import packaged
from symbrain.phantom import make_head
from symbrain.phantom.artefacts import bias_ramp, blurred, cropped, motion_ghosts
from symbrain.plane import Plane
from symbrain.progress import track
from symbrain.quality import judge
from symbrain.settings import AlignSettings, ScoreSettings
from symbrain.single import upright_of
from symbrain.volume import Volume, box_around, canonical

RESULTS, TABLE = FOLDER / "results" / "verdicts.tsv", FOLDER / "verdicts.md"
MOST_DEG, MOST_MM = 2.0, 2.0
GRADES: dict[str, tuple[float, ...]] = {
    "noise": (0.05, 0.1, 0.2, 0.4),  # SD of it, of the brain's brightness
    "motion": (0.1, 0.2, 0.4, 0.8),  # share of the disturbed lines of k-space
    "blur": (2.0, 4.0, 6.0, 8.0),  # mm
    "ramp": (0.2, 0.4, 0.8, 1.4),  # of brightness from left to right
    "cut": (0.1, 0.2, 0.3, 0.4),  # share of the brain beyond the field of view, on one side or above
}
_SETTINGS = AlignSettings()
COLUMNS = "source head kind grade verdict reason angle_deg gap_mm confidence log_score log_score_plain".split()


@dataclass(frozen=True)
class Head:
    """A head as scanned, with its true plane and, where it is known, its brain mask."""

    source: str
    number: int
    volume: Volume
    brain: NDArray[np.bool_]
    plane: Plane
    weeks: float


@dataclass(frozen=True)
class Outcome:
    """What the software says of a scan."""

    verdict: str
    reason: str
    angle_deg: float = np.nan
    gap_mm: float = np.nan
    confidence: float = np.nan
    log_score: float = np.nan


def heads(count: int, templates: Path | None) -> Iterator[Callable[[], Head]]:
    """Yield how to make each head: synthetic newborns, then perturbed templates."""
    for number in range(count):
        yield lambda n=number: _phantom(n)  # type: ignore[misc]
    for number in range(count if templates else 0):
        yield lambda n=number: _template(n, templates)  # type: ignore[misc]


def _phantom(number: int) -> Head:
    made = make_head(
        seed_of(100 + number), spacing_mm=1.2, max_tilt_deg=12.0, modality="T1w" if number % 4 == 3 else "T2w"
    )
    volume = canonical(made.image, made.affine)
    brain = canonical(made.mask.astype(np.float32), made.affine).data > 0.5
    return Head("synthetic", number, volume, brain, made.plane, made.scan_age_weeks)


def _template(number: int, folder: Path | None) -> Head:
    from suites import load
    from template_heads import make_scene

    drawn = load("templates").cases(["plane"], number + 1)[number]
    options = {name: drawn.options[name] for name in ("template", "weeks")}
    options |= {"modality": "T2w", "spacing_mm": 1.2, "max_tilt_deg": 12.0, "max_shift_mm": 6.0}
    scene = make_scene(Case("verdicts", number, "walk", 4_600_000 + number, options), folder)
    return Head("template", number, scene.volume, scene.mask, scene.plane, scene.weeks)


def degraded(head: Head, kind: str, grade: float) -> Volume:
    """Return a head as a bad scan shows it."""
    data, affine = head.volume.data, head.volume.affine
    spacing = tuple(float(s) for s in head.volume.spacing_mm)
    rng = np.random.default_rng([head.number, sorted(GRADES).index(kind)])
    if kind == "noise":
        level = float(np.median(data[head.brain]))
        real, imaginary = rng.normal(0, grade * level, (2, *data.shape))
        return Volume(np.hypot(data + real, imaginary).astype(np.float32), affine)
    if kind == "motion":
        return Volume(motion_ghosts(data, spacing, 1, rng, shift_mm=3.0, share=grade), affine)  # type: ignore[arg-type]
    if kind == "blur":
        return Volume(blurred(data, spacing, grade), affine)  # type: ignore[arg-type]
    if kind == "ramp":
        return Volume(bias_ramp(data, 0, grade), affine)
    axis = (0, 2, 0, 1)[head.number % 4]
    box = box_around(head.brain)[axis]
    off = int(grade * (box.stop - box.start)) + data.shape[axis] - box.stop
    last = tuple(off if a == axis else 0 for a in range(3))
    image, moved = cropped(data, affine, (0, 0, 0), last)  # type: ignore[arg-type]
    return Volume(image, moved)


def outcome(volume: Volume, head: Head, model: AsymmetryModel) -> Outcome:
    """Return the verdict on a scan, how far its plane is off, and its score."""
    try:
        aligned = walk.align(volume, _SETTINGS)
    except BadInput as error:
        return Outcome("fail", str(error))
    verdict, reason = judge(aligned.quality, aligned.confidence, head.weeks, aligned.notes, ScoreSettings())
    score = model.compare(*upright_of(aligned).sides).score
    angle, gap = aligned.plane.angle_to_deg(head.plane), aligned.plane.gap_mm(head.plane, aligned.symmetry.center_mm)
    return Outcome(verdict, reason, angle, gap, aligned.confidence, severity(score))


def measure(count: int, templates: Path | None, out: Path) -> pd.DataFrame:
    """Judge what is missing, and return all rows."""
    model = AsymmetryModel.load(packaged("asymmetry"))
    done = {(words[0], words[1]) for words in whole_lines(out, "\t".join(COLUMNS) + "\n", "something else")}
    makers = list(heads(count, templates))
    for _, make in zip(track([f"head {i}" for i in range(len(makers))], "verdicts"), makers, strict=True):
        head = make()
        if (head.source, str(head.number)) in done:
            continue
        plain = outcome(head.volume, head, model)
        rows = [("none", 0.0, plain)]
        rows += [(k, g, outcome(degraded(head, k, g), head, model)) for k, grades in GRADES.items() for g in grades]
        common = {"source": head.source, "head": head.number, "log_score_plain": plain.log_score}
        append(out, COLUMNS, [common | {"kind": k, "grade": g} | asdict(found) for k, g, found in rows], 4)
    return read(out)


def read(out: Path) -> pd.DataFrame:
    """Return the rows of a results file."""
    return pd.read_csv(out, sep="\t", comment="#", na_values=["n/a"], keep_default_na=False)


def unusable(rows: pd.DataFrame, change: float) -> pd.Series:
    """Return which scans would mislead: the plane is off, or the score further than repositioning explains."""
    moved = (rows["log_score"] - rows["log_score_plain"]).abs() > change
    return (rows["angle_deg"] > MOST_DEG) | (rows["gap_mm"].abs() > MOST_MM) | moved | rows["log_score"].isna()


def report(rows: pd.DataFrame, change: float) -> str:
    """Return the tables as Markdown."""
    rows = rows.assign(bad=unusable(rows, change))
    lines = ["# The quality verdict against what it is for", "", _HOW.format(change=change), ""]
    lines += ["| heads | scans | unusable | passed though unusable | failed though usable | warned: unusable, usable |"]
    lines += ["|---" * 6 + "|"]
    for source, part in rows.groupby("source", sort=False):
        bad, good = part[part["bad"]], part[~part["bad"]]
        cells = [
            str(len(part)), share_text(len(bad), len(part)),
            share_text(int((bad["verdict"] == "pass").sum()), len(bad)),
            share_text(int((good["verdict"] == "fail").sum()), len(good)),
            ", ".join(share_text(int((one["verdict"] == "warn").sum()), len(one)) for one in (bad, good)),
        ]  # fmt: skip
        lines.append(f"| {source} | {' | '.join(cells)} |")
    lines += ["", "| degraded by | grade | heads | pass | warn | fail | plane off | score off |", "|---" * 8 + "|"]
    for (kind, grade), part in rows.groupby(["kind", "grade"], sort=False):
        counts = [str(int((part["verdict"] == word).sum())) for word in ("pass", "warn", "fail")]
        off = (part["angle_deg"] > MOST_DEG) | (part["gap_mm"].abs() > MOST_MM)
        moved = (part["log_score"] - part["log_score_plain"]).abs() > change
        cells = [f"{grade:g}", str(len(part)), *counts, str(int(off.sum())), str(int(moved.sum()))]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", _GRADES]) + "\n"


_HOW = """\
Heads degraded by grades, scanned, aligned and judged as any scan. A scan is called *unusable* where its plane is more
than 2° or 2 mm from the truth, or the logarithm of its score further from that of the same head undegraded than
{change:.2f}, which repositioning alone does not explain. Intervals are exact (95 %) for the scans; scans of one head
are alike."""
_GRADES = """\
Grades: noise, its SD as a share of the brain's brightness; motion, the share of k-space lines measured while the head
was 3 mm (SD) away; blur, the width of the point spread in mm; ramp, of brightness from left to right; cut, the share of
the brain beyond the field of view (at the right, at the top, or in front)."""


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--heads", type=int, default=16, help="of each source (default: %(default)s)")
    parser.add_argument("--templates", type=Path, help="what templates.py build has written")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--table", type=Path, default=TABLE)
    given = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    rows = measure(given.heads, given.templates, given.out)
    write_text(given.table, text := report(rows, minimal_change()))
    print(text)


def minimal_change() -> float:
    """Return the minimal detectable change of the logarithm of the score, by repositioning."""
    known = read_bundle(packaged("asymmetry")).norms["repeatability"]
    return float(next(one["minimal_detectable_change"] for one in known if one["unit"] == "log"))


if __name__ == "__main__":
    main()
