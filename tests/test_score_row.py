from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heads import SCORE, head, mask_of, volume_of, walked
from symbrain.alignment import Alignment
from symbrain.columns import TABLES
from symbrain.line import Line
from symbrain.plane import Plane
from symbrain.polyline import Polyline
from symbrain.score_row import ASYMMETRY_COLUMNS, add_norms, add_regional_norms, best_scans, is_normal, score_row
from symbrain.settings import SlicesSettings
from symbrain.slice import Slice
from symbrain.volume import ScanFile
from symbrain.walk import CutSlice, alignment_of, cut_slices

SCAN = {
    "participant_id": "sub-1", "session_id": "ses-1", "scan_id": "a", "modality": "T2w", "split": "train", "fold": 0.0,
    "scan_age_weeks": 41.0, "sex": "female", "radiology_score": 1.0,
}  # fmt: skip


def alignment() -> Alignment:
    phantom = head(1)
    scan = ScanFile(Path("a.nii.gz"), volume_of(phantom), phantom.affine, phantom.image.shape, "0" * 64)  # type: ignore[arg-type]
    return alignment_of(walked(1).aligned, scan)


def row_of(numbers: Alignment) -> dict[str, Any]:
    slices = cut_slices(volume_of(head(1)), mask_of(head(1)), numbers.plane, SlicesSettings())
    return score_row(SCAN, numbers, slices, walked(1).asymmetry, SCORE, "c" * 64)


def test_a_row_has_registered_columns_and_the_scans_numbers() -> None:
    row = row_of(alignment())
    assert set(row) <= {c.name for c in TABLES["scores"]}
    assert row["asymmetry_score"] == walked(1).asymmetry.score
    assert row["qc"] in ("pass", "warn")
    assert (row["norm_source"], row["input_sha256"]) == ("none", "0" * 64)
    assert row["asymmetry_score_low"] <= row["asymmetry_score"] <= row["asymmetry_score_high"]
    assert "asymmetry_z" not in row


def test_a_failed_scan_gets_no_silent_number() -> None:
    row = row_of(replace(alignment(), confidence=0.01))
    assert row["qc"] == "fail"
    assert "confidence of 0.01" in row["qc_reason"]
    for name in ASYMMETRY_COLUMNS:
        assert row[name] is None
    taken = {c.name for c in TABLES["scores"] if c.name.startswith(("asymmetry_", "laterality_"))}
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
    row = score_row(SCAN, middle, slices, walked(1).asymmetry, SCORE, "")
    assert (row["midline_angle_deg"], row["midline_offset_mm"]) == (0, 3)
    assert row["midline_shift_mm"] == pytest.approx(2.0)  # towards the subject's right


def test_without_slices_the_midline_is_missing() -> None:
    row = score_row(SCAN, alignment(), [], walked(1).asymmetry, SCORE, "")
    assert {row[f"midline_{name}"] for name in ("angle_deg", "offset_mm", "shift_mm")} == {None}


def cohort(count: int = 30) -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    return [
        {
            **SCAN,
            "participant_id": f"sub-{k:02d}",
            "scan_id": f"s{k:02d}",
            "fold": float(k % 5),
            "scan_age_weeks": float(rng.uniform(30, 44)),
            "asymmetry_score": float(np.exp(rng.normal(0, 0.3))),
            "laterality_index": float(rng.uniform(-1, 1)),
            "qc": "pass",
            "plane_confidence": 0.9,
        }
        for k in range(count)
    ]


def test_norms_come_from_normal_scans_of_the_same_contrast() -> None:
    rows = cohort()
    rows[3] |= {"radiology_score": 5.0, "asymmetry_score": 9.0, "laterality_index": 1.0}
    rows[4] |= {"modality": "T1w"}
    rows[6] |= {"qc": "fail", "asymmetry_score": None, "laterality_index": None}
    rows[8] |= {"radiology_score": None}
    add_norms(rows, SCORE)
    assert rows[3]["asymmetry_z"] > 3
    assert rows[3]["asymmetry_percentile"] > 99
    assert rows[3]["scored_by"] == "held_out"
    assert rows[0]["scored_by"] == "out_of_fold"
    assert "asymmetry_z" not in rows[4]
    assert "asymmetry_z" not in rows[6]
    assert rows[8]["scored_by"] == "held_out"
    assert {r.get("norm_source") for r in rows if r["modality"] == "T2w" and r["qc"] == "pass"} == {"cohort"}
    # Of 29 T2w scans one is ill, one failed, one is of unknown score: the fold's own normals are missing too.
    assert rows[0]["norm_n"] == 26 - sum(is_normal(r, SCORE) for r in rows[0::5] if r["modality"] == "T2w")


def test_a_row_does_not_depend_on_how_ill_the_others_are() -> None:
    plain, other = cohort(), cohort()
    for rows, score in ((plain, 2.0), (other, 50.0)):
        rows[3] |= {"radiology_score": 5.0, "asymmetry_score": score}
        add_norms(rows, SCORE)
    assert [r["asymmetry_z"] for r in plain if r["scan_id"] != "s03"] == [
        r["asymmetry_z"] for r in other if r["scan_id"] != "s03"
    ]


def test_a_small_cohort_has_no_norm() -> None:
    rows = cohort(12)
    add_norms(rows, SCORE)
    assert not any("asymmetry_z" in r or r.get("norm_source") == "cohort" for r in rows)


def test_regional_norms() -> None:
    rows = cohort()
    rows[5] |= {"qc": "fail"}
    regions = [
        {
            "scan_id": r["scan_id"],
            "region": name,
            "asymmetry_index": 0.1 * np.sin(k) + (3 if k == 7 and name == "B" else 0),
        }
        for k, r in enumerate(rows)
        for name in ("A", "B")
    ]
    add_regional_norms(regions, rows, SCORE)
    of = {(r["scan_id"], r["region"]): r["asymmetry_index_z"] for r in regions}
    assert of["s07", "B"] > 10
    assert abs(of["s07", "A"]) < 3
    assert of["s05", "A"] is None


def test_the_best_scan_of_a_session() -> None:
    rows = cohort(6)
    same = {"participant_id": "sub-x", "session_id": "ses-1"}
    rows[0] |= same | {"qc": "warn", "plane_confidence": 0.99}
    rows[1] |= same | {"qc": "pass", "modality": "T1w", "plane_confidence": 0.99}
    rows[2] |= same | {"qc": "pass", "plane_confidence": 0.8}
    rows[3] |= same | {"qc": "pass", "plane_confidence": 0.9}
    rows[4] |= {"participant_id": "sub-x", "session_id": "ses-2", "qc": "fail"}
    rows[5] |= {"participant_id": "sub-a", "session_id": None}
    for order in (rows, rows[::-1]):
        assert [r["scan_id"] for r in best_scans(order)] == ["s05", "s03", "s04"]
