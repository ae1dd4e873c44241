"""The cohort's page: what is escaped, what is plotted, and the table of operating points at the user's prevalence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from cohort_rows import COHORT_NORMS, HOSTILE, tables
from symbrain.atomic import write_json, write_text
from symbrain.cohort_page import Measured, Tables, cohort_page, plot
from symbrain.operating import KEY, Change, Operating, Point
from symbrain.settings import ReportSettings
from symbrain.source import Source
from symbrain.stages import report
from symbrain.tables import write_table

POINTS = (Point(0.9, 1.30, 44, (30, 45)), Point(0.95, 1.68, 47, (21, 40)), Point(0.99, 2.41, 48, (6, 24)))
OPERATING = Operating(
    48, ("haemorrhage", "white_matter_injury"), (Change(12.0, 3.0, 48), Change(16.0, 3.0, 48)), POINTS
)


def text_of(operating: Operating | None, prevalence: float = 0.05) -> str:
    measured = Measured(operating=operating, prevalence=prevalence)
    page = cohort_page(Tables(), Source("a cohort", synthetic=False), measured)
    return " ".join(page.split())


def cells(text: str) -> list[list[str]]:
    """Return the cells of the table's body, row by row, without tags."""
    table = text[text.index('aria-label="Operating points"') :].split("</table>")[0].split("</thead>")[1]
    rows = re.findall(r"<tr>(.*?)</tr>", table)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]


def test_whatever_comes_from_data_is_escaped() -> None:
    text = cohort_page(tables(12), Source(HOSTILE, synthetic=True), Measured(COHORT_NORMS), [])
    assert "<script>" not in text
    assert "<img src=x" not in text
    assert "<b>0.4</b>" not in text
    assert text.count("&lt;script&gt;alert(1)") > 5


def test_the_plot_has_a_link_for_each_score_and_the_norm() -> None:
    rows = tables(30).subjects
    drawn = plot(rows, COHORT_NORMS)
    assert drawn is not None
    assert len(re.findall("<a ", drawn)) == sum(row["qc"] != "fail" for row in rows)
    assert "norm of 40 T2w scans" in drawn
    assert plot([row | {"scan_age_weeks": None} for row in rows], COHORT_NORMS) is None


def test_every_reading_is_in_the_table() -> None:
    rows, readings = cells(text_of(OPERATING)), list(OPERATING.readings(0.05))
    assert len(rows) == len(readings) == 6
    for row, reading in zip(rows, readings, strict=True):
        last = [str(reading.change), str(reading.sensitivity), str(reading.positive), str(reading.negative)]
        assert row[-4:] == last
    assert rows[0][:2] == ["z ≥ 1.30", "92 % (80 to 98)"]
    assert [len(row) for row in rows] == [6, 4] * 3
    assert rows[0][3] == "62 % (47 to 76)"
    assert rows[4][4].startswith("≥ "), "of 48 normals none gave a false alarm"


def test_the_prevalence_moves_the_predictive_values_alone() -> None:
    rare, common = (cells(text_of(OPERATING, p)) for p in (1 / 3000, 0.24))
    assert [row[-3] for row in rare] == [row[-3] for row in common]
    assert all(a[-2:] != b[-2:] for a, b in zip(rare, common, strict=True))
    assert "prevalence of 0.0333 %" in text_of(OPERATING, 1 / 3000)
    assert rare[0][-2] == "0.2 % (0.1 to 1.1)"


def test_the_page_says_what_it_is_of() -> None:
    text = text_of(OPERATING)
    assert "simulated changes in this cohort's own normals" in text
    assert "48 normal scans" in text
    assert "haemorrhage or white matter injury" in text


def test_weights_without_operating_points_are_told() -> None:
    assert "the weights that scored these scans bring none" in text_of(None)


@pytest.mark.parametrize(
    ("norms", "metadata", "shown"),
    [
        ({KEY: OPERATING.to_dict()}, {}, True),
        ({}, {}, False),  # an older bundle
        ({KEY: OPERATING.to_dict()}, {"packaged_because": "too few normals"}, False),
    ],
)
def test_the_stage_reads_them_from_the_bundle(tmp_path: Path, norms: Any, metadata: Any, shown: bool) -> None:
    for name in ("scans", "scores", "subjects", "regions", "exclusions"):
        write_table(tmp_path / f"{name}.tsv", name, [])
    write_json(tmp_path / "chunks" / "ingest.json", {"bids_dir": str(tmp_path)})
    bundle = tmp_path / "models" / "asymmetry"
    write_text(bundle / "SHA256SUMS", "")
    write_json(bundle / "configs" / "norms.json", norms)
    write_json(bundle / "configs" / "metadata.json", metadata)
    report.gather(tmp_path, ReportSettings(prevalence=0.243))
    text = " ".join((tmp_path / "index.html").read_text(encoding="utf-8").split())
    assert ("prevalence of 24.3 %" in text) == shown
    assert ("bring none" in text) != shown
