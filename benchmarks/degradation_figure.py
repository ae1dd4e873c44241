"""The figure of how the score degrades: normals above, lesions below, a column for each disturbance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from degradation_heads import CONTRAST_SD, DIAMETER_MM, LEVELS
from degradation_report import CLASSICAL, NAMES, OURS, TOLERATED, Point, points

_LOOK = {OURS: ("#0072B2", "o", "-", "symbrain's network"), CLASSICAL: ("#D55E00", "s", "--", "classical comparison")}
_INK, _FAINT, _GOOD = "#222222", "#777777", "#E8F3E8"
_UNITS = {
    "tilt": "degrees",
    "shift": "mm",
    "thickness": "mm",
    "noise": "times as made",
    "ramp": "%",
    "motion": "% of lines",
}


def write_figure(rows: pd.DataFrame, path: Path) -> None:
    """Draw what normals come to, and the AUROC of the lesion, against each disturbance, with 95 % intervals."""
    every = points(rows)
    figure = Figure(figsize=(15, 6), layout="constrained")
    upper, lower = figure.subplots(2, len(LEVELS), sharey="row", sharex="col")
    for normals, lesions, kind in zip(upper, lower, LEVELS, strict=True):
        for number, (method, look) in enumerate(_LOOK.items()):
            mine = [p for p in every if (p.method, p.kind) == (method, kind)]
            _curve(normals, mine, "normals", look, number)
            _curve(lesions, mine, "auroc", look, number)
        _dress(normals, lesions, kind)
    upper[0].set_ylabel("healthy heads: change of the\nlog score, SD of normals")
    lower[0].set_ylabel(f"lesion of {DIAMETER_MM:g} mm, {CONTRAST_SD:g} SD:\nAUROC against healthy heads")
    lower[0].set_ylim(0.4, 1.02)
    handles, labels = upper[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=10)
    heads = rows["head"].nunique()
    title = f"How the score degrades: {heads} synthetic newborns without and with a lesion; bars are 95 % intervals"
    figure.suptitle(title, x=0.01, ha="left", fontsize=13)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def _curve(axes: Any, mine: list[Point], what: str, look: tuple[str, str, str, str], number: int) -> None:
    """Draw one method's estimates; those of two methods stand beside each other."""
    color, marker, line, label = look
    estimates = [getattr(p, what) for p in mine]
    span = max(p.level for p in mine) - min(p.level for p in mine)
    at = [p.level + (number - 0.5) * 0.02 * span for p in mine]
    values = [e.value for e in estimates]
    spread = [[e.value - e.low for e in estimates], [e.high - e.value for e in estimates]]
    axes.errorbar(
        at,
        values,
        spread,
        color=color,
        marker=marker,
        linestyle=line,
        markersize=5,
        capsize=2,
        elinewidth=1,
        label=label,
    )


def _dress(normals: Any, lesions: Any, kind: str) -> None:
    """Write titles, ticks and what is tolerated."""
    normals.set_title(NAMES[kind][0], fontsize=11)
    lesions.set_xlabel(_UNITS[kind])
    normals.axhline(0, color=_FAINT, linewidth=0.8, zorder=0)
    lesions.axhline(0.5, color=_FAINT, linewidth=0.8, linestyle=":", zorder=0)
    for axes in (normals, lesions):
        if kind in TOLERATED:
            axes.axvspan(0, TOLERATED[kind], color=_GOOD, zorder=-1, label="1° and 1 mm")
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(colors=_INK)
