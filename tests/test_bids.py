from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from symbrain.bids import OWN_RECORD, find_base, inventory, read_dataset
from symbrain.errors import BadInput
from trees import PREFIX, forbid, put, session


def test_root_with_participants_is_the_dataset(tmp_path: Path) -> None:
    session(tmp_path, ["T2w"])
    session(tmp_path / "derivatives" / "other", ["T2w"])
    assert find_base(tmp_path) == tmp_path
    assert [i.path for i in read_dataset(tmp_path).images] == [f"{PREFIX}_T2w.nii.gz"]


@pytest.mark.parametrize("below", ["rel3_dhcp_anat_pipeline", "sourcedata", "derivatives/dhcp_anat_pipeline"])
def test_dataset_up_to_two_levels_below(tmp_path: Path, below: str) -> None:
    session(tmp_path / below, ["T2w"])
    (tmp_path / "rel3_dhcp_fmri_pipeline" / "sub-01" / "ses-1" / "func").mkdir(parents=True)
    (tmp_path / "participants.tsv").write_text("participant_id\n")
    dataset = read_dataset(tmp_path)
    assert [i.path for i in dataset.images] == [f"{below}/{PREFIX}_T2w.nii.gz"]
    assert dataset.tables == (("participants.tsv", None),)


def test_several_datasets_are_named(tmp_path: Path) -> None:
    for name in ("rawdata", "derivatives/dhcp_anat_pipeline"):
        session(tmp_path / name, ["T2w"])
    with pytest.raises(BadInput, match=r"2 datasets \(derivatives/dhcp_anat_pipeline, rawdata\); name the one"):
        find_base(tmp_path)


@pytest.mark.parametrize("inside", ["", "a/b/c/sub-01/anat", "sub-01/func", ".hidden/sub-01/anat"])
def test_no_dataset_is_a_sentence_with_a_remedy(tmp_path: Path, inside: str) -> None:
    (tmp_path / inside).mkdir(parents=True, exist_ok=True)
    with pytest.raises(BadInput, match=r"no folders sub-\*.*name the folder"):
        find_base(tmp_path)


def test_file_or_nothing_is_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is not a folder"):
        find_base(tmp_path / "missing")


def test_own_results_are_no_dataset(tmp_path: Path) -> None:
    session(tmp_path / "data", ["T2w"])
    session(tmp_path / "results", ["space-upright_T2w"])
    put(tmp_path / "results", OWN_RECORD.as_posix())
    assert find_base(tmp_path) == tmp_path / "data"
    with pytest.raises(BadInput, match="holds results of symbrain"):
        find_base(tmp_path / "results")


def test_what_is_no_image_is_passed_over(tmp_path: Path) -> None:
    session(tmp_path, ["T2w"])
    anat = tmp_path / PREFIX
    put(tmp_path, f"{anat.parent.relative_to(tmp_path)}/._sub-CC00050XX01_ses-7201_T2w.nii.gz", f"{PREFIX}_T2w.json")
    (anat.parent / "folder_T2w.nii.gz").mkdir()
    assert [i.name for i in read_dataset(tmp_path).images] == ["sub-CC00050XX01_ses-7201_T2w.nii.gz"]


def test_whatever_has_the_name_of_an_image_is_found(tmp_path: Path) -> None:
    session(tmp_path, ["T1w"])
    os.mkfifo(tmp_path / f"{PREFIX}_T2w.nii.gz")
    (tmp_path / f"{PREFIX}_desc-x_T2w.nii.gz").symlink_to("/dev/zero")
    assert len(read_dataset(tmp_path).images) == 3
    assert len(inventory(tmp_path)) == 64


def test_links_that_lead_nowhere_are_found(tmp_path: Path) -> None:
    session(tmp_path, ["T1w"])
    (tmp_path / f"{PREFIX}_T2w.nii.gz").symlink_to("missing")
    (tmp_path / f"{PREFIX}_desc-x_T2w.nii.gz").symlink_to(f"{Path(PREFIX).name}_desc-x_T2w.nii.gz")  # to itself
    assert len(read_dataset(tmp_path).images) == 3
    assert len(inventory(tmp_path)) == 64


def test_folder_without_permission_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session(tmp_path, ["T2w"])
    session(tmp_path, ["T2w"], prefix="sub-02/anat/sub-02")
    forbid(monkeypatch, "sub-02/anat")
    dataset = read_dataset(tmp_path)
    assert len(dataset.images) == 1
    assert "sub-02/anat cannot be read (Permission denied)" in dataset.notes[0]
    assert dataset.unread == ("sub-02/anat",)


@pytest.mark.parametrize("folder", ["", "/sub-CC00050XX01", "/sub-CC00050XX01/ses-7201"])
def test_dataset_without_permission_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    session(tmp_path, ["T2w"])
    forbid(monkeypatch, f"{tmp_path}{folder}")
    with pytest.raises(BadInput, match=r"cannot be read \(Permission denied\) .* permissions, or name the folder"):
        find_base(tmp_path)


def test_session_tables_come_before_those_of_all(tmp_path: Path) -> None:
    session(tmp_path, ["T2w"])
    names = ["participants.tsv", "combined.tsv", "sub-CC00050XX01/sub-CC00050XX01_sessions.tsv", "sessions.tsv"]
    for name in names:
        (tmp_path / name).write_text("")
    assert read_dataset(tmp_path).tables == (
        ("sub-CC00050XX01/sub-CC00050XX01_sessions.tsv", "sub-CC00050XX01"),
        ("sessions.tsv", None),
        ("combined.tsv", None),
        ("participants.tsv", None),
    )


def test_inventory_sees_what_ingest_sees(tmp_path: Path) -> None:
    session(tmp_path, ["T2w"])
    seen = {inventory(tmp_path)}
    session(tmp_path / "derivatives" / "other", ["T2w"])
    put(tmp_path, "sub-CC00050XX01/ses-7201/func/x_bold.nii.gz")
    assert inventory(tmp_path) in seen
    session(tmp_path, ["T1w"])
    seen.add(inventory(tmp_path))
    os.utime(tmp_path / f"{PREFIX}_T1w.nii.gz", ns=(0, 0))
    seen.add(inventory(tmp_path))
    (tmp_path / "participants.tsv").write_text("participant_id\n")
    seen.add(inventory(tmp_path))
    (tmp_path / f"{PREFIX}_T1w.nii.gz").unlink()
    seen.add(inventory(tmp_path))
    assert len(seen) == 5


@pytest.mark.slow
def test_inventory_of_many_files_is_fast(tmp_path: Path) -> None:
    for i in range(1000):
        names = [f"sub-{i:04}/ses-1/anat/sub-{i:04}_ses-1_desc-{k}_T2w.nii.gz" for k in range(10)]
        put(tmp_path, *names, content=b"x")
    started = time.perf_counter()
    inventory(tmp_path)
    assert time.perf_counter() - started < 3.0  # a tenth of it on an idle machine
