"""The figure of the Siamese benchmark: what the task looks like, and how often each method is right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from siamese_cohort import Cohort
from siamese_report import BY_INFANT, BY_PAIR, SIMPLE, estimate, shares
from siamese_slices import DEPTH, GRID, SIZES_PX, TOP

_EXAMPLES = ((13, 1), (33, 5), (49, 9), (8, 0))  # rows of odd number, or of even, and sizes: which are shown
_LOOKS = {
    "constant windows": ("#000000", "s"),
    "largest difference": ("#8A8A8A", "X"),
    "VGG": ("#0072B2", "o"),
    "ResNet": ("#D55E00", "^"),
    "MobileNet": ("#009E73", "D"),
    "ResNeXt": ("#CC79A7", "v"),
    "EfficientNet": ("#E69F00", "P"),
}
_FAINT = "#555555"


def write_figure(rows: pd.DataFrame, cohort: Cohort, path: Path) -> None:
    """Draw pairs of halves with their patches above, and shares of right rows by size below."""
    figure = Figure(figsize=(11, 7.2), layout="constrained")
    halves: Any = figure.subfigures(2, 1, height_ratios=[1, 1.9])
    above, below = halves
    _draw_examples(above, cohort)
    same = rows[rows["train_size"] == rows["test_size"]]
    leaky = same.loc[same["split"] == BY_PAIR, "method"].unique()
    axes = below.subplots(1, 1 + len(leaky), width_ratios=[2.2] + [1] * len(leaky), sharey=True, squeeze=False)[0]
    _draw_sizes(axes[0], same[same["split"] == BY_INFANT])
    for name, panel in zip(leaky, axes[1:], strict=True):
        _draw_splits(panel, name, same[same["method"] == name])
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130, metadata={"Software": None})


def _draw_examples(figure: Any, cohort: Cohort) -> None:
    """Draw pairs of halves: the right one above, the left one mirrored below it, both with the midline towards it."""
    figure.suptitle("Has one of the two halves a patch of constant grey?", x=0.01, ha="left", fontsize=12)
    shown = [(row, size) for row, size in _EXAMPLES if row < len(cohort.halves)]
    for axes, (row, size) in zip(np.atleast_1d(figure.subplots(1, len(shown))), shown, strict=True):
        right, left = cohort.altered(size, 0)[row][:, TOP : TOP + DEPTH]
        axes.imshow(np.concatenate([right, left]), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        axes.axhline(DEPTH - 0.5, color="#56B4E9", linewidth=0.8)
        for at, side in ((0, "right"), (DEPTH, "left, mirrored")):
            axes.text(4, at + 6, side, color="white", fontsize=8, va="top")
        axes.text(GRID - 5, 6, "anterior →", color="white", fontsize=8, ha="right", va="top")
        axes.set_title(f"{SIZES_PX[size]} px" if row % 2 else "no patch", fontsize=10)
        axes.axis("off")


def _draw_sizes(axes: Any, rows: pd.DataFrame) -> None:
    """Draw the share of right rows over the size, with intervals."""
    names = [name for name in _LOOKS if name in set(rows["method"])]
    for number, name in enumerate(names):
        color, marker = _LOOKS[name]
        mine = rows[rows["method"] == name]
        style = "--" if name in SIMPLE else "-" if mine["test_size"].nunique() > 1 else "none"
        aside = 0.35 * (number - (len(names) - 1) / 2)
        _draw_shares(axes, mine, aside, color=color, marker=marker, label=name, linestyle=style)
    _dress(axes, "Unseen infants; patches of the same size in learning and judging")
    axes.set_xticks(SIZES_PX, [str(size) for size in SIZES_PX])
    axes.set_xlabel("edge of the patch (pixels of the 224 grid; 1 pixel is 0.65 mm)")
    axes.set_ylabel("right, with 95 % interval (%)")
    axes.legend(loc="lower center", ncols=4, frameon=False, fontsize=9)


def _draw_splits(axes: Any, name: str, rows: pd.DataFrame) -> None:
    """Draw the same network split by infant, and as published."""
    color, marker = _LOOKS[name]
    for split, face, aside in ((BY_INFANT, color, -0.3), (BY_PAIR, "white", 0.3)):
        look = {"color": color, "marker": marker, "markerfacecolor": face, "linestyle": "-"}
        _draw_shares(axes, rows[rows["split"] == split], aside, label=split, **look)
    _dress(axes, f"{name}: what the published split adds")
    axes.set_xticks([SIZES_PX[k] for k in sorted(rows["test_size"].unique())])
    axes.set_xlabel("edge of the patch (pixels)")
    axes.legend(loc="lower center", ncols=2, frameon=False, fontsize=9)


def _draw_shares(axes: Any, rows: pd.DataFrame, aside: float, **look: Any) -> None:
    """Draw a method's shares by size, so far aside of the size."""
    sizes = sorted(rows["test_size"].unique())
    found = [estimate(shares(rows[rows["test_size"] == k])) for k in sizes]
    value, low, high = (100 * np.array([getattr(one, name) for one in found]) for name in ("value", "low", "high"))
    x = np.array([SIZES_PX[k] for k in sizes]) + aside
    axes.errorbar(x, value, yerr=[value - low, high - value], capsize=2, linewidth=1.2, markersize=6, **look)


def _dress(axes: Any, title: str) -> None:
    axes.axhline(50, color=_FAINT, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
    axes.text(
        1, 50.5, "chance", color=_FAINT, fontsize=8, transform=axes.get_yaxis_transform(), ha="right", va="bottom"
    )
    axes.set_ylim(34, 102)
    axes.set_title(title, loc="left", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
