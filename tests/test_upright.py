"""The upright image, and the transform in the form in which other software reads it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from heads import head, mask_of, volume_of, walked
from symbrain import upright
from symbrain.plane import Plane
from symbrain.reflection import reflect
from symbrain.upright_grid import UprightGrid, upright_grid
from symbrain.volume import Volume, read_map, write_volume


def gridded(seed: int = 1, **options: object) -> tuple[Volume, UprightGrid]:
    phantom = head(seed, **options)
    volume = volume_of(phantom)
    grid = upright_grid(volume, mask_of(phantom), phantom.plane, phantom.center_mm, spacing_mm=2.0, margin_mm=8.0)
    return volume, grid


def test_the_transform_file_reproduces_the_upright_image_in_plain_itk(tmp_path: Path) -> None:
    phantom, (volume, grid) = head(1), gridded()
    image = upright.resample(volume, grid)
    scan, straight, transform = (tmp_path / name for name in ("scan.nii.gz", "upright.nii.gz", "xfm.txt"))
    write_volume(scan, phantom.image, phantom.affine)  # as stored: LAS
    write_volume(straight, image, grid.affine)
    upright.write_transform(transform, grid)
    assert transform.read_text().startswith("#Insight Transform File")
    again = sitk.Resample(
        sitk.ReadImage(str(scan)), sitk.ReadImage(str(straight)), sitk.ReadTransform(str(transform)), sitk.sitkLinear
    )
    np.testing.assert_allclose(sitk.GetArrayFromImage(again).T, image, atol=1e-3)
    assert image.max() > 0.5


def test_the_upright_head_stands_on_its_plane() -> None:
    """Right of x = 0 is the subject's right, though the scan is stored the other way round."""
    volume, grid = gridded()
    side = np.sign(head(1).plane.distance_mm(volume.grid_mm())).astype(np.float32) + 2
    turned = upright.resample(Volume(side, volume.affine), grid, nearest=True)
    half = grid.shape[0] // 2
    left, right = turned[: half - 2], turned[half + 3 :]
    assert set(np.unique(left)) <= {0, 1}
    assert set(np.unique(right)) <= {0, 3}


def test_reversing_the_first_axis_is_the_reflection() -> None:
    """Of a symmetric head without noise the upright image is its own mirror image, but for interpolation."""
    volume, grid = gridded(1, symmetric=True, noise=0.0)
    image = upright.resample(volume, grid)
    assert np.corrcoef(image.ravel(), reflect(image).ravel())[0, 1] > 0.97
    tilted = Plane((1.0, 0.0, 0.0), head(1).center_mm[0])  # the scan's own middle is not the head's
    wrong = upright_grid(volume, mask_of(head(1)), tilted, head(1).center_mm, spacing_mm=2.0, margin_mm=8.0)
    other = upright.resample(volume, wrong)
    assert np.corrcoef(other.ravel(), reflect(other).ravel())[0, 1] < 0.9


def test_nearest_keeps_labels_whole() -> None:
    phantom = head(1)
    volume, grid = gridded()
    labels = np.flip(phantom.labels, 0).astype(np.float32)
    turned = upright.resample(Volume(labels, volume.affine), grid, nearest=True)
    assert set(np.unique(turned)) == set(np.unique(labels))


def test_outside_the_scan_is_zero() -> None:
    volume, grid = gridded()
    bright = Volume(np.full(volume.shape, 5, np.float32), volume.affine)
    turned = upright.resample(bright, grid)
    assert set(np.unique(turned.round(3))) >= {5.0}
    assert turned.min() >= 0


def test_threads_change_no_number() -> None:
    volume, grid = gridded()
    np.testing.assert_array_equal(upright.resample(volume, grid), upright.resample(volume, grid, threads=2))


@pytest.mark.slow
def test_a_bias_field_is_found_and_mirrored_with_the_head() -> None:
    volume, grid = gridded(1, bias=0.0, noise=0.01)
    mask = (
        upright.resample(Volume(mask_of(head(1, bias=0.0, noise=0.01)).astype(np.float32), volume.affine), grid) > 0.5
    )
    ramp = np.exp(np.linspace(-0.4, 0.4, grid.shape[0]))[:, None, None].astype(np.float32)
    image = upright.resample(volume, grid) * ramp
    field = upright.bias_field(image, mask, grid)
    known = np.broadcast_to(ramp, grid.shape)[mask]
    assert np.corrcoef(field.sampled(Volume(image, grid.affine))[mask], known)[0, 1] > 0.95
    mirrored = upright.bias_field(reflect(image), reflect(mask), grid)
    np.testing.assert_allclose(mirrored.data, reflect(field.data), rtol=0.01)


@pytest.mark.parametrize("ending", ["image", "mask"])
def test_written_and_read_again_it_is_the_same(tmp_path: Path, ending: str) -> None:
    aligned = walked(1).aligned
    data = getattr(aligned, ending)
    write_volume(tmp_path / "a.nii.gz", data, aligned.grid.affine)
    again = read_map(tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(again.data, data.astype(np.float32))
    np.testing.assert_allclose(again.affine, aligned.grid.affine, atol=1e-6)
