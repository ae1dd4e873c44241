"""A map on another grid comes to the upright brain's: exactly where it is linear, mirrored where the head is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from heads import few, head, motions, volume_of, walked
from symbrain.comap import LEAST_COVERAGE, Comap, pull
from symbrain.errors import BadInput
from symbrain.reflection import reflect
from symbrain.upright_grid import UprightGrid
from symbrain.volume import Volume

SHAPE = (31, 33, 29)
BRAIN = np.linalg.norm((np.moveaxis(np.indices(SHAPE), 0, -1) - [15, 16, 14]) / [11, 13, 10], axis=-1) < 1
AFFINE = np.diag([2.0, 2.0, 2.0, 1.0])
AFFINE[:3, 3] = -30, -32, -28


def grid(to_scan: NDArray[np.float64] | None = None) -> UprightGrid:
    return UprightGrid(SHAPE, AFFINE, np.eye(4) if to_scan is None else to_scan)


def covering(spacing: tuple[float, float, float], turn: NDArray[np.float64], reach_mm: float = 40.0) -> Volume:
    """An empty volume of this voxel size, turned, that holds the brain."""
    shape = np.ceil(2 * reach_mm / np.array(spacing)).astype(int)
    affine = turn @ np.diag([*spacing, 1.0])
    affine[:3, 3] += turn[:3, :3] @ (-(shape - 1) / 2 * spacing)
    return Volume(np.zeros(tuple(shape), np.float32), affine)


def filled(volume: Volume, weights: NDArray[np.float64]) -> Volume:
    return Volume((500 + volume.grid_mm() @ weights).astype(np.float32), volume.affine)


@few
@given(
    motions(),
    st.tuples(*[st.floats(2.0, 5.0)] * 3),
    st.tuples(*[st.floats(0.1, 1)] * 3).map(np.array),
    motions(),
)
def test_a_linear_map_of_any_grid_comes_exactly(
    turn: NDArray[np.float64], spacing: tuple[float, float, float], weights: NDArray[np.float64], to_scan: NDArray
) -> None:
    around = turn.copy()
    around[:3, 3] = to_scan[:3, 3]  # the map lies where the brain is
    pulled = pull(filled(covering(spacing, around), weights), grid(to_scan), BRAIN)
    world = Volume(pulled.image, to_scan @ AFFINE).grid_mm()
    np.testing.assert_allclose(pulled.image[BRAIN], (500 + world @ weights)[BRAIN], rtol=1e-4)
    assert pulled.coverage == 1
    assert (pulled.mask == BRAIN).all()


@pytest.mark.slow
def test_the_scan_itself_comes_as_align_brings_it() -> None:
    aligned = walked(3).aligned
    pulled = pull(volume_of(head(3)), aligned.grid, aligned.mask)
    np.testing.assert_allclose(pulled.image[aligned.mask], aligned.image[aligned.mask], rtol=1e-3)
    assert pulled.coverage > 0.99


def test_a_mirrored_map_comes_mirrored() -> None:
    volume = filled(covering((2.0, 2.0, 4.0), np.eye(4)), np.array([1.0, 0.5, 2.0]))
    data = volume.data * np.random.default_rng(1).uniform(0.5, 1.5, volume.shape).astype(np.float32)
    data[24:, 22:] = 0
    plain, mirrored = (pull(Volume(d, volume.affine), grid(), BRAIN) for d in (data, reflect(data)))
    np.testing.assert_allclose(mirrored.image, reflect(plain.image), rtol=1e-4)
    assert (mirrored.mask == reflect(plain.mask)).all()
    assert mirrored.coverage == plain.coverage < 1


def masked(missing: NDArray[np.bool_]) -> Comap:
    volume = covering((2.0, 2.0, 2.0), np.eye(4))
    return pull(Volume(np.where(missing, 0, 7).astype(np.float32) + 1e-3 * (volume.grid_mm()[..., 1] > 0) * ~missing,
                       volume.affine), grid(), BRAIN)  # fmt: skip


def test_what_was_not_measured_darkens_nothing() -> None:
    x = np.indices((40, 40, 40))
    outside = np.linalg.norm((np.moveaxis(x, 0, -1) - 19.5) / [11, 13, 10], axis=-1) > 1
    holes = np.random.default_rng(2).random((40, 40, 40)) < 0.02
    for missing in (outside, holes, outside | holes):
        pulled = masked(missing)
        assert pulled.image[pulled.mask].min() > 6.9
        assert pulled.coverage > 0.9, "holes are filled"


def test_a_side_that_is_missing_takes_its_homologue_away() -> None:
    pulled = masked(np.indices((40, 40, 40))[0] < 12)
    assert not (pulled.mask != reflect(pulled.mask))[BRAIN & reflect(BRAIN)].any()
    assert LEAST_COVERAGE < pulled.coverage < 0.9


@pytest.mark.parametrize("far", [0, 30, 500])
def test_a_map_elsewhere_is_refused_with_a_sentence(far: float) -> None:
    volume = filled(covering((2.0, 2.0, 2.0), np.eye(4)), np.ones(3))
    moved = volume.affine.copy()
    moved[2, 3] += far
    if not far:
        assert pull(Volume(volume.data, moved), grid(), BRAIN).coverage == 1
        return
    with pytest.raises(BadInput, match=r"^x\.nii has values on both sides in \d+% of the brain.*50% .*register it"):
        pull(Volume(volume.data, moved), grid(), BRAIN if far > 40 else BRAIN & (np.indices(SHAPE)[2] < 12), "x.nii")


def test_a_map_without_contrast_in_the_brain_is_refused() -> None:
    volume = covering((2.0, 2.0, 2.0), np.eye(4))
    data = np.full(volume.shape, 3.0, np.float32)
    data[0, 0, 0] = 9
    with pytest.raises(BadInput, match="is 3 everywhere in the brain"):
        pull(Volume(data, volume.affine), grid(), BRAIN)
