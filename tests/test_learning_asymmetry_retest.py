"""Repositioning: a rigid move of a degree and a millimetre with fresh noise, and nothing else."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import ndimage

from symbrain.learning.asymmetry_input import SHAPE, SPACING_MM, Working
from symbrain.learning.asymmetry_retest import SHIFT_MM, TURN_DEG, noise_sd, repositioned

AT = np.moveaxis(np.indices(SHAPE), 0, -1) - (np.array(SHAPE) - 1) / 2


@cache
def brain(noise: float = 0.0) -> Working:
    """Return an ellipsoid with a bright ball on either side; smooth but for the noise."""
    rng = np.random.default_rng(0)
    mask = np.linalg.norm(AT / [21, 26, 20], axis=-1) < 1
    balls = sum(np.exp(-(np.linalg.norm(AT - [x, 5, 3], axis=-1) ** 2) / 18) for x in (-10, 10))
    return Working(np.where(mask, 1 + balls + noise * rng.normal(size=SHAPE), 0).astype(np.float32), mask)


def middles(working: Working) -> np.ndarray:
    """Return where the two balls are, in voxels from the middle of the box."""
    bright = np.maximum(working.image - 1.2, 0)
    halves = (AT[..., 0] < 0, AT[..., 0] > 0)
    return np.array([(AT * (bright * half)[..., None]).sum((0, 1, 2)) / (bright * half).sum() for half in halves])


@pytest.mark.parametrize("seed", range(5))
def test_it_is_a_small_rigid_move(seed: int) -> None:
    before, after = middles(brain()), middles(repositioned(brain(), np.random.default_rng(seed)))
    between, now = (np.diff(m, axis=0)[0] for m in (before, after))
    assert np.linalg.norm(now) == pytest.approx(np.linalg.norm(between), rel=0.01)
    turned = np.degrees(np.arccos(now @ between / np.linalg.norm(now) / np.linalg.norm(between)))
    assert 0 < turned < np.sqrt(3) * TURN_DEG
    shift = np.linalg.norm(after.mean(0) - before.mean(0)) * SPACING_MM
    reach = np.linalg.norm(before.mean(0)) * SPACING_MM * np.radians(np.sqrt(3) * TURN_DEG)
    assert 0 < shift < np.sqrt(3) * SHIFT_MM + reach


def test_moves_go_both_ways() -> None:
    shifts = [
        (middles(repositioned(brain(), np.random.default_rng(s))) - middles(brain())).mean(0)[0] for s in range(4)
    ]
    assert min(shifts) < -0.1
    assert max(shifts) > 0.1


def test_what_is_outside_the_brain_stays_dark_and_its_border_bright() -> None:
    after = repositioned(brain(), np.random.default_rng(1))
    assert not after.image[~after.mask].any()
    assert after.mask.sum() == pytest.approx(brain().mask.sum(), rel=0.01)
    rim = after.mask & ~ndimage.binary_erosion(after.mask)
    assert after.image[rim].min() > 0.95, "no edge to nothing is mixed in"


def test_the_same_draw_is_the_same_and_another_is_another() -> None:
    one, same, other = (repositioned(brain(noise=0.1), np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.image, same.image)
    assert np.abs(one.image - other.image).max() > 0


@pytest.mark.parametrize("noise", [0.02, 0.1, 0.3])
def test_the_noise_is_measured(noise: float) -> None:
    assert noise_sd(*vars(brain(noise=noise)).values()) == pytest.approx(noise, rel=0.05)
    assert noise_sd(np.zeros(SHAPE, np.float32), np.zeros(SHAPE, bool)) == 0


def test_the_noise_is_fresh_and_at_the_scans_own_level() -> None:
    first, again = brain(noise=0.1), repositioned(brain(noise=0.1), np.random.default_rng(3))
    smooth = repositioned(brain(), np.random.default_rng(3))
    left = (again.image - smooth.image)[ndimage.binary_erosion(again.mask, iterations=3)]
    # New noise of 0.1, and the old one, smoothed by the interpolation.
    assert 0.1 < left.std() < 0.1 * np.sqrt(2)
    assert 0.1 < noise_sd(again.image, again.mask) < 0.1 * np.sqrt(2)
    inner = first.mask & ndimage.binary_erosion(again.mask, iterations=3)
    old = (first.image - brain().image)[inner]
    assert np.corrcoef(old, (again.image - smooth.image)[inner])[0, 1] < 0.6
