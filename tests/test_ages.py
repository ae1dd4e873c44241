"""A table of ages: by scan id or file name, and a sentence where it cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from symbrain.ages import read_ages
from symbrain.errors import BadInput


def table(folder: Path, text: str) -> Path:
    path = folder / "ages.tsv"
    path.write_text(text)
    return path


def test_ages_are_read_by_scan(tmp_path: Path) -> None:
    rows = "sub-1_T2w\t40.1\nhere/sub-2_T2w.nii.gz\t38\nsub-3_T2w\tn/a\n"
    ages = read_ages(table(tmp_path, f"scan_id\tscan_age_weeks\n{rows}"))
    assert ages == {"sub-1_T2w": 40.1, "sub-2_T2w": 38.0}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("scan\tage\nx\t40\n", "ages.tsv lacks the column scan_id"),
        ("scan_id\tscan_age_weeks\nx\told\n", "ages.tsv has 'old' as the age of x"),
        ("scan_id\tscan_age_weeks\nx\t285\n", "ages.tsv has '285' as the age of x"),  # in days
    ],
)
def test_a_bad_table_is_a_sentence(tmp_path: Path, text: str, part: str) -> None:
    with pytest.raises(BadInput, match=part):
        read_ages(table(tmp_path, text))
