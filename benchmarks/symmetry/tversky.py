r"""Tversky's directional similarity between the hemispheres.

How like left is to right need not be how like right is to left. Tversky (1977) compares things as sets of features;
Doumbouya, Jurafsky and Manning (Tversky Neural Networks, 2506.11035) make that differentiable. With a learned bank of
features f_k, a thing a has feature k as far as a · f_k is positive, and

.. math:: S(a, b) = \theta\, g(A \cap B) - \alpha\, g(A \setminus B) - \beta\, g(B \setminus A)

where A ∩ B sums the products of what both have, and A ∖ B what a has and b lacks (their "ignorematch"). A stroke adds
to one side what the other lacks, so with α ≠ β the difference S(L, R) − S(R, L) has a sign: the side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from symbrain.learning.symmetry import Outputs
from symmetry.mechanism import Mechanism, Model, coded


class Tversky(nn.Module):
    """From two things (n, d) to how like the first is to the second, of several banks of features (n, banks).

    Parameters
    ----------
    width, features, banks
        Channels of a thing, features of a bank, and banks, each with its own θ, α and β.
    """

    def __init__(self, width: int, features: int = 16, banks: int = 4) -> None:
        super().__init__()
        self.banks = banks
        self.features = nn.Parameter(torch.randn(banks * features, width) / width**0.5)
        # α and β start apart: alike they are a symmetric similarity.
        self.weights = nn.Parameter(torch.tensor([1.0, 0.8, 0.2]).repeat(banks, 1))

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """Return S(a, b)."""
        in_a, in_b = a @ self.features.T, b @ self.features.T
        common = torch.relu(in_a) * torch.relu(in_b)
        only_a = torch.relu(in_a) * (in_b <= 0)
        only_b = torch.relu(in_b) * (in_a <= 0)
        measures = [m.reshape(*m.shape[:-1], self.banks, -1).sum(-1) for m in (common, only_a, only_b)]
        theta, alpha, beta = self.weights.unbind(1)
        out: Tensor = theta * measures[0] - alpha * measures[1] - beta * measures[2]
        return out


class TverskyProjection(nn.Module):
    """Their layer: how like a thing (n, d) is to each of some learned prototypes (n, prototypes)."""

    def __init__(self, width: int, prototypes: int, features: int) -> None:
        super().__init__()
        self.similarity = Tversky(width, features, banks=1)
        self.prototypes = nn.Parameter(torch.randn(prototypes, width))

    def forward(self, x: Tensor) -> Tensor:
        """Return the similarities."""
        columns = [self.similarity(x, p.expand_as(x)) for p in self.prototypes]
        return torch.cat(columns, -1)


class _Compared(nn.Module):
    """A coded network whose log-odds also hear how like a place is to its homologue, in both directions."""

    def __init__(self, net: nn.Module, model: Model) -> None:
        super().__init__()
        self.net, self.exchange = net, model.parity.on_input
        self.similarity = Tversky(model.width)
        self.even = nn.Linear(self.similarity.banks, 1, bias=False)
        self.odd = nn.Linear(self.similarity.banks, 1, bias=False)

    def forward(self, x: Tensor) -> Outputs:
        here, there = coded(self.net).encode(x), coded(self.net).encode(self.exchange(x))
        out, back = self.similarity(here, there), self.similarity(there, here)
        said = self.even(out + back) + self.odd(out - back)
        outputs = coded(self.net).read(here)
        return outputs | {"logit": outputs["logit"] + said[:, 0]}


class TverskyHead(Mechanism):
    """The comparison as a further part of the log-odds."""

    name: ClassVar[str] = "tversky head"
    not_for: ClassVar[Mapping[str, str]] = {
        "midline": "two sides can be compared only once the midline is known, which is what this model looks for"
    }

    @property
    def passes(self) -> float:
        """Both sides are encoded and compared with a bank of features: measured, 2.8."""
        return 2.8

    def prepare(self, net: nn.Module) -> nn.Module:
        """Return the network with the comparison."""
        return _Compared(net, self.model)
