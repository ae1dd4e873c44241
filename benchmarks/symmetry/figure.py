"""The figure of the ablation: what each mechanism brings, how much data it takes, and what is learned of the mirror."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy import stats

from symbrain.atomic import write_bytes
from symmetry.catalogue import MECHANISMS, REFERENCE
from symmetry.difference import interval
from symmetry.phases import MIRROR
from symmetry.report import RANKED, ranked, whole_setting

# The palette of Okabe and Ito, told apart by all eyes; markers and dashes tell the mechanisms without colour.
_BETTER, _WORSE, _OPEN = "#009E73", "#D55E00", "#555555"
_STYLES: dict[str, tuple[str, str, Any]] = {
    "none": ("#000000", "o", "-"),
    REFERENCE: ("#0072B2", "h", (0, (3, 1))),
    "flip augmentation": ("#6A3D9A", "^", "-."),
    "as in the product": ("#0072B2", "s", "--"),
    "even/odd split": ("#009E73", "D", ":"),
    "tversky head": ("#CC79A7", "v", (0, (5, 1, 1, 1))),
    "mirror averaging": ("#E69F00", "P", (0, (3, 1))),
    "latent flip": ("#56B4E9", "X", (0, (1, 1))),
    "soft equivariance": ("#D55E00", "^", "-."),
}
_OTHER = ("#777777", ".", "-")
_UNITS = {"asymmetry": "AUROC", "midline": "median angle error (°)"}
_ALL = {"asymmetry": 96, "midline": 64}  # heads that 0 stands for
_FULL = 480  # heads that 0 stands for at the size of the packaged network
_WIDEST = 4.0  # times the middle interval's reach: what lies farther out is written at the rim
_AMOUNTS_ON = {"development": "development suite", "own": "own heads"}
_WIDE = 10.0  # times as large as the smallest: then on a logarithmic scale
_LEGEND = 0.3  # of the height is left for it
_PANELS = 2  # beside one another for each model


def write_figure(
    rows: pd.DataFrame,
    path: Path,
    side: pd.DataFrame | None = None,
    full: pd.DataFrame | None = None,
) -> None:
    """Draw the ablation.

    Parameters
    ----------
    rows
        As ``results.read_rows`` returns them.
    side
        Rows of networks that see the side.
    full
        Rows of trainings as large as the packaged network's, with many times the passes.
    """
    models = [model for model in sorted(rows["model"].unique()) if len(whole_setting(rows, model))]
    mirrors = {seen: broken(some) for seen, some in ((False, rows), (True, side)) if some is not None}
    mirrors = {seen: some for seen, some in mirrors.items() if some["asymmetry"].nunique() > 1}
    several = bool((rows.groupby("model")["heads"].nunique() > 1).any())
    count = 1 + 2 * several + bool(mirrors)
    heights = [5.4, 3.6, 3.6, 3.6][:count]
    figure = Figure(figsize=(6.8 * len(models), sum(heights)), layout="constrained")
    grid = figure.add_gridspec(count, _PANELS * len(models), height_ratios=heights)
    for k, model in enumerate(models):
        own = slice(_PANELS * k, _PANELS * (k + 1))
        _draw_differences(figure.add_subplot(grid[0, own]), whole_setting(rows, model), model)
        lower = [[figure.add_subplot(grid[row, _PANELS * k + i]) for i in range(_PANELS)] for row in range(1, count)]
        for on in _AMOUNTS_ON if several else ():
            _draw_amounts(lower.pop(0), by_count(rows, full, model, on), model, on)
        if mirrors:
            _draw_mirror(lower.pop(0), mirrors, model)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=110, metadata={"Software": None})
    write_bytes(path, drawn.getvalue())


def broken(rows: pd.DataFrame) -> pd.DataFrame:
    """Return how far the reflection is ``broken`` on heads of the own kind, and its learned ``strength`` or NaN."""
    mine = rows[(rows["judged_on"] == "own") & (rows["heads"] == 0) & rows["mechanism"].isin(MIRROR)]
    found = [dict(word.split("=") for word in text.split() if "=" in word) for text in mine["learned"]]
    return mine.assign(strength=[float(one.get("reflection", "nan")) for one in found])


def by_count(rows: pd.DataFrame, full: pd.DataFrame | None, model: str, on: str) -> pd.DataFrame:
    """Return a model's rows with the ``count`` of heads learned from, of mechanisms that learned from several counts.

    Those as large as the packaged network's are among them.
    """
    here = [(rows, _ALL[model])] + ([] if full is None else [(full, _FULL)])
    counted = pd.concat(some.assign(count=some["heads"].replace(0, count)) for some, count in here)
    mine = counted[(counted["model"] == model) & (counted["judged_on"] == on)]
    several: pd.DataFrame = mine[mine["mechanism"].isin(_of_several(rows[rows["model"] == model]))]
    return several


def _of_several(rows: pd.DataFrame) -> pd.Index:
    """Return the mechanisms that learned from several numbers of heads."""
    several = rows.groupby("mechanism")["heads"].nunique() > 1
    return several.index[several]


def _draw_differences(axes: Any, rows: pd.DataFrame, model: str) -> None:
    """Draw the paired difference from the reference, the best above."""
    figure, less = RANKED[model]
    names = [name for name in ranked(rows, model) if name != REFERENCE]
    spans = {name: interval(rows, name, figure) for name in names}
    reach = _WIDEST * float(np.median([max(abs(low), abs(high)) for _, low, high in spans.values()])) if names else 1.0
    axes.axvline(0, color="#999999", linewidth=1)
    for at, name in enumerate(reversed(names)):
        mean, low, high = spans[name]
        _, lowest, highest = interval(rows, name, figure, 0.05 / len(names))
        clear = lowest > 0 or highest < 0
        color = (_BETTER if (mean < 0) == less else _WORSE) if clear else _OPEN
        if abs(mean) > reach:
            where, side = (reach, "right") if mean > 0 else (-reach, "left")
            words = f"{mean:+.2g} ({low:+.2g} to {high:+.2g}) "
            axes.text(where, at, f"{words}→" if side == "right" else f"← {words}", ha=side, va="center", color=color)
            continue
        axes.hlines(at, max(low, -reach), min(high, reach), color=color, linewidth=1.6)
        axes.plot(mean, at, marker="D" if clear else "o", color=color, markersize=5)
    seeds = rows.groupby("mechanism")["seed"].nunique()
    axes.set_yticks(range(len(names)), [f"{name} ({seeds[name]})" for name in reversed(names)])
    axes.set_ylim(-0.6, len(names) - 0.4)
    if any(abs(mean) > reach for mean, _, _ in spans.values()):
        axes.set_xlim(-reach, reach)
    axes.set_title(f"{model} model: difference from {REFERENCE}", loc="left", fontsize=11)
    axes.set_xlabel(
        f"{_UNITS[model]}, {'less' if less else 'more'} is better. Development suite, 95 %. In brackets: seeds\n"
        f"coloured diamond: beyond chance among all that are compared here ({len(names)})",
        fontsize=8,
    )
    _plain(axes)


def _draw_amounts(panels: list[Any], rows: pd.DataFrame, model: str, on: str) -> None:
    """Draw the difference over the number of heads, at the smallest and the largest asymmetry.

    Below each number of heads stands what the reference reaches with them.
    """
    figure, less = RANKED[model]
    asymmetries = sorted(rows.loc[rows["heads"] > 0, "asymmetry"].unique())
    names = [name for name in MECHANISMS if name in set(rows["mechanism"]) - {REFERENCE}]
    for axes, asymmetry in zip(panels, asymmetries[:: max(1, len(asymmetries) - 1)], strict=False):
        here = rows[rows["asymmetry"] == asymmetry]
        heads = sorted(here["count"].unique())
        for k, name in enumerate(names):
            color, marker, dashes = _STYLES.get(name, _OTHER)
            there = [n for n in heads if name in set(here.loc[here["count"] == n, "mechanism"])]
            spans = np.array([interval(here[here["count"] == n], name, figure) for n in there]).reshape(-1, 3)
            where = [heads.index(n) + 0.09 * (k - (len(names) - 1) / 2) for n in there]  # so that none hides another
            look = {"color": color, "marker": marker, "markersize": 5, "elinewidth": 0.8, "linewidth": 1.2}
            half, alike = spans[:, 2] - spans[:, 0], sum(n != _FULL for n in there)  # what is larger is another setting
            axes.errorbar(where[:alike], spans[:alike, 0], half[:alike], **look, linestyle=dashes, label=name)
            axes.errorbar(where[alike:], spans[alike:, 0], half[alike:], **look, linestyle="none", mfc="white")
        reached = here[here["mechanism"] == REFERENCE].groupby("count")[figure].mean()
        axes.set_xticks(range(len(heads)), [f"{n:g}\n({reached[n]:.2g})" if n in reached else f"{n:g}" for n in heads])
        hollow = "\nhollow: 15 times the passes too" if _FULL in heads else ""
        axes.set_xlabel(f"heads learned from, asymmetry {asymmetry:g}{hollow}", fontsize=8)
        axes.axhline(0, color="#999999", linewidth=1)
        _plain(axes)
    panels[0].set_ylabel(f"{_UNITS[model]}\ndifference")
    better = "less" if less else "more"
    panels[0].set_title(f"{model} model, {_AMOUNTS_ON[on]} ({better} is better)", loc="left", fontsize=11)
    drawn = [panel for panel in panels if panel.has_data()]
    low, high = (f([f(panel.get_ylim()) for panel in drawn], default=0.5) for f in (min, max))
    for axes in panels:
        axes.set_ylim(low, high + _LEGEND * (high - low) + 1e-6)
        axes.set_visible(axes in drawn)
    if names:
        _explain(panels[0])


def _draw_mirror(panels: list[Any], mirrors: Mapping[bool, pd.DataFrame], model: str) -> None:
    """Draw how far each training breaks the reflection over the true asymmetry, and the learned strengths."""
    for seen, rows in mirrors.items():
        for name in MIRROR:
            color, marker, dashes = _STYLES[name]
            mine = rows[(rows["mechanism"] == name) & (rows["model"] == model)]
            if mine.empty:
                continue
            for axes, figure in zip(panels, ("broken", "strength"), strict=True):
                of_figure = mine.groupby("asymmetry")[figure]
                mean, half = of_figure.mean(), of_figure.apply(_half)
                look = {"color": color, "marker": marker, "linestyle": dashes, "elinewidth": 0.8}
                look |= {"markerfacecolor": "white"} if seen else {}
                if mean.notna().any():
                    axes.errorbar(mean.index, mean, half, **look, label=None if seen else name)
    there = sorted({asymmetry for rows in mirrors.values() for asymmetry in rows["asymmetry"]})
    for axes, words in zip(
        panels,
        ("reflection broken (1: unrelated)", "strength λ given to the reflection"),
        strict=True,
    ):
        axes.set(xlabel="true asymmetry of normal brains", ylabel=words, ylim=(0, None), xticks=there)
        if axes.get_legend_handles_labels()[0]:
            axes.set_ylim(0, (1 + _LEGEND) * axes.dataLim.y1)
            _explain(axes)
        _plain(axes)
    shown = pd.concat(rows.loc[rows["model"] == model, "broken"] for rows in mirrors.values())
    least, most = shown.min(), shown.max()
    if 0 < least < most / _WIDE:
        panels[0].set(yscale="log", ylim=(least / 2, most * (most / least) ** _LEGEND))
    if True in mirrors and model in set(mirrors[True]["model"]):
        panels[0].set_xlabel("true asymmetry of normal brains\n(hollow: the side is seen)")
    panels[0].set_title(f"{model} model: learned of the mirror (own heads)", loc="left", fontsize=11)


def _half(values: pd.Series) -> float:
    """Return half the 95 % interval of a mean over seeds."""
    count = len(values)
    return float(stats.t.ppf(0.975, count - 1) * values.std(ddof=1) / np.sqrt(count)) if count > 1 else 0.0


def _explain(axes: Any) -> None:
    """Say what the lines are, in the room above them; the panels are not made narrower for it."""
    axes.legend(fontsize=7, frameon=False, ncols=2, loc="upper left", columnspacing=1).set_in_layout(False)


def _plain(axes: Any) -> None:
    axes.grid(axis="x", color="#E5E5E5")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
