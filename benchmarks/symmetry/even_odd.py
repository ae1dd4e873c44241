r"""The latent in two parts: what a transformation leaves alone, and what it moves in a known way.

SIE (Garrido, Najman and Lecun, Self-supervised Learning of Split Invariant-Equivariant Representations, 2302.10283)
halves the embedding, asks one part to be the same for both views and predicts the other part of the second view from
that of the first by a map ρ(g) that a hyper-network makes from the transformation; a predictor that may not ignore g
keeps the equivariant part from collapsing, VICReg's variance and covariance terms (2105.04906) both.

For the exchange of the sides the split needs no learning. With z = encode(x) and z′ = encode(F x) brought back,

.. math:: e = (z + z') / 2, \qquad o = (z - z') / 2

are exactly even and odd, and ρ(F) is the sign of o. So the even part says how much, the odd part which way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from symbrain.learning.symmetry import Element, Outputs
from symmetry.mechanism import Batch, Mechanism, Model, coded, first
from symmetry.turning import turned

_MOST_TURN = 0.35  # radians, as far as slices are turned


class EvenOdd(nn.Module):
    """A coded network that reads from the even and the odd part.

    The odd part enters squared, which is even. Where the output is one number for each place, it also enters as it
    is, through a product with a gate of the even part: exchanging the sides negates that term exactly.
    """

    def __init__(self, net: nn.Module, model: Model) -> None:
        super().__init__()
        self.net, self.parity = net, model.parity
        self.is_map = model.name == "midline"
        self.mix = nn.Linear(model.width, model.width, bias=False)
        self.gate = nn.Linear(model.width, model.width)

    def parts(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the even and the odd part of the latent."""
        here = coded(self.net).encode(x)
        there = _latent(self.parity, coded(self.net).encode(self.parity.on_input(x)))
        return (here + there) / 2, (here - there) / 2

    def forward(self, x: Tensor) -> Outputs:
        """Return the outputs; a heat map is exactly equivariant, because it is read twice."""
        even, odd = self.parts(x)
        joined = even + self.mix(odd.square().movedim(1, -1)).movedim(-1, 1)
        outputs = coded(self.net).read(joined)
        if not self.is_map:
            return outputs | {"logit": outputs["logit"] + self.side(even, odd)}
        again = self.parity.act_out(coded(self.net).read(_latent(self.parity, joined)))
        return {key: (outputs[key] + again[key]) / 2 for key in outputs}

    def side(self, even: Tensor, odd: Tensor) -> Tensor:
        """Return what speaks for this side and against the other (n,)."""
        out: Tensor = (self.gate(even) * odd).sum(-1)
        return out


class EvenOddSplit(Mechanism):
    """The exact split into parities."""

    name: ClassVar[str] = "even/odd split"

    @property
    def passes(self) -> float:
        """Both sides are encoded."""
        return 2.0

    def prepare(self, net: nn.Module) -> nn.Module:
        """Return the network with its latent in two parts."""
        return EvenOdd(net, self.model)


class TurnPredictor(nn.Module):
    """The hyper-network: from angles (n,) to the maps ρ(g) (n, d, d) by which the equivariant part is moved."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.weights = nn.Linear(2, width * width, bias=False)  # linear in cos and sin, so that it cannot ignore them

    def forward(self, latent: Tensor, angle: Tensor) -> Tensor:
        """Return the equivariant parts (n, d) as they are after turns."""
        maps = self.weights(torch.stack([torch.cos(angle), torch.sin(angle)], -1)).reshape(-1, self.width, self.width)
        return torch.einsum("nij,nj->ni", maps, latent)


def split_loss(here: Tensor, there: Tensor, angle: Tensor, predictor: TurnPredictor) -> Tensor:
    """Return the loss of embeddings (n, d) of two views, the second turned: the last part is to be moved by it."""
    keep = here.shape[1] - predictor.width
    same = functional.mse_loss(here[:, :keep], there[:, :keep])
    moved = functional.mse_loss(predictor(here[:, keep:], angle), there[:, keep:])
    parts = (here[:, :keep], there[:, :keep], here[:, keep:], there[:, keep:])
    return same + moved + torch.stack([_spread(part) for part in parts]).mean()


def _spread(part: Tensor) -> Tensor:
    """Return VICReg's terms of variance and covariance: no channel is constant, no two are the same."""
    centred = part - part.mean(0)
    covariance = centred.T @ centred / max(len(part) - 1, 1)
    variance = torch.relu(1 - (covariance.diagonal() + 1e-4).sqrt()).mean()
    return variance + (covariance - torch.diag(covariance.diagonal())).square().sum() / part.shape[1]


def _latent(element: Element, latent: Tensor) -> Tensor:
    return element.act_out({"latent": latent})["latent"]


class SplitPose(Mechanism):
    """The learned split, of turns in the slice's plane: half of the pooled latent is to follow them.

    Parameters
    ----------
    weight
        Of the loss.
    """

    name: ClassVar[str] = "invariant/equivariant split"
    not_for: ClassVar[Mapping[str, str]] = {
        "asymmetry": "places are described in the upright brain, which is not turned; its parities are the other split"
    }

    def __init__(self, model: Model, weight: float = 0.02) -> None:
        super().__init__(model)
        self.weight = weight
        self.predictor = TurnPredictor(model.width // 2)

    @property
    def passes(self) -> float:
        """The twins are encoded twice more."""
        return 1.5

    def loss(self, net: nn.Module, batch: Batch, outputs: Outputs) -> Tensor:
        """Return the weighted loss of the twins and the turned twins."""
        x = batch["x"][: first(len(batch["x"]))]
        angle = (2 * torch.rand(len(x)) - 1) * _MOST_TURN
        here, there = (coded(net).encode(view).mean((2, 3)) for view in (x, turned(x, angle)))
        return self.weight * split_loss(here, there, angle, self.predictor)
