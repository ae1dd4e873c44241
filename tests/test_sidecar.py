"""The JSON files beside images."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symbrain.sidecar import Origin, sidecar_of, write_sidecars

KINDS = ["image", "mask", "labels", "biasfield"]
UPRIGHT = [f"space-upright_{kind}.nii.gz" for kind in KINDS]
OWN = ["desc-brain_mask.nii.gz", "desc-asymmetry_heatmap.nii.gz", "map-ADC_desc-asymmetry_heatmap.nii.gz"]
SCAN = "sub-1/anat/sub-1_T2w.nii.gz"


def written(
    root: Path, endings: list[str], origin: Origin, **more: bool | tuple[str, ...]
) -> dict[str, dict[str, object]]:
    start = root / "sub-1" / "anat" / "sub-1_T2w"
    start.parent.mkdir(parents=True)
    for ending in endings:
        start.with_name(f"{start.name}_{ending}").write_bytes(ending.encode())
    paths = write_sidecars(start, endings, origin, **more)  # type: ignore[arg-type]
    return {path.name: json.loads(path.read_text()) for path in paths if path.suffix == ".json"}


def test_upright_images_refer_to_the_upright_image_and_others_to_the_scan(tmp_path: Path) -> None:
    found = written(tmp_path, [*UPRIGHT, *OWN], Origin(tmp_path, SCAN), skull_stripped=True)
    upright = "bids::sub-1/anat/sub-1_space-uprightT2w_T2w.nii.gz"
    assert (tmp_path / upright.removeprefix("bids::")).read_bytes() == UPRIGHT[0].encode()
    for name, said in found.items():
        assert said["Sources"] == [f"bids:raw:{SCAN}"]
        assert said["SpatialReference"] == (upright if "upright" in name else f"bids:raw:{SCAN}")
        assert str(said["Description"]).endswith(".")
    stripped = {name for name, said in found.items() if "SkullStripped" in said}
    assert stripped == {"sub-1_T2w_space-upright_image.json", "sub-1_space-uprightT2w_T2w.json"}


def test_a_maps_heatmap_names_the_map_too(tmp_path: Path) -> None:
    adc = "sub-1/dwi/sub-1_ADC.nii.gz"
    (said,) = written(tmp_path, OWN[2:], Origin(tmp_path, SCAN), further=(adc,)).values()
    assert said["Sources"] == [f"bids:raw:{SCAN}", f"bids:raw:{adc}"]


def test_a_persons_own_scan_is_called_by_its_bare_name_and_nothing_is_named_again(tmp_path: Path) -> None:
    found = written(tmp_path, UPRIGHT[:1], Origin(tmp_path, "sub-1_T2w.nii.gz", in_dataset=False), skull_stripped=False)
    assert list(found) == ["sub-1_T2w_space-upright_image.json"]
    (said,) = found.values()
    assert said["Sources"] == ["sub-1_T2w.nii.gz"]
    assert said["SpatialReference"] == "bids::sub-1/anat/sub-1_T2w_space-upright_image.nii.gz"


def test_an_image_that_nobody_described_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StopIteration):
        write_sidecars(tmp_path / "sub-1_T2w", ["desc-other_heatmap.nii.gz"], Origin(tmp_path, SCAN))


@pytest.mark.parametrize("name", ["a.b_T2w.nii.gz", "a.b_T2w.nii"])
def test_a_sidecar_lies_beside_its_image(name: str) -> None:
    assert sidecar_of(Path("folder") / name) == Path("folder") / "a.b_T2w.json"
