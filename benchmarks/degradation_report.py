"""How the score degrades, in tables: what normals come to, and how well a lesion is told from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from degradation_heads import BASE, CONTRAST_SD, DIAMETER_MM, LEVELS, NOISE, UNDISTURBED
from intervals import Estimate, auroc_estimate, mean_estimate, share_text
from symbrain.cohort_norms import severity

OURS, CLASSICAL = "network", "mirror_difference"
COLUMNS: dict[str, type] = {
    "kind": str,
    "level": float,
    "head": int,
    "lesion": int,
    "seed": int,
    "weeks": float,
    "modality": str,
    "side_true": str,
    "method": str,
    "score": float,
    "side": str,
    "angle_deg": float,  # of the plane that was used to the true one
    "gap_mm": float,
    "confidence": float,
}
NAMES = {
    "tilt": ("Plane turned", "°"),
    "shift": ("Plane shifted", " mm"),
    "thickness": ("Slice thickness", " mm"),
    "noise": ("Noise", "×"),
    "ramp": ("Left-right ramp", " %"),
    "motion": ("Motion", " % of lines"),
}
TOLERATED = {"tilt": 1.0, "shift": 1.0}
_HOW = f"""\
Synthetic newborns of 34 to 44 weeks at 1 mm, a third of them T1w, in any pose up to ±15°, each without and with a
lesion of {DIAMETER_MM:g} mm and {CONTRAST_SD:g} SD (white matter injury or haemorrhage) in the same pose; from seeds
that nothing was trained on. *Plane turned* and *shifted*: the upright image is made on a plane that is off by so much,
about an axis and to a side that are drawn; brain mask and bias field as found. The other disturbances are put into the
posed scan, which goes through the whole walk: the brain is found, its plane, its bias field. *Slice thickness*: axial
slices, averaged. *Noise*: times that of the scan as made ({100 * NOISE:g} % of white matter). *Ramp*: how much
brightness rises across the brain, from left to right. *Motion*: share of the lines of k-space that are measured while
the head is about 2 mm away.

*Normals* is the factor by which a disturbance changes the score of the same healthy head, *in SD* the change of its
logarithm in standard deviations of undisturbed normals: where it rises, there are false alarms. *AUROC* compares heads
with a lesion and without at one level, both disturbed; *side* is in how many lesioned heads the right side is named.
All with 95 % intervals. The last column has medians of how far the plane that was used is off."""


@dataclass(frozen=True)
class Point:
    """What a method makes of one level of a disturbance; the intervals are over infants.

    Parameters
    ----------
    factor, normals
        Of healthy heads: the factor (geometric mean) of their score, and the change of its logarithm in SD of normals.
    sides
        Lesioned heads whose side is right, and how many there are.
    refused
        Scans that the software would not take.
    """

    kind: str
    level: float
    method: str
    factor: float
    normals: Estimate
    auroc: Estimate
    sides: tuple[int, int]
    angle_deg: float
    gap_mm: float
    refused: int


def read_rows(path: Path) -> pd.DataFrame:
    """Read the results."""
    return pd.read_csv(path, sep="\t", skiprows=1, dtype=COLUMNS, na_values=["n/a"], keep_default_na=False)


def points(rows: pd.DataFrame) -> list[Point]:
    """Return every level of every disturbance, the undisturbed one first."""
    rows = rows.assign(severity=rows["score"].map(lambda score: severity(None if pd.isna(score) else score)))
    found = []
    for method, mine in rows.groupby("method", sort=False):
        for kind, levels in LEVELS.items():
            base = mine[mine["kind"] == BASE[kind]]
            for level in (UNDISTURBED[kind], *levels):
                part = mine[(mine["kind"] == kind) & (mine["level"] == level)]
                found.append(_point(kind, level, str(method), base if level == UNDISTURBED[kind] else part, base))
    return found


def _point(kind: str, level: float, method: str, part: pd.DataFrame, base: pd.DataFrame) -> Point:
    scored = part[part["score"].notna()]
    normal, ill = (scored[scored["lesion"] == lesion] for lesion in (0, 1))
    usual = base[base["lesion"] == 0].set_index("head")["severity"]
    change = (normal.set_index("head")["severity"] - usual).dropna()
    hits = int((ill["side"] == ill["side_true"]).sum())
    return Point(
        kind=kind,
        level=level,
        method=method,
        factor=float(np.exp(change.mean())),
        normals=mean_estimate(change / max(float(usual.std()), 1e-6)),
        auroc=auroc_estimate(normal["score"], normal["seed"], ill["score"], ill["seed"]),
        sides=(hits, len(ill)),
        angle_deg=float(scored["angle_deg"].median()),
        gap_mm=float(scored["gap_mm"].median()),
        refused=len(part) - len(scored),
    )


def report(rows: pd.DataFrame) -> str:
    """Return the tables as Markdown."""
    every = points(rows)
    lines = ["# How the score degrades", "", _HOW, "", *(f"- {line}" for line in _findings(every))]
    for kind, (name, unit) in NAMES.items():
        lines += ["", f"## {name}", "", *_table([p for p in every if p.kind == kind], unit)]
    heads = rows["head"].nunique()
    lines += [
        "",
        f"{heads} infants, each without and with a lesion. `python benchmarks/degradation.py --heads {heads}`",
    ]
    return "\n".join(lines) + "\n"


def _findings(every: list[Point]) -> list[str]:
    """Return a sentence on what an error of the plane that is tolerated does, and on what a larger one does."""
    told = []
    for method in dict.fromkeys(p.method for p in every):
        for kind, limit in TOLERATED.items():
            mine = {p.level: p for p in every if (p.method, p.kind) == (method, kind)}
            plain, within, worst = mine[UNDISTURBED[kind]], mine[limit], mine[max(mine)]
            name, unit = NAMES[kind]
            told.append(
                f"{name} by {limit:g}{unit}, {method}: the score of normals ×{within.factor:.2f}, "
                f"{_signed(within.normals)} SD, AUROC {plain.auroc.value:.2f} → {within.auroc.value:.2f}; by "
                f"{worst.level:g}{unit}: ×{worst.factor:.2f}, {_signed(worst.normals)} SD, AUROC "
                f"{worst.auroc.value:.2f}."
            )
    return told


def _signed(estimate: Estimate) -> str:
    return f"{estimate.value:+.2f} ({estimate.low:+.2f} to {estimate.high:+.2f})".replace("-", "−")


def _table(mine: list[Point], unit: str) -> list[str]:
    found = ["| level | method | normals | in SD | AUROC | side | plane off |", "|---|---|---|---|---|---|---|"]
    for p in sorted(mine, key=lambda p: (p.level, p.method != OURS)):
        cells: list[Any] = [
            f"{p.level:g}{unit}",
            p.method,
            f"×{p.factor:.2f}",
            "0" if p.level == UNDISTURBED[p.kind] else _signed(p.normals),
            p.auroc,
            share_text(*p.sides),
            f"{p.angle_deg:.2f}°, {p.gap_mm:.2f} mm" + (f"; {p.refused} refused" if p.refused else ""),
        ]
        found.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    return found
