from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from results import derivative
from symbrain.slice_table import read_slices, write_slices
from symbrain.thumbnails import thumbnail, thumbnail_name


def seen(content: bytes | None) -> np.ndarray:
    assert content is not None
    assert len(content) < 15_000
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(float)


def test_heat_is_seen_where_the_lesion_is() -> None:
    slices, heat = derivative(2, "slices.parquet"), derivative(2, "desc-asymmetry_heatmap.nii.gz")
    hot, plain = seen(thumbnail(slices, heat, (0.5, 3.0))), seen(thumbnail(slices, None))
    assert hot.shape == (200, 200, 3)
    colour = np.ptp(hot, axis=2) > 100
    colour &= ~(np.ptp(plain, axis=2) > 60)  # not the midline
    rows, columns = np.nonzero(colour)
    assert len(rows) > 20
    assert columns.mean() > 100, "on the subject's left, which is on the right of the picture"


def test_without_slices_there_is_none(tmp_path: Path) -> None:
    one = read_slices(derivative(1, "slices.parquet"))
    write_slices(tmp_path / "none.parquet", one[:0])
    assert thumbnail(tmp_path / "none.parquet", None) is None


def test_names_are_safe() -> None:
    assert thumbnail_name("sub-01_T2w") == "sub-01_T2w_thumb.webp"
    assert not set(thumbnail_name("<script>/..")) & set("<>/ ")
