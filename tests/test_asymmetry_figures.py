from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rated import write_rated
from symbrain import asymmetry_figures
from symbrain.slice import cut
from symbrain.tables import read_table, records, write_table
from symbrain.volume import read_map, write_volume

ALL = [asymmetry_figures.score_by_age, asymmetry_figures.regions, asymmetry_figures.most_unusual]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write two scored infants; the second's z is above 2."""
    folder = tmp_path_factory.mktemp("results")
    rows = write_rated(folder)
    scores = records(read_table(folder / "scores.tsv", "scores"))
    for k, row in enumerate(scores):
        row |= {"asymmetry_score": 3.0 + 5 * k, "asymmetry_z": 0.1 + 3 * k, "asymmetry_side": "left"}
        write_volume(heat_of(folder, rows[k]), np.full((90, 90, 90), 4.0, np.float32), np.eye(4))
    write_table(folder / "scores.tsv", "scores", scores)
    told = [
        {"scan_id": row["scan_id"], "region": f"Region {n}", "asymmetry_index": 0.1 * n, "asymmetry_index_z": n}
        for row in rows
        for n in (-3.0, 1.0)
    ]
    write_table(folder / "regions.tsv", "regions", told)
    return folder


def heat_of(results: Path, row: dict[str, Any]) -> Path:
    name = f"{row['scan_id']}_desc-asymmetry_heatmap.nii.gz"
    return results / row["participant_id"] / row["session_id"] / "anat" / name


def test_unusual_scores_have_a_mark_of_their_own(results: Path) -> None:
    shown = asymmetry_figures.score_by_age(results)
    labels = [text.get_text() for text in shown.figure.legends[0].get_texts()]  # type: ignore[union-attr]
    assert labels == ["T2w (1)", "T2w, z above 2 (1)"]
    assert "There is no norm" in shown.words


def test_a_region_whose_left_is_larger_is_on_the_right(results: Path) -> None:
    axes = asymmetry_figures.regions(results).figure.axes[0]  # type: ignore[union-attr]
    assert axes.get_xlim()[0] < 0 < axes.get_xlim()[1]
    assert {text.get_text(): text.get_position()[0] for text in axes.texts} == {
        "← right is larger": 0.0,
        "left is larger →": 1.0,
    }
    diamonds = [line for line in axes.lines if line.get_marker() == "D" and len(line.get_xdata())]
    assert [list(line.get_xdata()) for line in diamonds] == [pytest.approx([-0.3, -0.3])]


def test_the_most_unusual_comes_first(results: Path) -> None:
    shown = asymmetry_figures.most_unusual(results, 1)
    assert "sub-02_ses-1_T2w: score 8.0, z +3.1, side: left" in shown.words
    assert "sub-01" not in shown.words
    volume = read_map(
        heat_of(results, {"participant_id": "sub-01", "session_id": "ses-1", "scan_id": "sub-01_ses-1_T2w"})
    )
    assert cut(volume, "axial", 3, 0.1).pixels.max() == 4.0


@pytest.mark.parametrize("show", ALL)
def test_nothing_is_said_with_its_reason(show: Any, tmp_path: Path) -> None:
    shown = show(tmp_path)
    assert shown.empty
    assert len(shown.words) > 10
