from __future__ import annotations

import numpy as np
import pytest

from symbrain.deviation import summarise
from symbrain.reflection import reflect


def heat_of(shape: tuple[int, int, int], value: float = 4.0) -> tuple[np.ndarray, np.ndarray]:
    """A weak warm background on both sides, and a hot cube of 5 voxels on the right."""
    brain = np.zeros(shape, bool)
    brain[2:-2, 2:-2, 2:-2] = True
    heat = np.where(brain, np.random.default_rng(1).uniform(0, 0.3, shape), 0).astype(np.float32)
    heat[-9:-4, 8:13, 8:13] = value
    return heat, brain


@pytest.mark.parametrize("across", [31, 32], ids=["odd", "even"])
def test_mirroring_keeps_how_much_and_swaps_which_side(across: int) -> None:
    heat, brain = heat_of((across, 24, 22))
    plain, mirrored = summarise(heat, brain, 2.0), summarise(reflect(heat), brain, 2.0)
    assert (mirrored.score, mirrored.low, mirrored.high) == pytest.approx((plain.score, plain.low, plain.high))
    assert mirrored.volume_ml == plain.volume_ml
    assert mirrored.laterality_index == pytest.approx(-plain.laterality_index)
    assert (plain.side, mirrored.side) == ("right", "left")


def test_score_is_the_mean_of_the_worst_millilitre() -> None:
    heat, brain = heat_of((31, 24, 22))
    found = summarise(heat, brain, 2.0)
    assert found.score == pytest.approx(4.0)
    assert found.volume_ml == pytest.approx(125 * 0.008)
    assert 0 <= found.low <= found.score <= found.high


def test_volume_counts_what_is_hotter_than_asked() -> None:
    heat, brain = heat_of((31, 24, 22))
    assert summarise(heat, brain, 2.0, deviant_sd=5.0).volume_ml == 0
    assert summarise(heat, brain, 2.0, deviant_sd=0.1).volume_ml > 1


def test_no_heat_says_nothing() -> None:
    _, brain = heat_of((31, 24, 22))
    for where in (brain, np.zeros_like(brain)):
        found = summarise(np.zeros(brain.shape, np.float32), where, 2.0)
        assert (found.score, found.low, found.high, found.laterality_index, found.side) == (0, 0, 0, 0, "none")


def test_the_same_seed_gives_the_same_interval() -> None:
    heat, brain = heat_of((31, 24, 22))
    one, two, other = (summarise(heat, brain, 2.0, seed=s) for s in (1, 1, 2))
    assert (one.low, one.high) == (two.low, two.high)
    assert (one.low, one.high) != (other.low, other.high)
