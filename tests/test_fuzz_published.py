"""Slices from anybody: those of the published set and our own tables of slices are read, or refused in a sentence."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz_files import CELLS, changed
from fuzz_law import examples, in_little_memory, put, soaked, value_or_sentence
from symbrain.errors import BadInput
from symbrain.line import Line
from symbrain.published import import_symbrain
from symbrain.published_row import SCHEMA, line_text, png_of
from symbrain.slice import Slice
from symbrain.slice_table import AnnotatedSlice, read_slices, write_slices

PNG = png_of(np.linspace(0, 1, 81, dtype=np.float32).reshape(9, 9))
LINE = line_text(((1.0, 2.0), (7.0, 3.0)))


def parquet(rows: list[dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), buffer)
    return buffer.getvalue()


def row(session: int = 1, **other: Any) -> dict[str, Any]:
    return {"image": {"bytes": PNG, "path": None}, "line": LINE, "rad_score": "1", "session": session, **other}


HEALTHY = parquet([row(), row(), row()])


@st.composite
def published(draw: st.DrawFn) -> bytes:
    """Draw a file of the published set with other cells, other images, or other bytes."""
    if draw(st.booleans()):
        return draw(changed(HEALTHY))
    texts = CELLS.filter(lambda text: text.isprintable())
    images = st.just({"bytes": PNG, "path": None}) | st.none()
    images |= st.builds(lambda png, path: {"bytes": png, "path": path}, changed(PNG), st.none() | texts)
    lines, scores = st.just(LINE) | texts, st.sampled_from(["1", "3Q", None]) | texts
    made = st.builds(row, st.sampled_from([1, 2, -1]), image=images, line=lines, rad_score=scores)
    return parquet(draw(st.lists(made, max_size=4)))


def slices(tmp: Path) -> bytes:
    image = Slice(np.full((9, 9), 0.5, np.float32), np.eye(4), "axial", 3, 0.4)
    line = Line((1, 2), (7, 3), image.shape, image.spacing_mm)
    write_slices(tmp / "a_slices.parquet", [AnnotatedSlice("sub-1", None, "sub-1_T2w", "T2w", image, line)])
    return (tmp / "a_slices.parquet").read_bytes()


def check_published(folder: Path, content: bytes) -> None:
    path = put(folder / "set", "train.parquet", content)
    in_little_memory(lambda: value_or_sentence(lambda: import_symbrain(path, folder / "out"), path.name))
    assert {one.name for one in folder.iterdir()} <= {"set", "out"}


def check_slices(folder: Path, content: bytes) -> None:
    path = put(folder, "b_slices.parquet", content)
    in_little_memory(lambda: value_or_sentence(lambda: read_slices(path), path.name))


def test_what_is_healthy_is_read(tmp_path: Path) -> None:
    path = put(tmp_path, "train.parquet", HEALTHY)
    import_symbrain(path, tmp_path / "out")
    assert (tmp_path / "out" / "scans.tsv").exists()


def test_text_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    slices(tmp_path)
    for name, text, read in (
        ("train.parquet", LINE.encode(), lambda path: import_symbrain(path, tmp_path / "out")),
        ("a_slices.parquet", b"sub-1", read_slices),
    ):
        plain = io.BytesIO()
        whole = pa.BufferReader(HEALTHY) if name == "train.parquet" else tmp_path / name
        pq.write_table(pq.read_table(whole), plain, compression="none", use_dictionary=False)
        assert text in plain.getvalue()
        path = put(tmp_path, name, plain.getvalue().replace(text, b"\x80" * len(text)))
        with pytest.raises(BadInput, match=name):
            read(path)


@examples(60)
@given(published())
def test_a_published_set_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    check_published(tmp_path_factory.getbasetemp() / "published", content)


@examples(80)
@given(st.data())
def test_a_table_of_slices_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.getbasetemp()
    check_slices(folder / "slices", data.draw(changed(slices(folder))))


@pytest.mark.soak
@soaked()
@given(st.data())
def test_soak_slices(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.getbasetemp()
    check_published(folder / "published", data.draw(published()))
    check_slices(folder / "slices", data.draw(changed(slices(folder))))
