"""Report: a page for each session and one for the cohort, to be looked at before a number is believed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from symbrain import figures, pictures
from symbrain.atomic import write_bytes, write_text
from symbrain.cohort import Record, digest_of, file_digest, folder_of, records_of, walk_chunk
from symbrain.cohort_page import cohort_page, plots
from symbrain.errors import BadInput
from symbrain.mirror_difference import METHOD
from symbrain.models import Models
from symbrain.operating import operating_of
from symbrain.settings import ReportSettings
from symbrain.source import read_source
from symbrain.subject_page import ScanReport, page_name, subject_page
from symbrain.tables import read_table, records

REPORTS, FIGURES = Path("reports"), Path("reports") / "figures"
Row = dict[str, Any]


def run(results: Path, chunk: int, settings: ReportSettings) -> None:
    """Draw the pictures of one chunk's scans, and write the pages of its sessions.

    Pictures that are there and fresh stay; pages cost little and are always written.
    """
    scores = {row["scan_id"]: row for row in _table(results, "scores")}

    def failed(scan: Row) -> bool:
        if scan["scan_id"] not in scores:
            msg = f"{scan['scan_id']} has no row in scores.tsv; gather the scores again"
            raise BadInput(msg)
        return bool(scores[scan["scan_id"]]["qc"] == "fail")

    def scale(scan: Row) -> tuple[float, float]:
        classical = scores[scan["scan_id"]]["asymmetry_method"] == METHOD
        return figures.CLASSICAL_HEAT_SD if classical else figures.HEAT_SD

    def digest(scan: Row) -> str:
        files = pictures.sources(folder_of(results, scan), scan["scan_id"], failed=failed(scan))
        return digest_of("report", settings.dpi, scale(scan), *(file_digest(path) for path in files))

    def work(scan: Row) -> tuple[list[Path], Row]:
        folder, scan_id = folder_of(results, scan), scan["scan_id"]
        drawn = pictures.draw(folder, scan_id, settings.dpi, failed=failed(scan), scale_sd=scale(scan))
        for picture, content in drawn:
            write_bytes(results / FIGURES / picture.file, content)
        paths = [results / FIGURES / picture.file for picture, _ in drawn]
        return paths, {"pictures": [vars(picture) for picture, _ in drawn]}

    walk_chunk(results, "report", chunk, digest, work)
    _write_pages(results, chunk, scores)


def gather(results: Path, settings: ReportSettings) -> None:
    """Write the cohort's page, ``index.html``."""
    scans, scores, subjects, exclusions = (
        _table(results, name) for name in ("scans", "scores", "subjects", "exclusions")
    )
    for file, content in plots(subjects).items():
        write_bytes(results / FIGURES / file, content)
    operating = operating_of(Models.of_results(results).measured)
    page = cohort_page(scans, scores, subjects, exclusions, read_source(results), operating, settings.prevalence)
    write_text(results / "index.html", page)


def _write_pages(results: Path, chunk: int, scores: dict[str, Row]) -> None:
    """Write the page of each session of a chunk, that of one whose scans were all excluded too."""
    source = read_source(results)
    scans = [scan for scan in _table(results, "scans") if int(scan["chunk"]) == chunk]
    drawn = {scan["path"]: record for scan, record in records_of(results, "report")}
    excluded = {row["path"]: row["reason"] for row in _table(results, "exclusions")}
    regions = _grouped(_table(results, "regions"), "scan_id")
    best = {row["scan_id"] for row in _table(results, "subjects")}
    for (participant, session), rows in _grouped(scans, "participant_id", "session_id").items():
        rows.sort(key=lambda scan: (not scan["usable"], scan["scan_id"] not in best, scan["scan_id"]))
        reports = [_report(scan, scores, regions, drawn.get(scan["path"]), excluded.get(scan["path"])) for scan in rows]
        write_text(results / REPORTS / page_name(participant, session), subject_page(reports, source))


def _report(
    scan: Row, scores: dict[str, Row], regions: dict[Any, list[Row]], record: Record | None, reason: str | None
) -> ScanReport:
    """Return what is known about a scan; an excluded one may share its name with another that was not."""
    if reason is not None or not scan["usable"]:
        return ScanReport(scan, problem=reason or scan["reason"] or "the scan was excluded")
    shown, problem = ((), None) if record is None else (tuple(record.row.get("pictures", ())), record.reason)
    return ScanReport(scan, scores.get(scan["scan_id"]), regions.get((scan["scan_id"],), ()), shown, problem)


def _table(results: Path, name: str) -> list[Row]:
    return records(read_table(results / f"{name}.tsv", name))


def _grouped(rows: Iterable[Row], *keys: str) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[key] for key in keys)].append(row)
    return groups
