"""A single slice: mirrored, its score stays and its side changes; a blob is found on its side, symmetry is quiet."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from heads import few, head, volume_of
from symbrain.deviation import Side
from symbrain.line import Line
from symbrain.phantom import Lesion
from symbrain.reflection import reflect
from symbrain.slice import cut
from symbrain.slice_asymmetry import WORST_MM2, compare_slice, summarise_slice

SHAPE, SPACING = (60, 70), (1.5, 1.2)
MIDDLE = Line((0.0, 29.5), (69.0, 29.5), SHAPE, SPACING)


def lines() -> st.SearchStrategy[Line]:
    found = st.builds(Line.from_angle, st.floats(-30, 30), st.floats(-8, 8), st.just(SHAPE), st.just(SPACING))
    return found.filter(lambda line: line is not None)  # type: ignore[arg-type]


def blob(left_mm: float, along_mm: float, line: Line, radius_mm: float = 7.0) -> NDArray[np.bool_]:
    """A disc whose centre lies so far to the subject's left of a line, and along it from the slice's centre."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    p = np.stack([(x - 34.5) * SPACING[1], (y - 29.5) * SPACING[0]], axis=-1)
    normal = np.array([-line.direction[1], line.direction[0]])
    return np.linalg.norm(p - (line.offset_mm + left_mm) * normal - along_mm * line.direction, axis=-1) < radius_mm


@few
@given(lines(), st.integers(0, 9))
def test_a_mirrored_slice_has_the_same_score_on_the_other_side(line: Line, seed: int) -> None:
    pixels = np.random.default_rng(seed).uniform(0, 1, SHAPE).astype(np.float32)
    pixels = np.where(blob(0, 0, line, 35.0), 1 + pixels, 0) + 3 * blob(14, 5, line)
    plain = compare_slice(pixels, line)
    mirrored = compare_slice(reflect(pixels), reflect(line))
    assert mirrored.score == pytest.approx(plain.score, rel=1e-3, abs=1e-3)
    assert mirrored.laterality_index == pytest.approx(-plain.laterality_index, abs=0.02)
    assert mirrored.area_mm2 == pytest.approx(plain.area_mm2, rel=0.05, abs=4)
    np.testing.assert_allclose(mirrored.heat, reflect(plain.heat), atol=0.02 * plain.heat.max())
    assert (plain.side, mirrored.side) == ("left", "right")


@few
@given(lines(), st.sampled_from([-16.0, 16.0]), st.floats(-14, 14), st.sampled_from([-0.6, 0.6]))
def test_a_blob_is_found_on_its_side(line: Line, left_mm: float, along_mm: float, contrast: float) -> None:
    texture = np.random.default_rng(3).normal(0, 0.03, SHAPE)
    there = blob(left_mm, along_mm, line)
    found = compare_slice(np.where(blob(0, 0, line, 35.0), 1 + texture + contrast * there, 0), line)
    assert found.side == ("left" if left_mm > 0 else "right")
    assert np.sign(found.laterality_index) == -np.sign(left_mm)
    assert there[np.unravel_index(found.heat.argmax(), SHAPE)]
    assert 0.3 < found.area_mm2 / (np.pi * 7**2) < 4, "strong heat reaches as far as the smoothing"


@few
@given(st.floats(-14, 14), st.floats(0.1, 2.0))
def test_exact_symmetry_has_no_score_and_no_side(along_mm: float, contrast: float) -> None:
    pair = blob(15, along_mm, MIDDLE) | blob(-15, along_mm, MIDDLE)
    found = compare_slice(np.where(blob(0, 0, MIDDLE, 35.0), 1.0 + contrast * pair, 0), MIDDLE)
    assert (found.score, found.side, found.area_mm2) == (pytest.approx(0, abs=1e-3), "none", 0)


def test_nothing_has_no_score() -> None:
    for pixels in (np.zeros(SHAPE), np.full(SHAPE, 7.0), np.full(SHAPE, np.nan)):
        found = compare_slice(pixels, MIDDLE)
        assert (found.score, found.side, found.area_mm2) == (0, "none", 0)


def test_the_score_is_the_mean_of_the_worst_square_centimetre() -> None:
    heat = np.zeros(SHAPE, np.float32)
    heat[40:45, 10:20] = 6  # 90 mm² on the subject's left: rows run from right to left
    heat[5:7, 10:12] = 2  # 7.2 mm² on the right
    found = summarise_slice(heat, MIDDLE, deviant_sd=1.0)
    count = round(WORST_MM2 / 1.8)
    assert found.score == pytest.approx((50 * 6 + 4 * 2) / count)
    assert found.laterality_index == pytest.approx((8 - 300) / 308)
    assert (found.side, found.area_mm2) == ("left", pytest.approx(90))
    assert summarise_slice(reflect(heat), MIDDLE, deviant_sd=1.0).side == "right"


@cache
def score_of(seed: int, side: Side | None = None, **options: float) -> tuple[float, str]:
    """Score and side of the slice through a lesion, or of the same slice of a head that has none.

    The head is upright: a slice that meets the mid-sagittal plane obliquely compares places of different heights.
    """
    asked = Lesion("white_matter_injury", side or "left", 18.0, 6.0)
    ill, phantom = (head(seed, scan_age_weeks=40.0, lesion=lesion, max_tilt_deg=0.0, **more)
                    for lesion, more in ((asked, {}), (asked if side else None, options)))  # fmt: skip
    volume = volume_of(phantom)
    one = cut(volume, "axial", round(float(volume.to_voxels(ill.lesion_center_mm)[2])), 0.5)
    line = one.line_of(phantom.plane)
    assert line is not None
    found = compare_slice(one.pixels, line)
    return found.score, found.side


@pytest.mark.slow
def test_heads_symmetric_normal_and_ill() -> None:
    """Symmetric heads lie below normals, lesions above their own head without one, on the right side."""
    seeds = range(1, 6)
    normal = [score_of(seed)[0] for seed in seeds]
    symmetric = [score_of(seed, symmetric=True)[0] for seed in seeds]
    assert np.mean(symmetric) < 0.7 * np.mean(normal), "pixels of 2 mm do not fall alike on both sides of the plane"
    for seed, healthy in zip(seeds, normal, strict=True):
        for side in ("left", "right"):
            score, found = score_of(seed, side)
            assert found == side
            assert score > 1.3 * healthy


def test_a_symmetric_head_on_the_middle_of_its_grid_has_no_score() -> None:
    assert score_of(2, symmetric=True, max_shift_mm=0.0) == (pytest.approx(0, abs=1e-3), "none")
