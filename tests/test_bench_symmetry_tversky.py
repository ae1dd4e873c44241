"""Tversky: XOR with one layer, and a difference that changes its sign with the sides exactly."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from heads import few
from symmetry.models import MODELS
from symmetry.tversky import Tversky, TverskyHead, TverskyProjection


def test_xor_with_one_projection_layer() -> None:
    """The paper's example, that no linear layer can do. It hangs on the start: a third of ours find it (2 of 6)."""
    x = torch.tensor([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
    y = torch.tensor([0, 1, 1, 0])

    def solves(layer: nn.Module) -> bool:
        optimiser = torch.optim.Adam(layer.parameters(), 0.03)
        for _ in range(300):
            optimiser.zero_grad()
            nn.functional.cross_entropy(layer(x), y).backward()
            optimiser.step()
        return bool((layer(x).argmax(1) == y).all())

    def layer(seed: int) -> nn.Module:
        torch.manual_seed(seed)
        return TverskyProjection(2, prototypes=2, features=16)

    assert any(solves(layer(seed)) for seed in range(6))
    assert not solves(nn.Linear(2, 2))


@few
@given(st.integers(0, 9999))
def test_the_difference_is_antisymmetric_and_similarity_is_not_symmetric(seed: int) -> None:
    torch.manual_seed(seed)
    similarity = Tversky(6)
    a, b = torch.randn(2, 20, 6)
    with torch.no_grad():
        there, back = similarity(a, b), similarity(b, a)
        torch.testing.assert_close(there - back, -(back - there), atol=0, rtol=0)
        assert float((there - back).abs().max()) > 1e-3
        alike = similarity(a, a)
        torch.testing.assert_close(alike, alike.clamp(min=0))  # nothing lacks what it has itself


def test_with_equal_weights_it_is_symmetric() -> None:
    similarity = Tversky(6)
    with torch.no_grad():
        similarity.weights[:, 1:] = 0.4
        a, b = torch.randn(2, 20, 6)
        torch.testing.assert_close(similarity(a, b), similarity(b, a))


@torch.no_grad()
def test_in_the_network_the_comparisons_odd_part_changes_sign_with_the_sides() -> None:
    torch.manual_seed(0)
    model = MODELS["asymmetry"]()
    net = TverskyHead(model).prepare(model.make())
    net.even.weight.zero_()  # type: ignore[union-attr, operator]
    nn.init.normal_(net.odd.weight)  # type: ignore[union-attr, arg-type]
    x = torch.randn(30, 64)
    # The head of the network is 0 at the start, so that only the comparison speaks, beside a constant.
    here, there = (net(v)["logit"] - net.net.head.bias for v in (x, model.parity.on_input(x)))  # type: ignore[union-attr]
    torch.testing.assert_close(here, -there, atol=1e-5, rtol=1e-5)
    assert float(here.abs().max()) > 1e-3
