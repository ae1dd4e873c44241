from __future__ import annotations

from pathlib import Path

import pytest

from rated import slices_of, write_rated
from symbrain.annotation_set import PAGE, write_agreement, write_annotation_page
from symbrain.tables import read_table, records, write_table


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    write_rated(folder)
    return folder


def annotated(folder: Path, results: Path, raters: dict[str, float]) -> Path:
    """Write a table in which raters drew the plane's line of the first infant, moved towards the subject's left."""
    scan = records(read_table(results / "scans.tsv", "scans"))[0]
    rows = []
    for one in slices_of(results, scan):
        assert one.line is not None
        (x0, y0), (x1, y1) = one.line.points
        for rater, mm in raters.items():
            rows_away = mm / one.image.spacing_mm[0]
            ids = {key: scan[key] for key in ("participant_id", "session_id", "modality")}
            where = {"plane": one.image.orientation, "slice_index": one.image.index, "rater": rater}
            rows.append(ids | where | {"x0": x0, "y0": y0 + rows_away, "x1": x1, "y1": y1 + rows_away})
    write_table(folder / "annotations.tsv", "annotations", rows)
    return folder / "annotations.tsv"


def test_the_page_shows_as_many_sessions_as_are_asked_for(results: Path) -> None:
    for sessions, pictures in ((2, 4), (1, 2), (0, 0)):
        write_annotation_page(results, sessions)
        page = (results / PAGE).read_text(encoding="utf-8")
        assert page.count("<li><figure") == pictures
        assert ("more are left out" in page) == (sessions < 2)
    write_annotation_page(results, 2)
    for picture in (results / "reports" / "figures").glob("*annotate*"):
        assert f"reports/figures/{picture.name}" in (results / PAGE).read_text(encoding="utf-8")


@pytest.mark.slow
def test_raters_are_compared_as_they_drew(results: Path, tmp_path: Path) -> None:
    write_agreement(results, annotated(tmp_path, results, {"anna": 0.0, "ben": 1.0}))
    told = {(row["first"], row["second"]): row for row in records(read_table(results / "agreement.tsv", "agreement"))}
    assert set(told) == {("anna", "ben")} | {
        (rater, f"symbrain {own}") for rater in ("anna", "ben") for own in ("plane", "network")
    }
    pair = told["anna", "ben"]
    assert (pair["slices"], pair["sessions"]) == (2, 1)
    assert pair["offset_bias_mm"] == pytest.approx(-1, abs=0.02)
    assert pair["offset_low_mm"] == pytest.approx(-1, abs=0.02)
    assert told["ben", "symbrain plane"]["offset_bias_mm"] == pytest.approx(1, abs=0.02)
    assert told["anna", "symbrain plane"]["angle_bias_deg"] == pytest.approx(0, abs=0.01)
    assert (results / "reports" / "figures" / "agreement.svg").exists()
    write_annotation_page(results, 1)
    assert "How well do raters agree" in (results / PAGE).read_text(encoding="utf-8")
    write_agreement(results, None)
    assert not list(results.glob("agreement*"))
