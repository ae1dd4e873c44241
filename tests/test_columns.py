"""The registry against the pinned tables of the project's interface."""

from __future__ import annotations

import re

import pytest

from symbrain.columns import TABLES, Column

PINNED = {
    "scans": "participant_id session_id scan_id modality path mask_path labels_path scan_age_weeks birth_age_weeks sex "
    "radiology_score family_id split chunk usable reason",
    "scores": "participant_id session_id scan_id modality split fold scored_by scan_age_weeks midline_angle_deg "
    "midline_offset_mm midline_shift_mm midline_agreement_deg asymmetry_score asymmetry_score_low "
    "asymmetry_score_high asymmetry_z asymmetry_percentile laterality_index laterality_z asymmetry_side "
    "deviation_volume_ml norm_source qc qc_reason symbrain_version midline_weights_sha256 asymmetry_weights_sha256 "
    "config_sha256 input_sha256",
    "exclusions": "participant_id session_id scan_id path stage reason",
    "regions": "participant_id session_id scan_id region index_left index_right left_ml right_ml asymmetry_index "
    "asymmetry_index_z intensity_asymmetry",
    "annotations": "participant_id session_id modality plane slice_index x0 y0 x1 y1 rater",
}
EVERY = [pytest.param(name, c, id=f"{name}-{c.name}") for name, columns in TABLES.items() for c in columns]


@pytest.mark.parametrize("table", PINNED)
def test_pinned_columns_come_first_in_their_order(table: str) -> None:
    names = [c.name for c in TABLES[table]]
    pinned = PINNED[table].split()
    assert names[: len(pinned)] == pinned
    assert len(set(names)) == len(names)


def test_a_subject_has_the_columns_of_its_best_scan() -> None:
    assert TABLES["subjects"] == TABLES["scores"]


@pytest.mark.parametrize(("table", "column"), EVERY)
def test_a_column_explains_itself(table: str, column: Column) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", column.name)
    assert re.fullmatch(r"[A-Z(].*\.", column.description, re.DOTALL)
    units = {"_mm": "mm", "_deg": "degrees", "_ml": "ml", "_weeks": "weeks"}
    for ending, unit in units.items():
        if column.name.endswith(ending):
            assert column.unit == unit


@pytest.mark.parametrize("table", TABLES)
def test_one_name_means_one_thing_everywhere(table: str) -> None:
    for column in TABLES[table]:
        for others in TABLES.values():
            kinds = {c.kind for c in others if c.name == column.name}
            assert kinds <= {column.kind}


def test_the_dictionary_says_which_way_is_worse() -> None:
    entry = {c.name: c.to_dict() for c in TABLES["scores"]}
    assert entry["asymmetry_score"]["Worse"] == "higher"
    for name in ("asymmetry_score", "asymmetry_z"):
        assert "Blind to symmetric disease." in entry[name]["Description"]
    assert set(entry["asymmetry_side"]["Levels"]) == {"left", "right", "none", "n/a"}
    assert set(entry["scored_by"]["Levels"]) == {"held_out", "out_of_fold", "in_sample", "packaged"}
    assert set(entry["qc"]["Levels"]) == {"pass", "warn", "fail"}
    assert entry["midline_shift_mm"]["Units"] == "mm"
    assert "Units" not in entry["laterality_index"]
