"""Rows of slices: from the heat of their scan, and of slices without one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from heads import LESION
from results import derivative, results
from symbrain.columns import SLICE_SCORES
from symbrain.line import Line
from symbrain.plane import Plane
from symbrain.published import import_symbrain
from symbrain.published_row import line_text
from symbrain.slice import Slice, cut
from symbrain.slice_asymmetry import METHOD, WORST_MM2
from symbrain.slice_row import rows_alone, rows_in_scan
from symbrain.slice_table import AnnotatedSlice, read_slices
from symbrain.tables import read_table, records
from symbrain.volume import Volume, read_map

AFFINE = np.diag([2.0, 2.0, 2.0, 1.0])
MIDDLE = Plane((1.0, 0.0, 0.0), 40.0)


def annotated(image: Slice, line: Line | None = None) -> AnnotatedSlice:
    return AnnotatedSlice("sub-1", None, "sub-1_T2w", "T2w", image, line)


@pytest.mark.parametrize(("at", "side"), [(10, "left"), (30, "right")])
@pytest.mark.parametrize("orientation", ["axial", "coronal"])
def test_heat_of_a_scan_in_its_slices(at: int, side: str, orientation: str) -> None:
    heat = np.zeros((41, 30, 30), np.float32)
    heat[at - 2 : at + 3, 10:15, 10:15] = 5  # a cube of a centimetre
    volume = Volume(heat, AFFINE)
    slices = [annotated(cut(volume, orientation, index, 0.5)) for index in (12, 20)]  # type: ignore[arg-type]
    through, beside = rows_in_scan(slices, volume, MIDDLE, "any", 1.0)
    assert set(through) == {c.name for c in SLICE_SCORES}
    assert (through["plane"], through["slice_index"], through["asymmetry_method"]) == (orientation, 12, "any")
    assert through["asymmetry_score"] == pytest.approx(5)
    assert (through["asymmetry_side"], through["deviation_area_mm2"]) == (side, pytest.approx(WORST_MM2))
    assert (beside["asymmetry_score"], beside["asymmetry_side"], beside["deviation_area_mm2"]) == (0, "none", 0)


def test_a_slice_that_the_plane_misses_has_no_numbers() -> None:
    volume = Volume(np.ones((41, 30, 30), np.float32), AFFINE)
    (row,) = rows_in_scan([annotated(cut(volume, "axial", 3, 0.5))], volume, Plane((1.0, 0.0, 0.0), 900.0), "any", 1.0)
    assert row["asymmetry_score"] is None
    assert row["slice_index"] == 3


@dataclass(frozen=True)
class Said:
    angle_deg: float
    offset_mm: float = 1.5
    angle_sd_deg: float = 0.5
    offset_sd_mm: float = 0.2
    p_midline: float = 0.9


def test_what_the_network_says_of_each_slice() -> None:
    volume = Volume(np.ones((41, 30, 30), np.float32), AFFINE)
    slices = [annotated(cut(volume, "axial", index, 0.5)) for index in (3, 5, 7)]
    nothing = Said(math.nan, math.nan, math.nan, math.nan, 0.1)
    rows = list(rows_in_scan(slices, volume, MIDDLE, "any", 1.0, [Said(-3.0), nothing, None]))
    assert [row["network_angle_deg"] for row in rows] == [-3.0, None, None]
    assert [row["network_p_midline"] for row in rows] == [0.9, 0.1, None]
    assert (rows[0]["network_offset_mm"], rows[0]["network_offset_sd_mm"]) == (1.5, 0.2)


def test_the_stage_scores_every_annotated_slice() -> None:
    rows = records(read_table(results() / "slice_scores.tsv", "slice_scores"))
    for number in (1, 2):
        mine = [r for r in rows if r["scan_id"] == f"sub-{number:02d}_ses-1_T2w"]
        slices = read_slices(derivative(number, "slices.parquet"))
        assert [(r["slice_index"], r["fraction"]) for r in mine] == [(s.image.index, s.image.fraction) for s in slices]
        heat = read_map(derivative(number, "desc-asymmetry_heatmap.nii.gz"))
        pixel_mm2 = float(np.prod(slices[0].image.spacing_mm))
        for row in mine:
            worst = np.sort(heat.data[:, :, int(row["slice_index"])].ravel())[-round(WORST_MM2 / pixel_mm2) :]
            assert row["asymmetry_score"] == pytest.approx(float(worst.mean()), rel=1e-3)
    ill = max((r for r in rows if r["scan_id"].startswith("sub-02")), key=lambda r: r["asymmetry_score"])
    assert ill["asymmetry_side"] == LESION.side
    assert ill["asymmetry_score"] > max(r["asymmetry_score"] for r in rows if r["scan_id"].startswith("sub-01"))


def test_slices_alone_need_pixels_and_a_line() -> None:
    image = cut(Volume(np.random.default_rng(1).random((40, 40, 9), np.float32), AFFINE), "axial", 4, 0.5)
    line = image.line_of(MIDDLE)
    bare = Slice(np.full_like(image.pixels, np.nan), image.affine, "axial", 4, 0.5)
    rows = list(rows_alone([annotated(image, line), annotated(image), annotated(bare, line)]))
    assert [row["asymmetry_method"] for row in rows] == [METHOD]
    assert rows[0]["asymmetry_score"] >= 0


def test_an_import_without_images_has_no_scores(tmp_path: Path) -> None:
    lines = [f"{line_text(((100.0, 140.0), (200.0, 150.0)))}\t1\t1100"] * 3
    (tmp_path / "train.tsv").write_text("\n".join(["line\trad_score\tsession", *lines]) + "\n")
    import_symbrain(tmp_path / "train.tsv", tmp_path / "out")
    assert records(read_table(tmp_path / "out" / "slice_scores.tsv", "slice_scores")) == []
