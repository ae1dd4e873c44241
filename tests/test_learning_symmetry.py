"""The average over a group makes any network equivariant; the loss says how far a raw one is from it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from symbrain.learning.symmetry import IDENTITY, Element, Symmetrised, consistency_loss, flip, negated

ROWS = Element(flip(-2), {"map": flip(-2), "odd": negated})
COLUMNS = Element(flip(-1), {"map": flip(-1)})
BOTH = Element(flip(-2, -1), {"map": flip(-2, -1), "odd": negated})
GROUP = (IDENTITY, ROWS, COLUMNS, BOTH)


class Raw(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.conv = nn.Conv2d(1, 2, 3, padding=1)
        self.head = nn.Linear(48, 2)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        y = torch.tanh(self.conv(x))
        whole = self.head(y[:, 0].flatten(1))
        return {"map": y[:, :1], "even": whole[:, 0], "odd": whole[:, 1]}


def test_average_is_exactly_equivariant() -> None:
    net, x = Symmetrised(Raw(), GROUP), torch.randn(3, 1, 6, 8)
    plain = net(x)
    for element in GROUP:
        flipped, expected = net(element.on_input(x)), element.act_out(plain)
        for key in plain:
            assert torch.allclose(flipped[key], expected[key], atol=1e-6), key
    assert plain["odd"].abs().min() > 1e-4  # not zero by accident


def test_loss_is_zero_only_for_an_equivariant_network() -> None:
    x = torch.randn(3, 1, 6, 8)
    raw, exact = Raw(), Symmetrised(Raw(), GROUP)
    assert consistency_loss(raw(x), raw(ROWS.on_input(x)), ROWS) > 1e-3
    assert consistency_loss(exact(x), exact(ROWS.on_input(x)), ROWS) < 1e-12
    assert consistency_loss(raw(x), raw(x), IDENTITY) == 0
