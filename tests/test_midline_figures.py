from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rated import write_rated
from symbrain import midline_figures
from symbrain.tables import read_table, records, write_table

ALL = [
    midline_figures.shifts,
    midline_figures.most_bent,
    midline_figures.agreement_with_network,
    midline_figures.least_agreed,
    midline_figures.raters,
    midline_figures.bland_altman,
]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    write_rated(folder)
    scores = records(read_table(folder / "scores.tsv", "scores"))
    for shift, row in zip((0.5, -4.0), scores, strict=True):
        row["midline_shift_mm"] = shift
    write_table(folder / "scores.tsv", "scores", scores)
    return folder


def test_the_subjects_right_is_on_the_left(results: Path) -> None:
    axes = midline_figures.shifts(results).figure.axes[0]  # type: ignore[union-attr]
    low, high = axes.get_xlim()
    assert low > 0 > high
    assert {text.get_text(): text.get_position()[0] for text in axes.texts} == {
        "← towards the subject's right": 0.0,
        "towards the subject's left →": 1.0,
    }


def test_the_largest_shift_comes_first_whatever_its_side(results: Path) -> None:
    assert "sub-02_ses-1_T2w: shift -4.0 mm" in midline_figures.most_bent(results, 1).words
    assert "sub-01_ses-1_T2w: differ by 3.0°" in midline_figures.least_agreed(results).words
    assert "3.00 degrees in the median of 1 scans" in midline_figures.agreement_with_network(results).words


@pytest.mark.parametrize("show", ALL)
def test_nothing_is_said_with_its_reason(show: Any, tmp_path: Path) -> None:
    shown = show(tmp_path)
    assert shown.empty
    assert len(shown.words) > 10
