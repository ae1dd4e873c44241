"""Whether an upright image shows a face: synthetic heads with one, without, and without a skull."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from heads import head, mask_of, volume_of
from symbrain import upright
from symbrain.face import LEAST_CM2, face_cm2, face_warning
from symbrain.phantom.variant import Variant
from symbrain.reflection import reflect
from symbrain.upright_grid import upright_grid
from symbrain.volume import Volume

SEEDS = (1, 2)
Shown = tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.float64]]


@cache
def shown(seed: int, *, defaced: bool = False) -> Shown:
    """Return a head turned upright, with its mask and the affine of the grid, as align writes it."""
    phantom = head(seed, spacing_mm=2.5, variant=Variant(defaced=defaced))
    volume, mask = volume_of(phantom), mask_of(phantom)
    grid = upright_grid(volume, mask, phantom.plane, phantom.center_mm, spacing_mm=2.0, margin_mm=8.0)
    turned = upright.resample(Volume(mask.astype(np.float32), volume.affine), grid) > 0.5
    return upright.resample(volume, grid), turned, grid.affine


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_face_is_told_and_its_absence_is_not(seed: int) -> None:
    image, mask, affine = shown(seed)
    warning = face_warning(image, mask, affine)
    assert warning is not None
    assert "deface it before it is shared" in warning
    assert face_warning(*shown(seed, defaced=True)) is None
    assert face_cm2(np.where(mask, image, 0).astype(np.float32), mask, affine) == 0


@pytest.mark.slow
def test_sides_brightness_and_resolution_do_not_matter() -> None:
    image, mask, affine = shown(SEEDS[0])
    area = face_cm2(image, mask, affine)
    assert area > LEAST_CM2
    assert face_cm2(reflect(image), reflect(mask), affine) == pytest.approx(area, abs=0.1)
    assert face_cm2(image * 100, mask, affine) == pytest.approx(area)
    finer = np.repeat(np.repeat(np.repeat(image, 2, 0), 2, 1), 2, 2)
    smaller = affine @ np.diag([0.5, 0.5, 0.5, 1])
    assert face_cm2(finer, np.kron(mask, np.ones((2, 2, 2))) > 0, smaller) == pytest.approx(area)


def test_without_a_brain_nothing_is_told() -> None:
    assert face_cm2(np.ones((9, 9, 9), np.float32), np.zeros((9, 9, 9), bool), np.eye(4)) == 0
