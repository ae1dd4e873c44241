"""Which maps belong to which scan: one of each name for a session, of its preferred scan, in that scan's space."""

from __future__ import annotations

from pathlib import Path

import pytest

from symbrain.bids import inventory, read_dataset
from symbrain.scan_maps import ScanMaps, find_maps, maps_of, name_of_file
from symbrain.scans import Scan, find_scans
from symbrain.settings import IngestSettings
from symbrain.stages import ingest
from symbrain.tables import read_table, records
from trees import PREFIX, put, session

SETTINGS = IngestSettings()
SESSION = PREFIX.rpartition("/anat/")[0]
NAME = PREFIX.rpartition("/")[2]


def scans_of(root: Path) -> list[Scan]:
    return find_scans(read_dataset(root), SETTINGS.modalities)


def found(root: Path, names: tuple[str, ...] = SETTINGS.maps, scans: list[Scan] | None = None) -> ScanMaps:
    return find_maps(read_dataset(root), scans_of(root) if scans is None else scans, names, SETTINGS.modalities)


@pytest.mark.parametrize(
    "name",
    [
        f"anat/{NAME}_ADC",
        f"dwi/{NAME}_ADC",
        f"dwi/{NAME}_adc",
        f"dwi/{NAME}_run-1_desc-preproc_ADC",
        f"dwi/{NAME}_space-T2w_ADC",
        f"dwi/{NAME}_desc-ADC_dwi",
        f"dwi/{NAME}_model-tensor_param-adc_dwimap",
    ],
)
def test_a_map_is_known_by_its_name_and_belongs_to_the_t2w_scan(tmp_path: Path, name: str) -> None:
    root = put(session(tmp_path, ["T1w", "T2w"]), f"{SESSION}/{name}.nii.gz")
    assert found(root) == ScanMaps({f"{PREFIX}_T2w.nii.gz": (f"{SESSION}/{name}.nii.gz",)})
    assert name_of_file(f"{name}.nii.gz").lower() == "adc"
    assert len(scans_of(root)) == 2, "a map is no scan"


@pytest.mark.parametrize("name", ["dwi", "desc-ADC_mask", "desc-brain_mask", "FA", "desc-ADC_T1w", "TADC"])
def test_other_images_are_no_maps(tmp_path: Path, name: str) -> None:
    root = put(session(tmp_path, ["T2w"]), f"{SESSION}/dwi/{NAME}_{name}.nii.gz")
    assert found(root) == ScanMaps({})


def test_an_anatomical_image_among_the_diffusion_is_no_scan(tmp_path: Path) -> None:
    root = put(session(tmp_path, ["T2w"]), f"{SESSION}/dwi/{NAME}_acq-b0_T2w.nii.gz")
    assert [s.path for s in scans_of(root)] == [f"{PREFIX}_T2w.nii.gz"]


def test_what_to_look_for_is_a_setting(tmp_path: Path) -> None:
    root = put(session(tmp_path, ["T2w"]), *(f"{SESSION}/dwi/{NAME}_{name}.nii.gz" for name in ("ADC", "FA", "CBF")))
    (paths,) = found(root, ("FA", "CBF")).paths.values()
    assert [name_of_file(path) for path in paths] == ["CBF", "FA"]


def test_a_session_keeps_its_own_maps(tmp_path: Path) -> None:
    for number in (1, 2):
        stem = f"sub-01/ses-{number}/anat/sub-01_ses-{number}"
        put(session(tmp_path, ["T2w"], stem), f"sub-01/ses-{number}/dwi/sub-01_ses-{number}_ADC.nii.gz")
    put(session(tmp_path, ["T2w"], "sub-02/anat/sub-02"), "sub-02/dwi/sub-02_ADC.nii.gz")
    paths = found(tmp_path).paths
    assert len(paths) == 3
    for scan, maps in paths.items():
        assert maps == (scan.replace("/anat/", "/dwi/").replace("T2w", "ADC"),)


def test_the_first_usable_scan_has_the_maps(tmp_path: Path) -> None:
    root = put(session(tmp_path, ["T1w"]), f"{SESSION}/dwi/{NAME}_ADC.nii.gz")
    put(root, f"{PREFIX}_T2w.nii.gz", content=b"")
    assert list(found(root).paths) == [f"{PREFIX}_T1w.nii.gz"]


def test_the_map_in_the_scans_space_comes_first_and_others_are_told(tmp_path: Path) -> None:
    names = ("ADC", "space-T2w_ADC", "space-MNI_ADC")
    root = put(session(tmp_path, ["T2w"]), *(f"{SESSION}/dwi/{NAME}_{name}.nii.gz" for name in names))
    maps = found(root)
    assert list(maps.paths.values()) == [(f"{SESSION}/dwi/{NAME}_space-T2w_ADC.nii.gz",)]
    plain, other = sorted(maps.notes)
    assert "space-T2w_ADC.nii.gz is the ADC map" in plain
    assert "space-MNI" in other
    assert "is not in the space of the scan" in other


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("acq-a b_ADC.nii.gz", "has a blank in its path, which separates the maps"),
        ("acq-\udcff_ADC.nii.gz", "has blanks or bytes in its name that a table cannot hold"),
        ("sub-9_ADC.nii.gz", "is named for sub-9 but lies in"),
    ],
)
def test_a_path_that_no_table_can_hold_is_left_out_with_a_sentence(tmp_path: Path, name: str, why: str) -> None:
    root = put(session(tmp_path, ["T2w"]), f"{SESSION}/dwi/{NAME}_{name}")
    maps = found(root)
    assert maps.paths == {}
    (note,) = maps.notes
    assert why in note
    assert note.endswith("rename it; it is left out")


def test_ingest_lists_the_maps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = (f"{SESSION}/anat/{NAME}_ADC.nii.gz", f"{SESSION}/dwi/{NAME}_FA.nii.gz")
    root, out = put(session(tmp_path / "bids", ["T2w", "T1w"]), *names, f"{SESSION}/dwi/{NAME}_ADC.nii.gz"), tmp_path
    ingest.run(root, out, IngestSettings(maps=("ADC", "FA")), seed=1, folds=5, chunks=1)
    t2w, t1w = records(read_table(out / "scans.tsv", "scans"))
    assert maps_of(t2w) == list(names)
    assert maps_of(t1w) == []
    assert f"{SESSION}/dwi/{NAME}_ADC.nii.gz is left out" in capsys.readouterr().err


def test_a_new_map_changes_the_inventory(tmp_path: Path) -> None:
    before = inventory(session(tmp_path, ["T2w"]))
    assert inventory(put(tmp_path, f"{SESSION}/dwi/{NAME}_ADC.nii.gz")) != before
