from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from symbrain.errors import BadInput
from symbrain.fissure import measure_bend
from symbrain.line import Line
from symbrain.polyline import Polyline
from symbrain.slice import Slice
from symbrain.slice_table import SCHEMA, AnnotatedSlice, read_slices, robust_maximum, write_slices

AFFINE = np.array([[0, -0.5, 0, 3.0], [0.25, 0, 0, -2.0], [0, 0, 0.5, 1.0], [0, 0, 0, 1]])


def annotated(pixels: np.ndarray | None = None, *, with_line: bool = True) -> AnnotatedSlice:
    pixels = np.arange(12.0, dtype=np.float32).reshape(3, 4) if pixels is None else pixels
    image = Slice(pixels, AFFINE, "axial", 76, 0.3744)
    line = Line((0.0, 1.0), (3.0, 2.0), image.shape, image.spacing_mm) if with_line else None
    curve = Polyline(np.array([[0.0, 1.0], [1.5, 1.7], [3.0, 2.0]]), image.shape) if with_line else None
    return AnnotatedSlice("sub-1", "ses-1", "sub-1_ses-1_T2w", "T2w", image, line, curve)


def test_round_trip(tmp_path: Path) -> None:
    path, slices = tmp_path / "x" / "a_slices.parquet", [annotated(), annotated(with_line=False)]
    write_slices(path, slices, intensity_scale=11.0)
    first, second = read_slices(path)
    assert (first.participant_id, first.session_id, first.scan_id, first.modality, first.source) == (
        "sub-1",
        "ses-1",
        "sub-1_ses-1_T2w",
        "T2w",
        "plane",
    )
    np.testing.assert_allclose(first.image.pixels, slices[0].image.pixels / 11, atol=1e-3)
    assert first.image.pixels.dtype == np.float32
    np.testing.assert_array_equal(first.image.affine, AFFINE)
    assert (first.image.orientation, first.image.index, first.image.fraction) == ("axial", 76, 0.3744)
    assert first.line == slices[0].line
    np.testing.assert_array_equal(first.curve.points, slices[0].curve.points)
    assert (second.line, second.curve) == (None, None)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_columns_as_pinned(tmp_path: Path) -> None:
    path = tmp_path / "a_slices.parquet"
    write_slices(path, [annotated()], intensity_scale=2.0)
    table = pq.read_table(path)
    pinned = (
        "participant_id session_id modality plane slice_index fraction pixels height width spacing_row_mm "
        "spacing_col_mm affine x0 y0 x1 y1 angle_deg offset_mm curve source"
    ).split()
    assert table.column_names[: len(pinned)] == pinned
    assert table.schema.field("pixels").type.value_type == pa.float16()
    assert table.schema.metadata[b"symbrain.intensity_scale"] == b"2.0"
    row = table.to_pylist()[0]
    assert (row["height"], row["width"], row["spacing_row_mm"], row["spacing_col_mm"]) == (3, 4, 0.5, 0.25)
    assert row["affine"] == AFFINE.ravel().tolist()
    assert row["pixels"] == [v / 2 for v in range(12)]
    line = annotated().line
    assert line is not None
    assert (row["angle_deg"], row["offset_mm"]) == (line.angle_deg, line.offset_mm)
    curve = annotated().curve
    assert curve is not None
    bend = measure_bend(curve, line)
    found = row["shift_septum_mm"], row["shift_largest_mm"], row["curvature_per_mm"]
    assert found == (bend.septum_mm, bend.largest_mm, bend.curvature_per_mm)
    for name in ("shift_septum_mm", "shift_largest_mm", "curvature_per_mm"):
        assert b"towards the subject's right" in table.schema.field(name).metadata[b"Description"]
    assert len(table.to_pandas()) == 1


def test_a_bend_that_is_not_there_is_missing(tmp_path: Path) -> None:
    one = annotated()
    coronal = replace(one, image=replace(one.image, orientation="coronal"))
    write_slices(tmp_path / "a.parquet", [coronal, annotated(with_line=False)])
    first, second = pq.read_table(tmp_path / "a.parquet").to_pylist()
    assert first["shift_septum_mm"] is None  # its extent is from below to above
    assert first["shift_largest_mm"] is not None
    assert second["shift_largest_mm"] is second["curvature_per_mm"] is None


def test_no_slices_and_no_session(tmp_path: Path) -> None:
    write_slices(tmp_path / "a.parquet", [])
    assert read_slices(tmp_path / "a.parquet") == []
    one = annotated()
    write_slices(tmp_path / "b.parquet", [AnnotatedSlice("sub-1", None, "s", "T2w", one.image, None)])
    assert read_slices(tmp_path / "b.parquet")[0].session_id is None


def test_folder_that_looks_like_a_partition_adds_no_column(tmp_path: Path) -> None:
    write_slices(tmp_path / "plane=odd" / "a.parquet", [annotated()])
    assert read_slices(tmp_path / "plane=odd" / "a.parquet")[0].image.orientation == "axial"


@given(arrays(np.float32, (2, 3), elements=st.floats(-(2.0**100), 2.0**100, width=32)))
def test_half_precision_never_overflows(tmp_path_factory: pytest.TempPathFactory, pixels: np.ndarray) -> None:
    path = tmp_path_factory.mktemp("slices") / "a.parquet"
    write_slices(path, [annotated(pixels)])
    (back,) = read_slices(path)
    assert np.isfinite(back.image.pixels).all()
    np.testing.assert_allclose(back.image.pixels, np.clip(pixels, -65504, 65504), rtol=1e-3, atol=1e-7)


def test_geometry_alone(tmp_path: Path) -> None:
    write_slices(tmp_path / "a.parquet", [annotated(np.full((3, 4), np.nan, np.float32))])
    assert pq.read_table(tmp_path / "a.parquet").column("pixels").null_count == 1
    (back,) = read_slices(tmp_path / "a.parquet")
    assert back.image.shape == (3, 4)
    assert np.isnan(back.image.pixels).all()


def test_robust_maximum() -> None:
    ramp = annotated(np.arange(2000, dtype=np.float32).reshape(40, 50)).image
    assert robust_maximum([ramp]) == pytest.approx(1997.0, abs=1)
    assert robust_maximum([annotated(np.zeros((3, 4), np.float32)).image]) == 1.0
    assert robust_maximum([]) == 1.0


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf")])
def test_scale_must_be_positive(tmp_path: Path, scale: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        write_slices(tmp_path / "a.parquet", [annotated()], intensity_scale=scale)


def test_what_is_no_table_of_slices(tmp_path: Path) -> None:
    path = tmp_path / "a_slices.parquet"
    for content in (None, b"", b"PAR1 and more", "other"):
        if content == "other":
            pq.write_table(pa.table({"x": [1]}), path)
        elif content is not None:
            path.write_bytes(content)  # type: ignore[arg-type]
        with pytest.raises(BadInput, match="is no table of slices"):
            read_slices(path)
    write_slices(path, [annotated()])
    table = pq.read_table(path)
    pq.write_table(table.set_column(7, "height", pa.array([5], pa.int32())), path)
    with pytest.raises(BadInput, match="12 pixels for"):
        read_slices(path)
    assert table.schema.equals(SCHEMA)
