from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from heads import found_mask, head, mask_of, volume_of
from symbrain.errors import BadInput
from symbrain.mask import find_brain
from symbrain.reflection import reflect
from symbrain.volume import Volume, canonical


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return 2 * float((one & other).sum()) / float(one.sum() + other.sum())


@pytest.mark.parametrize("modality", ["T2w", pytest.param("T1w", marks=pytest.mark.slow)])
def test_the_surface_is_the_brains(modality: str) -> None:
    phantom = head(1, modality=modality)
    assert dice(found_mask(1, modality=modality), mask_of(phantom)) > 0.93


@pytest.mark.slow
@pytest.mark.parametrize("weeks", [28.0, 34.0])
def test_a_preterm_brain_is_found_too(weeks: float) -> None:
    phantom = head(3, scan_age_weeks=weeks)
    assert dice(find_brain(volume_of(phantom)).data, mask_of(phantom)) > 0.9


def test_neither_side_gets_more_brain() -> None:
    phantom = head(5, symmetric=True, noise=0.0)
    right = phantom.plane.distance_mm(volume_of(phantom).grid_mm()) > 0
    mask = found_mask(5, symmetric=True, noise=0.0)
    on_right, on_left = float((mask & right).sum()), float((mask & ~right).sum())
    assert abs(on_right - on_left) / mask.sum() < 0.02


def test_the_mirrored_head_has_the_mirrored_mask_wherever_it_is_moved() -> None:
    volume, mask = volume_of(head(1)), found_mask(1)
    moved = np.eye(4)
    moved[:3, :3], moved[:3, 3] = Rotation.from_euler("xyz", [10, 20, 15], degrees=True).as_matrix(), (5, -9, 3)
    flipped = Volume(reflect(volume.data), moved @ volume.affine)
    np.testing.assert_array_equal(find_brain(flipped).data, reflect(mask))


def test_a_stripped_image_is_its_own_mask() -> None:
    phantom = head(1, skull=False)
    brain = find_brain(volume_of(phantom))
    assert brain.source == "nonzero"
    assert dice(brain.data, mask_of(phantom)) > 0.999


def test_a_given_mask_is_taken() -> None:
    volume, mask = volume_of(head(1)), mask_of(head(1))
    brain = find_brain(volume, mask.astype(np.int32) * 7)
    assert brain.source == "given"
    np.testing.assert_array_equal(brain.data, mask)


@pytest.mark.parametrize("fill", [0, -1])
def test_an_empty_mask_is_refused(fill: int) -> None:
    volume = volume_of(head(1))
    with pytest.raises(BadInput, match=r"given for a\.nii has 0\.0 ml.*give a mask of the whole brain"):
        find_brain(volume, np.full(volume.shape, fill, np.int32), "a.nii")


def test_an_image_without_a_head_is_refused() -> None:
    data = np.zeros((40, 40, 40), np.float32)
    data[20:23, 20:23, 20:23] = 1
    with pytest.raises(BadInput, match=r"a\.nii"):
        find_brain(canonical(data, np.diag([2.0, 2, 2, 1])), name="a.nii")
