"""The tables of planes and of slice midlines."""

from __future__ import annotations

import numpy as np
import pandas as pd

from anomaly_table import base_of
from intervals import auroc, share_text

WITHIN = 2.0  # degrees
NO_MIDLINE = ("callosal_agenesis", "holoprosencephaly")
Table = list[str]


def plane_table(rows: pd.DataFrame) -> Table:
    """Return the errors of planes by cell and method; a callosum that is missing leaves the midline where it is."""
    return _errors(rows[(rows["slice"] < 0) & rows["angle_deg"].notna() & (rows["cell"] != NO_MIDLINE[1])], "plane")


def line_table(rows: pd.DataFrame) -> Table:
    """Return the errors of slice midlines by cell and method."""
    return _errors(rows[(rows["slice"] >= 0) & (rows["cell"] != NO_MIDLINE[1])], "slice midline")


def _errors(rows: pd.DataFrame, what: str) -> Table:
    lines = [
        f"| {what} | method | n | angle (°): median, 95 %, worst | offset (mm): median, 95 %, worst | "
        f"within {WITHIN:g}° | missed, confidence |",
        "|---|---|---|---|---|---|---|",
    ]
    rows = rows.assign(base=[base_of(m) for m in rows["method"]])
    usual = rows[~rows["cell"].isin(NO_MIDLINE)].assign(cell="all")
    for cell, part in [("all", usual), *rows.groupby("cell", sort=False)]:
        for base, mine in part.groupby("base", sort=False):
            near = int((mine["angle_deg"] <= WITHIN).sum())
            missed = mine[mine["angle_deg"] > WITHIN]["confidence"].dropna()
            worst = f"{len(missed)}, at most {missed.max():.2f}" if len(missed) else "–"
            text = f"{_spread(mine['angle_deg'])} | {_spread(mine['gap_mm'])} | {share_text(near, len(mine))} | {worst}"
            lines.append(f"| {cell} | {base}{_seeds(mine)} | {len(mine)} | {text} |")
    return lines if len(lines) > 2 else []


def _seeds(rows: pd.DataFrame) -> str:
    """Return the range of the medians over seeds of training, where there are several."""
    medians = rows.groupby("method")["angle_deg"].median()
    if len(medians) < 2:
        return ""
    return f" ({len(medians)} seeds: medians {medians.min():.2f}° to {medians.max():.2f}°)"


def _spread(values: pd.Series) -> str:
    middle, high = np.percentile(values, [50, 95])
    return f"{middle:.2f}, {high:.2f}, {values.max():.2f}"


def absence_table(rows: pd.DataFrame) -> Table:
    """Return how well each method tells heads without a normal midline: by its flag, or by its lack of confidence."""
    lines = [
        "| heads without a normal midline | method | by | n | AUROC against usual heads |",
        "|---|---|---|---|---|",
    ]
    for cell in NO_MIDLINE:
        for method in dict.fromkeys(rows["method"]):
            mine = rows[rows["method"] == method]
            for by, sign in (("absent", 1.0), ("confidence", -1.0)):
                sick = sign * mine[mine["cell"] == cell][by].dropna()
                usual = sign * mine[mine["cell"].isin(["plane_usual", "plane_torque", "plane_symmetric"])][by].dropna()
                if len(sick) and len(usual):
                    lines.append(f"| {cell} | {method} | {by} | {len(sick)} | {auroc(usual, sick):.2f} |")
    return lines if len(lines) > 2 else []


def calibration_table(rows: pd.DataFrame) -> Table:
    """Return whether a method's own standard deviations are right: the share of errors within two of them."""
    lines = ["| method | slices | angle within 2 SD | offset within 2 SD |", "|---|---|---|---|"]
    told = rows[rows["angle_sd_deg"].notna() & rows["offset_sd_mm"].notna() & ~rows["cell"].isin(NO_MIDLINE)]
    for method, mine in told.groupby("method", sort=False):
        angle = int((mine["angle_deg"] <= 2 * mine["angle_sd_deg"]).sum())
        gap = int((mine["gap_mm"] <= 2 * mine["offset_sd_mm"]).sum())
        lines.append(f"| {method} | {len(mine)} | {share_text(angle, len(mine))} | {share_text(gap, len(mine))} |")
    return lines if len(lines) > 2 else []
