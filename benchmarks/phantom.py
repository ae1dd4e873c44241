"""How well plane, slice midline and score do on synthetic heads that nothing was set on: ``make bench``.

Each infant is scored twice, as it is and with a one-sided lesion, from its image alone (no mask is given). The seeds
start far above those of the demo cohort and of the heads on which settings were chosen.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from symbrain import walk
from symbrain.atomic import write_text
from symbrain.line import Line
from symbrain.norms import out_of_fold_z
from symbrain.phantom import KINDS, Lesion, make_head
from symbrain.progress import track
from symbrain.reflection import reflect
from symbrain.settings import AlignSettings, ScoreSettings, SlicesSettings
from symbrain.version import __version__
from symbrain.volume import canonical

FIRST_SEED = 900_000
DRAWS = 2000


@dataclass(frozen=True)
class Measured:
    """What one scan of one head gave."""

    seed: int
    kind: str
    angle_deg: float
    gap_mm: float
    confidence: float
    lines: list[tuple[float, float]]  # error of the slice midlines: degrees, millimetres
    constant: list[tuple[float, float]]  # error of a line through the middle of the slice
    score: float
    plain: float  # mean absolute difference of the two sides, the simplest baseline
    age_weeks: float
    side_right: bool
    mask_dice: float


def measure(seed: int, lesion: Lesion | None, spacing_mm: float) -> Measured:
    """Walk one head from its image to its score."""
    head = make_head(seed, spacing_mm=spacing_mm, lesion=lesion)
    volume = canonical(head.image, head.affine)
    aligned = walk.align(volume, AlignSettings())
    plane = aligned.found.plane
    scored = walk.score_upright(aligned.image, aligned.mask, aligned.grid.affine, aligned.bias, ScoreSettings())
    lines, constant = [], []
    for cut in walk.cut_slices(volume, aligned.brain.data, plane, SlicesSettings()):
        truth = cut.image.line_of(head.plane)
        middle = Line.from_angle(0, 0, cut.image.shape, cut.image.spacing_mm)
        if truth is not None and cut.line is not None and middle is not None:
            lines.append(cut.line.error_to(truth))
            constant.append(middle.error_to(truth))
    true_mask = canonical(head.mask.astype(np.float32), head.affine).data > 0.5
    both = aligned.mask & reflect(aligned.mask)
    image = aligned.image / np.median(aligned.image[aligned.mask])
    return Measured(
        seed=seed,
        kind=lesion.kind if lesion else "none",
        angle_deg=plane.angle_to_deg(head.plane),
        gap_mm=plane.gap_mm(head.plane, head.center_mm),
        confidence=aligned.found.confidence,
        lines=lines,
        constant=constant,
        score=scored.score,
        plain=float(np.abs(image - reflect(image))[both].mean()),
        age_weeks=head.scan_age_weeks,
        side_right=lesion is not None and scored.side == lesion.side,
        mask_dice=float(2 * (true_mask & aligned.brain.data).sum() / (true_mask.sum() + aligned.brain.data.sum())),
    )


def auroc(normal: np.ndarray, lesioned: np.ndarray) -> float:
    """Return the probability that a lesioned head scores above a normal one."""
    above = lesioned[:, None] > normal[None, :]
    return float((above + 0.5 * (lesioned[:, None] == normal[None, :])).mean())


def age_adjusted(measured: list[Measured]) -> dict[tuple[int, str], float]:
    """Return each scan's deviation from the normal heads at its age, without the head itself."""
    values, ages = [np.log(m.score + 0.05) for m in measured], [m.age_weeks for m in measured]
    z, _, _ = out_of_fold_z(values, ages, [m.seed for m in measured], [m.kind == "none" for m in measured], 5)
    return {(m.seed, m.kind): float(v) for m, v in zip(measured, z, strict=True)}


def interval(normal: np.ndarray, lesioned: np.ndarray) -> str:
    """Return the AUROC with its 95 % bootstrap interval; heads are drawn, each with both its scans."""
    rng = np.random.default_rng(0)
    draws = [auroc(normal[i], lesioned[i]) for i in rng.integers(0, len(normal), (DRAWS, len(normal)))]
    low, high = np.percentile(draws, [2.5, 97.5])
    return f"{auroc(normal, lesioned):.2f} ({low:.2f} to {high:.2f})"


def spread(values: list[float]) -> str:
    """Return median, 95th percentile and maximum."""
    middle, high = np.percentile(values, [50, 95])
    return f"{middle:.2f} | {high:.2f} | {max(values):.2f}"


def table(measured: list[Measured], diameter_mm: float, contrast_sd: float, spacing_mm: float) -> str:
    """Return the result as Markdown."""
    normal = [m for m in measured if m.kind == "none"]
    lesioned = [m for m in measured if m.kind != "none"]
    rows = [
        "# Synthetic heads of unseen seeds",
        "",
        f"symbrain {__version__}, {len(normal)} heads of {spacing_mm:g} mm from seed {FIRST_SEED}, each without and "
        f"with a lesion of {diameter_mm:g} mm and {contrast_sd:g} SD of white matter; no mask given. Synthetic heads "
        "are easier than newborns: these are figures of phantoms, not of infants.",
        "",
        "| error | median | 95 % | worst |",
        "|---|---|---|---|",
        f"| plane, angle (°), normal heads | {spread([m.angle_deg for m in normal])} |",
        f"| plane, offset at the centroid (mm), normal heads | {spread([m.gap_mm for m in normal])} |",
        f"| plane, angle (°), with a lesion | {spread([m.angle_deg for m in lesioned])} |",
        f"| plane, offset at the centroid (mm), with a lesion | {spread([m.gap_mm for m in lesioned])} |",
        f"| slice midline, angle (°) | {spread([a for m in measured for a, _ in m.lines])} |",
        f"| slice midline, offset (mm) | {spread([g for m in measured for _, g in m.lines])} |",
        f"| constant line, angle (°) | {spread([a for m in measured for a, _ in m.constant])} |",
        f"| constant line, offset (mm) | {spread([g for m in measured for _, g in m.constant])} |",
        f"| brain mask, 1 − Dice | {spread([1 - m.mask_dice for m in measured])} |",
        "",
        "AUROC with its 95 % interval (bootstrap over heads). For age: in SD of the normal heads of this table at the "
        "head's age, each judged without itself. Found: above the normals' 95th percentile.",
        "",
        "| lesion | heads | mirror difference for age | mirror difference | mean \\|L−R\\| | side right when found |",
        "|---|---|---|---|---|---|",
    ]
    by_seed = {m.seed: m for m in normal}
    for_age = age_adjusted(measured)
    alarm = np.percentile([for_age[m.seed, "none"] for m in normal], 95)
    measures = (lambda m: for_age[m.seed, m.kind], lambda m: m.score, lambda m: m.plain)
    for kind in ("all", *sorted({m.kind for m in lesioned})):
        group = [m for m in lesioned if kind in ("all", m.kind)]
        base = [by_seed[m.seed] for m in group]
        columns = [interval(np.array([of(m) for m in base]), np.array([of(m) for m in group])) for of in measures]
        found = [m for m in group if for_age[m.seed, m.kind] > alarm]
        sides = f"{sum(m.side_right for m in found)} of {len(found)}"
        rows.append(f"| {kind} | {len(group)} | {' | '.join(columns)} | {sides} |")
    return "\n".join(rows) + "\n"


def main() -> None:
    """Measure, print, and write the table beside this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--heads", type=int, default=40)
    parser.add_argument("--diameter-mm", type=float, default=12.0)
    parser.add_argument("--contrast-sd", type=float, default=3.0)
    parser.add_argument("--spacing-mm", type=float, default=1.0)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    given = parser.parse_args()
    for limit in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"):
        os.environ[limit] = "1"  # the workers read it when they start
    with ProcessPoolExecutor(given.workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        jobs = []
        for i in range(given.heads):
            side = "left" if i % 2 else "right"
            lesion = Lesion(KINDS[i // 2 % len(KINDS)], side, given.diameter_mm, given.contrast_sd)
            jobs += [pool.submit(measure, FIRST_SEED + i, one, given.spacing_mm) for one in (None, lesion)]
        measured = [jobs[i].result() for i in track(range(len(jobs)), "scan")]
    text = table(measured, given.diameter_mm, given.contrast_sd, given.spacing_mm)
    write_text(given.out, text)
    print(text)


if __name__ == "__main__":
    main()
