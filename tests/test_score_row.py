from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heads import SCORE, head, mask_of, volume_of, walked
from symbrain.alignment import Alignment
from symbrain.columns import TABLES
from symbrain.deviation_place import Place
from symbrain.line import Line
from symbrain.norm_columns import FAILED, NO_NORM
from symbrain.plane import Plane
from symbrain.polyline import Polyline
from symbrain.score_row import ASYMMETRY_COLUMNS, Compared, best_scans, score_row
from symbrain.settings import SlicesSettings
from symbrain.slice import Slice
from symbrain.volume import ScanFile
from symbrain.walk import CutSlice, alignment_of, cut_slices

SCAN = {
    "participant_id": "sub-1", "session_id": "ses-1", "scan_id": "a", "modality": "T2w", "split": "train", "fold": 0.0,
    "scan_age_weeks": 41.0, "birth_age_weeks": 39.5, "sex": "female", "radiology_score": 1.0,
}  # fmt: skip

CLASSICAL = walked(1).asymmetry
COMPARED = Compared(
    replace(CLASSICAL, score=7.0, low=6.0, high=8.0, side="left"),
    CLASSICAL,
    "a network",
    "out_of_fold",
    0.3,
    ("m", "a"),
    Place((-20.0, 5.0, 12.5), "Caudate nucleus"),
)


def alignment() -> Alignment:
    phantom = head(1)
    scan = ScanFile(Path("a.nii.gz"), volume_of(phantom), phantom.affine, phantom.image.shape, "0" * 64)  # type: ignore[arg-type]
    return alignment_of(walked(1).aligned, scan)


def row_of(numbers: Alignment) -> dict[str, Any]:
    slices = cut_slices(volume_of(head(1)), mask_of(head(1)), numbers.plane, SlicesSettings())
    return score_row(SCAN, numbers, slices, COMPARED, SCORE, "c" * 64)


def test_a_row_has_registered_columns_and_the_scans_numbers() -> None:
    row = row_of(alignment())
    assert set(row) <= {c.name for c in TABLES["scores"]}
    assert (row["asymmetry_score"], row["asymmetry_side"], row["asymmetry_method"]) == (7.0, "left", "a network")
    assert (row["classical_score"], row["classical_side"]) == (CLASSICAL.score, CLASSICAL.side)
    assert (row["scored_by"], row["midline_agreement_deg"]) == ("out_of_fold", 0.3)
    assert (row["midline_weights_sha256"], row["asymmetry_weights_sha256"]) == ("m", "a")
    assert row["qc"] in ("pass", "warn")
    assert (row["norm_source"], row["input_sha256"]) == ("none", "0" * 64)
    assert row["asymmetry_score_low"] <= row["asymmetry_score"] <= row["asymmetry_score_high"]
    assert "asymmetry_z" not in row
    assert [row[f"deviation_{axis}_mm"] for axis in "xyz"] == [-20.0, 5.0, 12.5]
    assert (row["deviation_region"], row["birth_age_weeks"], row["norm_reason"]) == ("Caudate nucleus", 39.5, NO_NORM)
    assert row["voxel_mm"] == pytest.approx(2.0)


def test_without_a_place_its_columns_are_empty() -> None:
    row = score_row(SCAN, alignment(), [], replace(COMPARED, place=None), SCORE, "")
    assert {row[name] for name in ("deviation_x_mm", "deviation_y_mm", "deviation_z_mm", "deviation_region")} == {None}


def test_a_failed_scan_gets_no_silent_number() -> None:
    row = row_of(replace(alignment(), confidence=0.01))
    assert row["qc"] == "fail"
    assert "confidence of 0.01" in row["qc_reason"]
    assert row["norm_reason"] == FAILED
    for name in ASYMMETRY_COLUMNS:
        assert row[name] is None
    taken = {c.name for c in TABLES["scores"] if c.name.startswith(("asymmetry_", "laterality_", "deviation_"))}
    assert taken - {"asymmetry_weights_sha256", "asymmetry_method"} <= set(ASYMMETRY_COLUMNS)


def flat(index: int, row: float, departure: float) -> CutSlice:
    """An axial slice of 1 mm that x = 0 cuts in a row, with a fissure so many rows below it, and a rater's line."""
    affine = np.array([[0, -1, 0, row], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])  # rows run from right to left
    image = Slice(np.zeros((41, 41), np.float32), affine, "axial", index, 0.5)
    curve = np.stack([np.linspace(0, 40, 21), np.full(21, row + departure)], axis=1)
    return CutSlice(image, Line((0, 5), (40, 35), (41, 41), (1.0, 1.0)), Polyline(curve, (41, 41)))


def test_the_midline_is_that_of_the_middle_slice_and_the_shift_the_median() -> None:
    slices = [flat(30, 26, -3.0), flat(10, 20, 1.0), flat(20, 23, -2.0)]
    middle = replace(alignment(), plane=Plane((1.0, 0.0, 0.0), 0.0))
    row = score_row(SCAN, middle, slices, COMPARED, SCORE, "")
    assert (row["midline_angle_deg"], row["midline_offset_mm"]) == (0, 3)
    assert row["midline_shift_mm"] == pytest.approx(2.0)  # towards the subject's right


def test_without_slices_the_midline_is_missing() -> None:
    row = score_row(SCAN, alignment(), [], COMPARED, SCORE, "")
    assert {row[f"midline_{name}"] for name in ("angle_deg", "offset_mm", "shift_mm")} == {None}


def test_the_best_scan_of_a_session() -> None:
    one = {**SCAN, "qc": "pass", "plane_confidence": 0.9}
    same = {"participant_id": "sub-x", "session_id": "ses-1"}
    rows = [
        one | same | {"scan_id": "s0", "qc": "warn", "plane_confidence": 0.99},
        one | same | {"scan_id": "s1", "modality": "T1w", "plane_confidence": 0.99},
        one | same | {"scan_id": "s2", "plane_confidence": 0.8},
        one | same | {"scan_id": "s3"},
        one | {"participant_id": "sub-x", "session_id": "ses-2", "scan_id": "s4", "qc": "fail"},
        one | {"participant_id": "sub-a", "session_id": None, "scan_id": "s5"},
    ]
    for order in (rows, rows[::-1]):
        assert [r["scan_id"] for r in best_scans(order)] == ["s5", "s3", "s4"]
