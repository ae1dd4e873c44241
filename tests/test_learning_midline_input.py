"""Preparation: flips commute with it, brightness does not matter, lines come back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbrain.errors import BadInput
from symbrain.learning.midline_input import prepare

SIZES = st.integers(20, 71)


def slice_of(seed: int, shape: tuple[int, int]) -> np.ndarray:
    rng = np.random.default_rng(seed)
    y, x = np.indices(shape, dtype=float)
    cy, cx = rng.uniform(0.3, 0.7, 2) * shape
    head = ((y - cy) / (0.3 * shape[0])) ** 2 + ((x - cx) / (0.25 * shape[1])) ** 2 < 1
    return (head * rng.uniform(0.5, 1, shape) + 0.05 * rng.random(shape)).astype(np.float32)


@given(
    st.integers(0, 1000), SIZES, SIZES, st.floats(0.4, 2), st.floats(0.4, 4), st.sampled_from([(-2,), (-1,), (-2, -1)])
)
def test_flips_commute(seed: int, h: int, w: int, row: float, col: float, axes: tuple[int, ...]) -> None:
    image = slice_of(seed, (h, w))
    plain, flipped = prepare(image, (row, col)), prepare(np.flip(image, axes), (row, col))
    assert plain is not None
    assert flipped is not None
    assert np.abs(np.flip(plain[0], axes) - flipped[0]).max() < 1e-5 * 10
    signs = [-1 if -1 in axes else 1, -1 if -2 in axes else 1]
    assert flipped[1].center_mm == pytest.approx(np.array(plain[1].center_mm) * signs, abs=1e-9)
    assert flipped[1].pixel_mm == pytest.approx(plain[1].pixel_mm)


@pytest.mark.parametrize(("factor", "add"), [(1e-20, 0), (1e20, 0), (-3.0, 5.0), (700, -1e4)])
def test_scale_of_brightness_does_not_matter(factor: float, add: float) -> None:
    image = slice_of(1, (50, 61))
    plain, other = prepare(image, (1, 1)), prepare(image.astype(np.float64) * factor + add, (1, 1))
    assert plain is not None
    assert other is not None
    assert np.abs(plain[0] * np.sign(factor) - other[0]).max() < (0.01 if abs(add) < 100 else 0.05)


def test_nothing_to_see_is_none() -> None:
    image = slice_of(1, (50, 50))
    for empty in (
        np.full((50, 50), 7.0),
        np.full((50, 50), np.nan),
        np.where(np.arange(2500).reshape(50, 50) < 60, image, np.nan),
    ):
        assert prepare(empty, (1, 1)) is None
    image[3, 4], image[5, 6] = np.nan, np.inf
    prepared = prepare(image, (1, 1))
    assert prepared is not None
    assert np.isfinite(prepared[0]).all()
    assert prepared[0].shape == (96, 96)


@pytest.mark.parametrize(
    ("shape", "spacing"), [((4, 50), (1, 1)), ((50,), (1, 1)), ((50, 50), (0, 1)), ((50, 50), (1, np.nan))]
)
def test_no_slice_is_refused(shape: tuple[int, ...], spacing: tuple[float, float]) -> None:
    with pytest.raises(BadInput, match="expected"):
        prepare(np.ones(shape), spacing)


def test_a_line_on_the_grid_comes_back() -> None:
    prepared = prepare(slice_of(3, (60, 45)), (1.0, 1.5))
    assert prepared is not None
    for angle, offset in ((0.3, 4.0), (-1.2, -7.5), (np.pi / 2, 2.0)):
        assert prepared[1].offset_here(angle, prepared[1].offset_mm(angle, offset)) == pytest.approx(offset)
