"""The stage align: what it writes for each scan. The plane itself is tested in test_symmetry.py."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from heads import head
from results import ALIGN, dataset, derivative, results
from symbrain.plane import Plane
from symbrain.settings import AlignSettings
from symbrain.stages import align
from symbrain.tables import read_table, records
from symbrain.version import __version__
from symbrain.volume import read_labels, read_map, read_scan, write_volume

PINNED = {
    "normal", "offset_mm", "symmetry_plane", "center_mm", "confidence", "symmetry_before", "symmetry_after", "method",
    "symbrain_version", "input_sha256",
}  # fmt: skip


@pytest.mark.slow
def test_a_person_gets_the_files_of_the_interface(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scan, out = tmp_path / "sub-01_T2w.nii.gz", tmp_path / "out"
    write_volume(scan, head(1, spacing_mm=2.5).image, head(1, spacing_mm=2.5).affine)
    (tmp_path / "no.nii").write_bytes(b"no image")
    assert align.run_files([scan, tmp_path / "no.nii"], out, AlignSettings(spacing_mm=2.5)) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "excluded: no.nii is not a NIfTI file" in captured.err
    assert {p.name.removeprefix("sub-01_T2w_") for p in out.iterdir()} == {
        "midline.json",
        "xfm.txt",
        "desc-brain_mask.nii.gz",
        "space-upright_image.nii.gz",
        "space-upright_mask.nii.gz",
        "space-upright_biasfield.nii.gz",
        "space-upright_desc-unbiased_image.nii.gz",
        *(
            "desc-brain_mask.json",
            "space-upright_image.json",
            "space-upright_mask.json",
            "space-upright_biasfield.json",
            "space-upright_desc-unbiased_image.json",
        ),
        *("dataset_description.json", ".bidsignore", "descriptions.tsv"),
    }
    record = json.loads((out / "sub-01_T2w_midline.json").read_text())
    assert set(record) >= PINNED
    assert set(record["symmetry_plane"]) == {"normal", "offset_mm"}
    assert record["symbrain_version"] == __version__
    assert record["input_sha256"] == read_scan(scan).sha256
    assert Plane.from_dict(record).angle_to_deg(head(1, spacing_mm=2.5).plane) < 0.7
    assert Plane.from_dict(record).gap_mm(head(1, spacing_mm=2.5).plane, head(1, spacing_mm=2.5).center_mm) < 0.4
    assert 0 <= record["confidence"] <= 1


def test_each_scan_of_a_chunk_has_its_outputs_or_its_reason() -> None:
    rows = records(read_table(results() / "chunks" / "align" / "0.tsv", "manifest"))
    assert [(r["scan_id"][:6], r["status"]) for r in rows] == [
        ("sub-01", "done"), ("sub-02", "done"), ("sub-03", "excluded"),
    ]  # fmt: skip
    assert "is truncated or damaged" in rows[2]["reason"]
    for row in rows[:2]:
        for name in row["outputs"].split():
            assert (results() / name).exists()
    assert not derivative(3, "midline.json").exists()


def test_the_upright_image_has_the_name_of_bids_too_and_says_what_it_is() -> None:
    folder = derivative(1, "midline.json").parent
    for ending, name in (("image", "T2w"), ("mask", "desc-brain_mask"), ("labels", "dseg")):
        twin = folder / f"sub-01_ses-1_space-uprightT2w_{name}.nii.gz"
        assert twin.read_bytes() == derivative(1, f"space-upright_{ending}.nii.gz").read_bytes()
    said = json.loads((folder / "sub-01_ses-1_space-uprightT2w_T2w.json").read_text())
    assert said == json.loads(derivative(1, "space-upright_image.json").read_text())
    assert said["SkullStripped"] is False
    assert said["Sources"] == ["bids:raw:sub-01/ses-1/anat/sub-01_ses-1_T2w.nii.gz"]
    assert said["SpatialReference"] == "bids::sub-01/ses-1/anat/sub-01_ses-1_space-uprightT2w_T2w.nii.gz"


def test_maps_that_can_be_used_are_used_and_others_are_told() -> None:
    first, second = (json.loads(derivative(n, "midline.json").read_text()) for n in (1, 2))
    assert (first["mask_source"], first["warnings"]) == ("given", [])
    assert second["mask_source"] == "surface"
    assert "the brain mask was left out: 2_mask.nii.gz has the grid" in second["warnings"][0]
    assert derivative(1, "space-upright_labels.nii.gz").exists()
    assert not derivative(2, "space-upright_labels.nii.gz").exists()


def test_the_brain_mask_lies_on_the_scans_own_grid() -> None:
    root, rows = dataset()
    for number in (1, 2):
        scan = read_scan(root / rows[number - 1]["path"])
        assert read_labels(derivative(number, "desc-brain_mask.nii.gz"), scan).sum() > 10_000


def test_upright_maps_share_a_grid_whose_middle_is_the_plane() -> None:
    image, mask, labels = (read_map(derivative(1, f"space-upright_{n}.nii.gz")) for n in ("image", "mask", "labels"))
    for other in (mask, labels):
        assert other.shape == image.shape
        np.testing.assert_allclose(other.affine, image.affine)
    assert image.affine[0] @ [image.shape[0] // 2, 0, 0, 1] == pytest.approx(0, abs=1e-6)
    inside = mask.data > 0
    assert (labels.data[inside] > 0).mean() > 0.9
    assert image.data[inside].mean() > image.data[~inside].mean()


def test_plain_itk_reproduces_the_upright_image_from_the_files() -> None:
    root, rows = dataset()
    upright = sitk.ReadImage(str(derivative(2, "space-upright_image.nii.gz")))
    scan = sitk.ReadImage(str(root / rows[1]["path"]))
    again = sitk.Resample(scan, upright, sitk.ReadTransform(str(derivative(2, "xfm.txt"))), sitk.sitkLinear)
    np.testing.assert_allclose(sitk.GetArrayFromImage(again), sitk.GetArrayFromImage(upright), atol=1e-3)


def test_tissue_volumes_of_both_sides() -> None:
    rows = records(read_table(derivative(1, "regions.tsv"), "regions"))
    assert {r["scan_id"] for r in rows} == {"sub-01_ses-1_T2w"}
    white = next(r for r in rows if r["region"] == "White matter")
    assert white["left_ml"] == pytest.approx(white["right_ml"], rel=0.15)
    assert white["left_ml"] > 20


def test_a_second_run_writes_nothing_anew() -> None:
    files = [derivative(1, "midline.json"), derivative(2, "space-upright_image.nii.gz")]
    before = [f.stat().st_mtime_ns for f in files]
    align.run(results(), 0, ALIGN)
    assert [f.stat().st_mtime_ns for f in files] == before


@pytest.mark.slow
def test_a_face_is_told_where_somebody_looks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from dataclasses import replace

    path = tmp_path / "scan.nii.gz"
    write_volume(path, head(1, spacing_mm=2.5).image, head(1, spacing_mm=2.5).affine)
    for looks in (True, False):
        settings = replace(ALIGN, spacing_mm=2.0, deface_check=looks)
        align.run_files([path], tmp_path / f"out{looks}", settings)
        told = json.loads((tmp_path / f"out{looks}" / "scan_space-upright_image.json").read_text())
        assert told.get("ShowsFace") == (True if looks else None)
        assert ("scan: the image shows a face" in capsys.readouterr().err) == looks
