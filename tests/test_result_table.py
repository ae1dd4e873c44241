from __future__ import annotations

from pathlib import Path

from symbrain.columns import TABLES
from symbrain.result_table import table_of


def test_a_table_that_is_not_there_is_empty_and_has_its_columns(tmp_path: Path) -> None:
    table = table_of(tmp_path, "scores")
    assert table.empty
    assert list(table.columns) == [column.name for column in TABLES["scores"]]
    assert table["asymmetry_z"].dtype == float


def test_columns_of_a_later_version_are_empty(tmp_path: Path) -> None:
    (tmp_path / "scores.tsv").write_text("scan_id\tasymmetry_z\tqc\nsub-1_T2w\t1.5\tpass\n", encoding="utf-8")
    (row,) = table_of(tmp_path, "scores").to_dict("records")
    assert (row["scan_id"], row["asymmetry_z"], row["qc"]) == ("sub-1_T2w", 1.5, "pass")
    assert row["asymmetry_score"] != row["asymmetry_score"]
