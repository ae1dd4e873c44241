from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from symbrain.errors import BadInput
from symbrain.settings import IngestSettings
from symbrain.split import chunk_of
from symbrain.stages import ingest
from symbrain.tables import read_table, records
from trees import PREFIX, REL3_ANAT, forbid, image, put, session, table


def ingested(bids: Path, out: Path, settings: IngestSettings | None = None) -> list[dict[str, Any]]:
    ingest.run(bids, out, settings or IngestSettings(), seed=1, folds=5, chunks=6)
    return records(read_table(out / "scans.tsv", "scans"))


def test_a_row_of_everything(tmp_path: Path) -> None:
    bids, out = session(tmp_path / "bids", REL3_ANAT), tmp_path / "out"
    table(bids / "participants.tsv", "participant_id sex birth_age site", "CC00050XX01 Male 39.0 north")
    table(
        bids / "sub-CC00050XX01" / "sub-CC00050XX01_sessions.tsv",
        "session_id scan_age radiology_score",
        "7201 41.0 2.0",
    )
    t2w, t1w = ingested(bids, out)
    scan_id = "sub-CC00050XX01_ses-7201_desc-restore_T2w"
    assert t2w == {
        "participant_id": "sub-CC00050XX01",
        "session_id": "ses-7201",
        "scan_id": scan_id,
        "modality": "T2w",
        "path": f"{PREFIX}_desc-restore_T2w.nii.gz",
        "mask_path": f"{PREFIX}_desc-brain_mask.nii.gz",
        "labels_path": f"{PREFIX}_desc-drawem87_dseg.nii.gz",
        "scan_age_weeks": 41.0,
        "birth_age_weeks": 39.0,
        "sex": "male",
        "radiology_score": 2.0,
        "family_id": "00050-01",
        "split": t1w["split"],
        "chunk": float(chunk_of(scan_id.split("_")[0], 6)),
        "usable": True,
        "reason": None,
        "fold": t1w["fold"],
        "alternatives": f"{PREFIX}_T2w.nii.gz",
        "maps_paths": None,
        "site": "north",
    }
    assert t1w["modality"] == "T1w"
    about = {"dataset_description.json", ".bidsignore", "descriptions.tsv", "README.md"}
    assert {p.name for p in out.iterdir()} == {"scans.tsv", "scans.json", "chunks", *about}
    record = json.loads((out / "chunks" / "ingest.json").read_text())
    assert record.pop("settings")["modalities"] == ["T2w", "T1w"]
    assert record == {"bids_dir": str(bids), "seed": 1, "folds": 5, "chunks": 6}
    description = json.loads((out / "dataset_description.json").read_text())
    assert description["DatasetType"] == "derivative"
    assert str(tmp_path) not in json.dumps(description)


def test_every_broken_scan_is_a_row_with_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bids = tmp_path / "bids"
    session(bids, ["T2w"], "sub-01/anat/sub-01")
    put(bids, "sub-02/anat/sub-02_T2w.nii.gz", content=b"")
    put(bids, "sub-03/anat/sub-03_T2w.nii.gz", content=b"not a scan, but longer than a header" * 20)
    put(bids, "sub-04/anat/sub-04_T2w.nii.gz", content=image(4))
    put(bids, "sub-05/anat/sub-01_T2w.nii.gz")
    (bids / "sub-06" / "anat").mkdir(parents=True)
    (bids / "sub-06" / "anat" / "sub-06_T2w.nii.gz").symlink_to("missing")
    rows = ingested(bids, tmp_path / "out")
    assert [row["usable"] for row in rows] == [True, False, False, False, False, False]
    expected = ["empty", "not a NIfTI", "the shape", "named for sub-01", "link"]
    assert all(word in row["reason"] for word, row in zip(expected, rows[1:], strict=True))
    log = capsys.readouterr()
    assert log.out == ""
    assert "ingest: 6 scans, 1 usable, 5 not" in log.err


def test_second_scan_of_one_name_is_not_used(tmp_path: Path) -> None:
    names = ["sub-01/ses-1/anat/sub-01_T2w.nii.gz", "sub-01/ses-2/anat/sub-01_T2w.nii.gz"]
    first, second = ingested(put(tmp_path / "bids", *names), tmp_path / "out")
    assert first["usable"]
    assert second["reason"].startswith(f"{names[1]} has the same name as {names[0]}")


def test_map_of_another_grid_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bids = session(tmp_path / "bids", ["T2w", "desc-drawem9_dseg"])
    put(bids, f"{PREFIX}_desc-brain_mask.nii.gz", content=image(9))
    (row,) = ingested(bids, tmp_path / "out")
    assert (row["mask_path"], row["usable"]) == (None, True)
    assert row["labels_path"] is not None
    assert "desc-brain_mask.nii.gz is left out: it has another grid" in capsys.readouterr().err


def test_dirty_tables_do_not_stop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bids = session(tmp_path / "bids", ["T2w"])
    (bids / "participants.tsv").write_bytes(b"\xff\xfe\x00")
    table(bids / "combined.tsv", "participant_id session_id scan_age", "CC00050XX01 7201 287")
    (row,) = ingested(bids, tmp_path / "out")
    assert row["usable"]
    log = capsys.readouterr().err
    assert "participants.tsv cannot be read" in log
    assert "outside 20 to 60 weeks" in log
    assert "ingest: 1 scan, 1 usable, 0 not (reasons in scans.tsv), of 1 participant in 1 family;" in log
    assert "; 1 scan without an age" in log


def test_dataset_below_the_folder_that_was_named(tmp_path: Path) -> None:
    bids = tmp_path / "dhcp"
    session(bids / "rel3_dhcp_anat_pipeline", ["T2w"])
    table(bids / "combined.tsv", "participant_id session_id scan_age", "CC00050XX01 7201 41")
    (row,) = ingested(bids, tmp_path / "out")
    assert (bids / row["path"]).exists()
    assert row["scan_age_weeks"] == 41.0


def test_siblings_and_sessions_share_split_and_fold(tmp_path: Path) -> None:
    bids = tmp_path / "bids"
    for participant in ("sub-CC00064AN10", "sub-CC00064BN10"):
        for visit in ("ses-1", "ses-2"):
            session(bids, ["T2w", "T1w"], f"{participant}/{visit}/anat/{participant}_{visit}")
    rows = ingested(bids, tmp_path / "out")
    assert len(rows) == 8
    assert len({(row["family_id"], row["split"], row["fold"]) for row in rows}) == 1


def test_a_second_time_gives_the_same_bytes(tmp_path: Path) -> None:
    bids = session(tmp_path / "bids", REL3_ANAT)
    ingested(bids, tmp_path / "a")
    ingested(bids, tmp_path / "b")
    assert (tmp_path / "a" / "scans.tsv").read_bytes() == (tmp_path / "b" / "scans.tsv").read_bytes()


def test_sessions_without_a_scan_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bids = session(tmp_path / "bids", ["T2w"])
    (bids / "sub-02" / "ses-1" / "func").mkdir(parents=True)
    (bids / "sub-03").mkdir()
    assert len(ingested(bids, tmp_path / "out")) == 1
    assert "2 sessions have no T2w or T1w image and no row: sub-02/ses-1, sub-03\n" in capsys.readouterr().err


def test_contrasts_are_a_setting(tmp_path: Path) -> None:
    bids = session(tmp_path / "bids", REL3_ANAT)
    rows = ingested(bids, tmp_path / "out", IngestSettings(modalities=("T1w",)))
    assert [row["modality"] for row in rows] == ["T1w"]


def test_no_scan_at_all_is_a_sentence(tmp_path: Path) -> None:
    bids = session(tmp_path / "bids", ["FLAIR"])
    with pytest.raises(BadInput, match=r"no image that ends in _T2w.nii\[.gz\] or _T1w.nii\[.gz\]"):
        ingested(bids, tmp_path / "out")


def test_results_are_not_written_into_the_dataset(tmp_path: Path) -> None:
    bids = session(tmp_path / "bids" / "rawdata", ["T2w"]).parent
    for out in (bids, bids / "rawdata"):
        with pytest.raises(BadInput, match="choose another folder"):
            ingested(bids, out)
    ingested(bids, bids / "derivatives" / "symbrain")
    ingested(bids, bids / "derivatives" / "symbrain")  # and are no dataset the second time


@pytest.mark.parametrize("inside", ["", "symbrain", "anat/x", "../sub-02"])
def test_results_are_not_written_among_the_participants(tmp_path: Path, inside: str) -> None:
    bids = session(tmp_path / "bids", ["T2w"])
    put(tmp_path, "far/sub-03/anat/sub-03_T2w.nii.gz")
    (bids / "sub-03").symlink_to(tmp_path / "far" / "sub-03")
    for participant in ("sub-CC00050XX01", "sub-03"):
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(BadInput, match="choose a folder outside the participants' folders"):
            ingested(bids, bids / participant / inside)
        assert sorted(tmp_path.rglob("*")) == before


def test_results_may_lie_beside_the_participants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bids = session(tmp_path / "bids", ["T2w"])
    monkeypatch.chdir(bids)
    for out in ("results", "../sub-study/out", "sub-CC00050XX01/../derivatives/x"):
        assert len(ingested(Path(), Path(out))) == 1


RAW = {"Name": "hers", "BIDSVersion": "1.8.0", "DatasetType": "raw"}


@pytest.mark.parametrize(
    "description",
    [
        None,
        b"no JSON",
        RAW,
        RAW | {"DatasetType": "derivative", "GeneratedBy": [{"Name": "fmriprep"}]},
        RAW | {"DatasetType": "derivative", "GeneratedBy": "symbrain"},
        RAW | {"GeneratedBy": [{"Name": "symbrain"}]},  # a synthetic cohort
    ],
)
def test_results_are_not_written_over_another_dataset(tmp_path: Path, description: object) -> None:
    bids, other = session(tmp_path / "bids", ["T2w"]), put(tmp_path / "other", "README.md", content=b"mine")
    if description is None:
        put(other, "sub-01/ses-1/anat/sub-01_ses-1_T2w.nii.gz")
    else:
        content = description if isinstance(description, bytes) else json.dumps(description).encode()
        put(other, "dataset_description.json", content=content)
    before = {path: path.read_bytes() for path in other.rglob("*") if path.is_file()}
    with pytest.raises(BadInput, match="other holds a dataset that is no results of symbrain"):
        ingested(bids, other)
    assert {path: path.read_bytes() for path in other.rglob("*") if path.is_file()} == before


def test_results_that_were_cut_short_are_written_anew(tmp_path: Path) -> None:
    bids, out = session(tmp_path / "bids", ["T2w"]), tmp_path / "out"
    ingested(bids, out)
    session(out, ["space-upright_T2w"])
    (out / "chunks" / "ingest.json").unlink()
    assert len(ingested(bids, out)) == 1


def test_a_session_without_permission_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bids = put(session(tmp_path / "bids", ["T2w"]), "sub-02/ses-1/anat/sub-02_ses-1_T2w.nii.gz")
    forbid(monkeypatch, "sub-02/ses-1")
    (bids / "sub-03").mkdir()
    assert len(ingested(bids, tmp_path / "out")) == 1
    said = capsys.readouterr().err
    assert "sub-02/ses-1 cannot be read (Permission denied)" in said
    assert "1 session has no T2w or T1w image and no row: sub-03\n" in said


@pytest.mark.slow
def test_a_thousand_sessions_in_seconds(tmp_path: Path) -> None:
    for i in range(1000):
        session(tmp_path / "bids", REL3_ANAT, f"sub-{i:04}/ses-1/anat/sub-{i:04}_ses-1")
    started = time.perf_counter()
    assert len(ingested(tmp_path / "bids", tmp_path / "out")) == 2000
    assert time.perf_counter() - started < 15.0  # about two on an idle machine
