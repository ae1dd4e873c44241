"""Figures of how asymmetric the brains are, and where: for the notebook ``qc_asymmetry``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from symbrain import figures
from symbrain.age_plot import band_of
from symbrain.cohort import folder_of
from symbrain.cohort_norms import SCORE
from symbrain.exhibit import Exhibit, nothing
from symbrain.figure_style import BAND, BLUE, SOFT, VERMILION, panel, styled
from symbrain.findings import shown
from symbrain.mirror_difference import METHOD
from symbrain.models import Models
from symbrain.montage import montage
from symbrain.result_table import table_of
from symbrain.slice import Slice, cut, slice_axis
from symbrain.slice_table import AnnotatedSlice, read_slices
from symbrain.tables import records
from symbrain.volume import read_map

_NO_SCORES = "no scan has an asymmetry score; the notebook qc_cohort tells what became of the scans"
_UNUSUAL_SD = 2.0
_DPI = 60
_MARKERS = {"T2w": "o", "T1w": "s"}


@styled
def score_by_age(results: Path) -> Exhibit:
    """Show the scores against age, on the norm of normals of the cohort's first contrast that has one."""
    scores = _scored(results)
    known = scores.dropna(subset=["scan_age_weeks"])
    if known.empty:
        return nothing(_NO_SCORES if scores.empty else "the age at the scan of no scan is known")
    figure, axes = panel(7.5, 4.4)
    normed = _draw_norm(axes, results, known)
    for modality, rows in known.groupby("modality"):
        unusual = rows["asymmetry_z"] > _UNUSUAL_SD
        marker = _MARKERS.get(str(modality), "^")
        for those, mark, colour, what in (
            (rows[~unusual], marker, BLUE, ""),
            (rows[unusual], "D", VERMILION, ", z above 2"),
        ):
            if len(those):
                label = f"{modality}{what} ({len(those)})"
                axes.plot(
                    those["scan_age_weeks"], those["asymmetry_score"], mark, color=colour, alpha=0.85, label=label
                )
    axes.set(xlabel="Post-menstrual age at the scan (weeks)", ylabel="Asymmetry score (SD)")
    axes.set_ylim(bottom=0)
    figure.legend(loc="outside upper left", ncols=3)
    words = f"Asymmetry scores of {len(known)} scans against age. {normed}"
    return Exhibit(f"{words} {len(scores) - len(known)} scans of unknown age are left out.", figure)


@styled
def regions(results: Path) -> Exhibit:
    """Show how unequal the two sides of each structure are, in every scan."""
    rows = table_of(results, "regions").dropna(subset=["asymmetry_index"])
    if rows.empty:
        return nothing("no scan has labels of its structures (DrawEM), so no volumes of them are known")
    order = rows.groupby("region")["asymmetry_index"].apply(lambda index: index.abs().median()).sort_values()
    names = list(order.index[-20:])
    figure, axes = panel(7.5, 1.4 + 0.27 * len(names))
    spread = np.random.default_rng(1)
    for place, region in enumerate(names):
        those = rows[rows["region"] == region]
        unusual = those["asymmetry_index_z"].abs() > _UNUSUAL_SD
        height = place + spread.uniform(-0.2, 0.2, len(those))
        # As on a film, the subject's right is on the viewer's left: the index is positive where the left is larger.
        axes.plot(those["asymmetry_index"], height, "o", color=SOFT, alpha=0.5, ms=4)
        axes.plot(those.loc[unusual, "asymmetry_index"], height[unusual.to_numpy()], "D", color=VERMILION, ms=5)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_yticks(range(len(names)), names, fontsize=9, parse_math=False)
    reach = max(0.1, 1.1 * float(rows.loc[rows["region"].isin(names), "asymmetry_index"].abs().max()))
    axes.set(xlim=(-reach, reach), xlabel="(left − right) / mean of both")
    for across, words in ((0.0, "← right is larger"), (1.0, "left is larger →")):
        axes.text(across, 1.01, words, transform=axes.transAxes, ha="right" if across else "left", color=SOFT)
    words = f"Asymmetry index of {len(names)} structures in {rows['scan_id'].nunique()} scans"
    return Exhibit(f"{words}; diamonds are more than 2 SD from the norm.", figure)


def most_unusual(results: Path, count: int = 6) -> Exhibit:
    """Show the hottest slice of the scans that deviate most, with the heat in colour."""
    scores = _scored(results).sort_values(["asymmetry_z", "asymmetry_score"], ascending=False, na_position="last")
    brains: list[tuple[str, bytes]] = []
    for row in records(scores):
        if len(brains) < count and (picture := _hottest(results, row)) is not None:
            z = "no norm" if row["asymmetry_z"] is None else f"z {shown(row['asymmetry_z'], signed=True)}"
            told = f"score {shown(row['asymmetry_score'])}, {z}, side: {row['asymmetry_side']}"
            brains.append((f"{row['scan_id']}\n{told}", picture))
    if not brains:
        return nothing(_NO_SCORES if scores.empty else "no scan has both its slices and its heatmap")
    heads = "; ".join(name.replace("\n", ": ") for name, _ in brains)
    words = f"The hottest annotated slice of the {len(brains)} scans that deviate most, deviation in colour. {heads}."
    return Exhibit(words, montage(brains, 3))


def _scored(results: Path) -> pd.DataFrame:
    scores = table_of(results, "scores")
    return scores[(scores["qc"] != "fail") & scores["asymmetry_score"].notna()]


def _draw_norm(axes: Any, results: Path, rows: pd.DataFrame) -> str:
    """Draw the norm where there is one; return a sentence about it."""
    norms = Models.of_results(results).norms
    kinds = [str(kind) for kind in rows["modality"].value_counts().index]
    bands = [band for kind in kinds if (band := band_of(norms.of(SCORE, kind, None), kind)) is not None]
    if not bands:
        return "There is no norm to draw."
    band = bands[0]
    axes.fill_between(band.ages, band.low, band.high, color=BAND, label=band.label, linewidth=0)
    axes.plot(band.ages, band.median, color=SOFT, linewidth=1.2)
    return f"Behind them: {band.label}."


def _hottest(results: Path, row: dict[str, Any]) -> bytes | None:
    """Return the picture of the annotated slice with the most heat."""
    start = folder_of(results, row) / row["scan_id"]
    slices, heat = (
        start.with_name(f"{start.name}_{end}") for end in ("slices.parquet", "desc-asymmetry_heatmap.nii.gz")
    )
    if not (slices.exists() and heat.exists()):
        return None
    volume = read_map(heat)
    pairs: list[tuple[AnnotatedSlice, Slice]] = []
    for one in read_slices(slices):
        kind, index = one.image.orientation, one.image.index
        if index < volume.shape[slice_axis(kind)]:
            pairs.append((one, cut(volume, kind, index, one.image.fraction)))
    one, here = max(pairs, key=lambda pair: float(np.nan_to_num(pair[1].pixels).max()))
    scale = figures.CLASSICAL_HEAT_SD if row["asymmetry_method"] == METHOD else figures.HEAT_SD
    half_mm = figures.field_of_view_mm([one.image])
    return figures.heat_picture(one.image, here, one.line, half_mm, _DPI, scale)
