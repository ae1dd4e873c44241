"""SymFace: halves are coded alike where the pose is trusted; ungated it hurts tilted ones; collapse is seen."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from heads import few
from symbrain.learning.symmetry import Element
from symmetry.half_embedding import HalfEmbedding, effective_rank, half_loss
from symmetry_toys import Taught, learned, toy

EXCHANGE = Element(lambda x: x.flip(1))
MODEL = toy(2, {"reflection": EXCHANGE})


def pairs(rng: np.random.Generator, count: int = 128) -> dict[str, Tensor]:
    """Return two sides that are nearly alike where the pose is trusted, else strangers; what counts is the first."""
    straight = rng.random(count) < 0.5
    own = rng.normal(size=count)
    other = np.where(straight, own + rng.normal(0, 0.05, count), rng.normal(size=count))
    x, trust = torch.from_numpy(np.stack([own, other], 1)).float(), torch.from_numpy(straight).float() * 0.98 + 0.02
    return {"x": x, "y": torch.from_numpy(own).float(), "trust": trust}


def tilted_error(taught: Taught) -> float:
    batch = pairs(np.random.default_rng(99), 2000)
    tilted = batch["trust"] < 0.5
    with torch.no_grad():
        return float((taught(batch["x"])["y"] - batch["y"])[tilted].square().mean())


def test_without_the_gate_tilted_inputs_suffer_and_nothing_collapses_with_it() -> None:
    gated = learned(HalfEmbedding(MODEL, weight=3.0), pairs, passes=300)
    ungated = learned(HalfEmbedding(MODEL, weight=3.0, gated=False), pairs, passes=300)
    assert tilted_error(ungated) > 1.5 * tilted_error(gated)
    assert gated.mechanism.learned()["effective rank"] > 1.05  # type: ignore[union-attr, operator]


@pytest.mark.parametrize("weight", [0.1, 1.0])
def test_healthy_pairs_teach_it_and_lesions_are_still_told(weight: float) -> None:
    """A lesion adds to one side; trained on pairs of which the changed ones have no trust, as in the laboratory."""

    def draw(rng: np.random.Generator) -> dict[str, Tensor]:
        sick = torch.from_numpy(rng.random(128) < 0.3).float()
        own = torch.from_numpy(rng.normal(size=128)).float()
        other = own + 0.3 * torch.from_numpy(rng.normal(size=128)).float()
        return {"x": torch.stack([own + sick, other], 1), "y": sick, "trust": 1 - sick}

    kept = draw(np.random.default_rng(77))
    areas = []
    for asked in (0.0, weight):
        taught = learned(HalfEmbedding(MODEL, weight=asked), draw, passes=200)
        with torch.no_grad():
            y = taught(kept["x"])["y"]
        sick, sound = y[kept["y"] > 0.5], y[kept["y"] < 0.5]
        areas.append(float((sick[:, None] > sound).float().mean()))
    assert areas[0] > 0.9
    assert areas[1] > areas[0] - 0.03


@few
@given(st.integers(1, 8), st.integers(0, 99))
def test_effective_rank_counts_directions(rank: int, seed: int) -> None:
    torch.manual_seed(seed)
    basis = torch.linalg.qr(torch.randn(60, rank)).Q @ torch.linalg.qr(torch.randn(8, rank)).Q.T
    assert abs(effective_rank(basis) - rank) < 1e-2


def test_loss_is_symmetric_gated_and_blind_to_length() -> None:
    a, b = torch.randn(2, 30, 5)
    trust = torch.rand(30)
    torch.testing.assert_close(half_loss(a, b, trust), half_loss(3 * b, a, trust))
    assert float(half_loss(a, b, torch.zeros(30))) == 0
    assert float(half_loss(a, 2 * a, trust)) < 1e-6
