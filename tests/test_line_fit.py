from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from heads import volume_of
from symbrain.line import Line
from symbrain.line_fit import fit_line
from symbrain.phantom import make_head
from symbrain.phantom.head import Phantom
from symbrain.reflection import reflect
from symbrain.slice import Slice, cut


@cache
def upright(seed: int) -> Phantom:
    return make_head(seed, spacing_mm=1.5, max_tilt_deg=6.0)


def slice_of(seed: int, share: float) -> tuple[Slice, Line]:
    phantom = upright(seed)  # in a tilted head a slice shows different levels on both sides, and the fissure obliquely
    volume = volume_of(phantom)
    image = cut(volume, "axial", round(share * volume.shape[2]), share)
    line = image.line_of(phantom.plane)
    assert line is not None
    return image, line


def beside(line: Line, turn_deg: float, shift_mm: float) -> Line:
    other = Line.from_angle(line.angle_deg + turn_deg, line.offset_mm + shift_mm, line.shape, line.spacing_mm)
    assert other is not None
    return other


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("turn_deg", "shift_mm"), [(0.0, 0.0), (2.0, -1.0), (2.5, 0.3)])
def test_a_line_near_the_fissure_comes_to_lie_in_it(seed: int, turn_deg: float, shift_mm: float) -> None:
    image, truth = slice_of(seed, 0.55)
    found = fit_line(image.pixels, beside(truth, turn_deg, shift_mm))
    assert found is not None
    angle, gap = found.line.error_to(truth)
    assert angle < 1.0
    assert gap < 0.5
    assert found.clearness > 0.65


def test_a_mirrored_slice_has_the_mirrored_line() -> None:
    image, truth = slice_of(2, 0.5)
    start = beside(truth, 2.0, 1.0)
    plain = fit_line(image.pixels, start)
    mirrored = fit_line(image.pixels[::-1], reflect(start))
    assert plain is not None
    assert mirrored is not None
    assert mirrored.line.error_to(reflect(plain.line)) == pytest.approx((0, 0), abs=0.01)
    assert mirrored.clearness == pytest.approx(plain.clearness, abs=1e-3)


def test_brightness_does_not_matter() -> None:
    image, truth = slice_of(1, 0.55)
    start = beside(truth, 1.0, 0.5)
    plain, other = fit_line(image.pixels, start), fit_line(300 - 2 * image.pixels, start)
    assert plain is not None
    assert other is not None
    assert other.line.error_to(plain.line) == pytest.approx((0, 0), abs=0.02)


def test_noise_is_not_clear_and_a_blank_slice_has_no_line() -> None:
    line = Line.from_angle(80.0, 2.0, (90, 100), (1.0, 1.0))
    assert line is not None
    noise = np.random.default_rng(1).normal(size=(90, 100)).astype(np.float32)
    found = fit_line(noise, line)
    assert found is None or found.clearness < 0.65
    assert fit_line(np.zeros((90, 100), np.float32), line) is None
