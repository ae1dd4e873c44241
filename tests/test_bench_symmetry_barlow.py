"""Barlow Twins: the cross-correlation becomes the identity, the side is forgotten, what both views share is kept."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from heads import few
from symbrain.learning.symmetry import Element
from symmetry.barlow import BarlowTwins, barlow_loss, cross_correlation
from symmetry_toys import ToyNet, r_squared, toy

SHARED, OWN = 4, 8
MODEL = toy(SHARED + OWN, {"reflection": Element(lambda x: x)})


def sides(rng: np.random.Generator, count: int) -> tuple[dict[str, Tensor], Tensor, Tensor]:
    """Return places and their homologues: what both share, and what is each side's own; also side and age."""
    shared = rng.normal(size=(count, SHARED))
    side = rng.choice([-1.0, 1.0], count)
    own, other = 2 * rng.normal(size=(2, count, OWN))
    own[:, 0], other[:, 0] = 3 * side, -3 * side
    x, there = (torch.from_numpy(np.concatenate([shared, part], 1)).float() for part in (own, other))
    age = torch.from_numpy(np.tanh(shared[:, :1]) + 0.5 * shared[:, 1:2]).float()
    return {"x": x, "there": there}, torch.from_numpy(side[:, None]).float(), age


@pytest.mark.slow
def test_pretraining_forgets_the_side_and_keeps_the_age() -> None:
    torch.manual_seed(0)
    model = type(MODEL)(**(vars(MODEL) | {"homologue": lambda batch: batch["there"]}))
    net, way = ToyNet(SHARED + OWN), BarlowTwins(model, width=4, off_diagonal=0.5)
    raw = ToyNet(SHARED + OWN)
    optimiser = torch.optim.Adam([*net.parameters(), *way.parameters()], 3e-3)
    for step in range(500):
        optimiser.zero_grad()
        way.pretrain(net, sides(np.random.default_rng([1, step]), 256)[0]).backward()
        optimiser.step()
    batch, side, age = sides(np.random.default_rng(2), 1200)
    with torch.no_grad():
        a, b = (way.projector(net.encode(batch[key])) for key in ("x", "there"))
        correlation = cross_correlation(a, b)
        said, before = a, raw.encode(batch["x"])
    diagonal = correlation.diagonal()
    off = correlation[~torch.eye(len(correlation), dtype=torch.bool)]
    assert float(off.square().mean()) < 0.01 * float(diagonal.square().mean())
    assert float(diagonal.min()) > 0.9
    assert r_squared(said, side) < 0.05  # chance
    few_rows = slice(0, 60)  # with few labels, random features overfit what is each side's own
    assert r_squared(said[few_rows], age[few_rows]) > r_squared(before[few_rows], age[few_rows])


@few
@given(st.integers(0, 999))
def test_loss_is_least_at_views_that_agree_and_constant_channels_cost(seed: int) -> None:
    torch.manual_seed(seed)
    z = torch.linalg.qr(nn.functional.normalize(torch.randn(64, 6) - 0.0, dim=0) - 0.0).Q
    z = z - z.mean(0)
    z = torch.linalg.svd(z, full_matrices=False).U  # centred and uncorrelated
    assert float(barlow_loss(z, 5 * z + 2)) < 1e-4
    assert float(barlow_loss(torch.ones(64, 6), torch.ones(64, 6))) >= 5.9
    assert float(barlow_loss(z, -z)) > 20
