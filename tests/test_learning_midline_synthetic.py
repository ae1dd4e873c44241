"""Synthetic slices: functions of their draw, with a line where there is a midline, and never a test phantom."""

from __future__ import annotations

import numpy as np

from symbrain.learning.drawn_head import draw_head
from symbrain.learning.midline_input import prepare
from symbrain.learning.midline_synthetic import synthetic
from symbrain.learning.phantom_slices import FIRST_SEED, HEADS, phantom_slice


def test_same_draw_same_slice() -> None:
    for make in (draw_head, lambda rng: synthetic(rng, 1)):
        a, b = make(np.random.default_rng(5)), make(np.random.default_rng(5))
        assert np.array_equal(a.pixels, b.pixels)
        assert a.line == b.line


def test_most_have_a_midline_and_all_can_be_prepared() -> None:
    pictures = [synthetic(np.random.default_rng(i), 0) for i in range(60)]
    assert 0.7 < np.mean([p.line is not None for p in pictures]) < 0.97
    assert all(np.isfinite(p.pixels).all() and p.pixels.dtype == np.float32 for p in pictures)
    assert sum(prepare(p.pixels, p.spacing_mm) is not None for p in pictures) > 55
    assert draw_head(np.random.default_rng(0), midline=False).line is None


def test_phantoms_of_training_have_their_own_seeds() -> None:
    assert FIRST_SEED + HEADS + 32 < 5_000_000


def test_a_phantom_is_alike_on_both_sides_of_its_line() -> None:
    """Of the pixels' mirror images across lines of several angles, those across the true one are most alike."""
    scores = []
    for seed in range(6):
        picture = phantom_slice(np.random.default_rng(seed), 1)
        if picture.line is None:
            continue
        for turn in (0, -20, 20):
            theta = np.radians(picture.line.angle_deg + turn)
            x, y = (np.broadcast_to(a, picture.shape) for a in picture.millimetres())
            far = -np.sin(theta) * x + np.cos(theta) * y - picture.line.offset_mm
            mx, my = x + 2 * far * np.sin(theta), y - 2 * far * np.cos(theta)
            rows = np.rint(my / picture.spacing_mm[0] + (picture.shape[0] - 1) / 2).astype(int)
            columns = np.rint(mx / picture.spacing_mm[1] + (picture.shape[1] - 1) / 2).astype(int)
            good = (rows >= 0) & (columns >= 0) & (rows < picture.shape[0]) & (columns < picture.shape[1])
            mirrored = picture.pixels[rows[good], columns[good]]
            scores.append(np.corrcoef(mirrored, picture.pixels[good])[0, 1])
    by_turn = np.reshape(scores, (-1, 3)).mean(0)
    assert len(scores) >= 9
    assert by_turn[0] > by_turn[1:].max() + 0.05
