from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rated import write_rated
from symbrain import alignment_figures


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    write_rated(folder)
    return folder


def test_scans_are_shown_with_their_verdict(results: Path) -> None:
    shown = alignment_figures.confidence(results)
    assert "1 scans; the lowest is 0.80" in shown.words
    assert [text.get_text() for text in shown.figure.legends[0].get_texts()] == ["pass (1)"]  # type: ignore[union-attr]


def test_each_plane_is_compared_with_the_scanners_frame(results: Path) -> None:
    assert "2 scans" in alignment_figures.likeness(results).words


def test_a_plane_of_unknown_confidence_is_the_least_sure(results: Path) -> None:
    words = alignment_figures.least_sure(results, 1).words
    assert "sub-02_ses-1_T2w: confidence n/a" in words
    assert "sub-01" not in words


@pytest.mark.parametrize(
    "show", [alignment_figures.confidence, alignment_figures.likeness, alignment_figures.least_sure]
)
def test_nothing_is_said_with_its_reason(show: Any, tmp_path: Path) -> None:
    assert show(tmp_path).empty
