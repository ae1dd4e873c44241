"""Heads of the frozen suite as the trials are judged on them: each with its truth, described once, judged for age."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from symmetry.frozen import FrozenAmount, read_frozen
from symmetry.models import SIDE
from symmetry.trial import _area


@pytest.mark.slow
def test_changed_heads_have_changed_places_and_normals_none_and_are_described_once(tmp_path: Path) -> None:
    amount = FrozenAmount(brains=3, posed=1)
    first = read_frozen("asymmetry", amount, tmp_path)
    stamp = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again = read_frozen("asymmetry", amount, tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == stamp
    assert all(np.array_equal(first[key], again[key]) for key in first)
    assert [int(first["sick"][first["number"] == n][0]) for n in range(6)] == [0, 0, 0, 1, 1, 1]
    assert first["share"][first["sick"] == 0].max() == 0
    for number in (3, 4, 5):
        share = first["share"][first["number"] == number]
        side = first["x"][first["number"] == number][:, SIDE]
        assert share.max() > 0.5
        assert abs(np.average(side, weights=share)) > 0.9  # a change lies on one side
    slices = read_frozen("midline", amount, tmp_path)
    assert slices["x"].shape == (6, 1, 96, 96)
    assert slices["head"].tolist() == [0, 0, 0, 1, 1, 1]
    assert np.isfinite(slices["line"]).all()


def test_heads_are_judged_for_their_age() -> None:
    rng = np.random.default_rng(0)
    weeks = np.tile(np.linspace(28, 44, 60), 2).astype(np.float32)
    sick = np.repeat([0, 1], 60)
    score = 2 * weeks + sick + 0.2 * rng.normal(size=120)  # age hides what is changed
    heads = {"number": np.arange(120), "sick": sick, "seed": np.arange(120), "t1w": np.zeros(120)}
    judged = {key: np.repeat(value, 5) for key, value in heads.items()}
    logit = np.repeat(score, 5)
    assert _area(logit, judged) < 0.6
    assert _area(logit, judged | {"weeks": np.repeat(weeks, 5)}) > 0.85  # a norm of thirty
