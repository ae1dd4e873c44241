"""Law 6: each augmentation moves picture and midline together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from symbrain.learning.augment import Crop, Flip, Move, Thicken, Warp
from symbrain.learning.augment_look import Bias, Blur, Dropout, Ghost, Noise, Recolour, Spot
from symbrain.learning.augmented import augment
from symbrain.learning.drawn_head import draw_head
from symbrain.learning.picture import Picture
from symbrain.line import Line


def ridge(line: Line) -> Picture:
    """Return a picture that shows nothing but a soft ridge along the line."""
    y, x = np.indices(line.shape)
    far = line.distance_mm(np.stack([x.ravel(), y.ravel()], 1)).reshape(line.shape)
    return Picture(np.exp(-0.5 * (far / 2.0) ** 2).astype(np.float32), line.spacing_mm, line)


def seen(picture: Picture) -> tuple[float, float]:
    """Return angle and offset of the ridge that is in the pixels: its total least squares line."""
    x, y = picture.millimetres()
    weight = np.clip(picture.pixels.astype(float) - 0.1, 0, None)
    # Within a disc, because the border cuts the ridge at a slant.
    radius = 0.48 * min(n * s for n, s in zip(picture.shape, picture.spacing_mm, strict=True))
    weight = weight * (x * x + y * y < radius**2)
    x, y = np.broadcast_to(x, weight.shape), np.broadcast_to(y, weight.shape)
    mx, my = np.average(x, weights=weight), np.average(y, weights=weight)
    cov = np.cov(np.stack([x.ravel(), y.ravel()]), aweights=weight.ravel())
    theta = np.arctan2(2 * cov[0, 1], cov[0, 0] - cov[1, 1]) / 2
    return float(np.degrees(theta)), float(-np.sin(theta) * mx + np.cos(theta) * my)


def draws(seed: int) -> list[object]:
    rng = np.random.default_rng(seed)
    return [
        Flip.draw(rng),
        Move.draw(rng, max_shift_mm=6),
        Crop.draw(rng, (81, 90), most=0.1),
        Thicken.draw(rng),
        Warp.draw(rng),
    ]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("number", range(5))
def test_picture_and_line_move_together(seed: int, number: int) -> None:
    rng = np.random.default_rng(seed)
    line = Line.from_angle(float(rng.uniform(-90, 90)), float(rng.uniform(-8, 8)), (81, 90), (1.2, 1.0))
    assert line is not None
    moved = draws(seed)[number].apply(ridge(line))  # type: ignore[attr-defined]
    assert moved.line is not None
    assert moved.line.shape == moved.shape
    assert moved.line.spacing_mm == moved.spacing_mm
    angle, offset = seen(moved)
    gap = abs(angle - moved.line.angle_deg) % 180
    assert min(gap, 180 - gap) < 0.6
    side = 1 if gap < 90 else -1
    assert side * offset == pytest.approx(moved.line.offset_mm, abs=0.35)


@pytest.mark.parametrize("kind", [Recolour, Bias, Noise, Blur, Ghost, Spot, Dropout])
def test_looks_leave_the_line_and_are_repeatable(kind: type) -> None:
    picture = draw_head(np.random.default_rng(1))
    change = kind.draw(np.random.default_rng(2))
    first, second = change.apply(picture), change.apply(picture)
    assert np.array_equal(first.pixels, second.pixels)
    assert first.pixels.dtype == np.float32
    assert first.pixels.shape == picture.shape
    assert np.isfinite(first.pixels).all()
    assert not np.array_equal(first.pixels, picture.pixels)
    assert first.line is picture.line


def test_flips_are_exact_and_undone_by_themselves() -> None:
    picture = draw_head(np.random.default_rng(3))
    assert picture.line is not None
    for flip in (Flip(rows=True), Flip(columns=True), Flip(transpose=True), Flip(rows=True, columns=True)):
        twice = flip.apply(flip.apply(picture))
        assert np.array_equal(twice.pixels, picture.pixels)
        assert twice.line is not None
        assert twice.line.error_to(picture.line) == pytest.approx((0, 0), abs=1e-9)


def test_without_a_line_there_is_none_afterwards() -> None:
    bare = replace(draw_head(np.random.default_rng(4)), line=None)
    for seed in range(10):
        assert augment(bare, np.random.default_rng(seed)).line is None
