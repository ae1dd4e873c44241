from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from symbrain.blocks import along_axes, block_means

DATA = np.random.default_rng(0).normal(size=(9, 10, 11)).astype(np.float32)


def test_a_block_mean_is_the_mean_of_a_block() -> None:
    small = block_means(DATA[:8, :, :9], (4, 2, 3))
    assert small.shape == (2, 5, 3)
    assert small[1, 2, 0] == pytest.approx(DATA[4:8, 4:6, :3].mean(), abs=1e-6)


def test_a_spare_voxel_is_left_out_on_both_sides() -> None:
    expected = (DATA[..., :5] + DATA[..., 1:6]).mean(axis=2) / 2
    np.testing.assert_allclose(block_means(DATA[..., :6], (1, 1, 5))[..., 0], expected, atol=1e-6)


def test_a_mask_shrinks_to_shares() -> None:
    mask = DATA > 0
    np.testing.assert_array_equal(block_means(mask, (3, 5, 1)), block_means(mask.astype(np.float32), (3, 5, 1)))


def test_interpolation_is_linear_and_ends_with_the_last_value() -> None:
    scale, shift, shape = np.array([0.5, 0.37, 1.6]), np.array([-1.0, 0.2, 0.4]), (20, 30, 9)
    expected = ndimage.affine_transform(DATA, np.diag(scale), shift, shape, order=1, mode="nearest")
    np.testing.assert_allclose(along_axes(DATA, scale, shift, shape), expected, atol=1e-5)
