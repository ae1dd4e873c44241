"""The mirror difference on small upright heads of texture, whose mirror image is known exactly."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from scipy import ndimage

from symbrain.deviation import Asymmetry
from symbrain.mirror_difference import compare_sides, mirror_correlation
from symbrain.reflection import reflect

SHAPE = (41, 44, 38)
SPACING = 2.0
AT = np.moveaxis(np.indices(SHAPE), 0, -1) - [20, 22, 19]
MASK = np.linalg.norm(AT / [17, 19, 16], axis=-1) < 1
Side = Literal["left", "right"]


def texture(seed: int) -> np.ndarray:
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=SHAPE), 1.5)
    return noise / noise.std()


def brain(lesion: float = 0.0, side: Side = "left", radius: float = 4.0) -> np.ndarray:
    """A brain of brightness 1 with texture, mostly the same on both sides, and a ball of another brightness."""
    same, own = texture(1), texture(2)
    image = 1 + 0.1 * (same + reflect(same)) / np.sqrt(2) + 0.03 * own
    ball = np.linalg.norm(AT - [9 if side == "right" else -9, 3, 2], axis=-1) < radius
    return np.where(MASK, image + lesion * ball, 0).astype(np.float32)


def compared(image: np.ndarray, mask: np.ndarray = MASK) -> Asymmetry:
    return compare_sides(image, mask, SPACING, smoothing_mm=4.0)


@pytest.mark.parametrize("lesion", [-0.5, 0.0, 0.5])
def test_mirroring_keeps_the_score_and_negates_the_side(lesion: float) -> None:
    plain, mirrored = compared(brain(lesion)), compared(reflect(brain(lesion)))
    np.testing.assert_allclose(mirrored.heat, reflect(plain.heat), atol=1e-5)
    assert (mirrored.score, mirrored.low, mirrored.high) == pytest.approx(
        (plain.score, plain.low, plain.high), rel=1e-5
    )
    assert mirrored.volume_ml == pytest.approx(plain.volume_ml)
    assert mirrored.laterality_index == pytest.approx(-plain.laterality_index, abs=1e-5)
    assert {plain.side, mirrored.side} == {"left", "right"}


def test_exact_symmetry_has_no_score_and_no_side() -> None:
    half = brain()
    image = ((half + reflect(half)) / 2).astype(np.float32)
    nothing = compared(image)
    assert (nothing.score, nothing.low, nothing.high) == (0, 0, 0)
    assert (nothing.laterality_index, nothing.side, nothing.volume_ml) == (0, "none", 0)
    assert not nothing.heat.any()


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("lesion", [-0.6, 0.6], ids=["dark", "bright"])
def test_a_lesion_is_hot_on_its_own_side(side: Side, lesion: float) -> None:
    found = compared(brain(lesion, side))
    assert found.side == side
    assert np.sign(found.laterality_index) == (1 if side == "right" else -1)
    hottest = np.array(np.unravel_index(found.heat.argmax(), SHAPE)) - [20, 22, 19]
    assert np.linalg.norm(hottest - [9 if side == "right" else -9, 3, 2]) < 4
    ball_ml = 4 / 3 * np.pi * 4**3 * SPACING**3 / 1000
    assert 0.3 * ball_ml < found.volume_ml < 3 * ball_ml


def test_the_score_grows_with_contrast_and_with_size() -> None:
    by_contrast = [compared(brain(c)).score for c in (0.0, 0.2, 0.4, 0.8)]
    by_size = [compared(brain(0.6, radius=r)).score for r in (0.0, 2.0, 3.0, 5.0)]
    assert by_contrast == sorted(by_contrast)
    assert by_size == sorted(by_size)
    assert by_contrast[-1] > 2 * by_contrast[0]


def test_heat_lies_within_the_brain_and_is_never_negative() -> None:
    heat = compared(brain(0.6)).heat
    assert heat.min() >= 0
    assert not heat[~MASK].any()
    assert not heat[20].any(), "the midline is its own mirror image"
    assert not (heat > 0)[reflect(heat) > 0].any(), "one of two mirrored places bears a deviation"


def test_the_interval_holds_the_score() -> None:
    for lesion in (0.0, 0.6):
        found = compared(brain(lesion))
        assert 0 <= found.low <= found.score <= found.high
        assert found.low < found.high


def test_brightness_does_not_matter() -> None:
    plain, brighter = compared(brain(0.6)), compared(brain(0.6) * np.float32(250))
    assert brighter.score == pytest.approx(plain.score, rel=1e-4)
    assert brighter.side == plain.side


def test_displaced_structures_are_no_deviation() -> None:
    """Homologous folds may lie three millimetres apart."""
    same = texture(3)
    image = np.where(MASK, 1 + 0.2 * (same + reflect(same)), 0)
    shifted = np.where(AT[..., 0] > 0, np.roll(image, 1, axis=1), image)
    lesion = image + 0.8 * (np.linalg.norm(AT - [9, 3, 2], axis=-1) < 4)
    scores = [compared(np.where(MASK, i, 0).astype(np.float32)).score for i in (shifted, lesion)]
    assert scores[0] < 0.3 * scores[1]


def test_a_brain_too_small_to_compare_has_no_score() -> None:
    nothing = compared(brain(), np.linalg.norm(AT, axis=-1) < 1)
    assert (nothing.score, nothing.side) == (0, "none")


def test_mirror_correlation() -> None:
    image = brain()
    symmetric = image + reflect(image)
    assert mirror_correlation(symmetric, MASK) == pytest.approx(1, abs=1e-6)
    assert mirror_correlation(image, MASK) < 1
    assert mirror_correlation(reflect(image), MASK) == pytest.approx(mirror_correlation(image, MASK), abs=1e-6)
