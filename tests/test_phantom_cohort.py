"""The synthetic cohort: a release's names, columns and dirt; the truth in its own place; the same bytes each time."""

import hashlib
import json
import re

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

from symbrain.errors import BadInput
from symbrain.phantom import KINDS
from symbrain.phantom.cohort import FAULTS, plan_cohort
from symbrain.phantom.mimics import MIMICS
from symbrain.settings import PhantomSettings
from symbrain.split import family_of
from symbrain.stages.phantom import run
from symbrain.volume import read_scan

SETTINGS = PhantomSettings(subjects=6, spacing_mm=3.0, lesion_share=0.34)
SEED = 3


def digests(root):
    files = sorted(p for p in root.rglob("*") if p.is_file())
    return {p.relative_to(root).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    root = tmp_path_factory.mktemp("phantom") / "bids"
    run(root, SETTINGS, SEED, 1)
    return root


@pytest.fixture(scope="module")
def truth(cohort):
    return pd.read_csv(cohort / "derivatives/truth/truth.tsv", sep="\t", dtype={"participant_id": str})


def read(path):
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)


def test_plan_holds_what_was_asked_for():
    plan = plan_cohort(PhantomSettings(subjects=40, lesion_share=0.25, t1w_share=0.25), 1)
    whole = [p for p in plan if not p.sessions[0].fault]
    assert len(whole) == 40
    assert sum(p.lesion is not None for p in whole) == 10
    assert {p.lesion.kind for p in whole if p.lesion} == set(KINDS)
    assert {p.lesion.side for p in whole if p.lesion} == {"left", "right"}
    assert 2 <= sum(p.mimic is not None for p in whole) <= 5
    assert not any(p.mimic and p.lesion for p in plan)
    assert {p.mimic for p in plan if p.mimic} <= set(MIMICS)
    sessions = [s for p in whole for s in p.sessions]
    assert sum(s.has_t1w for s in sessions) == round(0.25 * len(sessions))
    assert [p.sessions[0].fault for p in plan[40:]] == list(FAULTS)
    assert len({s.session_id for p in plan for s in p.sessions}) == len(sessions) + len(FAULTS)
    assert len({p.participant_id for p in plan}) == len(plan)


def test_plan_has_siblings_second_visits_and_gaps():
    plan = plan_cohort(PhantomSettings(subjects=12), 5)
    families = [family_of(p.participant_id) for p in plan]
    assert len(set(families)) < len(plan)
    assert any(len(p.sessions) == 2 and p.sessions[1].weeks > p.sessions[0].weeks + 5 for p in plan)
    assert sum(p.birth_weight_kg == -999 for p in plan) == 1
    assert sum(s.head_circumference_cm == -999 for p in plan for s in p.sessions) == 1
    assert {"", "Q"} <= {s.radiology_score for p in plan for s in p.sessions}
    assert all(re.fullmatch(r"CC\d{5}(XX|AN|BN)\d{2}", p.participant_id) for p in plan)
    for p in plan:
        allowed = {"3.0", "4.0", "5.0"} if p.lesion else {"1.0", "2.0", "", "Q"}
        assert {s.radiology_score for s in p.sessions} <= allowed
        assert p.birth_age < p.sessions[0].weeks


@pytest.mark.parametrize("subjects", [1, 2, 3])
def test_a_tiny_cohort_can_be_planned(subjects):
    assert len(plan_cohort(PhantomSettings(subjects=subjects, broken=False), 1)) == subjects


def test_tables_look_like_release_three(cohort):
    participants = read(cohort / "participants.tsv")
    assert list(participants) == ["participant_id", "sex", "birth_age", "birth_weight", "singleton"]
    assert not participants.participant_id.str.startswith("sub-").any()
    assert set(participants.singleton) == {"S", "M"}
    for folder in sorted(cohort.glob("sub-*")):
        sessions = read(folder / f"{folder.name}_sessions.tsv")
        assert list(sessions)[:2] == ["session_id", "scan_age"]
        assert {f"ses-{s}" for s in sessions.session_id} == {p.name for p in folder.glob("ses-*")}
    assert set(participants.participant_id) == {p.name.removeprefix("sub-") for p in cohort.glob("sub-*")}


def test_images_are_stored_as_the_dhcps(cohort, truth):
    whole = truth[truth.fault.isna()]
    assert len(whole)
    for row in whole.itertuples():
        path = cohort / row.participant_id / row.session_id / "anat" / f"{row.scan_id}.nii.gz"
        image = nib.load(path)
        assert "".join(nib.aff2axcodes(image.affine)) == "LAS"
        assert image.get_data_dtype() == np.float32
        read_scan(path)


def test_names_are_the_releases(cohort, tmp_path):
    names = {p.name.split("_", 2)[2] for p in cohort.glob("sub-*/ses-*/anat/*.nii.gz")}
    assert {"T2w.nii.gz", "desc-brain_mask.nii.gz", "desc-drawem9_dseg.nii.gz", "T1w.nii.gz"} <= names
    assert "desc-drawem87_dseg.nii.gz" in names
    run(tmp_path, PhantomSettings(subjects=2, spacing_mm=3.0, release="rel2", t1w_share=1.0, broken=False), SEED, 1)
    names = {p.name.split("_", 2)[2] for p in tmp_path.glob("sub-*/ses-*/anat/*.nii.gz")}
    assert {
        "T2w.nii.gz",
        "space-T2w_T1w.nii.gz",
        "desc-bet_space-T2w_brainmask.nii.gz",
        "desc-drawem9_space-T2w_dseg.nii.gz",
        "desc-drawem87_space-T2w_dseg.nii.gz",
    } <= names
    assert "gender" in read(tmp_path / "participants.tsv")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("truncated", "truncated"),
        ("constant", "constant"),
        ("series", "three axes"),
        ("sides", "contradicts itself"),
        ("sideless", "code 0"),
    ],
)
def test_broken_scans_are_refused_for_what_is_broken(cohort, truth, fault, words):
    (row,) = truth[truth.fault == fault].itertuples()
    with pytest.raises(BadInput, match=words):
        read_scan(cohort / row.participant_id / row.session_id / "anat" / f"{row.scan_id}.nii.gz")


def test_one_broken_scan_can_be_read_and_one_session_is_empty(cohort, truth):
    (row,) = truth[truth.fault == "motion"].itertuples()
    read_scan(cohort / row.participant_id / row.session_id / "anat" / f"{row.scan_id}.nii.gz")
    assert sum(not list(p.rglob("*.nii.gz")) for p in cohort.glob("sub-*/ses-*")) == 1


def test_the_truth_is_in_one_place_only(cohort, truth):
    assert truth.lesion_kind.notna().any()
    allowed = cohort / "derivatives" / "truth"
    for path in cohort.rglob("*"):
        if path.is_file() and allowed not in path.parents and path.suffix in (".tsv", ".json", ""):
            text = path.read_text()
            assert not re.search(
                r"lesion|normal_x|offset|fault|seed|mimic|haemorrhage|injury|cyst|ventric|malform", text
            ), path
    assert not [p for p in cohort.rglob("*lesion*") if allowed not in p.parents]
    dictionary = json.loads((allowed / "truth.json").read_text())
    assert list(dictionary) == list(truth)


@pytest.mark.slow
def test_two_workers_write_the_same_bytes(cohort, tmp_path):
    run(tmp_path, SETTINGS, SEED, 2)
    assert digests(tmp_path) == digests(cohort)


def test_a_killed_run_goes_on_where_it_stopped(tmp_path):
    settings = PhantomSettings(subjects=2, spacing_mm=3.0, broken=False)
    run(tmp_path, settings, SEED, 1)
    before = digests(tmp_path)
    images = sorted(tmp_path.glob("sub-*/ses-*/anat/*_T2w.nii.gz"))
    kept = images[0].stat().st_mtime_ns
    images[-1].unlink()
    (tmp_path / "dataset_description.json").unlink()
    run(tmp_path, settings, SEED, 1)
    assert digests(tmp_path) == before
    assert images[0].stat().st_mtime_ns == kept


def test_another_cohort_replaces_an_earlier_one_but_never_real_infants(tmp_path):
    settings = PhantomSettings(subjects=2, spacing_mm=3.0, broken=False)
    run(tmp_path, settings, 1, 1)
    run(tmp_path, settings, 2, 1)
    assert {p.name for p in tmp_path.glob("sub-*")} == {f"sub-{p.participant_id}" for p in plan_cohort(settings, 2)}
    (tmp_path / "sub-01").mkdir()
    with pytest.raises(BadInput, match="sub-01"):
        run(tmp_path, settings, 1, 1)
    assert (tmp_path / "sub-01").is_dir()
