"""One scan's score on the normative curve: what normal scans of its contrast, sex and birth score over age."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure
from scipy.special import stdtrit

from symbrain.cohort_norms import SCORE, CohortNorms
from symbrain.figure_style import BAND, BLUE, INK, SKY, SOFT, VERMILION, styled
from symbrain.findings import shown
from symbrain.inline_svg import inline_svg
from symbrain.norms import Norm
from symbrain.tables import is_missing
from symbrain.traits import levels_of

Row = Mapping[str, Any]
_PERCENTILES = (5, 25, 50, 75, 95)
_SCORE_COLUMNS = ("asymmetry_score", "asymmetry_score_low", "asymmetry_score_high")


def norm_of(row: Row, norms: CohortNorms) -> Norm | None:
    """Return the norm that judged a scan's score; None where it has no z, or where the norm knows no ages."""
    if is_missing(row["asymmetry_z"]) or is_missing(row["scan_age_weeks"]):
        return None
    fold = int(row["fold"]) if row["scored_by"] == "out_of_fold" else None
    norm = norms.of(SCORE, row["modality"], fold)
    return None if norm is None or norm.youngest is None or norm.oldest is None else norm


@styled
def norm_plot(row: Row, norm: Norm, *, synthetic: bool) -> Markup:
    """Draw a scan's score with its 90 % interval before the percentiles of normal scans, as SVG for a page.

    Parameters
    ----------
    row
        Of scores.tsv: score, interval, age, z and the infant's traits, for which the curves hold.
    norm
        Of the logarithm of scores, with known ages.
    synthetic
        Whether the norm is of synthetic heads, which rank no infant.
    """
    youngest, oldest = float(norm.youngest or 0), float(norm.oldest or 0)
    ages = np.linspace(youngest, oldest, 60)
    mean, spread = norm.predict(ages, levels_of(row))
    curves = {p: np.exp(mean + stdtrit(norm.freedom, p / 100) * spread) for p in _PERCENTILES}
    # Placed by hand: every page has this drawing, and finding its margins would take as long as drawing it.
    figure = Figure(figsize=(7.2, 3.6))
    axes: Any = figure.add_axes((0.09, 0.16, 0.78, 0.74))
    axes.fill_between(ages, curves[5], curves[95], color=BAND, linewidth=0)
    axes.fill_between(ages, curves[25], curves[75], color=SKY, alpha=0.3, linewidth=0)
    axes.plot(ages, curves[50], color=BLUE, linewidth=1.5)
    for p, name in ((95, "95 % below"), (50, "median"), (5, "5 % below")):
        axes.annotate(
            name, (oldest, curves[p][-1]), (6, 0), textcoords="offset points", va="center", fontsize=9, color=SOFT
        )
    age, score, low, high = (float(row[name]) for name in ("scan_age_weeks", *_SCORE_COLUMNS))
    axes.plot([age, age], [low, high], color=VERMILION, linewidth=2, solid_capstyle="butt")
    axes.plot([age], [score], "D", color=VERMILION, mec=INK, ms=9, zorder=5)
    axes.annotate("this scan", (age, score), (9, 4), textcoords="offset points", color=INK, weight="bold", fontsize=10)
    axes.set(xlabel="Post-menstrual age at the scan (weeks)", ylabel="Asymmetry score (SD)")
    axes.set_ylim(0, 1.12 * max(high, float(curves[95].max())))
    axes.set_title(_title(row, norm, synthetic), fontsize=10.5)
    return inline_svg(figure, _alt(row, norm, synthetic))


def _title(row: Row, norm: Norm, synthetic: bool) -> str:
    heads = "synthetic heads: ranks no infant" if synthetic else "scans of this cohort"
    return f"Norm of {norm.n} normal {row['modality']} {heads}"


def _alt(row: Row, norm: Norm, synthetic: bool) -> str:
    percentile = "" if is_missing(row["asymmetry_percentile"]) else f", percentile {row['asymmetry_percentile']:.0f}"
    return (
        f"{_title(row, norm, synthetic)}. The scan's score is {shown(row['asymmetry_score'], 1, 'SD')} at "
        f"{shown(row['scan_age_weeks'], 1, 'weeks')}, z {shown(row['asymmetry_z'], 1, signed=True)}{percentile}. "
        "Behind it the median of normal scans over age, and the bands that hold the middle 50 and 90 % of them."
    )
