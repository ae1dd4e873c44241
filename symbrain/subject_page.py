"""The page of one session: its scans, each with verdict, finding, pictures and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symbrain import findings
from symbrain.norm_plot import norm_plot
from symbrain.norms import Norm
from symbrain.page import render, safe_name
from symbrain.pictures import SLICE_KINDS, UPRIGHT
from symbrain.provenance import Provenance
from symbrain.region_bars import region_bars
from symbrain.scene_3d import scene_name
from symbrain.source import Source
from symbrain.tables import MISSING, is_missing
from symbrain.version import __version__

Row = dict[str, Any]
_FIRST_REGIONS = 10
_SIGHTED = 0.5  # probability from which the network sees a midline


@dataclass(frozen=True)
class ScanReport:
    """All that is known about one scan.

    Parameters
    ----------
    scan, score
        Its rows of scans.tsv and scores.tsv; a scan that was excluded has no score.
    regions, slices, maps
        Its rows of regions.tsv, slice_scores.tsv and maps.tsv.
    pictures
        What the report stage drew: file, kind, row, caption and alt of each.
    problem
        Why the scan was excluded, or why it has no pictures.
    norm
        That judged its score; None without one.
    scene
        What the report stage says of its view in three dimensions; None without one.
    """

    scan: Row
    score: Row | None = None
    regions: Sequence[Row] = ()
    slices: Sequence[Row] = ()
    maps: Sequence[Row] = ()
    pictures: Sequence[Mapping[str, str]] = ()
    problem: str | None = None
    norm: Norm | None = None
    scene: Mapping[str, Any] | None = None


def page_name(participant_id: str, session_id: str | None) -> str:
    """Return the file name of a session's page."""
    return f"{safe_name(participant_id, session_id)}.html"


def subject_page(scans: Sequence[ScanReport], source: Source, provenance: Provenance | None = None) -> str:
    """Return the page of a session's scans, the best one first."""
    first = scans[0]
    return render(
        "subject.html",
        participant=first.scan["participant_id"],
        session=first.scan["session_id"],
        infant=_infant(first.scan),
        verdict=findings.verdict_of(first.score),
        scans=[_section(number, scan, source) for number, scan in enumerate(scans, 1)],
        made_with=provenance or Provenance(),
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
        "norm_plot": norm_plot(score, report.norm, synthetic=source.synthetic) if score and report.norm else None,
        "views": [picture for picture in report.pictures if picture["row"] == UPRIGHT],
        "rows": _rows(report.pictures),
        "scene": None if report.scene is None else f"3d/{scene_name(report.scan['scan_id'])}",
        "slices": [_slice(row) for row in report.slices] if scored else [],
        "maps": [_map(row) for row in report.maps],
        "asymmetry": [] if score is None else findings.asymmetry_facts(score),
        "midline": [] if score is None else findings.midline_facts(score),
        "quality": [] if score is None else findings.quality_facts(score),
        "regions": region_bars(report.regions) if scored else [],
        "first_regions": _FIRST_REGIONS,
        "provenance": [] if score is None else findings.provenance(score),
    }


def _title(scan: Row) -> str:
    contrasts = {"T2w": "T2-weighted scan", "T1w": "T1-weighted scan"}
    return contrasts.get(scan["modality"] or "", "Scan")


def _rows(pictures: Iterable[Mapping[str, str]]) -> list[Row]:
    """Return the pictures of each slice, by their kind."""
    rows: dict[str, Row] = {}
    for picture in pictures:
        if picture["row"] != UPRIGHT:
            row = rows.setdefault(picture["row"], dict.fromkeys(SLICE_KINDS) | {"title": picture["row"]})
            row[picture["kind"]] = picture
    return list(rows.values())


def _slice(row: Row) -> Row:
    return {
        "name": f"{row['plane'].capitalize()} {row['slice_index']:.0f}",
        "portion": findings.shown(100 * row["fraction"], 0, "%"),
        "score": findings.shown(row["asymmetry_score"]),
        "side": _text(row["asymmetry_side"]),
        "area": findings.shown(row["deviation_area_mm2"], 0),
        "network": _by_network(row),
    }


def _by_network(row: Row) -> str:
    """Return what the midline network says of a slice, in short."""
    p = row.get("network_p_midline")
    if is_missing(p):
        return "not asked"
    if float(p or 0) < _SIGHTED or is_missing(row["network_angle_deg"]):
        return "no midline seen"
    angle, offset = (
        f"{findings.shown(row[name], 1, signed=True)} ± {findings.shown(row[sd], 1, unit)}"
        for name, sd, unit in (
            ("network_angle_deg", "network_angle_sd_deg", "°"),
            ("network_offset_mm", "network_offset_sd_mm", "mm"),
        )
    )
    return f"{angle}, {offset}"


def _map(row: Row) -> Row:
    low, high = findings.shown(row["asymmetry_score_low"]), findings.shown(row["asymmetry_score_high"])
    return {
        "name": row["map"] or MISSING,
        "score": findings.shown(row["asymmetry_score"]),
        "interval": "" if is_missing(row["asymmetry_score"]) else f"{low} to {high}",
        "side": _text(row["asymmetry_side"]),
        "volume": findings.shown(row["deviation_volume_ml"]),
        "laterality": findings.shown(row["laterality_index"], 2, signed=True),
        "coverage": findings.shown(None if is_missing(row["coverage"]) else 100 * row["coverage"], 0, "%"),
        "reason": "" if is_missing(row["reason"]) else findings.sentence(row["reason"]),
        "path": row["path"],
    }


def _text(value: Any) -> str:
    return MISSING if is_missing(value) else str(value)
