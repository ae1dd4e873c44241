"""One scan at hand: ``symbrain.align`` and ``symbrain.score`` say what the command line and the workflow say."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

import symbrain
from heads import LESION, head
from symbrain.cohort import file_digest
from symbrain.errors import BadInput
from symbrain.phantom import to_drawem9
from symbrain.scored import Score
from symbrain.settings import ScoreSettings
from symbrain.single import ids_of
from symbrain.stages import align as align_stage
from symbrain.stages import score as score_stage
from symbrain.tables import read_table, records
from symbrain.volume import write_volume

SPACING = {"spacing_mm": 2.5, "lesion": LESION}


def image(kind: str = "image") -> nib.Nifti1Image:
    phantom = head(2, **SPACING)
    values = to_drawem9(phantom.labels) if kind == "labels" else getattr(phantom, kind)
    return nib.Nifti1Image(values.astype(np.uint8) if kind != "image" else values, phantom.affine)


@cache
def scored() -> Score:
    """Return the score of a head with a lesion on the left, with everything that may be handed over."""
    return symbrain.score(image(), age_weeks=41.5, sex="female", mask=image("mask"), labels=image("labels"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sub-7_ses-2_T2w.nii.gz"
    write_volume(path, head(2, **SPACING).image, head(2, **SPACING).affine)
    return path


@pytest.mark.slow
def test_what_was_handed_over_is_used() -> None:
    found = scored()
    assert (found.scan_age_weeks, found.sex, found.mask_source) == (41.5, "female", "given")
    assert (found.asymmetry_side, found.scored_by, found.norm_source) == ("left", "packaged", "none")
    assert found.plane.angle_to_deg(head(2, **SPACING).plane) < 1.5
    names = {region["region"] for region in found.regions}
    assert found.deviation_region in names
    assert {"Cortical grey matter", "Ventricles"} < names


@pytest.mark.slow
def test_the_heatmap_lies_on_the_scans_own_grid_on_the_bearing_side() -> None:
    heat = scored().heatmap
    assert heat.shape == image().shape
    np.testing.assert_allclose(heat.affine, image().affine)
    hot = np.argwhere(heat.get_fdata() > 0.8 * heat.get_fdata().max())
    assert (scored().plane.distance_mm(nib.affines.apply_affine(heat.affine, hot)) < 0).all(), "the subject's left"
    assert not heat.get_fdata()[image("mask").get_fdata() == 0].any()


@pytest.mark.slow
def test_python_and_the_command_line_say_the_same(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert score_stage.run_files([file], tmp_path / "out", ScoreSettings(), ages=41.5, as_json=True) == 0
    (printed,) = json.loads(capsys.readouterr().out)
    found = symbrain.score(str(file), age_weeks=41.5, device="cpu")
    assert found.to_dict() == printed
    assert found.input_sha256 == file_digest(file)
    assert (found.participant_id, found.session_id, found.modality) == ("sub-7", "ses-2", "T2w")
    written = nib.load(tmp_path / "out" / "sub-7_ses-2_T2w_desc-asymmetry_heatmap.nii.gz")
    np.testing.assert_array_equal(written.get_fdata(), found.heatmap.get_fdata())


@pytest.mark.slow
def test_what_was_scored_before_an_interruption_is_kept(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(scan: object, *_: object, **__: object) -> Score:
        if "other" in str(scan.path):  # type: ignore[attr-defined]
            raise KeyboardInterrupt
        return scored()

    monkeypatch.setattr(score_stage, "score_scan", interrupted)
    other = file.with_name("other_T2w.nii.gz")
    other.write_bytes(file.read_bytes())
    with pytest.raises(KeyboardInterrupt):
        score_stage.run_files([file, other], tmp_path / "out", ScoreSettings())
    assert len(records(read_table(tmp_path / "out" / "scores.tsv", "scores"))) == 1


@pytest.mark.slow
def test_align_finds_the_plane_that_the_command_line_finds(file: Path, tmp_path: Path) -> None:
    from symbrain.settings import AlignSettings

    assert align_stage.run_files([file], tmp_path, AlignSettings()) == 0
    found = symbrain.align(file)
    assert found.to_dict() == json.loads((tmp_path / "sub-7_ses-2_T2w_midline.json").read_text())
    written = nib.load(tmp_path / "sub-7_ses-2_T2w_space-upright_image.nii.gz")
    np.testing.assert_array_equal(found.image.get_fdata(), written.get_fdata())
    np.testing.assert_allclose(found.image.affine, written.affine, atol=1e-5)


def test_align_turns_what_was_handed_over_with_the_scan() -> None:
    found = symbrain.align(image(), mask=image("mask"), labels=image("labels"))
    assert found.image.shape == found.mask.shape == found.labels.shape
    brain, labelled = found.mask.get_fdata() > 0, found.labels.get_fdata() > 0
    assert (brain & labelled).sum() > 0.9 * labelled.sum()
    half = brain.shape[0] // 2
    left, right = brain[:half].sum(), brain[-half:].sum()
    assert abs(left - right) < 0.1 * (left + right), "the plane divides the brain in its middle"
    assert len(found.regions) > 5
    assert str(found).startswith("AlignedScan(plane=Plane(")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"age_weeks": 290}, "290 is no post-menstrual age at the scan; 20 to 60 weeks are expected"),
        ({"age_weeks": float("nan")}, "nan is no post-menstrual age"),
        ({"age_weeks": "term"}, "term is no post-menstrual age"),
        ({"sex": "F"}, "'F' was given as sex; 'female', 'male' or None is expected"),
        ({"device": "tpu"}, "'tpu' was given as device"),
        ({"weights": "nowhere"}, "nowhere has no weights"),
        ({"mask": np.ones((3, 3, 3))}, "a numpy.ndarray was given as an image"),
        ({"labels": image("labels").slicer[1:]}, "another affine than its scan"),
        ({"labels": nib.Nifti1Image(np.full(image().shape, 7, np.uint8), image().affine)}, "labels up to 7, which are"),
    ],
)
def test_what_cannot_be_used_is_a_sentence_at_once(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        symbrain.score(image(), **given)  # type: ignore[arg-type]


def test_a_name_tells_who_was_scanned() -> None:
    found = ids_of(Path("x") / "sub-7_ses-2_run-1_T2w.nii.gz")
    assert found == {"participant_id": "sub-7", "session_id": "ses-2", "scan_id": "sub-7_ses-2_run-1_T2w"}
    assert ids_of(Path("scan.nii")) == {"participant_id": None, "session_id": None, "scan_id": "scan"}
