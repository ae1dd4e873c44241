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


def test_the_strength_is_the_best_for_the_violation_it_has_seen() -> None:
    """The optimum of equation (7) of Kendall and Gal, at any violation."""
    for violation in (0.0, 0.1, 2.0):
        way = SoftEquivariance(toy(2, {"reflection": sign(0, of=2)}), bound=0.05)
        way.violation.fill_(violation)
        for _ in range(200):
            way.after_step()
        s = torch.linspace(-5, 5, 4001)
        best = s[(s.exp() * (violation + way.bound) - s).argmin()].exp()
        assert abs(way.learned()["reflection"] / float(best) - 1) < 0.01
        assert abs(way.learned()["reflection broken"] - violation) < 0.001


def test_the_last_strengths_are_told_when_the_best_weights_come_back() -> None:
    way = SoftEquivariance(toy(2, {"reflection": sign(0, of=2)}))
    best = {key: value.clone() for key, value in way.state_dict().items()}
    way.violation.zero_()
    way.after_step()
    told = way.learned()
    way.load_state_dict(best)
    assert way.learned() == told != SoftEquivariance(way.model).learned()


def test_a_violation_is_told_as_a_share_of_what_examples_differ_by() -> None:
    """0 exact, 1 unrelated, and the same in any unit."""
    model = toy(2, {"reflection": sign(0, of=2)})
    x = torch.randn(4000, 2, generator=torch.Generator().manual_seed(1))
    for scale in (1.0, 30.0):
        for share in (0.0, 0.3, 1.0):  # of the answer's variance that turns its sign

            def net(x: Tensor, share: float = share, scale: float = scale) -> dict[str, Tensor]:
                return {"y": scale * ((share / 2) ** 0.5 * x[:, 0] + (1 - share / 2) ** 0.5 * x[:, 1])}

            found = model.broken(net, {"x": x}, net(x))  # type: ignore[arg-type]
            assert abs(float(found[0]) - share) < 0.1, (scale, share)
