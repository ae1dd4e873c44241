"""The figure of the midline benchmark: how far each method's planes are off, a point for each head."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from midline_methods import CONTENDERS
from midline_quantiles import short
from midline_report import FAILED_DEG, FULL_SIZE, WITHIN_DEG, heads_with_truth, same_heads

_LEAST_DEG, _MOST_DEG, _NO_ANSWER_DEG = 0.005, 130.0, 110.0
_OURS, _OTHERS, _INK, _FAINT, _GOOD = "#0072B2", "#8A8A8A", "#222222", "#555555", "#E8F3E8"
_KINDS = {
    "plane_symmetric": ("o", "exact mirror images"),
    "plane_lesion": ("^", "one-sided lesion"),
    "plane": ("D", "perturbed template"),
}
_USUAL = ("s", "usual, or one hemisphere larger")
_COLUMNS = ("median", f"within\n{WITHIN_DEG:g}°", "seconds for a\n0.5 mm scan")


def write_figure(rows: pd.DataFrame, path: Path) -> None:
    """Draw the angle errors of planes, a strip for each method, with medians and the time for a scan of full size."""
    planes = same_heads(heads_with_truth(rows))
    names = [name for name in reversed(CONTENDERS) if name in set(planes["method"])]
    if not names:
        return
    figure = Figure(figsize=(11, 1.8 + 0.6 * len(names)), layout="constrained")
    strips, numbers = figure.subplots(1, 2, sharey=True, width_ratios=[3, 1])
    seconds = rows[rows["source"] == FULL_SIZE].groupby("method")["seconds"].median()
    for height, name in enumerate(names):
        mine = planes[planes["method"] == name]
        angles = mine["angle_deg"].clip(lower=_LEAST_DEG)
        _strip(strips, height, name, angles, mine["cell"])
        near = float((mine["angle_deg"] <= WITHIN_DEG).mean())
        texts = (f"{short(float(mine['angle_deg'].median()))}°", f"{near:.0%}", short(float(seconds.get(name, np.nan))))
        for at, text in enumerate(texts):
            numbers.text(at, height, text, va="center", ha="center")
    _dress(strips, names)
    _head(numbers, len(names))
    heads = len(planes) // len(names)
    title = f"How far off is the midline? {heads} heads of 1 to 2 mm, the same for every method"
    strips.set_title(title, loc="left", fontsize=12)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130, metadata={"Software": None})


def _strip(axes: Any, height: int, name: str, angles: pd.Series, cells: pd.Series) -> None:
    """Draw the points of a method and their median; a cross where there was no answer."""
    color = _OURS if CONTENDERS[name].label.startswith("symbrain") else _OTHERS
    up = height + np.random.default_rng(0).uniform(-0.27, 0.27, len(angles))
    kinds = np.array([_KINDS.get(cell, _USUAL)[0] for cell in cells])
    for marker in sorted(set(kinds)):
        chosen = (kinds == marker) & angles.notna().to_numpy()
        axes.scatter(angles[chosen], up[chosen], s=24, marker=marker, color=color, alpha=0.6, linewidths=0, zorder=3)
    lost = angles.isna().to_numpy()
    axes.scatter(np.full(lost.sum(), _NO_ANSWER_DEG), up[lost], s=24, marker="x", color=color, zorder=3)
    axes.plot([angles.median()] * 2, [height - 0.36, height + 0.36], color=_INK, linewidth=2.5, zorder=2)


def _dress(axes: Any, names: list[str]) -> None:
    """Write scale, names and legend."""
    axes.axvspan(_LEAST_DEG, WITHIN_DEG, color=_GOOD, zorder=0)
    axes.axvline(FAILED_DEG, color=_FAINT, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    axes.set(xscale="log", xlim=(_LEAST_DEG * 0.8, _MOST_DEG), ylim=(-0.7, len(names) - 0.4))
    axes.set_yticks(range(len(names)), [CONTENDERS[name].label for name in names])
    ticks = (0.01, 0.1, 0.5, 1, 2, 10, 45)
    axes.set_xticks(ticks, [f"{tick:g}°" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("angle between the plane that was found and the true one (logarithmic scale)")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    for x, text, side in ((WITHIN_DEG, f"within {WITHIN_DEG:g}° ", "right"), (FAILED_DEG, " failed", "left")):
        axes.text(x, -0.68, text, ha=side, va="bottom", fontsize=8, color=_FAINT)
    for marker, label in (*_KINDS.values(), _USUAL):
        axes.scatter([], [], marker=marker, color=_OTHERS, s=24, label=label)
    axes.plot([], [], color=_INK, linewidth=2.5, label="median")
    axes.figure.legend(loc="outside lower center", ncols=5, frameon=False, fontsize=9)


def _head(axes: Any, height: int) -> None:
    """Write the headings of the columns of numbers."""
    axes.set_xlim(-0.6, len(_COLUMNS) - 0.4)
    axes.axis("off")
    for at, text in enumerate(_COLUMNS):
        axes.text(at, height - 0.42, text, ha="center", va="bottom", fontsize=9, color=_FAINT)
