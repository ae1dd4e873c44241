"""How well raters agree with each other, with the plane and with the network: a table, and Bland-Altman plots."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from symbrain.agreement import limits
from symbrain.exhibit import Exhibit, nothing
from symbrain.figure_style import BLUE, SOFT, VERMILION, styled
from symbrain.result_table import table_of

_NONE = "no table of annotations is configured, or its raters drew in no slice that was cut (key annotations)"
_MOST_PAIRS = 6
_MEASURES = (("angle", "deg", "Angle (degrees)"), ("offset", "mm", "Offset (mm), + towards the subject's left"))


def summary(results: Path) -> Exhibit:
    """List bias and limits of agreement for each two that drew in the same slices."""
    rows = table_of(results, "agreement")
    if rows.empty:
        return nothing(_NONE)
    names = {"first": "First", "second": "Second", "slices": "Slices", "sessions": "Sessions"}
    table = rows[list(names)].rename(columns=names).astype({"Slices": int, "Sessions": int})
    for quantity, unit, name in (("angle", "deg", "Angle, degrees"), ("offset", "mm", "Offset, mm")):
        columns = [f"{quantity}_{what}_{unit}" for what in ("bias", "low", "high")]
        table[name] = [_interval(*row) for row in rows[columns].itertuples(index=False)]
    return Exhibit("Mean difference, and the limits between which 95 % of differences are expected.", table=table)


@styled
def bland_altman(results: Path) -> Exhibit:
    """Plot each slice's difference against its mean, with bias and limits of agreement, a row for each pair."""
    rows = table_of(results, "agreement_slices")
    if rows.empty:
        return nothing(_NONE)
    pairs = list(rows.groupby(["first", "second"]))[:_MOST_PAIRS]
    figure = Figure(figsize=(9.5, 3.1 * len(pairs)), layout="constrained")
    grid = figure.subplots(len(pairs), 2, squeeze=False)
    for line, ((first, second), those) in zip(grid, pairs, strict=True):
        for axes, (quantity, unit, name) in zip(line, _MEASURES, strict=True):
            _plot(axes, those[f"{quantity}_mean_{unit}"], those[f"{quantity}_difference_{unit}"])
            axes.set_title(f"{first} − {second}", fontsize=10, parse_math=False)
            axes.set(xlabel=f"Mean. {name}", ylabel=f"Difference ({'degrees' if unit == 'deg' else unit})")
    more = rows.groupby(["first", "second"]).ngroups - len(pairs)
    words = "Bland-Altman plots: each point is a slice; bias (line) and 95 % limits of agreement (dashed)."
    return Exhibit(f"{words} {more} more pairs are in agreement.tsv." if more else words, figure)


def _plot(axes: Any, means: pd.Series[float], differences: pd.Series[float]) -> None:
    bias, low, high = limits(differences)
    axes.axhline(0, color=SOFT, linewidth=0.8)
    axes.plot(means, differences, "o", color=BLUE, alpha=0.8)
    for height, dashes in ((bias, ()), (low, (5, 3)), (high, (5, 3))):
        if height is not None:
            axes.axhline(height, color=VERMILION, linewidth=1.2, dashes=dashes or (1, 0))
            axes.text(1.01, height, f"{height:+.2f}", transform=axes.get_yaxis_transform(), va="center", fontsize=9)
    axes.margins(y=0.25)


def _interval(bias: float, low: float, high: float) -> str:
    return f"{bias:+.2f} ({low:+.2f} to {high:+.2f})" if pd.notna(low) else f"{bias:+.2f} (one slice)"
