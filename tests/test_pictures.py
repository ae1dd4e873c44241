from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from results import derivative
from symbrain.pictures import SLICE_KINDS, Drawn, draw
from symbrain.slice_table import read_slices

SCAN = "sub-02_ses-1_T2w"
DPI = 50


def drawn(**options: Any) -> list[Drawn]:
    return draw(derivative(2, "x").parent, SCAN, DPI, **{"failed": False} | options)


def rows(angle: float) -> list[dict[str, Any]]:
    """Return what a network might say of each slice: the plane's line, turned."""
    said = []
    for one in read_slices(derivative(2, "slices.parquet")):
        assert one.line is not None
        said.append({
            "plane": one.image.orientation, "slice_index": one.image.index, "network_angle_deg": angle,
            "network_offset_mm": one.line.offset_mm, "network_angle_sd_deg": 2.0, "network_offset_sd_mm": 0.5,
        })  # fmt: skip
    return said


def test_the_pictures_of_a_slice_lie_on_each_other() -> None:
    """They are of one size, so that the mirror image and the deviation cover the plain scan exactly."""
    by_row: dict[str, list[Drawn]] = {}
    for picture, content in drawn():
        by_row.setdefault(picture.row, []).append((picture, content))
    *slices, upright = by_row.values()
    assert [picture.kind for picture, _ in upright] == ["upright"]
    for those in slices:
        assert tuple(picture.kind for picture, _ in those) == SLICE_KINDS
        assert len({Image.open(io.BytesIO(content)).size for _, content in those}) == 1
        assert len({content for _, content in those}) == len(SLICE_KINDS)


def test_a_failed_scan_has_no_deviation() -> None:
    assert "deviation" not in {picture.kind for picture, _ in drawn(failed=True)}


def test_the_line_of_the_network_is_drawn_and_said() -> None:
    plain, with_line = (dict(_midlines(drawn(slice_rows=some))) for some in ([], rows(5.0)))
    assert plain.keys() == with_line.keys()
    for file, (caption, content) in with_line.items():
        assert "+5.0° ± 2.0°, ± 0.5 mm" in caption
        assert "network" not in plain[file][0]
        assert content != plain[file][1]


@pytest.mark.parametrize("kind", SLICE_KINDS)
def test_files_are_webp_with_plain_names(kind: str, tmp_path: Path) -> None:
    for picture, content in drawn():
        if picture.kind == kind:
            assert Image.open(io.BytesIO(content)).format == "WEBP"
            assert (tmp_path / picture.file).parent == tmp_path
            assert picture.alt


def _midlines(pictures: list[Drawn]) -> list[tuple[str, tuple[str, bytes]]]:
    return [(picture.file, (picture.caption, content)) for picture, content in pictures if picture.kind == "midline"]
