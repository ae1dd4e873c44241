from __future__ import annotations

from pathlib import Path

from symbrain import agreement_figures
from symbrain.tables import write_table

IDS = {"participant_id": "sub-1", "session_id": None, "modality": "T2w", "plane": "axial"}


def slices(second: str) -> list[dict[str, object]]:
    pair = {"first": "$anna$", "second": second}
    return [
        IDS
        | pair
        | {"slice_index": k, "angle_mean_deg": k, "angle_difference_deg": 0.5 * k, "offset_mean_mm": k}
        | {"offset_difference_mm": 1.0}
        for k in range(3)
    ]


def test_a_row_of_plots_for_each_pair_with_its_limits(tmp_path: Path) -> None:
    write_table(tmp_path / "agreement_slices.tsv", "agreement_slices", [*slices("ben"), *slices("symbrain plane")])
    figure = agreement_figures.bland_altman(tmp_path).figure
    assert figure is not None
    assert [axes.get_title(loc="left") for axes in figure.axes[::2]] == ["$anna$ − ben", "$anna$ − symbrain plane"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["+0.50", "-0.48", "+1.48"]
    figure.canvas.draw()


def test_pairs_that_are_too_many_are_said(tmp_path: Path) -> None:
    rows = [row for k in range(8) for row in slices(f"rater {k}")]
    write_table(tmp_path / "agreement_slices.tsv", "agreement_slices", rows)
    assert "2 more pairs" in agreement_figures.bland_altman(tmp_path).words


def test_one_slice_has_no_limits(tmp_path: Path) -> None:
    row = {"first": "anna", "second": "ben", "slices": 1, "sessions": 1, "angle_bias_deg": 0.5, "offset_bias_mm": -1}
    write_table(tmp_path / "agreement.tsv", "agreement", [row])
    table = agreement_figures.summary(tmp_path).table
    assert table is not None
    assert table.iloc[0].tolist() == ["anna", "ben", 1, 1, "+0.50 (one slice)", "-1.00 (one slice)"]
