"""The split latent: the exchange negates the odd part exactly; a learned split keeps the pose in one part only."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from symmetry.even_odd import EvenOdd, EvenOddSplit
from symmetry.models import MODELS
from symmetry_toys import pose_parts, r_squared


def ready(name: str) -> tuple[EvenOdd, torch.Tensor]:
    torch.manual_seed(0)
    model = MODELS[name]()
    net = EvenOddSplit(model).prepare(model.make()).eval()
    for parameter in net.parameters():
        nn.init.normal_(parameter, std=0.1)
    assert isinstance(net, EvenOdd)
    return net, torch.randn(6, 1, 96, 96) if name == "midline" else torch.randn(40, 64)


@pytest.mark.parametrize("name", ["midline", "asymmetry"])
@torch.no_grad()
def test_swap_negates_the_odd_part_and_leaves_the_even_part(name: str) -> None:
    net, x = ready(name)
    latent = net.parity.on_output.get("latent", lambda z: z)
    (even, odd), (even_there, odd_there) = net.parts(x), net.parts(net.parity.on_input(x))
    torch.testing.assert_close(even_there, latent(even), atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(odd_there, -latent(odd), atol=1e-6, rtol=1e-5)
    assert float(odd.abs().max()) > 1e-3


@torch.no_grad()
def test_the_side_of_a_place_is_the_opposite_of_its_homologues_and_heat_maps_are_equivariant() -> None:
    net, x = ready("asymmetry")
    here, there = net(x)["logit"], net(net.parity.on_input(x))["logit"]
    even, odd = net.parts(x)
    torch.testing.assert_close(here - there, 2 * net.side(even, odd), atol=1e-5, rtol=1e-4)
    net, x = ready("midline")
    torch.testing.assert_close(
        net(net.parity.on_input(x))["heat"], net.parity.act_out(net(x))["heat"], atol=1e-4, rtol=1e-4
    )


@pytest.mark.slow
def test_tilt_is_told_by_the_equivariant_part_and_not_by_the_invariant_part() -> None:
    """SIE's own probe: R² of the pose from either part, on examples that were not learned from."""
    tilt, still, moved = pose_parts(700, 2000)
    pose = torch.stack([tilt.cos(), tilt.sin()], 1)
    assert r_squared(moved, pose) >= 0.9
    assert r_squared(still, pose) <= 0.05
    assert float(np.min(torch.cat([still, moved], 1).std(0).numpy())) > 0.3  # no part collapsed
