r"""Soft equivariance under mixed symmetries: a regulariser for each symmetry, its strength learned.

Kim, Lee, Yang and Lee (Regularizing Towards Soft Equivariance Under Mixed Symmetries, 2306.00356) add one equivariance
regulariser R_k for each kind of symmetry, tune the strengths λ_k while training, and find that these come to tell how
far each symmetry truly holds. Different here: their R_k is measured on the weights of layers with a known projection;
ours on outputs, r_k = mean (ρ(g) f(x) − f(g x))² as a share of what different examples differ by, so that any network
has it, 0 is exact and 1 is unrelated. And the strengths are the ones that a Gaussian of unknown width asks for (Kendall
and Gal, 1703.04977, equation 7):

.. math:: L = L_{task} + w \sum_k \left[ \lambda_k (r_k + \delta) - \log \lambda_k \right]

whose best λ_k is 1 / (r_k + δ): strong where the task leaves a symmetry alone, weak where it has to break it. It is
taken in closed form, at a running mean of r_k: an optimiser's step moves log λ by a learning rate at most, which is a
clock and no finding. δ bounds the reward of being exact, without which every symmetry would be forced in the end.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from symbrain.learning.symmetry import Outputs
from symmetry.mechanism import TWINS, Batch, Mechanism, Model

_NEW = 0.05  # share of a step in the running mean


class SoftEquivariance(Mechanism):
    """A learned strength for each symmetry of the model.

    Parameters
    ----------
    weight, bound
        w and δ. At a w of 0.01 all symmetries of the places are forced, and all strengths come to 1 / δ.
    """

    name: ClassVar[str] = "soft equivariance"
    violation: Tensor
    mean: Tensor

    def __init__(self, model: Model, weight: float = 0.001, bound: float = 0.01) -> None:
        super().__init__(model)
        self.weight, self.bound = weight, bound
        # Not among the weights: the best of these are kept, but what is reported is where the strengths came to.
        self.register_buffer("violation", torch.ones(len(model.symmetries)), persistent=False)
        self.register_buffer("mean", torch.ones(len(model.symmetries)), persistent=False)

    @property
    def passes(self) -> float:
        """The twins go through once more for each symmetry."""
        return 1 + TWINS * len(self.model.symmetries)

    def loss(self, net: nn.Module, batch: Batch, outputs: Outputs) -> Tensor:
        """Return the weighted sum over the symmetries."""
        found = self.model.broken(net, batch, outputs)
        self.violation.copy_(found.detach())
        log_strength = self.log_strength
        return self.weight * (log_strength.exp() * (found + self.bound) - log_strength).sum()

    @property
    def log_strength(self) -> Tensor:
        """The best log λ (symmetries,) at the running mean of the violations."""
        return -(self.mean + self.bound).log()

    def after_step(self) -> None:
        """Follow the violations."""
        self.mean.lerp_(self.violation, _NEW)

    def learned(self) -> dict[str, float]:
        """Return the last strength of each symmetry, and how far it was broken then, relative."""
        strength = dict(zip(self.model.symmetries, self.log_strength.exp().tolist(), strict=True))
        return strength | {f"{name} broken": value for name, value in zip(strength, self.mean.tolist(), strict=True)}
