from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from symbrain.line_search import MirrorLine, mirror_likeness

SIZE = 96


def picture(angle_deg: float, offset: float, seed: int = 0) -> NDArray[np.float32]:
    """Return a textured disc that is its own mirror image across a line, on a background of 0."""
    y, x = np.indices((SIZE, SIZE)) - (SIZE - 1) / 2
    theta = np.radians(angle_deg)
    along = x * np.cos(theta) + y * np.sin(theta)
    across = -x * np.sin(theta) + y * np.cos(theta) - offset
    texture = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(140, 140)), 3)
    value = ndimage.map_coordinates(texture / texture.std(), [along + 70, np.abs(across) + 5], order=1)
    image = np.where(np.hypot(along, across) < 38, 4 + value, 0)
    return np.asarray((image - image.mean()) / image.std(), np.float32)


def away(line: MirrorLine, angle_deg: float, offset: float) -> tuple[float, float]:
    """Return by how many degrees and pixels a line is off."""
    turn = np.radians(angle_deg) - line.angle
    gap = abs(np.sign(np.cos(turn)) * line.offset - offset)
    return float(np.degrees(np.arccos(min(abs(np.cos(turn)), 1)))), float(gap)


@pytest.mark.parametrize("angle_deg", [-80, -45, -2, 0, 1, 37, 88, 89.5, 90])
@pytest.mark.parametrize("offset", [-7.0, 0.0, 5.0])
def test_the_line_is_found_wherever_it_is(angle_deg: float, offset: float) -> None:
    best = mirror_likeness(picture(angle_deg, offset)).best(1)[0]
    turn, gap = away(best, angle_deg, offset)
    assert turn <= 2.0
    assert gap <= 2.0


@pytest.mark.parametrize("axis", [0, 1])
def test_a_mirrored_picture_has_the_mirrored_lines(axis: int) -> None:
    image = picture(30.0, 3.0) + 0.3 * np.random.default_rng(1).normal(size=(SIZE, SIZE)).astype(np.float32)
    plain, mirrored = mirror_likeness(image), mirror_likeness(np.flip(image, axis).copy())
    for line, other in zip(plain.best(5), mirrored.best(5), strict=True):
        assert other.likeness == pytest.approx(line.likeness, abs=1e-4)
        assert other.angle == pytest.approx(-line.angle, abs=1e-9)
        # x → −x keeps a line's direction of offset, y → −y turns it round
        assert other.offset == pytest.approx(line.offset if axis == 1 else -line.offset, abs=1e-9)


def test_lines_are_unlike_each_other_and_fall_in_likeness() -> None:
    lines = mirror_likeness(picture(10.0, 0.0, seed=3)).best(6)
    values = [line.likeness for line in lines]
    assert values == sorted(values, reverse=True)
    for i, one in enumerate(lines):
        for other in lines[:i]:
            turn, gap = away(one, float(np.degrees(other.angle)), other.offset)
            assert turn >= 7.4 or gap >= 3.9


def test_a_line_is_as_alike_as_the_search_says() -> None:
    found = mirror_likeness(picture(-20.0, 4.0))
    best = found.best(1)[0]
    assert found.at(best.angle, best.offset) == pytest.approx(best.likeness)
    assert found.at(best.angle + np.pi, -best.offset) == pytest.approx(best.likeness)
    assert found.at(best.angle + 0.7, best.offset) < 0.7 * best.likeness


def test_a_blank_picture_has_no_line() -> None:
    assert mirror_likeness(np.zeros((SIZE, SIZE), np.float32)).best(3) == []
