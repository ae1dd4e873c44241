"""Figures of how well the mid-sagittal planes were found: for the notebook ``qc_alignment``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from symbrain import figures
from symbrain.cohort import folder_of
from symbrain.exhibit import Exhibit, nothing
from symbrain.figure_style import BLUE, ORANGE, SOFT, VERMILION, panel, styled
from symbrain.findings import shown
from symbrain.json_file import read_object
from symbrain.montage import montage
from symbrain.result_table import table_of
from symbrain.tables import records
from symbrain.volume import read_map

VERDICTS = {"pass": ("o", BLUE), "warn": ("^", ORANGE), "fail": ("X", VERMILION)}
"""Marker and colour of each quality verdict."""
_NO_SCORES = "no scan has a row in scores.tsv; the notebook qc_cohort tells what became of the scans"
_DPI = 60


@styled
def confidence(results: Path) -> Exhibit:
    """Show how clearly the plane was found in each scan, the least clear first."""
    scores = _scored(results).dropna(subset=["plane_confidence"]).sort_values("plane_confidence", ignore_index=True)
    if scores.empty:
        return nothing(_NO_SCORES)
    figure, axes = panel()
    for verdict, (marker, colour) in VERDICTS.items():
        those = scores[scores["qc"] == verdict]
        if len(those):
            label = f"{verdict} ({len(those)})"
            axes.plot(those["plane_confidence"], those.index + 1, marker, color=colour, label=label)
    axes.set(xlim=(-0.02, 1.02), ylim=(len(scores) + 0.7, 0.3), xlabel="Confidence in the plane (0 to 1)")
    axes.set_ylabel("Scan, the least sure first")
    axes.yaxis.get_major_locator().set_params(integer=True)
    figure.legend(loc="outside upper left", ncols=3, title="Quality verdict", alignment="left")
    least = scores["plane_confidence"].iloc[0]
    return Exhibit(f"Confidence in the plane of {len(scores)} scans; the lowest is {least:.2f}.", figure)


@styled
def likeness(results: Path) -> Exhibit:
    """Show how alike the sides were across the middle of the grid, and how alike they are across the plane."""
    found = pd.DataFrame([_likeness(results, row) for row in records(_scored(results))]).dropna()
    if found.empty:
        return nothing("no scan has a mid-sagittal plane (_midline.json)")
    figure, axes = panel(5.2, 5.0)
    low = min(0.0, float(found.min().min()))
    axes.plot([low, 1], [low, 1], color=SOFT, linewidth=1, dashes=(4, 3))
    axes.annotate("no better than before", (0.72, 0.70), rotation=45, color=SOFT, fontsize=9, ha="center", va="top")
    axes.plot(found["before"], found["after"], "o", color=BLUE, alpha=0.8)
    axes.set(xlim=(low, 1), ylim=(low, 1.02), aspect="equal")
    axes.set_xlabel("Likeness of the sides in the scanner's frame")
    axes.set_ylabel("Likeness of the sides across the plane")
    worse = int((found["after"] < found["before"]).sum())
    words = f"Likeness of the two sides before and after alignment, {len(found)} scans; {worse} became less alike."
    return Exhibit(words, figure)


def least_sure(results: Path, count: int = 4) -> Exhibit:
    """Show the upright heads of the scans whose plane is the least sure."""
    scores = _scored(results).sort_values("plane_confidence", na_position="first")
    heads: list[tuple[str, bytes]] = []
    for row in records(scores):
        path = folder_of(results, row) / f"{row['scan_id']}_space-upright_image.nii.gz"
        if path.exists() and len(heads) < count:
            heading = f"{row['scan_id']}: confidence {shown(row['plane_confidence'], 2)}, quality {row['qc']}"
            heads.append((heading, figures.upright_picture(read_map(path), _DPI)))
    if not heads:
        return nothing("no scan was set upright")
    words = f"Upright heads whose plane is the least sure, three views each. {'; '.join(name for name, _ in heads)}."
    return Exhibit(words, montage(heads, 1))


def _scored(results: Path) -> pd.DataFrame:
    return table_of(results, "scores")


def _likeness(results: Path, row: dict[str, Any]) -> dict[str, float | None]:
    path = folder_of(results, row) / f"{row['scan_id']}_midline.json"
    told = read_object(path) if path.exists() else {}
    return {"before": told.get("symmetry_before"), "after": told.get("symmetry_after")}
