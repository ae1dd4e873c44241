from __future__ import annotations

from pathlib import Path

import pytest

from results import derivative
from symbrain.errors import BadInput
from symbrain.scene_files import scene_sources, write_scene

SCALE = (3.0, 12.0)


def folder_of(number: int) -> tuple[Path, str]:
    return derivative(number, "x").parent, f"sub-{number:02d}_ses-1_T2w"


def test_a_scene_from_the_files_of_the_stages(tmp_path: Path) -> None:
    folder, scan_id = folder_of(2)
    heat = derivative(2, "desc-asymmetry_heatmap.nii.gz")
    written = write_scene(tmp_path, folder, scan_id, heat, SCALE)
    assert written is not None
    assert written.path == tmp_path / f"{scan_id}.js"
    assert written.row == {"edge_mm": 2.5, "heat": True, "scale_sd": [3.0, 12.0]}
    bare = write_scene(tmp_path / "bare", folder, scan_id, None, SCALE)
    assert bare is not None
    assert bare.path.stat().st_size < written.path.stat().st_size < 1_500_000


def test_without_an_upright_brain_there_is_none(tmp_path: Path) -> None:
    assert scene_sources(tmp_path, "sub-01_T2w") == []
    assert write_scene(tmp_path, tmp_path, "sub-01_T2w", None, SCALE) is None


def test_a_damaged_heatmap_is_told(tmp_path: Path) -> None:
    heat = tmp_path / "heat.nii.gz"
    heat.write_bytes(b"damaged")
    with pytest.raises(BadInput, match=r"heat\.nii\.gz"):
        write_scene(tmp_path, *folder_of(1), heat, SCALE)
