"""The page of the cohort: how many scans, every infant with the most unusual first, and every exclusion."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from symbrain import findings
from symbrain.figures import Group, age_plot
from symbrain.operating import Operating
from symbrain.page import render
from symbrain.source import Source
from symbrain.subject_page import page_name
from symbrain.tables import MISSING, is_missing
from symbrain.version import __version__

Row = dict[str, Any]
PLOTS = {"light": "score-by-age-light.svg", "dark": "score-by-age-dark.svg"}
_NORMAL = 2  # radiology scores up to here mean: normal for age, or nothing of likely significance


def cohort_page(
    scans: Sequence[Row],
    scores: Sequence[Row],
    subjects: Sequence[Row],
    exclusions: Sequence[Row],
    source: Source,
    operating: Operating | None,
    prevalence: float,
) -> str:
    """Return the page of the cohort from its tables.

    Parameters
    ----------
    operating, prevalence
        What was counted at the thresholds of the detector's norm, None where its weights bring none; and the share of
        infants with a one-sided change, for the predictive values.
    """
    groups = plotted(subjects)
    return render(
        "cohort.html",
        counts=_counts(scans, scores, exclusions),
        infants=[_infant(row) for row in _most_unusual_first(subjects)],
        normed=sum(not is_missing(row["asymmetry_z"]) for row in subjects),
        plots=PLOTS if groups else None,
        plot_alt=_plot_alt(groups),
        operating=operating,
        readings=[] if operating is None else list(operating.readings(prevalence)),
        prevalence=f"{100 * prevalence:.3g}",
        exclusions=[_exclusion(row) for row in exclusions],
        source=source,
        version=__version__,
    )


def plots(subjects: Sequence[Row]) -> dict[str, bytes]:
    """Return the plots of score against age by file name; none where no age or no score is known."""
    groups = plotted(subjects)
    return {file: age_plot(groups, dark=shade == "dark") for shade, file in PLOTS.items()} if groups else {}


def plotted(subjects: Sequence[Row]) -> list[Group]:
    """Return the points of the plot: sessions with age and score that did not fail, by radiology score."""
    groups = []
    for label, marker, filled, belongs in _GROUPS:
        rows = [row for row in subjects if _can_be_plotted(row) and belongs(row["radiology_score"])]
        if rows:
            ages, scores = ([float(row[k]) for row in rows] for k in ("scan_age_weeks", "asymmetry_score"))
            groups.append(Group(f"{label} ({len(rows)})", marker, filled, ages, scores))
    return groups


_GROUPS = (
    ("radiology score 1 or 2", "o", False, lambda score: not is_missing(score) and score <= _NORMAL),
    ("radiology score 3 to 5", "D", True, lambda score: not is_missing(score) and score > _NORMAL),
    ("not rated", "x", False, is_missing),
)


def _can_be_plotted(row: Row) -> bool:
    return row["qc"] != "fail" and not is_missing(row["scan_age_weeks"]) and not is_missing(row["asymmetry_score"])


def _plot_alt(groups: Sequence[Group]) -> str:
    parts = [f"{group.label}: scores {min(group.scores):.1f} to {max(group.scores):.1f} SD" for group in groups]
    return f"Asymmetry score against age at the scan. {'; '.join(parts)}. The numbers are in the table below."


def _counts(scans: Sequence[Row], scores: Sequence[Row], exclusions: Sequence[Row]) -> list[findings.Fact]:
    verdicts = Counter(row["qc"] for row in scores)
    infants = len({row["participant_id"] for row in scans})
    words = f"{verdicts['pass']} passed, {verdicts['warn']} to be looked at first"
    return [
        findings.Fact("Scans found", str(len(scans)), f"of {infants} {'infant' if infants == 1 else 'infants'}"),
        findings.Fact("With a score", str(verdicts["pass"] + verdicts["warn"]), f"quality: {words}"),
        findings.Fact("Failed the quality check", str(verdicts["fail"]), "no asymmetry number is given"),
        findings.Fact("Excluded", str(len(exclusions)), "reasons below" if exclusions else ""),
    ]


def _most_unusual_first(subjects: Sequence[Row]) -> list[Row]:
    """Return the sessions by z, then those without a norm by score, then those without a number."""

    def key(row: Row) -> tuple[float, float, str, str]:
        z, score = (-math.inf if is_missing(row[k]) else row[k] for k in ("asymmetry_z", "asymmetry_score"))
        return -z, -score, row["participant_id"], row["session_id"] or ""

    return sorted(subjects, key=key)


def _infant(row: Row) -> Row:
    side = row["asymmetry_side"]
    alone = row["norm_source"] == "none" and not is_missing(row["asymmetry_score"])
    return {
        "participant": row["participant_id"],
        "session": row["session_id"],
        "page": f"reports/{page_name(row['participant_id'], row['session_id'])}",
        "age": findings.shown(row["scan_age_weeks"]),
        "modality": row["modality"] or MISSING,
        "verdict": findings.verdict_of(row),
        "score": findings.shown(row["asymmetry_score"]),
        "interval": _interval(row),
        "z": "no norm" if alone else findings.shown(row["asymmetry_z"], 1, signed=True),
        "side": MISSING if is_missing(side) else side,
        "volume": findings.shown(row["deviation_volume_ml"]),
    }


def _interval(row: Row) -> str:
    if is_missing(row["asymmetry_score"]):
        return ""
    return f"{findings.shown(row['asymmetry_score_low'])} to {findings.shown(row['asymmetry_score_high'])}"


def _exclusion(row: Row) -> Row:
    return {
        "participant": row["participant_id"],
        "session": row["session_id"],
        "page": f"reports/{page_name(row['participant_id'], row['session_id'])}",
        "scan": row["path"] or row["scan_id"],
        "stage": row["stage"],
        "reason": findings.sentence(row["reason"] or "no reason was recorded"),
    }
