"""Asymmetry scores against age: every session a point that leads to its page, before the norm's median and band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from scipy.special import stdtrit

from symbrain.figure_style import BAND, BLUE, INK, VERMILION, panel, styled
from symbrain.inline_svg import inline_svg
from symbrain.norms import Norm

KINDS = {
    "normal": ("o", "radiology score 1 or 2"),
    "other": ("D", "radiology score 3 to 5"),
    "none": ("X", "not rated"),
}
"""Marker and meaning of each kind of point."""
_BAND = 0.95
_SIZE = 42


@dataclass(frozen=True)
class Point:
    """A session in the plot.

    Parameters
    ----------
    kind
        One of ``KINDS``.
    page, words
        Where its point leads to, and what is said of it.
    """

    age_weeks: float
    score: float
    kind: str
    flagged: bool
    page: str
    words: str


@dataclass(frozen=True)
class Band:
    """What is usual over age: the median of normal scans, and the band that holds 95 % of new ones."""

    ages: NDArray[np.float64]
    low: NDArray[np.float64]
    median: NDArray[np.float64]
    high: NDArray[np.float64]
    label: str


def band_of(norm: Norm | None, modality: str) -> Band | None:
    """Return the band of a norm of the logarithm of scores; None without one, or where it knows no ages."""
    if norm is None or norm.youngest is None or norm.oldest is None:
        return None
    ages = np.linspace(norm.youngest, norm.oldest, 60)
    mean, spread = norm.predict(ages)
    reach = float(stdtrit(norm.freedom, (1 + _BAND) / 2)) * spread
    label = f"norm of {norm.n} {modality} scans: median and 95 % band"
    return Band(ages, np.exp(mean - reach), np.exp(mean), np.exp(mean + reach), label)


@styled
def age_plot(points: Sequence[Point], band: Band | None) -> Markup:
    """Draw the points before the band; shape tells the radiology score, and a filled point is flagged."""
    figure, axes = panel(8.5, 4.6)
    handles = []
    if band is not None:
        axes.fill_between(band.ages, band.low, band.high, color=BAND, linewidth=0)
        axes.plot(band.ages, band.median, color=BLUE, linewidth=1.5)
        handles.append(Line2D([], [], color=BLUE, label=band.label))
    for kind, (marker, meaning) in KINDS.items():
        those = [point for point in points if point.kind == kind]
        for flagged in (False, True):
            some = [point for point in those if point.flagged == flagged]
            _scatter(axes, some, marker, flagged=flagged)
        if those:
            label = f"{meaning} ({len(those)})"
            handles.append(Line2D([], [], ls="", marker=marker, mfc="none", color=BLUE, ms=6, label=label))
    if flagged_count := sum(point.flagged for point in points):
        label = f"filled: flagged ({flagged_count})"
        handles.append(Line2D([], [], ls="", marker="s", color=VERMILION, mec=INK, ms=7, label=label))
    axes.set(xlabel="Post-menstrual age at the scan (weeks)", ylabel="Asymmetry score (SD)")
    axes.set_ylim(bottom=0)
    figure.legend(handles=handles, loc="outside upper left", ncols=2)
    return inline_svg(figure, _alt(points, band), {point.page: point.words for point in points})


def _scatter(axes: object, points: Sequence[Point], marker: str, *, flagged: bool) -> None:
    ages, scores = [p.age_weeks for p in points], [p.score for p in points]
    face, edge = (VERMILION, INK) if flagged else ("none", BLUE)
    drawn = axes.scatter(  # type: ignore[attr-defined]
        ages, scores, s=_SIZE * (1.4 if flagged else 1), marker=marker, facecolor=face, edgecolor=edge,
        linewidth=1 if flagged else 1.4, zorder=3 + flagged,
    )  # fmt: skip
    drawn.set_urls([p.page for p in points])


def _alt(points: Sequence[Point], band: Band | None) -> str:
    scores = [point.score for point in points]
    flagged = sum(point.flagged for point in points)
    norm = f" Behind them: {band.label}." if band else ""
    return (
        f"Asymmetry score against age of {len(points)} sessions, {min(scores):.1f} to {max(scores):.1f} SD, "
        f"{flagged} of them flagged.{norm} Each point leads to its page; the numbers are in the table below."
    )
