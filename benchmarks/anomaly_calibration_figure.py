"""The figure of the calibration: false alarms by age and contrast, and how the deviations of normals are spread."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy import stats

from anomaly_calibration import alarms_of
from intervals import share
from judged import SPECIFICITY
from symbrain.atomic import write_bytes

_STYLES = (("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"), ("#CC79A7", "D"))  # Okabe and Ito
_INK, _FAINT, _BAND = "#222222", "#777777", "#E6E6E6"
_BINS = 10


def write_figure(normals: Mapping[str, pd.DataFrame], path: Path) -> None:
    """Draw three panels: false alarms with corrected intervals, a QQ plot of z, and the histogram of Φ(z)."""
    figure = Figure(figsize=(14, 4.8), layout="constrained")
    panels = figure.subplots(1, 3, width_ratios=[1.35, 1, 1])
    styles = dict(zip(normals, _STYLES, strict=False))
    _draw_alarms(panels[0], normals, styles)
    _draw_quantiles(panels[1], normals, styles)
    _draw_shares(panels[2], normals, styles)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=120, metadata={"Software": None})
    write_bytes(path, drawn.getvalue())


def _draw_alarms(axes: Any, normals: Mapping[str, pd.DataFrame], styles: Mapping[str, tuple[str, str]]) -> None:
    every = {name: alarms_of(part) for name, part in normals.items()}
    cells = list(dict.fromkeys(one.name for found in every.values() for one in found))
    heads = {one.name: one.heads for found in every.values() for one in found}
    for turn, (name, (color, marker)) in enumerate(styles.items()):
        up = 0.32 * (turn / max(len(styles) - 1, 1) - 0.5)
        for one in every[name]:
            value, low, high = (100 * part for part in share(one.alarms, one.heads, len(every[name])))
            height = len(cells) - 1 - cells.index(one.name) - up
            axes.plot([low, high], [height] * 2, color=color, linewidth=1.4)
            axes.plot(value, height, color=color, marker=marker, markersize=6)
        axes.plot([], [], color=color, marker=marker, label=name)
    axes.axvline(100 * (1 - SPECIFICITY), color=_INK, linewidth=1, linestyle=(0, (4, 3)))
    axes.axhline(len(cells) - 1.5, color=_FAINT, linewidth=0.8)
    axes.set_yticks(range(len(cells)), [f"{name} ({heads[name]})" for name in reversed(cells)])
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(left=-1)
    axes.set_xlabel("false alarms (%), intervals that hold at once with 95 %")
    axes.set_title("Normals beyond the 95 % threshold (dashed: 5 %)", loc="left", fontsize=11)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _draw_quantiles(axes: Any, normals: Mapping[str, pd.DataFrame], styles: Mapping[str, tuple[str, str]]) -> None:
    count = min(len(part) for part in normals.values())
    rank = np.arange(1, count + 1)  # the share below the k-th of n even draws follows Beta(k, n + 1 − k)
    low, high = (stats.norm.ppf(stats.beta.ppf(level, rank, count + 1 - rank)) for level in (0.025, 0.975))
    axes.fill_between(stats.norm.ppf((rank - 0.5) / count), low, high, color=_BAND, linewidth=0)
    axes.plot([-4, 4], [-4, 4], color=_INK, linewidth=1, linestyle=(0, (4, 3)))
    for name, (color, marker) in styles.items():
        z = np.sort(normals[name]["z"])
        at = stats.norm.ppf((np.arange(len(z)) + 0.5) / len(z))
        axes.plot(at, z, color=color, marker=marker, markersize=3, linestyle="", alpha=0.7)
    axes.set(xlim=(-3.6, 3.6), ylim=(-4, 5), xlabel="quantile of a standard normal law", ylabel="z of normals")
    axes.set_title("Deviations of normals (band: 95 %)", loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_shares(axes: Any, normals: Mapping[str, pd.DataFrame], styles: Mapping[str, tuple[str, str]]) -> None:
    edges = np.linspace(0, 1, _BINS + 1)
    count = min(len(part) for part in normals.values())
    low, high = stats.binom.ppf([0.025 / _BINS, 1 - 0.025 / _BINS], count, 1 / _BINS) / count
    axes.axhspan(100 * low, 100 * high, color=_BAND, linewidth=0)
    axes.axhline(100 / _BINS, color=_INK, linewidth=1, linestyle=(0, (4, 3)))
    for name, (color, marker) in styles.items():
        counts, _ = np.histogram(stats.norm.cdf(normals[name]["z"]), edges)
        shares = 100 * counts / counts.sum()
        axes.stairs(shares, edges, color=color, linewidth=1.5)
        axes.plot((edges[1:] + edges[:-1]) / 2, shares, color=color, marker=marker, linestyle="", markersize=5)
    axes.set(xlim=(0, 1), ylim=(0, None), xlabel="Φ(z): 0 least, 1 most deviating", ylabel="normals (%)")
    axes.set_title("All alike common? (band: 95 % for all bins)", loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
