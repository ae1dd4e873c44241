from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from heads import head, walked
from symbrain.alignment import Alignment
from symbrain.version import __version__
from symbrain.volume import ScanFile, read_scan, write_volume
from symbrain.walk import alignment_of

PINNED = "normal offset_mm symmetry_plane center_mm confidence symmetry_before symmetry_after method".split()


def scanned(folder: Path) -> ScanFile:
    write_volume(folder / "a_T2w.nii.gz", head(1).image, head(1).affine)
    return read_scan(folder / "a_T2w.nii.gz")


def test_the_numbers_survive_json(tmp_path: Path) -> None:
    numbers = alignment_of(walked(1).aligned, scanned(tmp_path), ("a note",))
    record = json.loads(json.dumps(numbers.to_dict(), allow_nan=False))
    again = Alignment.from_dict(record)
    assert again.to_dict() == record
    assert again.warnings == ("a note",)
    np.testing.assert_allclose(again.to_scan, walked(1).aligned.grid.to_scan)


def test_what_is_pinned_is_there(tmp_path: Path) -> None:
    scan = scanned(tmp_path)
    record = alignment_of(walked(1).aligned, scan).to_dict()
    assert set(record) >= {*PINNED, "symbrain_version", "input_sha256"}
    assert record["method"] == "fissure_symmetry"
    assert record["symmetry_plane"] == walked(1).aligned.symmetry.plane.to_dict()
    assert np.linalg.norm(record["normal"]) - 1 < 1e-12
    assert record["normal"][0] > 0
    assert (record["symbrain_version"], record["input_sha256"]) == (__version__, scan.sha256)
    assert record["scan_shape"] == list(head(1).image.shape)
    np.testing.assert_allclose(record["scan_affine"], head(1).affine, atol=1e-5)
