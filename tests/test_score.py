"""The stage score: heatmaps, the tables of the cohort, and law 9: chunks and order change no number."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from heads import LESION, head
from results import SCORE, dataset, derivative, results, walked_through
from symbrain.cohort import file_digest
from symbrain.cohort_norms import SCORE as COHORT_SCORE
from symbrain.cohort_norms import fit_cohort_norms
from symbrain.columns import TABLES
from symbrain.drawem import TISSUES_9
from symbrain.errors import BadInput
from symbrain.learning.packaged import packaged
from symbrain.models import Models
from symbrain.norm_columns import NO_NORM
from symbrain.score_row import ASYMMETRY_COLUMNS
from symbrain.settings import ScoreSettings
from symbrain.stages import score
from symbrain.tables import read_table, records, write_table
from symbrain.volume import read_map, write_volume

HEATMAP = "desc-asymmetry_heatmap.nii.gz"


def rows_of(folder: Path, table: str) -> list[dict]:
    return records(read_table(folder / f"{table}.tsv", table))


def test_the_heatmap_lies_on_the_scans_own_grid_and_within_the_brain() -> None:
    root, rows = dataset()
    for number in (1, 2):
        scan, heat = (nib.load(p) for p in (root / rows[number - 1]["path"], derivative(number, HEATMAP)))
        assert heat.shape == scan.shape
        np.testing.assert_allclose(heat.affine, scan.affine, atol=1e-5)
        brain = nib.load(derivative(number, "desc-brain_mask.nii.gz")).get_fdata() > 0
        assert heat.get_fdata().min() >= 0
        assert not heat.get_fdata()[~brain].any()
        assert heat.get_fdata().max() > 0


def test_a_lesion_is_hot_where_it_is() -> None:
    phantom, heat = head(2, spacing_mm=2.5, lesion=LESION), read_map(derivative(2, HEATMAP))
    hottest = heat.to_world(np.argwhere(heat.data > 0.8 * heat.data.max()))
    assert np.linalg.norm(hottest.mean(axis=0) - phantom.lesion_center_mm) < LESION.diameter_mm / 2
    assert (phantom.plane.distance_mm(hottest) < 0).all(), "on the subject's left"
    inside = np.flip(phantom.lesion_mask, 0)
    assert heat.data[inside].mean() > 10 * heat.data[~inside].mean()


def test_tables_tell_of_every_scan() -> None:
    first, second = rows_of(results(), "scores")
    assert (first["scan_id"], second["scan_id"]) == ("sub-01_ses-1_T2w", "sub-02_ses-1_T2w")
    assert second["asymmetry_side"] == "left"
    assert second["laterality_index"] < -0.5
    assert second["asymmetry_score"] > 1.5 * first["asymmetry_score"]
    for row in (first, second):
        assert row["norm_source"] == "none"
        assert row["asymmetry_z"] is None
        assert row["qc"] in ("pass", "warn")
        assert abs(row["midline_shift_mm"]) < 3
    root, scans = dataset()
    assert first["input_sha256"] == file_digest(root / scans[0]["path"])
    assert first["config_sha256"] == second["config_sha256"]
    assert {(r["scan_id"][:6], r["stage"]) for r in rows_of(results(), "exclusions")} == {
        ("sub-03", "align"), ("sub-04", "ingest"),
    }  # fmt: skip
    assert all(r["reason"] for r in rows_of(results(), "exclusions"))
    assert {r["scan_id"] for r in rows_of(results(), "regions")} == {"sub-01_ses-1_T2w"}
    assert len(rows_of(results(), "subjects")) == 2


def test_a_scan_has_the_place_of_its_deviation_and_why_it_has_no_norm() -> None:
    first, second = rows_of(results(), "scores")
    lesioned = head(2, spacing_mm=2.5, lesion=LESION)
    place = [second[f"deviation_{axis}_mm"] for axis in "xyz"]
    assert np.linalg.norm(np.subtract(place, lesioned.lesion_center_mm)) < LESION.diameter_mm / 2
    assert second["deviation_region"] is None  # it has no labels
    assert (first["deviation_region"] in TISSUES_9) == (first["asymmetry_side"] != "none")
    for row in (first, second):
        assert row["norm_reason"] == NO_NORM
        assert row["voxel_mm"] == 2.5
        assert row["asymmetry_z_low"] is row["asymmetry_percentile_high"] is None


@pytest.mark.parametrize("table", ["scores", "subjects", "regions", "exclusions", "repeatability", "sides"])
def test_each_table_has_its_dictionary(table: str) -> None:
    text = (results() / f"{table}.tsv").read_text()
    names = text.splitlines()[0].split("\t")
    assert list(json.loads((results() / f"{table}.json").read_text())) == names == [c.name for c in TABLES[table]]
    assert "nan" not in text.lower().split()


def test_a_scan_that_fails_its_check_loses_numbers_and_heatmap(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(results(), tmp_path / "results"))
    strict = replace(SCORE, fail_confidence=1.0)
    score.run(copy, 0, strict)
    score.gather(copy)
    for row in rows_of(copy, "scores"):
        assert row["qc"] == "fail"
        assert row["asymmetry_score"] is None
        assert row["asymmetry_side"] is None
        assert row["midline_angle_deg"] is not None
    assert not list(copy.rglob(f"*{HEATMAP}"))


def test_gathering_reads_no_image(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(results(), tmp_path / "results"))
    shutil.rmtree(copy / "sub-01")
    score.gather(copy)
    assert (copy / "scores.tsv").read_bytes() == (results() / "scores.tsv").read_bytes()


def test_norms_reach_the_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    normals = [
        {"scan_id": str(k), "modality": "T2w", "fold": k % 5, "scan_age_weeks": rng.uniform(36, 44), "voxel_mm": 2.0,
         "asymmetry_score": float(np.exp(rng.normal(1, 0.2))), "laterality_index": rng.uniform(-1, 1)}
        for k in range(40)
    ]  # fmt: skip
    regions = [
        {"scan_id": str(k), "region": "Ventricles", "asymmetry_index": rng.normal(0, 0.1), "intensity_asymmetry": 0.0}
        for k in range(40)
    ]
    norms = fit_cohort_norms(normals, regions, 5, 20)
    monkeypatch.setattr(Models, "norms", norms)
    copy = Path(shutil.copytree(results(), tmp_path / "results"))
    score.gather(copy)
    norm = norms.of(COHORT_SCORE, "T2w", None)
    assert norm is not None
    for row in rows_of(copy, "scores"):
        assert row["norm_reason"] is None
        assert row["asymmetry_z"] == pytest.approx(norm.z(np.log(row["asymmetry_score"]), 41.0), rel=1e-4, abs=1e-4)
        assert row["asymmetry_z_low"] < row["asymmetry_z"] < row["asymmetry_z_high"]
        assert 0 <= row["asymmetry_percentile_low"] <= row["asymmetry_percentile"] <= row["asymmetry_percentile_high"]
    of = {row["region"]: row for row in rows_of(copy, "regions")}
    assert of["Ventricles"]["asymmetry_index_z"] is not None
    assert of["Ventricles"]["intensity_asymmetry_z"] is None  # what does not vary has no norm
    assert of["Cerebellum"]["asymmetry_index_z"] is None


@pytest.mark.slow
def test_a_second_call_loses_no_row_of_the_first(tmp_path: Path) -> None:
    out = tmp_path / "out"
    scans = [tmp_path / f"sub-{number}_T2w.nii.gz" for number in (1, 2)]
    for scan in scans:
        phantom = head(2, spacing_mm=2.5, lesion=LESION, skull=False)
        write_volume(scan, phantom.image, phantom.affine)
        score.run_files([scan], out, ScoreSettings())
    first = records(read_table(out / "scores.tsv", "scores"))
    assert [row["scan_id"] for row in first] == ["sub-1_T2w", "sub-2_T2w"]
    score.run_files(scans[1:], out, ScoreSettings())  # scored again, not twice
    assert records(read_table(out / "scores.tsv", "scores")) == first


def test_a_table_of_somebody_elses_is_not_lost(tmp_path: Path) -> None:
    (tmp_path / "scores.tsv").write_text("pupil\tmark\n")
    with pytest.raises(BadInput, match="would be lost"):
        score.run_files([tmp_path / "a_T2w.nii.gz"], tmp_path, ScoreSettings())
    assert (tmp_path / "scores.tsv").read_text() == "pupil\tmark\n"


@pytest.mark.slow
def test_a_person_gets_scores_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    phantom, out = head(2, spacing_mm=2.5, lesion=LESION, skull=False), tmp_path / "out"
    scan, bad = tmp_path / "sub-7_ses-2_T2w.nii.gz", tmp_path / "empty_T1w.nii.gz"
    write_volume(scan, phantom.image, phantom.affine)
    write_volume(bad, np.zeros((9, 9, 9)), phantom.affine)
    assert score.run_files([scan, bad], out, ScoreSettings(), ages={"sub-7_ses-2_T2w": 41.5}, as_json=True) == 1
    captured = capsys.readouterr()
    (printed,) = json.loads(captured.out)
    assert list(printed) == [c.name for c in TABLES["scores"]]
    assert (printed["participant_id"], printed["session_id"], printed["modality"]) == ("sub-7", "ses-2", "T2w")
    assert (printed["scan_age_weeks"], printed["split"], printed["norm_source"]) == (41.5, "external", "none")
    assert (printed["asymmetry_side"], printed["mask_source"]) == ("left", "nonzero")
    (row,) = rows_of(out, "scores")
    assert row["asymmetry_score"] == pytest.approx(printed["asymmetry_score"], rel=1e-5)
    (excluded,) = rows_of(out, "exclusions")
    assert "is constant" in excluded["reason"]
    assert "excluded: empty_T1w.nii.gz is constant" in captured.err
    assert {p.name for p in out.iterdir()} == {
        "scores.tsv", "scores.json", "exclusions.tsv", "exclusions.json", f"sub-7_ses-2_T2w_{HEATMAP}",
        "sub-7_ses-2_T2w_desc-asymmetry_heatmap.json", "dataset_description.json", ".bidsignore", "descriptions.tsv",
    }  # fmt: skip


@pytest.mark.slow
def test_chunks_and_the_order_of_scans_change_no_number(tmp_path: Path) -> None:
    root, rows = dataset()
    three = [{**row, "chunk": number} for number, row in enumerate(rows)]
    divided = walked_through(tmp_path / "divided", three[::-1], root)
    for table in ("scores", "subjects", "regions", "exclusions"):
        expected, found = ((folder / f"{table}.tsv").read_text().splitlines() for folder in (results(), divided))
        assert sorted(found[1:]) == sorted(expected[1:])
        assert found[0] == expected[0]
    for number in (1, 2):
        name = derivative(number, HEATMAP).relative_to(results())
        assert (divided / name).read_bytes() == (results() / name).read_bytes()


def test_a_damaged_bundle_is_told_before_any_scan_is_read(tmp_path: Path) -> None:
    shutil.copytree(packaged("asymmetry"), tmp_path / "weights" / "asymmetry")
    changed = tmp_path / "weights" / "asymmetry" / "configs" / "norms.json"
    changed.write_text(changed.read_text(encoding="utf-8").replace("4.0", "4.1", 1), encoding="utf-8")
    scan = tmp_path / "sub-01_T2w.nii"
    with pytest.raises(BadInput, match="has the SHA-256"):
        score.run_files([scan], tmp_path / "out", ScoreSettings(), weights=tmp_path / "weights")
    assert not (tmp_path / "out" / "exclusions.tsv").exists()


def test_ratings_count_beside_the_measured_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copied = shutil.copytree(results(), tmp_path / "results")
    before = {row["scan_id"]: row for row in rows_of(copied, "scores")}
    first, second = before
    said = [
        (first, "doubtful", "it moved", "A"),
        (second, "accept", None, "A"),
        (second, "reject", "half a brain", "B"),
        ("sub-99_T2w", "reject", None, "B"),
    ]
    rows = [dict(zip(("scan_id", "rating", "comment", "rater"), one, strict=True)) for one in said]
    write_table(tmp_path / "ratings.tsv", "ratings", rows)
    score.gather(copied, ratings=tmp_path / "ratings.tsv")
    assert (
        "1 rated scans have no row in scores.tsv, and their ratings are left out: sub-99_T2w" in capsys.readouterr().err
    )
    doubtful, rejected = rows_of(copied, "scores")
    assert doubtful["qc"] == "warn"
    assert doubtful["qc_reason"].endswith("called doubtful by A: it moved")
    assert doubtful["asymmetry_score"] == before[first]["asymmetry_score"]
    assert rejected["qc"] == "fail"
    assert "rejected by B: half a brain" in rejected["qc_reason"]
    assert [rejected[name] for name in ASYMMETRY_COLUMNS] == [None] * len(ASYMMETRY_COLUMNS)
    assert {row["scan_id"] for row in rows_of(copied, "slice_scores")} == {first}
    record = json.loads((copied / "code" / "run.json").read_text())
    assert record["settings"]["score"]["ratings_sha256"] == file_digest(tmp_path / "ratings.tsv")
    score.gather(copied)
    assert {row["scan_id"]: row for row in rows_of(copied, "scores")} == before, "taken back, nothing is left of them"
