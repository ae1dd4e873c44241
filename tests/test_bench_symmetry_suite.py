"""Heads of the suites that trials are judged on: other infants to choose on, each with its truth, judged for age."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from intervals import auroc
from suites import load
from symbrain.learning.line_target import decode
from symmetry import brains, slices
from symmetry.brains import Arrays
from symmetry.judgement import _scores
from symmetry.models import MODELS, SIDE
from symmetry.slices import SliceAmount, read_slices
from symmetry.suite import SuiteAmount, other_infant, read_suite, suite_cases


def own_slices(folder: Path) -> Arrays:
    """Return a few slices to learn from."""
    return read_slices(SliceAmount(heads=2, slices=12, check=4, judged=4), 0.0, folder)["train"]


@pytest.mark.slow
def test_changed_heads_have_changed_places_and_normals_none_and_are_described_once(tmp_path: Path) -> None:
    amount = SuiteAmount(brains=3, posed=1)
    first = read_suite("asymmetry", amount, tmp_path)
    stamp = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again = read_suite("asymmetry", amount, tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == stamp
    assert all(np.array_equal(first[key], again[key]) for key in first)
    assert [int(first["sick"][first["number"] == n][0]) for n in range(6)] == [0, 0, 0, 1, 1, 1]
    assert first["share"][first["sick"] == 0].max() == 0
    for number in (3, 4, 5):
        share = first["share"][first["number"] == number]
        side = first["x"][first["number"] == number][:, SIDE]
        assert share.max() > 0.5
        assert abs(np.average(side, weights=share)) > 0.9  # a change lies on one side
    found = read_suite("midline", amount, tmp_path)
    assert found["x"].shape == (6, 1, 96, 96)
    assert found["head"].tolist() == [0, 0, 0, 1, 1, 1]
    assert np.isfinite(found["line"]).all()
    frozen = read_suite("midline", amount, tmp_path, development=False)
    assert not np.array_equal(frozen["x"], found["x"])


@pytest.mark.parametrize("model", ["asymmetry", "midline"])
def test_who_chooses_sees_no_infant_of_the_frozen_suite_and_none_that_was_learned_from(model: str) -> None:
    cases = suite_cases(model, SuiteAmount())
    others = [other_infant(case) for case in cases]
    frozen, development = ({case.seed for case in some} for some in (load("v1").cases(), others))
    learned = {
        first + i for part in (brains.FIRST_SEED, slices.FIRST_SEED) for first in part.values() for i in range(10_000)
    }
    assert len(development) == len({case.seed for case in cases})
    assert not development & (frozen | learned)
    assert [(case.cell, case.options) for case in others] == [(case.cell, case.options) for case in cases]


@pytest.mark.slow
@pytest.mark.parametrize("make", [lambda to: read_suite("midline", SuiteAmount(1, 1), to), own_slices])
def test_columns_reversed_exchange_the_sides_of_a_slice(make: Callable[[Path], Arrays], tmp_path: Path) -> None:
    found = make(tmp_path)
    theta = decode(torch.from_numpy(found["line"]))[0].rad2deg()
    assert (theta.abs() > 45).all()  # the midline runs from above to below, within the heads' tilt
    flipped = MODELS["midline"]().reflection.on_input(torch.from_numpy(found["x"]).float()).numpy()
    x = found["x"].astype(np.float32)
    across, along = (np.corrcoef(x.ravel(), other.ravel())[0, 1] for other in (flipped, x[:, :, ::-1]))
    assert across > along  # a brain is more like its mirror image than back to front


def test_heads_are_judged_for_their_age() -> None:
    rng = np.random.default_rng(0)
    weeks = np.tile(np.linspace(28, 44, 60), 2).astype(np.float32)
    sick = np.repeat([0, 1], 60)
    score = 2 * weeks + sick + 0.2 * rng.normal(size=120)  # age hides what is changed
    heads = {"number": np.arange(120), "sick": sick, "seed": np.arange(120), "t1w": np.zeros(120)}
    judged = {key: np.repeat(value, 5) for key, value in heads.items()}
    logit = np.repeat(score, 5)
    assert auroc(score[sick == 0].tolist(), score[sick == 1].tolist()) < 0.6
    assert auroc(*_scores(logit, judged | {"weeks": np.repeat(weeks, 5)})) > 0.85  # a norm of thirty
