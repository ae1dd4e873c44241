"""Invariance-constrained learning: the multiplier tells a symmetry that is met from one that the task forbids."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from symbrain.learning.symmetry import Element
from symmetry.constrained import InvarianceConstrained
from symmetry.mechanism import Batch, Mechanism
from symmetry_toys import ToyNet, learned, sign, toy

SIX = torch.tensor([
    [0, 0, 1, 1, 0, 0], [0, 1, 0, 0, 0, 0], [0, 1, 1, 1, 0, 0],
    [0, 1, 0, 0, 1, 0], [0, 1, 0, 0, 1, 0], [0, 0, 1, 1, 0, 0],
]).float().flatten()  # fmt: skip


class Digits(ToyNet):
    """It sees a picture of 36 pixels, and of two more numbers only their sum: exchanging these is met already."""

    def __init__(self) -> None:
        super().__init__(37)

    def encode(self, x: Tensor) -> Tensor:
        return super().encode(torch.cat([x[:, :36], x[:, 36:].sum(1, keepdim=True)], 1))


def digits(rng: np.random.Generator) -> Batch:
    """Return sixes (0) and nines (1), which are sixes upside down."""
    nine = torch.from_numpy(rng.integers(0, 2, 96)).bool()
    picture = torch.where(nine[:, None], SIX.flip(0), SIX) + torch.from_numpy(rng.normal(0, 0.1, (96, 36))).float()
    return {"x": torch.cat([picture, torch.from_numpy(rng.normal(size=(96, 2))).float()], 1), "y": nine.float()}


def test_multiplier_grows_for_the_turn_that_makes_a_six_a_nine_and_vanishes_for_what_is_met() -> None:
    turn = Element(lambda x: torch.cat([x[:, :36].flip(1), x[:, 36:]], 1))
    exchange = Element(lambda x: torch.cat([x[:, :36], x[:, 36:].flip(1)], 1))
    way = InvarianceConstrained(toy(38, {"turn": turn, "exchange": exchange}, Digits), slack=0.5, ascent=5e-5)
    taught = learned(way, digits, passes=240, batch=96, last=True)
    multiplier = way.learned()
    assert multiplier["exchange"] == 0
    assert multiplier["turn"] > 0.01
    assert multiplier["turn excess"] > 1  # a contrary answer: 2
    batch = digits(np.random.default_rng(1))
    with torch.no_grad():  # the task is bent, and not given up
        assert float(((taught(batch["x"])["y"] > 0.5) == (batch["y"] > 0.5)).float().mean()) > 0.9


@pytest.mark.slow
def test_the_constraint_is_met_in_the_end_where_it_can_be() -> None:
    """Few noisy examples of a function with the symmetry: plain training fits the noise and breaks it."""
    model, data = toy(3, {"reflection": sign(0, of=3)}), np.random.default_rng(3)
    x = torch.from_numpy(data.normal(size=(48, 3))).float()
    y = x[:, 0].cos() + x[:, 1] + 0.7 * torch.from_numpy(data.normal(size=48)).float()

    def draw(rng: np.random.Generator) -> Batch:
        rows = torch.from_numpy(rng.permutation(48))
        return {"x": x[rows], "y": y[rows]}

    way = InvarianceConstrained(model, slack=0.05, ascent=0.015, most=5.0)
    violations = []
    for one in (Mechanism(model), way):
        taught = learned(one, draw, passes=500, batch=48, last=True)
        with torch.no_grad():
            violations.append(float(model.broken(taught, {"x": x}, taught(x))[0]))
    assert violations[0] > 2 * way.slack
    assert violations[1] <= 1.1 * way.slack


def test_the_dual_step_is_projected() -> None:
    model = toy(2, {"reflection": sign(0, of=2), "turn": sign(1, of=2)})
    way = InvarianceConstrained(model, slack=0.1, ascent=1.0, most=2.0)
    way.violation.copy_(torch.tensor([0.0, 9.0]))
    way.after_step()
    assert [way.learned()[name] for name in ("reflection", "turn")] == [0.0, 2.0]
    assert way.learned()["turn excess"] > 0 > way.learned()["reflection excess"]
