"""All that the tables of a results folder say of the sessions of one chunk, the best scan of each session first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symbrain.cohort import Record, records_of
from symbrain.cohort_norms import CohortNorms
from symbrain.norm_plot import norm_of
from symbrain.subject_page import ScanReport
from symbrain.tables import read_table, records

Row = dict[str, Any]
Groups = Mapping[tuple[Any, ...], list[Row]]


@dataclass(frozen=True)
class _Known:
    """The tables, by scan."""

    scores: Mapping[str, Row]
    regions: Groups
    slices: Groups
    maps: Groups
    drawn: Mapping[str, Record]
    excluded: Mapping[str, str]
    norms: CohortNorms


def session_reports(results: Path, chunk: int, norms: CohortNorms) -> Iterator[list[ScanReport]]:
    """Yield the reports of each session's scans, of one whose scans were all excluded too."""
    known = _Known(
        scores={row["scan_id"]: row for row in _table(results, "scores")},
        regions=grouped(_table(results, "regions"), "scan_id"),
        slices=grouped(optional_table(results, "slice_scores"), "scan_id"),
        maps=grouped(optional_table(results, "maps"), "scan_id"),
        drawn={scan["path"]: record for scan, record in records_of(results, "report")},
        excluded={row["path"]: row["reason"] for row in _table(results, "exclusions")},
        norms=norms,
    )
    best = {row["scan_id"] for row in _table(results, "subjects")}
    scans = [scan for scan in _table(results, "scans") if int(scan["chunk"]) == chunk]
    for rows in grouped(scans, "participant_id", "session_id").values():
        rows.sort(key=lambda scan: (not scan["usable"], scan["scan_id"] not in best, scan["scan_id"]))
        yield [_report(scan, known) for scan in rows]


def grouped(rows: Iterable[Row], *keys: str) -> dict[tuple[Any, ...], list[Row]]:
    """Return rows by the values of some of their columns."""
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[key] for key in keys)].append(row)
    return groups


def optional_table(results: Path, name: str) -> list[Row]:
    """Return the rows of a table; none where it was not written."""
    return _table(results, name) if (results / f"{name}.tsv").exists() else []


def _report(scan: Row, known: _Known) -> ScanReport:
    """Return what is known about a scan; an excluded one may share its name with another that was not."""
    reason, record, scan_id = known.excluded.get(scan["path"]), known.drawn.get(scan["path"]), scan["scan_id"]
    if reason is not None or not scan["usable"]:
        return ScanReport(scan, problem=reason or scan["reason"] or "the scan was excluded")
    score = known.scores.get(scan_id)
    row = {} if record is None else record.row
    return ScanReport(
        scan,
        score,
        regions=known.regions.get((scan_id,), ()),
        slices=known.slices.get((scan_id,), ()),
        maps=known.maps.get((scan_id,), ()),
        pictures=tuple(row.get("pictures", ())),
        problem=None if record is None else record.reason,
        norm=None if score is None else norm_of(score, known.norms),
        scene=row.get("scene"),
    )


def _table(results: Path, name: str) -> list[Row]:
    return records(read_table(results / f"{name}.tsv", name))
