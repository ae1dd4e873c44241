from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbrain.columns import SCANS, TABLES
from symbrain.errors import BadInput
from symbrain.tables import is_missing, read_parts, read_table, read_text_table, records, write_table

texts = st.one_of(st.none(), st.text(st.characters(exclude_categories=("Cs",)), max_size=12))
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "text": texts,
    "number": st.one_of(st.none(), st.floats(allow_infinity=False, width=32)),
    "integer": st.one_of(st.none(), st.integers(-(2**31), 2**31)),
    "boolean": st.booleans(),
}
rows = st.fixed_dictionaries({c.name: KINDS[c.kind] for c in SCANS})


def same(written: Any, back: Any, kind: str) -> bool:
    if kind == "text":  # blanks of any kind become one space, for a tab would break the table
        text = " ".join((written or "").split())
        return (back or "") == ("" if text == "n/a" else text)
    if is_missing(written):
        return is_missing(back)
    return bool(back == written) if kind == "boolean" else back == pytest.approx(written, rel=1e-5, abs=1e-30)


@pytest.mark.slow
@given(st.lists(rows, max_size=3))
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, written: list[dict[str, Any]]) -> None:
    path = tmp_path_factory.mktemp("tables") / "scans.tsv"
    write_table(path, "scans", written)
    back = records(read_table(path, "scans"))
    assert len(back) == len(written)
    for a, b in zip(written, back, strict=True):
        assert [c.name for c in SCANS if not same(a[c.name], b[c.name], c.kind)] == []


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_described(tmp_path: Path, name: str) -> None:
    write_table(tmp_path / f"{name}.tsv", name, [])
    dictionary = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
    assert list(dictionary) == [c.name for c in TABLES[name]]
    assert all(entry["Description"].endswith(".") for entry in dictionary.values())
    assert read_table(tmp_path / f"{name}.tsv", name).empty


def test_missing_values_are_spelt_n_a(tmp_path: Path) -> None:
    row = {"sex": None, "fold": float("nan"), "scan_age_weeks": np.float32("nan"), "birth_age_weeks": float("inf")}
    write_table(tmp_path / "t.tsv", "scans", [row], dictionary=False)
    cells = (tmp_path / "t.tsv").read_text().splitlines()[1].split("\t")
    assert set(cells) == {"n/a", "false"} or set(cells) == {"n/a"}
    assert not (tmp_path / "t.json").exists()


def test_unknown_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="has no column"):
        write_table(tmp_path / "t.tsv", "scans", [{"age": 1}])


def test_numbers_that_are_none_are_named(tmp_path: Path) -> None:
    write_table(tmp_path / "t.tsv", "manifest", [{"scan_id": "a"}])
    write_table(tmp_path / "s.tsv", "scans", [{"scan_age_weeks": 40.0}])
    text = (tmp_path / "s.tsv").read_text()
    (tmp_path / "s.tsv").write_text(text.replace("\t40\t", "\tforty\t"))
    with pytest.raises(BadInput, match="'forty' in the column scan_age_weeks, row 2; a number"):
        read_table(tmp_path / "s.tsv", "scans")
    with pytest.raises(BadInput, match="lacks the column participant_id"):
        read_table(tmp_path / "t.tsv", "scans")


@pytest.mark.parametrize(("spelt", "expected"), [("true", True), ("TRUE", True), ("False", False), ("n/a", False)])
def test_booleans_after_a_spreadsheet(tmp_path: Path, spelt: str, expected: bool) -> None:
    write_table(tmp_path / "t.tsv", "scans", [{"usable": True}])
    text = (tmp_path / "t.tsv").read_text()
    (tmp_path / "t.tsv").write_text(text.replace("\ttrue\t", f"\t{spelt}\t"))
    assert read_table(tmp_path / "t.tsv", "scans")["usable"].tolist() == [expected]


def test_boolean_that_is_none(tmp_path: Path) -> None:
    write_table(tmp_path / "t.tsv", "scans", [{"usable": True}])
    text = (tmp_path / "t.tsv").read_text()
    (tmp_path / "t.tsv").write_text(text.replace("\ttrue\t", "\tyes\t"))
    with pytest.raises(BadInput, match="'yes' in the column usable"):
        read_table(tmp_path / "t.tsv", "scans")


@pytest.mark.parametrize(
    "content",
    [
        b"a\tb\n1\t2\t\n3\t4\t\n",  # a tab at the end of every row must not shift the columns
        b"a\tb\n1\t2\n3\t4\t5\n",
        "a\tb\n1\t2\n".encode("utf-16"),
    ],
)
def test_broken_tables_are_sentences(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.tsv"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"t\.tsv cannot be read as a tab-separated table"):
        read_text_table(path)


def test_an_empty_or_unreadable_table_is_told_in_our_own_words(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").touch()
    with pytest.raises(BadInput, match=r"t\.tsv is empty; a tab-separated table with a header is expected: save it"):
        read_text_table(tmp_path / "t.tsv")
    with pytest.raises(BadInput, match=r"cannot be read \(Is a directory\); check that it is a readable file"):
        read_text_table(tmp_path)


def test_identifiers_stay_text(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text("\ufeffid\tother\n007\tn/a\n 1e3 \t\nNA\t'\"x\n", encoding="utf-8")
    frame = read_text_table(tmp_path / "t.tsv")
    assert frame["id"].tolist() == ["007", "1e3", "NA"]
    assert frame["other"].tolist() == [None, None, "'\"x"]


@pytest.mark.parametrize("value", [None, float("nan"), pd.NA, np.float64("nan")])
def test_is_missing(value: Any) -> None:
    assert is_missing(value)
    assert not any(is_missing(v) for v in (0, "", "n/a", False))


def test_many_tables_are_read_as_one(tmp_path: Path) -> None:
    rows = [{"participant_id": "a", "scan_id": f"scan{n}", "region": "r", "left_ml": n / 3} for n in range(5)]
    paths = [tmp_path / f"{n}.tsv" for n in range(4)]
    for n, path in enumerate(paths):
        write_table(path, "regions", rows[n : n + 2] if n else [], dictionary=False)  # one of them has no rows
    one_by_one = pd.concat([read_table(path, "regions") for path in paths], ignore_index=True)
    together = read_parts(paths, "regions")
    assert records(together) == records(one_by_one)
    assert list(together["scan_id"]) == ["scan1", "scan2", "scan2", "scan3", "scan3", "scan4"]


def test_of_many_tables_the_bad_one_is_named(tmp_path: Path) -> None:
    paths = [tmp_path / "good.tsv", tmp_path / "bad.tsv"]
    for path in paths:
        write_table(path, "regions", [{"scan_id": "a", "left_ml": 1.0}], dictionary=False)
    paths[1].write_text(paths[1].read_text().replace("\t1\t", "\tmuch\t", 1))
    with pytest.raises(BadInput, match=r"^bad\.tsv"):
        read_parts(paths, "regions")
    assert paths[1].write_text("scan_id\n")
    with pytest.raises(BadInput, match=r"^bad\.tsv lacks"):
        read_parts(paths, "regions")
