"""The page of one session: its scans, each with verdict, finding, pictures and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symbrain import findings
from symbrain.page import render, safe_name
from symbrain.pictures import UPRIGHT
from symbrain.source import Source
from symbrain.tables import MISSING, is_missing
from symbrain.version import __version__

Row = dict[str, Any]
_BAR_SPAN = 0.3  # asymmetry index at which a bar is full
_FIRST_REGIONS = 10


@dataclass(frozen=True)
class ScanReport:
    """All that is known about one scan.

    Parameters
    ----------
    scan, score
        Its rows of scans.tsv and scores.tsv; a scan that was excluded has no score.
    regions
        Its rows of regions.tsv.
    pictures
        What the report stage drew: file, row, caption and alt of each.
    problem
        Why the scan was excluded, or why it has no pictures.
    """

    scan: Row
    score: Row | None = None
    regions: Sequence[Row] = ()
    pictures: Sequence[Mapping[str, str]] = ()
    problem: str | None = None


def page_name(participant_id: str, session_id: str | None) -> str:
    """Return the file name of a session's page."""
    return f"{safe_name(participant_id, session_id)}.html"


def subject_page(scans: Sequence[ScanReport], source: Source) -> str:
    """Return the page of a session's scans, the best one first."""
    first = scans[0]
    return render(
        "subject.html",
        participant=first.scan["participant_id"],
        session=first.scan["session_id"],
        infant=_infant(first.scan),
        verdict=findings.verdict_of(first.score),
        scans=[_section(number, scan, source) for number, scan in enumerate(scans, 1)],
        source=source,
        version=__version__,
    )


def _infant(scan: Row) -> list[findings.Fact]:
    rating = "not known" if is_missing(scan["radiology_score"]) else f"{scan['radiology_score']:.0f} of 5"
    return [
        findings.Fact("Post-menstrual age at the scan", _known(findings.shown(scan["scan_age_weeks"], 1, "weeks"))),
        findings.Fact("Gestational age at birth", _known(findings.shown(scan["birth_age_weeks"], 1, "weeks"))),
        findings.Fact("Sex", scan["sex"] or "not known"),
        findings.Fact("Radiology score", rating, "1 is normal for age; not a score of asymmetry"),
    ]


def _known(text: str) -> str:
    return "not known" if text == MISSING else text


def _section(number: int, report: ScanReport, source: Source) -> Row:
    score = report.score
    scored = score is not None and score["qc"] != "fail"
    return {
        "anchor": f"scan-{number}",
        "title": _title(report.scan),
        "scan_id": report.scan["scan_id"],
        "verdict": findings.verdict_of(score),
        "finding": [] if score is None else findings.finding(score, synthetic=source.synthetic),
        "problem": None if report.problem is None else findings.sentence(report.problem),
        "rows": _rows(report.pictures),
        "asymmetry": [] if score is None else findings.asymmetry_facts(score),
        "midline": [] if score is None else findings.midline_facts(score),
        "quality": [] if score is None else findings.quality_facts(score),
        "regions": _regions(report.regions) if scored else [],
        "first_regions": _FIRST_REGIONS,
        "provenance": [] if score is None else findings.provenance(score),
    }


def _title(scan: Row) -> str:
    contrasts = {"T2w": "T2-weighted scan", "T1w": "T1-weighted scan"}
    return contrasts.get(scan["modality"] or "", "Scan")


def _rows(pictures: Iterable[Mapping[str, str]]) -> list[Row]:
    """Return the pictures by the rows that they stand in."""
    rows: dict[str, list[Mapping[str, str]]] = {}
    for picture in pictures:
        rows.setdefault(picture["row"], []).append(picture)
    return [{"title": title, "wide": title == UPRIGHT, "pictures": those} for title, those in rows.items()]


def _regions(rows: Iterable[Row]) -> list[Row]:
    """Return the structures, the most unequal first."""
    known = [row for row in rows if not is_missing(row["asymmetry_index"])]
    return [_region(row) for row in sorted(known, key=lambda row: -abs(row["asymmetry_index"]))]


def _region(row: Row) -> Row:
    index = float(row["asymmetry_index"])
    length = min(abs(index) / _BAR_SPAN, 1.0) * 50
    return {
        "name": row["region"],
        # As in the pictures, the subject's right is on the viewer's left.
        "bar_start": round(50 - (length if index < 0 else 0), 1),
        "bar_length": round(length, 1),
        "larger": "left" if index > 0 else "right" if index < 0 else "neither",
        "left_ml": findings.shown(row["left_ml"]),
        "right_ml": findings.shown(row["right_ml"]),
        "index": findings.shown(index, 2, signed=True),
        "z": findings.shown(row["asymmetry_index_z"], 1, signed=True),
        "intensity": findings.shown(row["intensity_asymmetry"], 2, signed=True),
    }
