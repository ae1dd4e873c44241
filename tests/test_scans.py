from __future__ import annotations

import os
from pathlib import Path

import pytest

from symbrain.bids import read_dataset
from symbrain.scans import Scan, find_scans
from trees import PREFIX, REL2_ANAT, REL3_ANAT, REL3_RAW, put, session


def scans(root: Path, *modalities: str) -> list[Scan]:
    return find_scans(read_dataset(root), modalities or ("T2w", "T1w"))


def shown(scan: Scan) -> tuple[str | None, ...]:
    """Return what was found, without the prefix that all names share."""
    cut = [p and p.removeprefix(f"{PREFIX}_").split(".")[0] for p in (scan.path, scan.mask_path, scan.labels_path)]
    return tuple(cut)


def test_release_3(tmp_path: Path) -> None:
    found = scans(session(tmp_path, REL3_ANAT))
    maps = ("desc-brain_mask", "desc-drawem87_dseg")
    assert [shown(s) for s in found] == [("desc-restore_T2w", *maps), ("desc-restore_T1w", *maps)]
    assert [s.alternatives for s in found] == [(f"{PREFIX}_T2w.nii.gz",), (f"{PREFIX}_T1w.nii.gz",)]
    assert (found[0].participant_id, found[0].session_id) == ("sub-CC00050XX01", "ses-7201")
    assert found[0].scan_id == "sub-CC00050XX01_ses-7201_desc-restore_T2w"


def test_release_2(tmp_path: Path) -> None:
    found = scans(session(tmp_path, [*REL2_ANAT, "T1w"]))
    maps = ("desc-bet_space-T2w_brainmask", "desc-drawem87_space-T2w_dseg")
    assert [shown(s) for s in found] == [("desc-restore_T2w", *maps), ("desc-restore_space-T2w_T1w", *maps)]


def test_release_2_source_has_no_maps(tmp_path: Path) -> None:
    found = scans(session(tmp_path / "sourcedata", ["T2w", "T1w"]))
    assert [(s.modality, s.mask_path, s.labels_path) for s in found] == [("T2w", None, None), ("T1w", None, None)]


def test_release_3_raw_stacks_give_way_to_their_reconstruction(tmp_path: Path) -> None:
    found = {shown(s)[0]: s.reason for s in scans(session(tmp_path, REL3_RAW, extension=".nii"))}
    assert {name for name, reason in found.items() if reason is None} == {
        "rec-SVR_T2w",
        "rec-SVR_T1w",
        "run-09_acq-MPRAGE_T1w",  # an acquisition of its own
    }
    assert set(found) - {"rec-SVR_T2w", "rec-SVR_T1w"} == {
        "run-01_T2w",
        "run-02_T2w",
        "run-07_T1w",
        "run-09_acq-MPRAGE_T1w",
    }
    assert "raw stack" in str(found["run-01_T2w"])


def test_stacks_alone_are_scans(tmp_path: Path) -> None:
    found = scans(session(tmp_path, ["run-01_T2w", "run-02_T2w"]))
    assert [s.reason for s in found] == [None, None]


def test_fetal_like_names(tmp_path: Path) -> None:
    found = scans(put(tmp_path, "sub-F1/ses-1/anat/F1-svr-reorient_T2w.nii.gz"))
    assert [s.scan_id for s in found] == ["F1-svr-reorient_T2w"]


def test_plain_bids_without_sessions(tmp_path: Path) -> None:
    names = ["sub-01/anat/sub-01_T2w.nii", "sub-01/anat/sub-01_T1w.nii.gz", "sub-02/anat/sub-02_acq-fast_T2w.nii.gz"]
    found = scans(put(tmp_path, *names))
    assert [(s.session_id, s.path) for s in found] == [(None, name) for name in names]


def test_sorted_by_session_then_contrast(tmp_path: Path) -> None:
    for prefix in (
        "sub-02/ses-1/anat/sub-02_ses-1",
        "sub-01/ses-2/anat/sub-01_ses-2",
        "sub-01/ses-1/anat/sub-01_ses-1",
    ):
        session(tmp_path, ["T1w", "T2w"], prefix)
    assert [(s.participant_id, s.session_id, s.modality) for s in scans(tmp_path)] == [
        (p, s, m) for p, s in (("sub-01", "ses-1"), ("sub-01", "ses-2"), ("sub-02", "ses-1")) for m in ("T2w", "T1w")
    ]
    assert [s.modality for s in scans(tmp_path, "T1w")] == ["T1w"] * 3


def test_versions_and_acquisitions(tmp_path: Path) -> None:
    session(tmp_path, ["run-1_T2w", "run-2_T2w", "run-2_desc-restore_T2w", "space-MNI_T2w", "desc-preproc_T2w"])
    found = {shown(s)[0]: len(s.alternatives) for s in scans(tmp_path)}
    assert found == {"run-1_T2w": 0, "run-2_desc-restore_T2w": 1, "desc-preproc_T2w": 1}


def test_version_that_is_there_is_better(tmp_path: Path) -> None:
    session(tmp_path, ["T2w"])
    (tmp_path / f"{PREFIX}_desc-restore_T2w.nii.gz").symlink_to("not/fetched")
    assert [(shown(s)[0], s.reason) for s in scans(tmp_path)] == [("T2w", None)]


def test_phase_and_bias_field_are_no_scans(tmp_path: Path) -> None:
    session(tmp_path, ["T2w", "part-phase_T2w", "desc-biasfield_T2w", "desc-brain_mask", "T2star"])
    assert [shown(s)[0] for s in scans(tmp_path)] == ["T2w"]


class TestMaps:
    """Which mask goes with which scan, by names alone."""

    def masks(self, root: Path, *suffixes: str, modalities: tuple[str, ...] = ("T2w", "T1w")) -> list[str | None]:
        return [shown(s)[1] for s in scans(session(root, suffixes), *modalities)]

    def test_native_t1w_gets_no_mask_of_t2w(self, tmp_path: Path) -> None:
        assert self.masks(tmp_path, "T2w", "T1w", "desc-brain_mask") == ["desc-brain_mask", None]

    def test_mask_of_the_only_contrast(self, tmp_path: Path) -> None:
        assert self.masks(tmp_path, "T1w", "desc-brain_mask") == ["desc-brain_mask"]

    def test_mask_in_a_space(self, tmp_path: Path) -> None:
        masks = self.masks(tmp_path, "T2w", "T1w", "space-T1w_desc-brain_mask", "space-MNI_desc-brain_mask")
        assert masks == [None, "space-T1w_desc-brain_mask"]

    def test_mask_that_names_its_contrast(self, tmp_path: Path) -> None:
        assert self.masks(tmp_path, "T2w", "T1w", "T1w_brainmask") == [None, "T1w_brainmask"]

    def test_labels_without_space_show_that_t1w_was_resampled(self, tmp_path: Path) -> None:
        masks = self.masks(tmp_path, "T2w", "T1w", "desc-brain_mask", "desc-drawem9_dseg")
        assert masks == ["desc-brain_mask"] * 2

    def test_choice_of_contrasts_does_not_change_the_masks(self, tmp_path: Path) -> None:
        assert self.masks(tmp_path, "T2w", "T1w", "desc-brain_mask", modalities=("T1w",)) == [None]

    def test_mask_of_a_run(self, tmp_path: Path) -> None:
        assert self.masks(tmp_path, "run-1_T2w", "run-2_T2w", "run-2_desc-brain_mask", "desc-brain_mask") == [
            None,
            "run-2_desc-brain_mask",
        ]

    def test_mask_without_run_beside_one_scan(self, tmp_path: Path) -> None:
        assert self.masks(tmp_path, "run-1_T2w", "desc-brain_mask") == ["desc-brain_mask"]

    def test_order_of_masks(self, tmp_path: Path) -> None:
        maps = ("desc-drawem_space-T2w_brainmask", "desc-bet_space-T2w_brainmask", "desc-other_mask")
        assert self.masks(tmp_path, "T2w", *maps) == ["desc-bet_space-T2w_brainmask"]

    def test_labels_of_another_atlas_are_left(self, tmp_path: Path) -> None:
        session(tmp_path, ["T2w", "desc-ribbon_dseg", "dseg", "desc-drawem9_dseg"])
        assert shown(scans(tmp_path)[0])[2] == "desc-drawem9_dseg"


class TestTrouble:
    """Files that cannot be scans get a row and a sentence."""

    def reason(self, root: Path) -> str:
        (scan,) = scans(root)
        return str(scan.reason)

    def test_dangling_link(self, tmp_path: Path) -> None:
        (tmp_path / PREFIX).parent.mkdir(parents=True)
        (tmp_path / f"{PREFIX}_T2w.nii.gz").symlink_to("missing")
        assert "is a link to a file that is not there" in self.reason(tmp_path)

    def test_a_link_into_a_folder_without_permission(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        put(tmp_path, f"{PREFIX}_T2w.nii.gz")
        status = Path.stat

        def refusing(path: Path, **given: bool) -> os.stat_result:
            if path.name.endswith("T2w.nii.gz"):
                raise PermissionError(13, "Permission denied")
            return status(path, **given)

        monkeypatch.setattr(Path, "stat", refusing)
        assert "cannot be read (Permission denied); check its permissions and those" in self.reason(tmp_path)

    @pytest.mark.parametrize("kind", ["pipe", "link to a pipe", "device"])
    def test_no_plain_file(self, tmp_path: Path, kind: str) -> None:
        path = tmp_path / f"{PREFIX}_T2w.nii.gz"
        path.parent.mkdir(parents=True)
        os.mkfifo(path if kind == "pipe" else tmp_path / "pipe")
        if kind != "pipe":
            path.symlink_to("/dev/zero" if kind == "device" else tmp_path / "pipe")
        assert "it is no plain file" in self.reason(tmp_path)

    def test_empty_file(self, tmp_path: Path) -> None:
        assert "is empty (0 bytes)" in self.reason(put(tmp_path, f"{PREFIX}_T2w.nii.gz", content=b""))

    def test_file_of_another_participant(self, tmp_path: Path) -> None:
        put(tmp_path, "sub-01/anat/sub-02_T2w.nii.gz")
        assert "is named for sub-02 but lies in sub-01/anat" in self.reason(tmp_path)

    @pytest.mark.parametrize("name", [b"sub-0\xff1", b"sub-0\t1", b"sub-0  1"])
    def test_names_that_no_table_can_hold(self, tmp_path: Path, name: bytes) -> None:
        folder = tmp_path / os.fsdecode(name)
        put(folder / "anat", f"{folder.name}_T2w.nii.gz")
        assert "cannot hold" in self.reason(tmp_path)

    @pytest.mark.parametrize("label", ["sub-É 1", "sub-<script>", "sub-a_b", "sub-{x}", "sub-.."])
    def test_odd_names_are_data(self, tmp_path: Path, label: str) -> None:
        put(tmp_path / label / "anat", f"{label}_T2w.nii.gz")
        (scan,) = scans(tmp_path)
        assert (scan.participant_id, scan.reason) == (label, None)
        assert (tmp_path / scan.path).exists()


def test_a_name_of_strange_bytes_has_a_reason_that_can_be_written(tmp_path: Path) -> None:
    """No UTF-8 in the name, of another participant at that; and what a terminal would obey."""
    put(tmp_path, "sub-01/anat/sub-\udcff_T2w.nii.gz", "sub-01/anat/sub-01_acq-\x1b[31m_T2w.nii.gz")
    found = find_scans(read_dataset(tmp_path), ["T2w"])
    assert len(found) == 2
    for scan in found:
        assert scan.reason is not None
        assert scan.reason.isprintable()
        assert "rename it" in scan.reason
