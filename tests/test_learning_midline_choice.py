from __future__ import annotations

import numpy as np
import pytest

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
