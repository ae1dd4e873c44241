"""What is measured of a network: scores of heads, errors of lines, and how far a symmetry is broken."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from intervals import auroc
from symbrain.learning.symmetry import Outputs
from symmetry.judgement import _scores, in_words, line_errors, measure
from symmetry.mechanism import Mechanism
from symmetry.models import MODELS, SIDE
from symmetry.teaching import Taught


def judged(places: int = 50) -> dict[str, np.ndarray]:
    """Return twelve heads of one age, every second changed; the places are noise, the side is told."""
    rng, number = np.random.default_rng(0), np.repeat(np.arange(12), places)
    x = rng.normal(size=(len(number), 64)).astype(np.float32)
    x[:, SIDE] = np.sign(x[:, SIDE])
    about = {"number": number, "sick": number % 2, "seed": number // 2, "t1w": np.zeros(len(number))}
    return about | {"x": x, "weeks": np.full(len(number), 40.0), "share": (number % 2).astype(np.float32)}


def test_a_head_scores_by_its_worst_places_and_a_line_errs_by_angle_and_offset() -> None:
    heads, rng = judged(), np.random.default_rng(0)
    logit = rng.normal(size=600)
    logit[heads["sick"] == 1] += np.tile(np.where(np.arange(50) < 6, 9, -9), 6)
    assert auroc(*_scores(logit, heads)) == 1.0
    truth = torch.tensor([[-1.0, 0.0, 3.0, 0.0]])  # x = 3
    moved = torch.tensor([[-1.0, 0.0, 5.0, 0.0]])
    angle, offset = line_errors(moved, {"line": truth.numpy(), "pixel_mm": np.array([1.5])})
    assert (angle[0] < 1e-3, offset[0]) == (True, pytest.approx(3.0))


class _Sided(nn.Module):
    """It says a mixture of the side and of something that both sides share; ``side`` is the side's part of variance."""

    def __init__(self, side: float) -> None:
        super().__init__()
        self.side = side

    def forward(self, x: Tensor) -> Outputs:
        return {"logit": 7 * (self.side**0.5 * x[:, SIDE] + (1 - self.side) ** 0.5 * x[:, -1])}


@pytest.mark.parametrize("side", [0.0, 0.25, 0.5])
def test_broken_is_nothing_for_what_the_mirror_leaves_alone_and_one_for_the_unrelated(side: float) -> None:
    """A share s of the variance that turns its sign: 4 s over 2."""
    model, heads = MODELS["asymmetry"](), judged(500)
    found = measure(Taught(_Sided(side), Mechanism(model)), model, heads, heads)
    assert found["broken"] == pytest.approx(2 * side, abs=0.06)
    assert found["equivariance"] == pytest.approx((2 * side) ** 0.5, abs=0.06)  # |2 s| over the spread of √2
    assert found["auroc"] == auroc(*([float(v) for v in part.split()] for part in found["scores"].split(" | ")))


def test_figures_of_heads_are_held_in_three_digits() -> None:
    assert in_words([[1.23456, -0.5], [12345.0]]) == "1.23 -0.5 | 1.23e+04"
