"""Laws of comparing results: equal to itself, blind to order, symmetric, and exact about the tolerances."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbrain import cli
from symbrain.columns import SCORES
from symbrain.difference import (
    KEYS,
    OTHER_TOLERANCE,
    TOLERANCES,
    Difference,
    NumberChange,
    TableDifference,
    WordChange,
    compare_results,
    compare_tables,
)
from symbrain.difference_text import text_of
from symbrain.errors import BadInput
from symbrain.tables import write_table

ROW = {
    "session_id": None, "modality": "T2w", "split": "test", "fold": 1, "scored_by": "held_out", "scan_age_weeks": 40.0,
    "midline_angle_deg": 1.0, "midline_offset_mm": -2.0, "asymmetry_score": 3.0, "asymmetry_z": 0.5,
    "asymmetry_percentile": 69.0, "asymmetry_side": "left", "qc": "pass", "qc_reason": None,
    "symbrain_version": "0.3.0", "asymmetry_weights_sha256": "ab" * 32, "brain_volume_ml": 400.0,
}  # fmt: skip
UNITS = {c.name: c.unit.split(" ")[0] for c in SCORES}


def rows(count: int = 4, **changes: Any) -> list[dict[str, Any]]:
    """Return scores of some infants that differ; the changes are of the first one."""
    made = [
        {**ROW, "participant_id": f"sub-{i}", "scan_id": f"sub-{i}_T2w", "asymmetry_z": 0.5 + i, "asymmetry_score": i}
        for i in range(count)
    ]
    made[0] |= changes
    return made


def results(folder: Path, scores: list[dict[str, Any]], regions: list[dict[str, Any]] | None = None) -> Path:
    folder.mkdir()
    write_table(folder / "scores.tsv", "scores", scores)
    write_table(folder / "subjects.tsv", "subjects", scores)
    if regions is not None:
        write_table(folder / "regions.tsv", "regions", regions)
    return folder


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return results(tmp_path / "old", rows())


def scores_of(found: Difference) -> TableDifference:
    return next(table for table in found.tables if table.table == "scores")


def number(found: Difference, column: str) -> NumberChange:
    return next(c for c in scores_of(found).numbers if c.column == column)


def word(found: Difference, column: str) -> WordChange:
    return next(c for c in scores_of(found).words if c.column == column)


def test_results_equal_themselves_in_any_order(tmp_path: Path, old: Path) -> None:
    found = compare_results(old, results(tmp_path / "new", rows()[::-1]))
    assert not found.differs
    assert not found.origins
    assert scores_of(found).n == 4
    assert number(found, "asymmetry_z").rank_correlation == pytest.approx(1.0)
    assert "No difference" in text_of(found)


@pytest.mark.parametrize(
    ("column", "tolerance"),
    [
        ("asymmetry_z", 0.02),
        ("asymmetry_score", 0.02),
        ("midline_offset_mm", 0.05),
        ("midline_angle_deg", 0.05),
        ("asymmetry_percentile", 0.8),
        ("brain_volume_ml", 0.02 * 401),
    ],
)
def test_a_change_counts_from_its_tolerance_on(tmp_path: Path, old: Path, column: str, tolerance: float) -> None:
    value = rows()[0][column]
    within = compare_results(old, results(tmp_path / "within", rows(**{column: value + 0.98 * tolerance})))
    beyond = compare_results(old, results(tmp_path / "beyond", rows(**{column: value + 1.02 * tolerance})))
    assert (within.differs, number(within, column).beyond) == (False, 0)
    assert (beyond.differs, number(beyond, column).beyond) == (True, 1)
    assert number(beyond, column).largest == pytest.approx(1.02 * tolerance, abs=1e-3)
    assert number(beyond, column).median == 0


def test_every_number_has_a_tolerance_of_its_unit() -> None:
    named = {c.name: TOLERANCES.get(UNITS[c.name]) for c in SCORES if c.kind == "number"}
    assert {n for n, t in named.items() if t == 0.02} == {c.name for c in SCORES if c.unit.startswith("SD")}
    assert all(named[name] == 0.05 for name in named if name.endswith(("_mm", "_deg")))
    assert OTHER_TOLERANCE < 0.05


@given(change=st.floats(-2, 2), other=st.floats(-2, 2))
def test_comparison_is_symmetric(change: float, other: float) -> None:
    def table(z: float, score: float) -> pd.DataFrame:
        frame = pd.DataFrame({"asymmetry_z": [0.1, 0.7, z], "asymmetry_score": [1.0, score, 3.0]})
        return frame.set_index(pd.Index(["a", "b", "c"]))

    one, two = table(change, 2.0), table(other, 2.0 + change)
    there, back = compare_tables("scores", one, two), compare_tables("scores", two, one)
    assert there.differs == back.differs == (abs(change - other) > 0.02 + 1e-9 or abs(change) > 0.02 + 1e-9)
    for a, b in zip(there.numbers, back.numbers, strict=True):
        assert (a.n, a.median, a.largest, a.beyond) == (b.n, b.median, b.largest, b.beyond)
        assert a.rank_correlation == pytest.approx(b.rank_correlation)


def test_words_lost_numbers_and_rows_are_differences(tmp_path: Path, old: Path) -> None:
    changed = rows(asymmetry_side="none", qc="warn", asymmetry_z=None)[:3]
    found = compare_results(old, results(tmp_path / "new", changed))
    assert found.differs
    assert scores_of(found).only_old == ("sub-3 n/a sub-3_T2w",)
    assert word(found, "asymmetry_side").changed == {"left → none": 1}
    assert word(found, "qc").changed == {"pass → warn": 1}
    z = number(found, "asymmetry_z")
    assert (z.n, z.only_old, z.only_new, z.beyond) == (2, 1, 0, 1)
    assert z.rank_correlation is None  # of two numbers
    text = text_of(found)
    assert all(part in text for part in ("left → none (1)", "rows only in OLD: sub-3", "1 lost", "* asymmetry_z"))


def test_reversed_ranks_have_the_correlation_minus_one(tmp_path: Path, old: Path) -> None:
    turned = [{**row, "asymmetry_z": -row["asymmetry_z"]} for row in rows()]
    found = compare_results(old, results(tmp_path / "new", turned))
    assert number(found, "asymmetry_z").rank_correlation == pytest.approx(-1.0)


def test_versions_and_digests_are_reasons_and_no_differences(tmp_path: Path, old: Path) -> None:
    newer = [{**row, "symbrain_version": "0.3.1", "asymmetry_weights_sha256": "cd" * 32} for row in rows()]
    found = compare_results(old, results(tmp_path / "new", newer))
    assert not found.differs
    assert found.origins["symbrain_version"] == {"0.3.0 → 0.3.1": 4}
    assert set(found.origins) == {"symbrain_version", "asymmetry_weights_sha256"}
    assert "asymmetry_weights_sha256: abababababab → cdcdcdcdcdcd (4)" in text_of(found)


def test_a_table_of_another_version_may_lack_columns(tmp_path: Path, old: Path) -> None:
    new = results(tmp_path / "new", rows())
    frame = pd.read_csv(new / "scores.tsv", sep="\t", dtype=str, keep_default_na=False)
    frame.drop(columns=["asymmetry_z", "voxel_mm"]).to_csv(new / "scores.tsv", sep="\t", index=False)
    found = compare_results(old, new)
    assert not found.differs
    assert scores_of(found).columns_only_old == ("asymmetry_z", "voxel_mm")


def test_regions_are_paired_by_scan_and_structure(tmp_path: Path, old: Path) -> None:
    def region(index: int, left: float) -> dict[str, Any]:
        who = {"participant_id": "sub-0", "scan_id": "sub-0_T2w", "region": "lobe"}
        return who | {"index_left": index, "index_right": index + 1, "left_ml": left, "right_ml": 2.0}

    here = results(tmp_path / "here", rows(), [region(5, 2.0), region(7, 3.0)])
    there = results(tmp_path / "there", rows(), [region(7, 3.0), region(5, 2.5)])
    regions = next(t for t in compare_results(here, there).tables if t.table == "regions")
    left = next(c for c in regions.numbers if c.column == "left_ml")
    assert (left.n, left.largest, left.beyond) == (2, 0.5, 1)
    lacking = compare_results(here, old)
    assert lacking.differs
    assert lacking.tables_only_old == ("regions",)


def test_what_cannot_be_compared_is_a_sentence(tmp_path: Path, old: Path) -> None:
    with pytest.raises(BadInput, match=r"holds no scores\.tsv; name the folders"):
        compare_results(old, tmp_path)
    with pytest.raises(BadInput, match="more than one row of sub-0"):
        compare_results(old, results(tmp_path / "twice", rows() + rows(1)))
    wrong = results(tmp_path / "wrong", rows())
    table = (wrong / "scores.tsv").read_text().replace("\t0.5\t", "\thigh\t")
    (wrong / "scores.tsv").write_text(table)
    with pytest.raises(BadInput, match="'high' in the column asymmetry_z"):
        compare_results(old, wrong)


def test_the_command_answers_by_its_exit_code(tmp_path: Path, old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = results(tmp_path / "new", rows(asymmetry_z=0.6))
    assert cli.main(["compare", str(old), str(old)]) == 0
    assert cli.main(["compare", str(old), str(new)]) == 3
    assert cli.main(["compare", str(old), str(tmp_path / "nowhere")]) == 2
    capsys.readouterr()
    assert cli.main(["compare", str(old), str(new), "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert told["differs"]
    assert {table["table"] for table in told["tables"]} == {"scores", "subjects"} <= set(KEYS)
