"""Artefacts leave the head where it is and change what they say they change."""

import numpy as np
import pytest
from scipy.ndimage import center_of_mass

from symbrain.phantom import artefacts

SPACING = (1.0, 1.0, 1.0)


@pytest.fixture(scope="module")
def image():
    axes = np.meshgrid(*(np.linspace(-1, 1, n) for n in (40, 48, 36)), indexing="ij")
    radius = np.sqrt(sum(v**2 for v in axes))
    return np.where(radius < 0.7, 100 + 30 * np.sin(9 * axes[0]), 0).astype(np.float32)


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("thickness", [2.0, 3.5])
def test_thick_slices_are_constant_within_and_keep_the_sum(image, axis, thickness):
    thick = artefacts.thick_slices(image, SPACING, axis, thickness)
    assert thick.shape == image.shape
    assert thick.sum() == pytest.approx(image.sum(), rel=1e-4)
    steps = np.abs(np.diff(thick, axis=axis)).max(axis=tuple(a for a in range(3) if a != axis))
    assert (steps == 0).mean() >= 0.45
    assert np.abs(np.subtract(center_of_mass(thick), center_of_mass(image))).max() < 0.3


def test_slices_no_thicker_than_a_voxel_change_nothing(image):
    assert np.array_equal(artefacts.thick_slices(image, SPACING, 2, 1.0), image)


def test_ghosts_appear_along_the_phase_encode_direction_only(image):
    ghosts = artefacts.motion_ghosts(image, SPACING, 1, np.random.default_rng(3))
    change = np.abs(ghosts - image)
    air = image == 0
    rows = air.all(axis=1)  # lines along the direction that never meet the head
    assert change[air].max() > 1
    assert change.transpose(0, 2, 1)[rows].max() < 1e-2
    assert np.abs(np.subtract(center_of_mass(ghosts * ~air), center_of_mass(image))).max() < 0.5
    again = artefacts.motion_ghosts(image, SPACING, 1, np.random.default_rng(3))
    assert np.array_equal(again, ghosts)


def test_more_motion_makes_stronger_ghosts(image):
    small, large = (
        np.abs(artefacts.motion_ghosts(image, SPACING, 0, np.random.default_rng(1), shift_mm=s) - image).mean()
        for s in (0.2, 3.0)
    )
    assert large > 2 * small


def test_a_ramp_is_one_in_the_middle_and_rises_along_its_axis():
    flat = np.ones((11, 5, 7), np.float32)
    ramp = artefacts.bias_ramp(flat, 0, 0.4)
    assert ramp[5] == pytest.approx(1)
    assert ramp[-1] - ramp[0] == pytest.approx(0.4, abs=1e-6)
    assert np.ptp(ramp, axis=(1, 2)) == pytest.approx(0)
    with pytest.raises(ValueError, match="ramp"):
        artefacts.bias_ramp(flat, 0, 2.0)


def test_a_wider_point_spread_keeps_the_sum_and_lowers_the_peaks(image):
    soft = artefacts.blurred(image, SPACING, 3.0)
    assert soft.sum() == pytest.approx(image.sum(), rel=1e-3)
    assert soft.max() < image.max()


def test_cropping_leaves_every_voxel_where_it_was_in_the_world(image):
    affine = np.diag([-0.8, 0.8, 0.8, 1.0])
    affine[:3, 3] = (10, -20, 5)
    for small, moved in (
        artefacts.cropped(image, affine, (3, 0, 5), (1, 2, 0)),
        artefacts.cropped_at_random(image, affine, SPACING, np.random.default_rng(0), most_mm=8),
    ):
        world = moved @ [2, 4, 6, 1]
        voxel = np.rint(np.linalg.solve(affine, world)).astype(int)[:3]
        assert np.allclose(affine @ [*voxel, 1], world)
        assert small[2, 4, 6] == image[tuple(voxel)]
    with pytest.raises(ValueError, match="cut off"):
        artefacts.cropped(image, affine, (20, 0, 0), (20, 0, 0))
