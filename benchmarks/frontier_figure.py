"""The figure of the frontier: the smallest size caught at each contrast, and the curves of sensitivity behind it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from frontier_fit import CAUGHT, Frontier
from judged import SPECIFICITY
from symbrain.atomic import write_bytes

# The palette of Okabe and Ito, told apart by all eyes; markers and dashes tell the methods without colour.
_STYLES = (
    ("#0072B2", "o", "-"),
    ("#D55E00", "s", "--"),
    ("#009E73", "^", "-."),
    ("#CC79A7", "D", ":"),
    ("#E69F00", "v", (0, (5, 1, 1, 1, 1, 1))),
    ("#56B4E9", "P", (0, (3, 1))),
    ("#000000", "X", (0, (1, 2))),
    ("#8A8A8A", "*", (0, (8, 2))),
    ("#5D3A9B", "p", (0, (2, 1, 1, 1))),
)
_FAINT = "#777777"
_NOT_CAUGHT = 1.12  # of the largest size: where the points lie of methods that do not catch it


def write_figure(found: Sequence[Frontier], path: Path) -> None:
    """Draw the frontier on the left, and on the right sensitivity over size, a panel for each contrast."""
    names = list(dict.fromkeys(one.method for one in found))
    styles = {name: _STYLES[k % len(_STYLES)] for k, name in enumerate(names)}
    contrasts = sorted({one.contrast_sd for one in found})
    figure = Figure(figsize=(13, 5.6), layout="constrained")
    sides: Any = figure.subfigures(1, 2, width_ratios=[1, 1.35], wspace=0.03)
    left, right = sides
    _draw_frontier(left.subplots(), found, styles)
    panels = right.subplots(2, -(-len(contrasts) // 2), sharex=True, sharey=True, squeeze=False)
    for axes, contrast in zip(panels.flat, contrasts, strict=False):
        _draw_curves(axes, [one for one in found if one.contrast_sd == contrast], styles)
        axes.set_title(f"contrast {contrast:g} SD", fontsize=10)
    for axes in panels.flat[len(contrasts) :]:
        axes.set_axis_off()
    right.supxlabel("size of the lesion (mm)", fontsize=10)
    right.supylabel("share caught at 95 % specificity", fontsize=10)
    handles, labels = panels.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(names), 5), frameon=False)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=130, metadata={"Software": None})
    write_bytes(path, drawn.getvalue())


def _draw_frontier(axes: Any, found: Sequence[Frontier], styles: dict[str, tuple[str, str, Any]]) -> None:
    smallest, largest = (float(f([f(one.sizes_mm) for one in found])) for f in (np.min, np.max))
    beyond = largest * _NOT_CAUGHT
    axes.axhspan(largest * 1.03, beyond * 1.06, color="#F0F0F0", zorder=0)
    for turn, (name, (color, marker, dashes)) in enumerate(styles.items()):
        mine = sorted((one for one in found if one.method == name), key=lambda one: one.contrast_sd)
        aside = 1 + 0.018 * (turn - (len(styles) - 1) / 2)  # so that intervals do not hide each other
        at = np.array([one.contrast_sd for one in mine]) * aside
        size, low, high = (
            np.clip(np.array([getattr(one, key) for one in mine]), smallest, beyond)
            for key in ("size_mm", "low_mm", "high_mm")
        )
        axes.vlines(at, low, high, color=color, linewidth=1.2, alpha=0.55)
        axes.plot(at, size, color=color, marker=marker, linestyle=dashes, markersize=6)
    ticks = sorted({one.contrast_sd for one in found})
    axes.set(xscale="log", ylim=(smallest - 0.5, beyond * 1.06))
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    sizes = np.arange(smallest, largest + 1, 4)
    axes.set_yticks([*sizes, beyond], [*(f"{size:g}" for size in sizes), "not\ncaught"])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("contrast of the lesion (standard deviations of its tissue)")
    axes.set_ylabel("diameter (mm)")
    axes.set_title(f"The smallest lesion of which {CAUGHT * 100:.0f} % are caught", loc="left", fontsize=12)
    axes.grid(axis="y", color="#E5E5E5")
    axes.spines[["top", "right"]].set_visible(False)


def _draw_curves(axes: Any, found: Sequence[Frontier], styles: dict[str, tuple[str, str, Any]]) -> None:
    for one in found:
        color, marker, dashes = styles[one.method]
        sizes = np.linspace(one.sizes_mm[0], one.sizes_mm[-1], 100)
        axes.plot(sizes, one.curve.at(sizes), color=color, linestyle=dashes, linewidth=1.5)
        axes.plot(one.sizes_mm, one.share, color=color, marker=marker, linestyle="", markersize=4, alpha=0.7)
        axes.plot([], [], color=color, marker=marker, linestyle=dashes, label=one.method)  # for the legend
    axes.axhline(CAUGHT, color=_FAINT, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.axhline(1 - SPECIFICITY, color=_FAINT, linewidth=0.8, linestyle=(0, (1, 3)))
    axes.set(ylim=(-0.03, 1.03), xticks=np.arange(4, 21, 4), yticks=[0, 0.25, 0.5, 0.75, CAUGHT])
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
