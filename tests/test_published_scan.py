from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from symbrain.errors import BadInput
from symbrain.plane import Plane
from symbrain.published_scan import published_scans, sessions_of
from trees import table

LINE = "[{'x': 30.53, 'y': 137.73} {'x': 246.75, 'y': 147.18}]"


def rows(path: Path, *rows: tuple[str, str, str]) -> Path:
    path.write_text("\n".join("\t".join(row) for row in [("line", "rad_score", "session"), *rows]) + "\n")
    return path


def test_three_rows_are_a_scan(tmp_path: Path) -> None:
    path = rows(tmp_path / "train.tsv", *[(LINE, "Q3", "1100")] * 3, *[(LINE, "1", "12010")] * 3)
    first, second = published_scans(path, "T2w")
    assert (first.session, first.modality, first.indices) == (1100, "T1w", (76, 101, 126))
    assert (second.session, second.rows[0].score.score) == (12010, 1)
    assert first.rows[0].score.poor_quality


@pytest.mark.parametrize(("name", "contrast"), [("test.tsv", "T2w"), ("train-00000.tsv", "T1w"), ("x.tsv", "T9w")])
def test_contrast_by_the_name_of_the_file(tmp_path: Path, name: str, contrast: str) -> None:
    (scan,) = published_scans(rows(tmp_path / name, *[(LINE, "1", "1")] * 3), "T9w")
    assert scan.modality == contrast


@pytest.mark.parametrize("count", [1, 2, 4, 6])
def test_other_counts_of_rows_are_a_sentence(tmp_path: Path, count: int) -> None:
    path = rows(tmp_path / "x.tsv", *[(LINE, "1", "7")] * count)
    with pytest.raises(BadInput, match=rf"x\.tsv, row 1: {count} consecutive rows of the session 7; three"):
        list(published_scans(path, "T2w"))


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (("eval(1)", "1", "7"), "row 2: the line 'eval"),
        ((LINE, "9", "7"), "row 2: '9' is no radiology score"),
        ((LINE, "1", "seven"), "row 2: the session 'seven' is no whole number"),
        ((LINE, "1", ""), "row 2: the session '' is no whole number"),
    ],
)
def test_bad_rows_are_named(tmp_path: Path, row: tuple[str, str, str], problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        list(published_scans(rows(tmp_path / "x.tsv", (LINE, "1", "7"), row), "T2w"))


def test_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    (tmp_path / "b.tsv").write_text("line\tsession\n")
    (tmp_path / "empty").mkdir()
    for name, problem in {
        "a.parquet": "cannot be read as Parquet",
        "b.tsv": "lacks the column rad_score",
        "missing.tsv": "cannot be read as a table",
        "empty": "holds no Parquet file",
    }.items():
        with pytest.raises(BadInput, match=problem):
            list(published_scans(tmp_path / name, "T2w"))


def test_geometry(tmp_path: Path) -> None:
    """Rows run to the subject's left and columns to anterior, half a millimetre apart, around the origin."""
    (scan,) = published_scans(rows(tmp_path / "x.tsv", *[(LINE, "1", "7")] * 3), "T2w")
    low, middle, high = (one.image for one in scan.slices(("sub-1", "ses-7")))
    assert middle.shape == (290, 290)
    assert middle.spacing_mm == (0.5, 0.5)
    np.testing.assert_allclose(middle.to_world([[144.5, 144.5]]), [[0, 0, 0]])
    np.testing.assert_allclose(middle.to_world([[145.5, 145.5]]), [[-0.5, 0.5, 0]])
    np.testing.assert_allclose([low.to_world([[0, 0]])[0, 2], high.to_world([[0, 0]])[0, 2]], [-12.5, 12.5])
    line = middle.line_of(Plane((1.0, 0.0, 0.0), 0.0))
    assert line is not None
    assert (line.angle_deg, line.offset_mm) == (0.0, 0.0)


def test_sessions(tmp_path: Path) -> None:
    path = table(tmp_path / "s.tsv", "participant_id session_id", "CC1 1100", "sub-CC2 ses-12010", "CC3 n/a", "n/a 3")
    assert sessions_of(path) == {1100: ("sub-CC1", "ses-1100"), 12010: ("sub-CC2", "ses-12010")}
    own = table(tmp_path / "o.tsv", "session participant_id session_id", "1 sub-A n/a", "2 sub-A ses-pre")
    assert sessions_of(own) == {1: ("sub-A", None), 2: ("sub-A", "ses-pre")}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (["participant_id session_id", "A 1", "B 1"], "gives the session 1 to"),
        (["participant_id session_id", "../../x 1"], "letters and digits are expected"),
        (["participant_id age", "A 1"], "lacks the column session_id"),
    ],
)
def test_tables_of_sessions_that_cannot_be_used(tmp_path: Path, content: list[str], problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        sessions_of(table(tmp_path / "s.tsv", *content))
