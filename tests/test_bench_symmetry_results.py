"""The tables of the ablation: they go on where they stopped, whatever a stop has left, and damage is named."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from appended import append
from symmetry.phases import Job
from symmetry.results import COLUMNS, OF_HEADS, SymmetryResults, of_heads, read_rows

JOB = Job("midline", "none", 1, 0.5, 0)
BOTH = ("development", "own")


def filled(path: Path) -> SymmetryResults:
    """Return results with one training, judged on two kinds of heads."""
    results = SymmetryResults(path, "one setting")
    row = {"angle_deg": 1.25, "steps": 10, "best_step": 5, "learned": "none", "scores": "1 2 | 3"}
    results.add(JOB, [row | {"judged_on": on} for on in BOTH])
    return SymmetryResults(path, "one setting")


def test_results_go_on_where_they_stopped_and_are_of_one_setting(tmp_path: Path) -> None:
    path = tmp_path / "symmetry.tsv"
    results = filled(path)
    assert results.holds(JOB, BOTH)
    for file_path in (path, of_heads(path)):
        with file_path.open("a") as file:
            file.write("midline\tcut o")
    assert SymmetryResults(path, "one setting").done == {(JOB, on) for on in BOTH}
    rows = read_rows(path)
    assert list(rows.columns) == [*COLUMNS, "scores"]
    assert rows["scores"].tolist() == ["1 2 | 3"] * 2
    assert rows["angle_deg"].tolist() == [1.25] * 2
    assert rows["auroc"].isna().all()
    with pytest.raises(SystemExit, match="another setting"):
        SymmetryResults(path, "another")


@pytest.mark.parametrize("part", ["rows", "heads"])
def test_a_training_of_which_a_line_is_lost_is_done_again_and_counts_once(tmp_path: Path, part: str) -> None:
    path = tmp_path / "symmetry.tsv"
    filled(path)
    cut = path if part == "rows" else of_heads(path)
    cut.write_text(cut.read_text()[:-3])
    results = SymmetryResults(path, "one setting")
    assert not results.holds(JOB, BOTH)
    assert results.holds(JOB, BOTH[:1])
    assert filled(path).holds(JOB, BOTH)
    assert len(read_rows(path)) == 2


def test_rows_of_a_stop_between_the_two_tables_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "symmetry.tsv"
    results = SymmetryResults(path, "one setting")
    append(of_heads(path), OF_HEADS, [vars(JOB) | {"judged_on": "own", "scores": "1 2 | 3"}], 6)
    assert not SymmetryResults(path, "one setting").done
    assert results.path == path
    assert read_rows(path).empty


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (lambda text: text.replace("\t1\t0.5", "\tone\t0.5"), "damaged"),
        (lambda text: text + "\n", "line 5 has 1 columns, 23 are expected"),
        (lambda text: text.replace("\n", "\tmore\n"), "another setting"),
        (lambda _text: "my notes", "holds something else"),
        (lambda _text: "my notes\n", "holds something else"),
    ],
)
def test_damage_is_named_and_nothing_is_overwritten(tmp_path: Path, damage, named: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "symmetry.tsv"
    filled(path)
    before = damage(path.read_text())
    path.write_text(before)
    with pytest.raises(SystemExit, match=named) as told:
        SymmetryResults(path, "one setting")
    assert str(path) in str(told.value)
    assert path.read_text() == before


def test_what_is_no_text_is_no_table(tmp_path: Path) -> None:
    binary = tmp_path / "binary.tsv"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (binary, tmp_path):
        with pytest.raises(SystemExit, match="no table of text"):
            SymmetryResults(path, "one setting")
