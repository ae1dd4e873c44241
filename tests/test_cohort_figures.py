from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from results import scan_row
from symbrain import cohort_figures
from symbrain.tables import write_table

ALL = [
    cohort_figures.flow,
    cohort_figures.exclusions,
    cohort_figures.failures,
    cohort_figures.ages,
    cohort_figures.deviations,
    cohort_figures.completeness,
]


def scored(number: int, **more: Any) -> dict[str, Any]:
    row = scan_row(number)
    shared = {
        key: row[key] for key in ("participant_id", "session_id", "scan_id", "modality", "scan_age_weeks", "split")
    }
    return shared | {"qc": "pass", "asymmetry_z": 0.5, "scored_by": "held_out"} | more


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Write three scans: one that passes, one with a warning, one that fails and one that was excluded."""
    scans = [scan_row(k, radiology_score=None) for k in range(3)] + [scan_row(3, usable=False, reason="It is $empty$.")]
    write_table(tmp_path / "scans.tsv", "scans", scans)
    more: list[dict[str, Any]] = [{}, {"qc": "warn", "qc_reason": "<b>"}, {"qc": "fail", "asymmetry_z": None}]
    write_table(tmp_path / "scores.tsv", "scores", [scored(k, **one) for k, one in enumerate(more)])
    gone = {key: scans[3][key] for key in ("participant_id", "session_id", "scan_id", "path", "reason")}
    write_table(tmp_path / "exclusions.tsv", "exclusions", [gone | {"stage": "ingest"}])
    return tmp_path


def test_every_scan_is_counted_where_it_belongs(results: Path) -> None:
    words = cohort_figures.flow(results).words
    for count in ("found: 4", "usable (ingest): 3", "slices, score): 3", "asymmetry score: 2", "a warning: 1"):
        assert count in words
    assert cohort_figures.exclusions(results).table.shape == (1, 4)  # type: ignore[union-attr]
    assert cohort_figures.failures(results).words == "1 scans failed, 1 have a warning."
    known = dict(cohort_figures.completeness(results).table.iloc[:, :2].to_numpy())  # type: ignore[union-attr]
    assert (known["Age at the scan"], known["Radiology score"]) == (4, 1)
    assert "2 scans" in cohort_figures.deviations(results).words
    assert "3 scans, 41.0 to 41.0 weeks" in cohort_figures.ages(results).words


@pytest.mark.parametrize("show", ALL)
def test_nothing_is_said_with_its_reason(show: Any, tmp_path: Path) -> None:
    shown = show(tmp_path)
    assert shown.empty
    assert len(shown.words) > 10
