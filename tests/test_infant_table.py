from __future__ import annotations

from cohort_rows import HOSTILE, tables
from symbrain.infant_table import FLAG_Z, infant_rows, is_flagged, most_unusual_first
from symbrain.thumbnails import thumbnail_name


def test_the_most_unusual_first_and_failed_ones_last() -> None:
    rows = most_unusual_first(tables(40).subjects)
    z = [row["asymmetry_z"] for row in rows]
    known = [value for value in z if value is not None]
    assert z == sorted(known, reverse=True) + [None] * (len(z) - len(known))
    assert all(row["qc"] == "fail" for row in rows[len(known) :])


def test_flags() -> None:
    row = {"qc": "pass", "asymmetry_z": FLAG_Z}
    assert is_flagged(row)
    assert not is_flagged(row | {"asymmetry_z": FLAG_Z - 0.01})
    assert not is_flagged(row | {"asymmetry_z": None})
    assert is_flagged(row | {"asymmetry_z": None, "qc": "warn"})


def test_rows_say_what_the_table_says() -> None:
    subjects = tables(20).subjects
    first = thumbnail_name(subjects[0]["scan_id"])
    rows = {row["scan_id"]: row for row in infant_rows(subjects, {first})}
    assert [row["thumbnail"] for row in rows.values() if row["thumbnail"]] == [f"reports/figures/{first}"]
    failed = rows[subjects[9]["scan_id"]]
    assert (failed["z"], failed["score"], failed["interval"], failed["values"]["z"]) == ("n/a", "n/a", "", "")
    assert failed["flagged"]
    assert "noise" in failed["reasons"].lower()
    hostile = rows[subjects[3]["scan_id"]]
    assert hostile["participant"] == HOSTILE
    assert "<" not in hostile["page"]
    assert float(hostile["values"]["age"]) == float(f"{subjects[3]['scan_age_weeks']:.6g}")
