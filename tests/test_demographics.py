from __future__ import annotations

import re
from pathlib import Path

import pytest

from symbrain.demographics import Demographics, Infant, read_demographics
from trees import table


def read(path: Path, *rows: str, participant: str | None = None) -> Demographics:
    return read_demographics([(table(path / "table.tsv", *rows), participant)])


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        ("participant_id sex birth_age", "CC1 male 38.5", Infant(None, 38.5, "male")),
        ("participant_id gender birth_age", "CC1 Female 38.5", Infant(None, 38.5, "female")),
        ("participant_id sex GA_at_birth", "sub-CC1 F 38.5", Infant(None, 38.5, "female")),
        ("Participant_ID PMA_at_scan", "CC1 41", Infant(41.0)),
        ("participant_id radiology_score", "CC1 Q3", Infant(radiology_score=3)),
        ("src_subject_id sex NSCAN_GA_AT_BIRTH_WEEKS NSCAN_GA_AT_SCAN_WEEKS", "CC1 NR 30 41", Infant(41.0, 30.0)),
        ("src_subject_id FSCAN_GA_AT_SCAN", "CC1 29.5", Infant(29.5)),
        ("participant_id scan_age birth_age sex", "CC1 -999 0.0 n/a", Infant()),
        ("participant_id age", "CC1 0.1", Infant()),
        ("participant_id scan_age birth_age", "CC1", Infant()),
    ],
)
def test_columns_of_the_releases(tmp_path: Path, header: str, row: str, expected: Infant) -> None:
    demographics = read(tmp_path, header, row)
    assert demographics.of("sub-CC1", "ses-1") == expected
    assert not demographics.notes


def test_combined_table_by_session(tmp_path: Path) -> None:
    rows = ["participant_id session_id scan_age radiology_score", "CC1 7201 38.0 1.0", "CC1 ses-7202 42.0 5.0"]
    demographics = read(tmp_path, *rows)
    assert demographics.of("sub-CC1", "ses-7201") == Infant(38.0, radiology_score=1)
    assert demographics.of("CC1", "7202") == Infant(42.0, radiology_score=5)
    assert demographics.of("sub-CC1", "ses-7203") == demographics.of("sub-CC2", None) == Infant()


def test_sessions_table_of_a_participant(tmp_path: Path) -> None:
    demographics = read(tmp_path, "session_id scan_age", "7201.0 38", participant="sub-CC1")
    assert demographics.of("sub-CC1", "ses-7201").scan_age_weeks == 38.0


def test_age_at_scan_of_a_participant_with_two_sessions_is_no_age(tmp_path: Path) -> None:
    rows = ["participant_id scan_age sex birth_age", "CC1 40 male 39"]
    assert read(tmp_path, *rows).of("sub-CC1", "ses-1", only_session=False) == Infant(None, 39.0, "male")


def test_first_table_holds_and_contradictions_are_told(tmp_path: Path) -> None:
    first = table(tmp_path / "sessions.tsv", "participant_id session_id scan_age", "CC1 1 40.0", "CC2 1 40.0")
    second = table(tmp_path / "combined.tsv", "participant_id session_id scan_age sex", "CC1 1 44 F", "CC2 1 40.04 M")
    demographics = read_demographics([(first, None), (second, None)])
    assert demographics.of("CC1", "1") == Infant(40.0, sex="female")
    assert demographics.notes == ("combined.tsv contradicts what was read before, which holds (for CC1)",)


def test_ages_that_cannot_be_true_are_missing_and_told_once(tmp_path: Path) -> None:
    rows = [f"CC{i} {280 + i} 40+3" for i in range(5)]
    demographics = read(tmp_path, "participant_id scan_age birth_age", *rows, "CC9 41 39")
    assert demographics.of("CC0", None) == Infant()
    assert demographics.of("CC9", None) == Infant(41.0, 39.0)
    assert demographics.notes == (
        "table.tsv: scan_age_weeks counts as missing where it is outside 20 to 60 weeks ('280' in row 2, and 4 more)",
        "table.tsv: birth_age_weeks counts as missing where it is no number of weeks ('40+3' in row 2, and 4 more)",
    )


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e999", "__import__('os')"])
def test_numbers_that_are_none(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, "participant_id scan_age", f"CC1 {text}").of("CC1", None) == Infant()


def test_rows_of_too_many_cells_are_told(tmp_path: Path) -> None:
    demographics = read(tmp_path, "participant_id scan_age", "CC1 x 41", "CC2 42  ")
    assert (demographics.of("CC1", None), demographics.of("CC2", None)) == (Infant(), Infant(42.0))
    assert demographics.notes == ("table.tsv has rows of more cells than columns, which are left out (row 2)",)


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (b"", "is empty"),
        (b"participant_id,scan_age\nCC1,41\n", "has no column participant_id .* separated by tabs"),
        ("participant_id\tscan_age\nCC1\t41\n".encode("utf-16"), "cannot be read .* UTF-8"),
        (b"\xff\xfe", "cannot be read"),
        (b"\0\0\0\0", "has no column"),
    ],
)
def test_table_that_cannot_be_used_is_a_note(tmp_path: Path, content: bytes, note: str) -> None:
    path = tmp_path / "participants.tsv"
    path.write_bytes(content)
    demographics = read_demographics([(path, None), (tmp_path / "missing.tsv", None)])
    assert demographics.infants == {}
    assert len(demographics.notes) == 2
    assert re.search(note, demographics.notes[0])


@pytest.mark.parametrize(
    ("cell", "site"),
    [
        ("north  wing", "north wing"),
        ("a\x1b[31mb\u202ec", "a?[31mb?c"),
        ("x" * 100, "x" * 100),
        ("x" * 101, "x" * 99 + "…"),
        ("-999", None),
        ("-999.0", None),
        ("n/a", None),
    ],
)
def test_a_site_can_be_shown(tmp_path: Path, cell: str, site: str | None) -> None:
    path = tmp_path / "participants.tsv"
    path.write_text(f"participant_id\tsite\nCC1\t{cell}\n")
    assert read_demographics([(path, None)]).of("CC1", None).site == site


@pytest.mark.parametrize(
    "content",
    [
        "h" * 10**5 + "\nCC1\n",
        "participant_id\tscan_age\nCC1\t" + "4" * 10**5,
        "participant_id\tradiology_score\nCC1\t" + "4" * 10**5,
        "participant_id\tscan_age\n" + "C" * 10**5 + "\t41\n" + "C" * 10**5 + "\t42",
    ],
)
def test_sentences_stay_short_enough_to_be_read(tmp_path: Path, content: str) -> None:
    path = tmp_path / "table.tsv"
    path.write_text(content)
    (note,) = read_demographics([(path, None)]).notes
    assert len(note) < 300


@pytest.mark.parametrize("content", ["participant_id\n" + "1" * (2**20 + 1), "participant_id" + "\ta" * 10_000])
def test_what_is_too_wide_is_no_table(tmp_path: Path, content: str) -> None:
    path = tmp_path / "table.tsv"
    path.write_text(content)
    demographics = read_demographics([(path, None)])
    assert not demographics.infants
    (note,) = demographics.notes
    assert re.search(r"table.tsv is left out: its line [12] has \d+ characters in \d+ columns", note)


def test_byte_order_mark_quotes_and_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "participants.tsv"
    path.write_bytes('\ufeff"participant_id"\t"scan_age"\r\n"CC1"\t"41.5"\t\t\r\n\r\n'.encode())
    demographics = read_demographics([(path, None)])
    assert demographics.of("sub-CC1", None).scan_age_weeks == 41.5
    assert not demographics.notes
