"""The figure of the ablation: what each mechanism brings, how much data it takes, and what is learned of the mirror."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from scipy import stats

from symbrain.atomic import write_bytes
from symmetry.catalogue import REFERENCE
from symmetry.difference import interval
from symmetry.report import RANKED, ranked, whole_setting

# The palette of Okabe and Ito, told apart by all eyes; markers and dashes tell the mechanisms without colour.
_BETTER, _WORSE, _OPEN = "#009E73", "#D55E00", "#555555"
_STYLES: tuple[tuple[str, str, Any], ...] = (
    ("#000000", "o", "-"),
    ("#0072B2", "s", "--"),
    ("#D55E00", "^", "-."),
    ("#009E73", "D", ":"),
    ("#CC79A7", "v", (0, (5, 1, 1, 1))),
)
_UNITS = {"asymmetry": "AUROC", "midline": "median angle error (degrees)"}
_MIRROR = ("none", REFERENCE, "soft equivariance")
"""Whose reflection is shown over the true asymmetry; the strengths are those of the last."""
_ALL = {"asymmetry": 96, "midline": 64}  # heads that 0 stands for


def write_figure(rows: pd.DataFrame, path: Path, beside: Mapping[str, pd.DataFrame] | None = None) -> None:
    """Draw the ablation; rows as ``ablation.read_rows`` returns them."""
    models = sorted(rows["model"].unique())
    several = rows.groupby("model")["heads"].nunique().reindex(models) > 1
    mirror = broken(rows)
    below = int(several.any()) + int(mirror["asymmetry"].nunique() > 1)
    figure = Figure(figsize=(6.2 * len(models), 5.4 + 3.6 * below), layout="constrained")
    panels: Any = figure.subplots(1 + below, len(models), squeeze=False, height_ratios=[5.4] + [3.6] * below)
    for k, model in enumerate(models):
        _draw_differences(panels[0][k], whole_setting(rows, model), model)
        rest = list(panels[1:, k])
        if several.any():
            _draw_amounts(rest.pop(0), rows[(rows["model"] == model) & (rows["judged_on"] == "own")], model)
        if rest:
            _draw_mirror(rest[0], mirror[mirror["model"] == model], model)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=110, metadata={"Software": None})
    write_bytes(path, drawn.getvalue())


def broken(rows: pd.DataFrame) -> pd.DataFrame:
    """Return how far the reflection is ``broken`` on heads of the own kind, and its learned ``strength`` or NaN."""
    mine = rows[(rows["judged_on"] == "own") & (rows["heads"] == 0) & rows["mechanism"].isin(_MIRROR)]
    found = [dict(word.split("=") for word in text.split() if "=" in word) for text in mine["learned"]]
    return mine.assign(strength=[float(one.get("reflection", "nan")) for one in found])


def _draw_differences(axes: Any, rows: pd.DataFrame, model: str) -> None:
    """Draw the paired difference from the reference, the best above."""
    figure, less = RANKED[model]
    names = [name for name in ranked(rows, model) if name != REFERENCE]
    axes.axvline(0, color="#999999", linewidth=1)
    for at, name in enumerate(reversed(names)):
        mean, low, high = interval(rows, name, figure)
        _, lowest, highest = interval(rows, name, figure, 0.05 / len(names))
        clear = lowest > 0 or highest < 0
        color = (_BETTER if (mean < 0) == less else _WORSE) if clear else _OPEN
        axes.hlines(at, low, high, color=color, linewidth=1.6)
        axes.plot(mean, at, marker="D" if clear else "o", color=color, markersize=5)
    axes.set_yticks(range(len(names)), list(reversed(names)))
    seeds = rows["seed"].nunique()
    words = f"{seeds} seed{'s' if seeds > 1 else ''}, 95 %; coloured: clear among {len(names)}"
    axes.set_title(f"{model}: difference from {REFERENCE}\ndevelopment suite, {words}", loc="left", fontsize=11)
    axes.set_xlabel(f"{_UNITS[model]}: {'less' if less else 'more'} is better", fontsize=9)
    _plain(axes)


def _draw_amounts(axes: Any, rows: pd.DataFrame, model: str) -> None:
    """Draw the figure that counts over the number of heads, at the smallest and largest asymmetry."""
    figure, _less = RANKED[model]
    most = _ALL[model]
    several = rows.groupby("mechanism")["heads"].nunique() > 1
    names = [name for name in ranked(rows, model) if several[name]]
    amounts = sorted(rows.loc[rows["heads"] > 0, "asymmetry"].unique())
    for (color, marker, dashes), name in zip(_STYLES, names, strict=False):
        for asymmetry in amounts[:: max(1, len(amounts) - 1)]:
            mine = rows[(rows["mechanism"] == name) & (rows["asymmetry"] == asymmetry)]
            mine = mine.assign(heads=mine["heads"].replace(0, most))
            mean = mine.groupby("heads")[figure].mean()
            half = mine.groupby("heads")[figure].apply(_half)
            filled = color if asymmetry == amounts[0] else "white"
            where = mean.index.to_numpy() * (1 + 0.03 * (names.index(name) - 2))  # so that intervals do not hide others
            look = {"color": color, "marker": marker, "linestyle": dashes, "markerfacecolor": filled, "markersize": 5}
            axes.errorbar(where, mean, half, **look, elinewidth=0.8, label=f"{name}, asymmetry {asymmetry:g}")
    heads = sorted(rows["heads"].replace(0, most).unique())
    axes.set(xscale="log", xlabel="heads to learn from", ylabel=_UNITS[model])
    axes.set_xticks(heads, [f"{n:g}" for n in heads])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_title("How much data it takes (heads of the own kind)", loc="left", fontsize=11)
    axes.legend(fontsize=7, frameon=False)
    _plain(axes)


def _draw_mirror(axes: Any, rows: pd.DataFrame, model: str) -> None:
    """Draw how far each training breaks the reflection over the true asymmetry, and write the strengths beside it."""
    for (color, marker, dashes), name in zip(_STYLES, _MIRROR, strict=False):
        mine = rows[rows["mechanism"] == name]
        if mine.empty:
            continue
        mean = mine.groupby("asymmetry")[["broken", "strength"]].mean()
        half = mine.groupby("asymmetry")["broken"].apply(_half)
        look = {"color": color, "marker": marker, "linestyle": dashes}
        axes.errorbar(mean.index, mean["broken"], half, **look, elinewidth=0.8, label=name)
        for at, (height, strength) in mean.dropna().iterrows():
            axes.annotate(
                f"λ {strength:.2g}", (at, height), (5, -11), textcoords="offset points", fontsize=8, color=color
            )
    axes.set(
        xlabel="true asymmetry of normal brains", ylabel="reflection broken\n(0 exact, 1 unrelated)", ylim=(0, None)
    )
    axes.margins(x=0.12)
    axes.set_title(f"{model}: what is learned of the mirror (λ: strength)", loc="left", fontsize=11)
    axes.legend(fontsize=8, frameon=False)
    _plain(axes)


def _half(values: pd.Series) -> float:
    """Return half the 95 % interval of a mean over seeds."""
    count = len(values)
    return float(stats.t.ppf(0.975, count - 1) * values.std(ddof=1) / np.sqrt(count)) if count > 1 else 0.0


def _plain(axes: Any) -> None:
    axes.grid(axis="x", color="#E5E5E5")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
