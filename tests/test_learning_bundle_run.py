from __future__ import annotations

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest

from symbrain.errors import BadInput
from symbrain.learning import bundle_run
from symbrain.learning.packaged import packaged
from symbrain.phantom import make_head


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    head = make_head(4, spacing_mm=3.0)
    path = tmp_path_factory.mktemp("scan") / "sub-01_T2w.nii.gz"
    nibabel.save(nibabel.Nifti1Image(head.image, head.affine), path)
    nibabel.save(nibabel.Nifti1Image(head.mask.astype(np.uint8)[:-1], head.affine), path.with_name("mask.nii.gz"))
    return path


def test_lines_of_every_slice_are_written(scan: Path, tmp_path: Path) -> None:
    bundle_run.lines(str(packaged("midline")), str(scan), str(tmp_path / "lines.json"))
    told = json.loads((tmp_path / "lines.json").read_text())
    assert [one["slice_index"] for one in told["slices"]] == list(range(nibabel.load(scan).shape[2]))
    assert any(one["points"] is not None for one in told["slices"])


def test_what_is_missing_is_told(scan: Path) -> None:
    with pytest.raises(BadInput, match="--image"):
        bundle_run.lines(str(packaged("midline")), "", "")
    with pytest.raises(BadInput, match="--mask"):
        bundle_run.score(str(packaged("asymmetry")), str(scan), "", "")
    with pytest.raises(BadInput, match="shape"):
        bundle_run.score(str(packaged("asymmetry")), str(scan), str(scan.with_name("mask.nii.gz")), "")
