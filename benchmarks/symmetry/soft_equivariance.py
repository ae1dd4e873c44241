r"""Soft equivariance under mixed symmetries: a regulariser for each symmetry, its strength learned.

Kim, Lee, Yang and Lee (Regularizing Towards Soft Equivariance Under Mixed Symmetries, 2306.00356) add one equivariance
regulariser R_k for each kind of symmetry, tune the strengths λ_k while training, and find that these come to tell how
far each symmetry truly holds. Different here: their R_k is measured on the weights of layers with a known projection;
ours on outputs, r_k = mean (ρ(g) f(x) − f(g x))², so that any network has it. And the strengths are the ones that a
Gaussian of unknown width asks for (Kendall and Gal, 1703.04977, equation 7):

.. math:: L = L_{task} + w \sum_k \left[ \lambda_k (r_k + \delta) - \log \lambda_k \right]

whose best λ_k is 1 / (r_k + δ): strong where the task leaves a symmetry alone, weak where it has to break it. δ bounds
the reward of being exact, without which every symmetry would be forced in the end.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from symbrain.learning.symmetry import Outputs
from symmetry.mechanism import TWINS, Batch, Mechanism, Model


class SoftEquivariance(Mechanism):
    """A learned strength for each symmetry of the model.

    Parameters
    ----------
    weight, bound
        w and δ.
    """

    name: ClassVar[str] = "soft equivariance"

    def __init__(self, model: Model, weight: float = 0.01, bound: float = 0.01) -> None:
        super().__init__(model)
        self.weight, self.bound = weight, bound
        self.log_strength = nn.Parameter(torch.zeros(len(model.symmetries)))

    @property
    def passes(self) -> float:
        """The twins go through once more for each symmetry."""
        return 1 + TWINS * len(self.model.symmetries)

    def loss(self, net: nn.Module, batch: Batch, outputs: Outputs) -> Tensor:
        """Return the weighted sum over the symmetries."""
        found = [self.model.violation(net, batch, outputs, element) for element in self.model.symmetries.values()]
        strength = self.log_strength.exp()
        return self.weight * (strength * (torch.stack(found) + self.bound) - self.log_strength).sum()

    def learned(self) -> dict[str, float]:
        """Return the strength of each symmetry."""
        return dict(zip(self.model.symmetries, self.log_strength.detach().exp().tolist(), strict=True))
