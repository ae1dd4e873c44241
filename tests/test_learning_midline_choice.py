from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import symbrain
from heads import volume_of
from symbrain.learning.midline_choice import choose_line
from symbrain.learning.midline_input import prepare
from symbrain.line import Line
from symbrain.phantom import make_head
from symbrain.reflection import reflect
from symbrain.slice import cut


def slice_and_truth(seed: int, share: float = 0.55) -> tuple[np.ndarray, Line]:
    phantom = make_head(seed, spacing_mm=1.5, max_tilt_deg=8.0)
    volume = volume_of(phantom)
    image = cut(volume, "axial", round(share * volume.shape[2]), share)
    truth = image.line_of(phantom.plane)
    assert truth is not None
    return np.asarray(image.pixels, np.float32), truth


def turned(line: Line, deg: float, mm: float = 0.0) -> Line:
    other = Line.from_angle(line.angle_deg + deg, line.offset_mm + mm, line.shape, line.spacing_mm)
    assert other is not None
    return other


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("lost_deg", [0.0, 25.0, 60.0])
def test_a_network_that_is_lost_and_says_so_does_not_mislead(seed: int, lost_deg: float) -> None:
    pixels, truth = slice_and_truth(seed)
    ready = prepare(pixels, truth.spacing_mm)
    assert ready is not None
    found = choose_line(pixels, *ready, turned(truth, lost_deg), (max(lost_deg, 2.0), 3.0))
    assert found is not None
    angle, gap = found.line.error_to(truth)
    assert angle < 1.0
    assert gap < 0.6
    assert found.lead > 0.05


def test_a_mirrored_slice_has_the_mirrored_line() -> None:
    pixels, truth = slice_and_truth(2)
    seen = turned(truth, 20.0, 2.0)
    plain_ready, mirrored_ready = prepare(pixels, truth.spacing_mm), prepare(pixels[::-1], truth.spacing_mm)
    assert plain_ready is not None
    assert mirrored_ready is not None
    plain = choose_line(pixels, *plain_ready, seen, (12.0, 3.0))
    mirrored = choose_line(pixels[::-1].copy(), *mirrored_ready, reflect(seen), (12.0, 3.0))
    assert plain is not None
    assert mirrored is not None
    assert mirrored.line.error_to(reflect(plain.line)) == pytest.approx((0, 0), abs=0.02)
    assert mirrored.lead == pytest.approx(plain.lead, abs=5e-3)


def test_noise_has_little_lead_and_a_blank_slice_no_line() -> None:
    line = Line.from_angle(80.0, 2.0, (90, 100), (1.0, 1.0))
    assert line is not None
    noise = np.random.default_rng(1).normal(size=(90, 100)).astype(np.float32)
    ready = prepare(noise, (1.0, 1.0))
    assert ready is not None
    found = choose_line(noise, *ready, line, (20.0, 5.0))
    assert found is None or found.lead < 0.2
    assert choose_line(np.zeros((90, 100), np.float32), *ready, line, (20.0, 5.0)) is None


@pytest.mark.parametrize("change", [lambda x: x - 1000, lambda x: x * 1e30, lambda x: x * 1e-25])
def test_brightness_does_not_matter_to_what_a_user_gets(change: Callable[[np.ndarray], np.ndarray]) -> None:
    pixels, truth = slice_and_truth(1)
    pixels[:, :12] = np.nan  # and so it is with a part that was not scanned
    plain, other = (
        symbrain.load("midline").predict(x, truth.spacing_mm) for x in (pixels, change(pixels.astype(np.float64)))
    )
    assert (other.angle_deg, other.offset_mm) == pytest.approx((plain.angle_deg, plain.offset_mm), abs=1e-2)
    assert other.lead == pytest.approx(plain.lead, abs=1e-2)


def test_what_is_not_a_number_outside_the_brain_is_background() -> None:
    pixels, truth = slice_and_truth(2)
    y, x = np.indices(pixels.shape)
    inside = np.hypot((y - 48) / 32, (x - 48) / 38) < 1
    found = symbrain.load("midline").predict(np.where(inside, pixels, np.nan), truth.spacing_mm)
    angle, gap = found.line(pixels.shape, truth.spacing_mm).error_to(truth)
    assert angle < 1.5
    assert gap < 1.0


def test_coarse_pixels_across_the_line_leave_doubt() -> None:
    pixels, truth = slice_and_truth(3)
    fine = symbrain.load("midline").predict(pixels, truth.spacing_mm)
    coarse = symbrain.load("midline").predict(pixels[1::4], (4 * truth.spacing_mm[0], truth.spacing_mm[1]))
    assert coarse.angle_sd_deg > 2 * fine.angle_sd_deg
    assert coarse.offset_sd_mm > 2 * fine.offset_sd_mm


def test_a_flat_shape_is_not_a_clear_fissure() -> None:
    y, x = np.indices((120, 120)) - 59.5
    found = symbrain.load("midline").predict(((y / 45) ** 2 + (x / 30) ** 2 < 1).astype(float), 1.5)
    assert not found.clearness > 0.6
