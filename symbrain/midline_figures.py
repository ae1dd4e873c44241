"""Figures of the midlines in slices: for the notebook ``qc_midline``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from symbrain import agreement_figures, figures
from symbrain.cohort import folder_of
from symbrain.exhibit import Exhibit, nothing
from symbrain.figure_style import BLUE, SOFT, panel, styled
from symbrain.montage import montage
from symbrain.result_table import table_of
from symbrain.slice_table import read_slices
from symbrain.tables import records

_NO_SCORES = "no scan has a row in scores.tsv; the notebook qc_cohort tells what became of the scans"
_DPI = 60


@styled
def shifts(results: Path) -> Exhibit:
    """Show how far the fissure departs from the plane in each scan, and to which side."""
    rows = _known(results, "midline_shift_mm")
    if rows.empty:
        return nothing("the fissure was traced in no scan" if len(table_of(results, "scores")) else _NO_SCORES)
    figure, axes = panel(7.5, 3.4)
    axes.hist(rows["midline_shift_mm"], bins=25, color=BLUE, edgecolor="white")
    axes.axvline(0, color="black", linewidth=0.8)
    # As on a film, the subject's right is on the viewer's left.
    axes.invert_xaxis()
    reach = max(2.0, 1.1 * float(rows["midline_shift_mm"].abs().max()))
    axes.set(xlim=(reach, -reach), ylabel="Scans")
    axes.set_xlabel("Midline shift (mm), positive towards the subject's right")
    axes.yaxis.get_major_locator().set_params(integer=True)
    for across, words in ((0.0, "← towards the subject's right"), (1.0, "towards the subject's left →")):
        axes.text(across, 1.02, words, transform=axes.transAxes, ha="right" if across else "left", color=SOFT)
    median = rows["midline_shift_mm"].abs().median()
    return Exhibit(f"Midline shift of {len(rows)} scans; half of them shift by less than {median:.1f} mm.", figure)


@styled
def agreement_with_network(results: Path) -> Exhibit:
    """Show by which angle the plane and the network's lines differ, against the confidence in the plane."""
    rows = _known(results, "midline_agreement_deg")
    if rows.empty:
        why = "there is no midline network, or it saw no midline" if len(table_of(results, "scores")) else _NO_SCORES
        return nothing(why)
    figure, axes = panel(7.5, 3.6)
    axes.plot(rows["plane_confidence"], rows["midline_agreement_deg"], "o", color=BLUE, alpha=0.8)
    axes.set(xlabel="Confidence in the plane (0 to 1)", ylabel="Angle between plane\nand network (degrees)")
    axes.set(xlim=(-0.02, 1.02), ylim=(0, None))
    median = rows["midline_agreement_deg"].median()
    return Exhibit(f"Plane and network differ by {median:.2f} degrees in the median of {len(rows)} scans.", figure)


def most_bent(results: Path, count: int = 6) -> Exhibit:
    """Show the axial slices of the scans whose fissure departs most from the straight midline."""
    rows = _known(results, "midline_shift_mm")
    order = rows["midline_shift_mm"].abs().sort_values(ascending=False).index
    return _slices(results, rows.loc[order], "midline_shift_mm", "shift {:+.1f} mm", count)


def least_agreed(results: Path, count: int = 6) -> Exhibit:
    """Show the slices of the scans in which the network's lines differ most from the plane."""
    rows = _known(results, "midline_agreement_deg").sort_values("midline_agreement_deg", ascending=False)
    return _slices(results, rows, "midline_agreement_deg", "differ by {:.1f}°", count)


def raters(results: Path) -> Exhibit:
    """List how well raters agree with each other, with the plane and with the network."""
    return agreement_figures.summary(results)


def bland_altman(results: Path) -> Exhibit:
    """Plot the differences between raters, plane and network slice by slice."""
    return agreement_figures.bland_altman(results)


def _known(results: Path, column: str) -> pd.DataFrame:
    return table_of(results, "scores").dropna(subset=[column])


def _slices(results: Path, rows: pd.DataFrame, column: str, told: str, count: int) -> Exhibit:
    """Show the middle annotated slice of the first scans of a table."""
    shown: list[tuple[str, bytes]] = []
    for row in records(rows):
        if len(shown) < count and (picture := _middle(results, row)) is not None:
            shown.append((f"{row['scan_id']}\n{told.format(row[column])}", picture))
    if not shown:
        return nothing(f"no scan has both slices and {column}")
    heads = "; ".join(name.replace("\n", ": ") for name, _ in shown)
    return Exhibit(f"Slices with the straight midline (dashed) and the traced fissure. {heads}.", montage(shown, 3))


def _middle(results: Path, row: dict[str, Any]) -> bytes | None:
    path = folder_of(results, row) / f"{row['scan_id']}_slices.parquet"
    slices = read_slices(path) if path.exists() else []
    if not slices:
        return None
    one = slices[len(slices) // 2]
    return figures.midline_picture(one.image, one.line, one.curve, figures.field_of_view_mm([one.image]), _DPI)
