from __future__ import annotations

from reported import HEALTHY, ILL, reported
from symbrain.cohort_norms import CohortNorms
from symbrain.session_reports import grouped, optional_table, session_reports


def test_every_session_of_the_chunk_has_its_tables() -> None:
    reports = {r[0].scan["scan_id"]: r[0] for r in session_reports(reported(), 0, CohortNorms())}
    assert len(reports) == 4
    healthy, ill = reports[f"{HEALTHY}_T2w"], reports[f"{ILL}_T2w"]
    for report in (healthy, ill):
        assert report.score is not None
        assert {row["scan_id"] for row in report.slices} == {report.scan["scan_id"]}
        assert {row["plane"] for row in report.slices} == {"axial"}
        assert report.scene is not None
        assert {picture["kind"] for picture in report.pictures} == {
            "midline", "scan", "mirror", "deviation", "upright",
        }  # fmt: skip
    assert healthy.regions
    assert not ill.regions


def test_excluded_scans_have_their_reason_and_nothing_else() -> None:
    problems = {r[0].scan["scan_id"]: r[0] for r in session_reports(reported(), 0, CohortNorms()) if r[0].problem}
    assert len(problems) == 2
    assert problems["sub-04_ses-1_T2w"].problem == "It is empty."
    assert all(report.score is None and not report.pictures for report in problems.values())


def test_a_page_with_its_pictures_is_small() -> None:
    pages = reported() / "reports"
    pictures = sum(path.stat().st_size for path in (pages / "figures").glob(f"{ILL}_T2w*"))
    assert 20_000 < pictures + (pages / f"{ILL}.html").stat().st_size < 1_500_000
    assert (pages / "3d" / f"{ILL}_T2w.js").stat().st_size < 1_500_000


def test_rows_by_columns() -> None:
    rows = [{"a": 1, "b": 2}, {"a": 1, "b": 3}, {"a": 2, "b": 2}]
    assert grouped(rows, "a") == {(1,): rows[:2], (2,): rows[2:]}
    assert optional_table(reported(), "annotations") == []
