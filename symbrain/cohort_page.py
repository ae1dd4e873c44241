"""The page of the cohort: how many scans, every infant, where the deviations lie, and what was excluded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from symbrain import findings
from symbrain.age_plot import Point, age_plot, band_of
from symbrain.cohort_norms import SCORE, CohortNorms
from symbrain.deviation_sites import sites
from symbrain.infant_table import FLAG_Z, Row, in_words, infant_rows, is_flagged, page_of
from symbrain.model_summary import ModelSummary
from symbrain.operating import Operating
from symbrain.page import render
from symbrain.side_news import evidence_words, side_news
from symbrain.source import Source
from symbrain.tables import is_missing
from symbrain.version import __version__

_NORMAL = 2  # radiology scores up to here mean: normal for age, or nothing of likely significance


@dataclass(frozen=True)
class Tables:
    """The rows of a cohort's tables."""

    scans: Sequence[Row] = ()
    scores: Sequence[Row] = ()
    subjects: Sequence[Row] = ()
    exclusions: Sequence[Row] = ()
    sides: Sequence[Row] = ()


@dataclass(frozen=True)
class Measured:
    """What the models bring along.

    Parameters
    ----------
    norms
        Of the cohort's normals.
    operating
        What was counted at the thresholds of the detector's norm, None where its weights bring none.
    prevalence
        The share of infants with a one-sided change, for the predictive values.
    models
        What the bundles say of themselves.
    """

    norms: CohortNorms = field(default_factory=CohortNorms)
    operating: Operating | None = None
    prevalence: float = 0.05
    models: Sequence[ModelSummary] = ()


def cohort_page(tables: Tables, source: Source, measured: Measured, thumbnails: Collection[str] = ()) -> str:
    """Return the page of the cohort.

    Parameters
    ----------
    thumbnails
        File names of the thumbnails that were drawn.
    """
    operating, subjects = measured.operating, tables.subjects
    return render(
        "cohort.html",
        counts=_counts(tables),
        infants=infant_rows(subjects, thumbnails),
        flagged=sum(map(is_flagged, subjects)),
        flag_z=FLAG_Z,
        normed=sum(not is_missing(row["asymmetry_z"]) for row in subjects),
        plot=plot(subjects, measured.norms),
        sites=sites(subjects, is_flagged),
        doubts=[_doubt(row) for row in tables.scores if row["qc"] != "pass"],
        models=measured.models,
        operating=operating,
        readings=[] if operating is None else list(operating.readings(measured.prevalence)),
        prevalence=f"{100 * measured.prevalence:.3g}",
        exclusions=[_exclusion(row) for row in tables.exclusions],
        side_news=side_news(tables.sides),
        evidence=evidence_words(tables.sides),
        source=source,
        version=__version__,
    )


def plot(subjects: Sequence[Row], norms: CohortNorms) -> Markup | None:
    """Return the plot of score against age, before the norm of the most frequent contrast; None without a point."""
    shown = [row for row in subjects if _can_be_plotted(row)]
    if not shown:
        return None
    (modality, _), *_ = Counter(row["modality"] for row in shown).most_common(1)
    band = band_of(norms.of(SCORE, modality, None), modality or "")
    return age_plot([_point(row) for row in shown], band)


def _can_be_plotted(row: Row) -> bool:
    return row["qc"] != "fail" and not is_missing(row["scan_age_weeks"]) and not is_missing(row["asymmetry_score"])


def _point(row: Row) -> Point:
    rating = row["radiology_score"]
    kind = "none" if is_missing(rating) else "normal" if rating <= _NORMAL else "other"
    age, score = float(row["scan_age_weeks"]), float(row["asymmetry_score"])
    return Point(age, score, kind, is_flagged(row), page_of(row), in_words(row))


def _counts(tables: Tables) -> list[findings.Fact]:
    verdicts = Counter(row["qc"] for row in tables.scores)
    infants = len({row["participant_id"] for row in tables.scans})
    words = f"{verdicts['pass']} passed, {verdicts['warn']} to be looked at first"
    excluded = len(tables.exclusions)
    return [
        findings.Fact("Scans found", str(len(tables.scans)), f"of {infants} {'infant' if infants == 1 else 'infants'}"),
        findings.Fact("With a score", str(verdicts["pass"] + verdicts["warn"]), f"quality: {words}"),
        findings.Fact("Failed the quality check", str(verdicts["fail"]), "no asymmetry number is given"),
        findings.Fact("Excluded", str(excluded), "reasons below" if excluded else ""),
    ]


def _doubt(row: Row) -> Row:
    """Return a scan whose quality is doubtful or failed, with the reasons."""
    ids = {"participant": row["participant_id"], "session": row["session_id"], "scan": row["scan_id"]}
    return ids | {"page": page_of(row), "verdict": findings.verdict_of(row)}


def _exclusion(row: Row) -> Row:
    return {
        "participant": row["participant_id"],
        "session": row["session_id"],
        "page": page_of(row),
        "scan": row["path"] or row["scan_id"],
        "stage": row["stage"],
        "reason": findings.sentence(row["reason"] or "no reason was recorded"),
    }
