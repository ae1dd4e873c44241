"""The plane of greatest symmetry on heads whose midline is known. The laws are in test_symmetry_laws.py."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from heads import LESION, head, mask_of, volume_of
from symbrain.symmetry import SymmetryPlane, find_symmetry_plane
from symbrain.volume import Volume, canonical


@cache
def found(seed: int, **options: object) -> SymmetryPlane:
    phantom = head(seed, **options)
    return find_symmetry_plane(volume_of(phantom), mask_of(phantom))


def errors(seed: int, **options: object) -> tuple[float, float]:
    truth, plane = head(seed, **options), found(seed, **options).plane
    return plane.angle_to_deg(truth.plane), plane.gap_mm(truth.plane, truth.center_mm)


@pytest.mark.slow
def test_a_symmetric_head_has_its_midline() -> None:
    turn, gap = errors(1, symmetric=True)
    assert turn < 0.05
    assert gap < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"modality": "T1w"}, {"lesion": LESION}], ids=["T1w", "lesion"])
def test_a_newborns_head_has_its_midline_nearly(options: dict) -> None:
    turn, gap = errors(2, **options)
    assert turn < 0.5
    assert gap < 0.3


@pytest.mark.slow
def test_a_head_turned_far_is_found_too() -> None:
    """As well as unturned, that is: the most symmetric plane of a folded brain is off by some tenths of a degree."""
    turn, gap = errors(4, max_tilt_deg=40.0)
    assert head(4, max_tilt_deg=40.0).plane.angle_to_deg(head(4, max_tilt_deg=0.0).plane) > 25
    assert turn < errors(4, max_tilt_deg=0.0)[0] + 0.3
    assert turn < 1.0
    assert gap < 0.3


def test_symmetry_grows_and_confidence_is_high() -> None:
    plane = found(1)
    assert 0.6 < plane.confidence <= 1
    assert plane.symmetry_before < plane.symmetry_after <= 1
    assert plane.symmetry_after > 0.5
    np.testing.assert_allclose(plane.center_mm, head(1).center_mm, atol=0.01)


def test_a_ball_of_noise_has_no_trustworthy_plane() -> None:
    shape = (48, 48, 48)
    from_centre = np.linalg.norm(np.moveaxis(np.indices(shape), 0, -1) - 23.5, axis=-1)
    noise = np.random.default_rng(0).normal(1, 0.1, shape).astype(np.float32)
    ball = find_symmetry_plane(Volume(noise, np.diag([2.0, 2, 2, 1])), from_centre < 20)
    assert ball.confidence < 0.2


@pytest.mark.slow
@pytest.mark.parametrize("seed", [5, 6])
def test_a_head_turned_far_and_cut_off_is_found(seed: int) -> None:
    phantom = head(seed, max_tilt_deg=45.0)
    volume, mask = volume_of(phantom), mask_of(phantom)
    above = np.flatnonzero(mask.any(axis=(0, 1)))
    kept = slice(0, int(above[-1] - 0.2 * len(above)))
    found = find_symmetry_plane(Volume(volume.data[..., kept], volume.affine), mask[..., kept])
    assert found.plane.angle_to_deg(phantom.plane) < 1.5
    assert found.plane.gap_mm(phantom.plane, phantom.center_mm) < 0.5
    assert found.confidence > 0.6


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_one_hemisphere_alone_has_no_trustworthy_plane(seed: int) -> None:
    volume, mask = volume_of(head(seed, max_tilt_deg=0.0)), mask_of(head(seed, max_tilt_deg=0.0))
    middle = round(float(np.argwhere(mask)[:, 0].mean())) + 2
    cut = np.eye(4)
    cut[0, 3] = middle
    half = find_symmetry_plane(Volume(volume.data[middle:], volume.affine @ cut), mask[middle:])
    assert half.confidence < 0.5


def test_brightness_and_contrast_do_not_matter() -> None:
    volume, mask = volume_of(head(1)), mask_of(head(1))
    brighter = Volume(volume.data * np.float32(731) + np.float32(90), volume.affine)
    one, other = found(1), find_symmetry_plane(brighter, mask)
    assert one.plane.angle_to_deg(other.plane) < 0.01
    assert one.plane.gap_mm(other.plane, one.center_mm) < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("turn_deg", [50.0, 90.0])
def test_axes_that_are_called_by_their_neighbours_names_are_seen_through(turn_deg: float) -> None:
    phantom = head(2, max_tilt_deg=0.0)
    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_euler("z", turn_deg, degrees=True).as_matrix()
    volume = canonical(phantom.image, turn @ phantom.affine)
    mask = canonical(phantom.mask.astype(np.float32), turn @ phantom.affine).data > 0.5
    found = find_symmetry_plane(volume, mask)
    assert found.plane.angle_to_deg(phantom.plane.moved(turn)) < 1.0
    assert found.confidence > 0.5
