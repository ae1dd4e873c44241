from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heads import SCORE, head, mask_of, volume_of, walked
from symbrain.alignment import Alignment
from symbrain.cohort_norms import CohortNorms, fit_cohort_norms
from symbrain.columns import TABLES
from symbrain.line import Line
from symbrain.plane import Plane
from symbrain.polyline import Polyline
from symbrain.score_row import ASYMMETRY_COLUMNS, Compared, add_norms, add_regional_norms, best_scans, score_row
from symbrain.settings import SlicesSettings
from symbrain.slice import Slice
from symbrain.volume import ScanFile
from symbrain.walk import CutSlice, alignment_of, cut_slices

SCAN = {
    "participant_id": "sub-1", "session_id": "ses-1", "scan_id": "a", "modality": "T2w", "split": "train", "fold": 0.0,
    "scan_age_weeks": 41.0, "sex": "female", "radiology_score": 1.0,
}  # fmt: skip

CLASSICAL = walked(1).asymmetry
COMPARED = Compared(
    replace(CLASSICAL, score=7.0, low=6.0, high=8.0, side="left"),
    CLASSICAL,
    "a network",
    "out_of_fold",
    0.3,
    ("m", "a"),
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
    row = score_row(SCAN, middle, slices, COMPARED, SCORE, "")
    assert (row["midline_angle_deg"], row["midline_offset_mm"]) == (0, 3)
    assert row["midline_shift_mm"] == pytest.approx(2.0)  # towards the subject's right


def test_without_slices_the_midline_is_missing() -> None:
    row = score_row(SCAN, alignment(), [], COMPARED, SCORE, "")
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
            "qc_reason": None,
            "scored_by": "out_of_fold",
            "plane_confidence": 0.9,
        }
        for k in range(count)
    ]


def norms_of(rows: list[dict[str, Any]], regions: list[dict[str, Any]] | None = None) -> CohortNorms:
    return fit_cohort_norms(rows, regions or [], 5, 10)


def test_a_scan_of_the_training_split_is_judged_without_its_fold() -> None:
    rows = cohort()
    norms = norms_of(rows)
    held_out = {**rows[7], "scan_id": "other", "scored_by": "held_out"}
    ill = {**rows[7], "scan_id": "ill", "asymmetry_score": 9.0, "laterality_index": 1.0}
    add_norms([*rows, held_out, ill], norms)
    for row, fold in ((rows[7], 2), (held_out, None), (ill, 2)):
        norm = norms.of("score", "T2w", fold)
        assert norm is not None
        assert row["asymmetry_z"] == norm.z(np.log(row["asymmetry_score"]), row["scan_age_weeks"])
        assert row["asymmetry_percentile"] == norm.percentile(row["asymmetry_z"])
        assert (row["norm_source"], row["norm_n"]) == ("cohort", 30 if fold is None else 24)
        assert np.isfinite(row["laterality_z"])
    assert ill["asymmetry_z"] > 3
    assert ill["asymmetry_percentile"] > 99


def test_what_cannot_be_judged_is_not() -> None:
    rows = cohort()
    norms = norms_of(rows)
    strange = [
        {**rows[0], "modality": "T1w"},
        {**rows[0], "qc": "fail", "asymmetry_score": None, "laterality_index": None},
        {**rows[0], "scan_age_weeks": 50.0},
        {**rows[0], "scan_age_weeks": None, "qc": "warn", "qc_reason": "it is odd"},
    ]
    add_norms(strange, norms)
    add_norms(small := cohort(9), norms_of(cohort(9)))
    assert not any("asymmetry_z" in row for row in strange)
    assert not any("asymmetry_z" in row for row in small)
    assert [row["qc"] for row in strange] == ["pass", "fail", "warn", "warn"]
    assert "an age of 50.0 is outside" in strange[2]["qc_reason"]
    assert strange[3]["qc_reason"] == "it is odd; the age is unknown, so there is no norm for it"


def test_a_norm_of_phantoms_ranks_no_infant() -> None:
    rows = cohort()
    add_norms(rows, norms_of(rows), synthetic=True)
    judged = [row for row in rows if "asymmetry_z" in row]
    assert len(judged) > 25
    assert {row["norm_source"] for row in judged} == {"phantom"}
    assert {row["asymmetry_percentile"] for row in judged} == {None}


def test_regional_norms() -> None:
    rows = cohort()
    regions = [
        {"scan_id": r["scan_id"], "region": name, "asymmetry_index": 0.1 * np.sin(k)}
        for k, r in enumerate(rows)
        for name in ("A", "B")
    ]
    norms = norms_of(rows, regions)
    rows[5] |= {"qc": "fail"}
    regions[7 * 2 + 1]["asymmetry_index"] = 3.0
    regions[8 * 2]["asymmetry_index"] = None
    add_regional_norms(regions, rows, norms)
    of = {(r["scan_id"], r["region"]): r["asymmetry_index_z"] for r in regions}
    assert of["s07", "B"] > 10
    assert abs(of["s07", "A"]) < 3
    assert of["s05", "A"] is None
    assert of["s08", "A"] is None
    add_regional_norms(regions, rows, CohortNorms())
    assert {r["asymmetry_index_z"] for r in regions} == {None}


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
