"""Soft equivariance: the learned strengths order themselves as the symmetries truly are broken."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from scipy import stats
from torch import Tensor

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from symmetry.soft_equivariance import SoftEquivariance
from symmetry_toys import learned, sign, toy

BREAKING = {"reflection": 0.2, "turn": 0.0, "shift": 1.0, "exchange": 0.5}


def test_learned_strengths_order_themselves_as_the_true_breaking_does() -> None:
    """The paper's synthetic functions: of each input a part that its symmetry keeps, and ε of one that it does not."""
    model = toy(4, {name: sign(i, of=4) for i, name in enumerate(BREAKING)})

    def draw(rng: np.random.Generator) -> dict[str, Tensor]:
        x = torch.from_numpy(rng.uniform(-2, 2, size=(128, 4))).float()
        return {"x": x, "y": (x.cos() + torch.tensor(list(BREAKING.values())) * x.sin()).sum(1)}

    taught = learned(SoftEquivariance(model, weight=0.05), draw, passes=800, rate=1e-2)
    strength = taught.mechanism.learned()  # type: ignore[union-attr, operator]
    order = stats.spearmanr([strength[name] for name in BREAKING], list(BREAKING.values())).statistic
    assert order <= -0.9
    assert strength["turn"] > 2 * strength["shift"]


def test_the_best_strength_is_the_inverse_of_the_violation() -> None:
    """The optimum of equation (7) of Kendall and Gal, at any violation."""
    for violation in (0.0, 0.1, 2.0):
        way = SoftEquivariance(toy(2, {"reflection": sign(0, of=2)}), bound=0.05)
        s = torch.linspace(-5, 5, 4001)
        best = s[(s.exp() * (violation + way.bound) - s).argmin()].exp()
        assert abs(float(best) * (violation + way.bound) - 1) < 0.01
