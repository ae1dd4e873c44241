"""Paired differences: luck that is shared is gone, luck of seeds and of heads is in the interval."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from intervals import auroc
from symmetry.difference import figures, interval
from symmetry.judgement import in_words


def rows(gain: float, own_luck: float, seeds: int = 3, heads: int = 60) -> pd.DataFrame:
    """Return rows of two mechanisms whose scores share their heads' luck; ``own_luck`` of each head is not shared."""
    rng, found = np.random.default_rng(0), []
    shared = rng.normal(size=(2, heads))
    for seed in range(seeds):
        for name, more in (("flip consistency", 0.0), ("none", gain)):
            groups = shared + own_luck * rng.normal(size=(2, heads)) + np.array([[0.0], [0.5 + more]])
            row = {"mechanism": name, "seed": seed, "auroc": auroc(*groups.tolist()), "scores": in_words(groups)}
            found.append(row)
    return pd.DataFrame(found)


def test_what_is_clear_is_found_and_what_is_luck_is_not() -> None:
    mean, low, high = interval(rows(1.0, 0.3), "none", "auroc")
    assert 0 < low < mean < high
    mean, low, high = interval(rows(0.0, 0.3), "none", "auroc")
    assert low < 0 < high
    same = interval(rows(0.0, 0.0), "none", "auroc")
    assert same == (0.0, 0.0, 0.0)  # the same heads and the same scores: nothing is left to chance


def test_a_stricter_level_and_fewer_heads_or_more_luck_are_wider() -> None:
    def width(table: pd.DataFrame, level: float = 0.05) -> float:
        _, low, high = interval(table, "none", "auroc", level)
        return high - low

    usual = width(rows(0.3, 0.3))
    assert width(rows(0.3, 0.3), 0.05 / 17) > 1.3 * usual
    assert width(rows(0.3, 0.3, heads=12)) > 1.3 * usual
    assert width(rows(0.3, 1.0)) > 1.3 * usual
    assert width(rows(0.3, 0.3, seeds=1)) > 0  # of one seed, the heads' alone


def test_whoever_it_is_compared_with_the_difference_is_that_of_the_two() -> None:
    table = rows(0.5, 0.3)
    mean, low, high = interval(table, "none", "auroc")
    back = interval(table, "flip consistency", "auroc", reference="none")
    assert back == pytest.approx((-mean, -high, -low))


def test_draws_are_about_the_figure_itself() -> None:
    groups = np.random.default_rng(1).normal(size=(2, 80)) + np.array([[0.0], [0.7]])
    drawn = figures(in_words(groups), "auroc")
    assert drawn.mean() == pytest.approx(auroc(*groups.tolist()), abs=0.01)
    angles = np.random.default_rng(2).exponential(2.0, (60, 3))
    drawn = figures(in_words([*angles.tolist(), [1.0]]), "angle_deg")  # a head of one slice counts as one
    assert drawn.mean() == pytest.approx(np.median(angles), abs=0.15)


def test_without_the_heads_there_is_no_interval() -> None:
    table = rows(0.5, 0.3).assign(scores=float("nan"))
    mean, low, high = interval(table, "none", "auroc")
    assert mean > 0
    assert np.isnan([low, high]).all()
