"""The figure of the left-right alarm's power: how many exchanged cohorts are told, over the number of infants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from intervals import share
from symbrain.atomic import write_bytes
from symbrain.figure_style import BLUE, GREEN, INK, ORANGE, PURPLE, SKY, SOFT, VERMILION, rendered, styled
from symbrain.usual_sides import USUAL_SIDES

_TRUTHS = {
    "literature": ("literature", BLUE, "o", "-"),
    "half": ("half of it", ORANGE, "s", "--"),
    "drawn": ("drawn about it", GREEN, "^", "-."),
}
_SETS = {"labels": "with DrawEM labels", "image": "T2w without labels"}
_COLORS, _MARKERS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, SOFT), "osD^vPX"
_TICKS = (5, 10, 20, 50, 100, 200, 500, 1000)


@styled
def write_figure(rows: pd.DataFrame, path: Path) -> None:
    """Draw the power of all measures together, with labels and without, and of each alone, with 95 % intervals."""
    figure = Figure(figsize=(14, 4.8), layout="constrained")
    panels = figure.subplots(1, 3, sharey=True)
    for axes, (kind, title) in zip(panels, _SETS.items(), strict=False):
        for truth, (label, color, marker, line) in _TRUTHS.items():
            mine = rows[(rows.measures == f"all of {kind}") & (rows.truth == truth)]
            _curve(axes, mine, "told", label=f"told: {label}", color=color, marker=marker, linestyle=line)
        for truth, label, marker in (("literature", "literature", "x"), ("none", "no asymmetry", "+")):
            mine = rows[(rows.measures == f"all of {kind}") & (rows.truth == truth)]
            _curve(axes, mine, "false", label=f"false: {label}", color=INK, marker=marker, linestyle=":")
        axes.set_title(f"All measures, {title}")
    for number, one in enumerate(one for one in USUAL_SIDES if one.of == "labels"):
        mine = rows[(rows.measures == one.measure) & (rows.truth == "literature")]
        look = {"color": _COLORS[number], "marker": _MARKERS[number], "linestyle": "-"}
        _curve(panels[2], mine, "told", label=f"{one.measure.replace('_', ' ')} ({one.effect:.2f})", **look)
    panels[2].set_title("Told by one measure alone (its effect)")
    for axes in panels:
        _dress(axes)
    panels[0].set_ylabel("share of cohorts (%)")
    write_bytes(path, rendered(figure, "png"))


def _curve(axes: Any, mine: pd.DataFrame, what: str, **look: Any) -> None:
    ordered = mine.sort_values("infants")
    found = 100 * np.array([share(int(hits), int(n)) for hits, n in zip(ordered[what], ordered.cohorts, strict=True)])
    value, low, high = found.T
    axes.errorbar(ordered.infants, value, [value - low, high - value], markersize=5, capsize=2, elinewidth=1, **look)


def _dress(axes: Any) -> None:
    axes.set_xscale("log")
    axes.set_xticks(_TICKS)
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.minorticks_off()
    axes.set_ylim(-3, 103)
    axes.axhline(95, color=SOFT, linewidth=0.8, linestyle=(0, (1, 3)))
    axes.set_xlabel("infants, one scan each")
    axes.legend(loc="upper left", fontsize=8.5)
