"""A push of known size: where the midline goes, and what stays in place."""

from __future__ import annotations

import numpy as np
import pytest

from heads import head
from symbrain.phantom.mass_effect import mass_effect, pushed


def world(voxels: np.ndarray, affine: np.ndarray) -> np.ndarray:
    return np.asarray(voxels @ affine[:3, :3].T + affine[:3, 3])


@pytest.mark.parametrize("peak", [-8.0, 4.0])
def test_the_midline_is_where_its_truth_says(peak: float) -> None:
    """Each side's labels end where the midline was pushed to."""
    plain = head(3, symmetric=True)
    effect = mass_effect(plain, peak)
    after = pushed(plain, effect)
    brain = np.argwhere(after.labels > 0)
    points = world(brain, plain.affine)
    right = after.labels[tuple(brain.T)] % 2 == 0
    away = plain.plane.distance_mm(points) - effect.midline_shift_mm(points)
    clear = np.abs(away) > 2  # of a voxel's edge
    assert (right == (away > 0))[clear].mean() > 0.999
    assert float(effect.midline_shift_mm(effect.center)) == pytest.approx(peak)


@pytest.mark.parametrize("seed", [3, 11])
def test_skull_and_brain_surface_stay(seed: int) -> None:
    plain = head(seed)
    effect = mass_effect(plain, 8.0)
    after = pushed(plain, effect)
    assert effect.at(world(np.argwhere(~plain.mask), plain.affine)).max() < 0.2  # mm
    assert ((after.labels > 0) == (plain.labels > 0)).mean() > 0.9999
    assert after.plane == plain.plane
    ends = effect.center + np.array([[0, 70.0, 0], [0, -80.0, 0], [0, 0, 60.0]]) @ effect.axes
    np.testing.assert_array_equal(effect.midline_shift_mm(ends), 0)


def test_nothing_folds() -> None:
    effect = mass_effect(head(3), 8.0)
    line = effect.center + np.linspace(-60, 60, 241)[:, None] * effect.plane.unit_normal
    before = np.linspace(-60, 60, 241) - effect.at(line)
    assert (np.diff(before) > 0).all()
