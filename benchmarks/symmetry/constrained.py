r"""Invariance as a constraint: a multiplier that grows while a symmetry is broken, and vanishes where it is met.

Hounie, Chamon and Ribeiro (Automatic Data Augmentation via Invariance-Constrained Learning, 2209.15031) minimise the
task's loss subject to an invariance that may be broken by ε, by primal descent and dual ascent,

.. math:: \min_\theta L_{task} + \sum_k \lambda_k (v_k - \varepsilon), \qquad
          \lambda_k \leftarrow \max(0, \lambda_k + \eta (v_k - \varepsilon))

and read off the dual variables which invariances the task has. Different here: they draw transformations by Monte
Carlo from a continuous family; our kinds of symmetry are few, so that each has a constraint and a multiplier of its
own. v_k is the mean squared ρ(g) f(x) − f(g x), as in the flip-consistency loss.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from symbrain.learning.symmetry import Outputs
from symmetry.mechanism import TWINS, Batch, Mechanism, Model


class InvarianceConstrained(Mechanism):
    """A multiplier for each symmetry of the model.

    Parameters
    ----------
    slack
        ε: how far a symmetry may be broken, in the unit of the violation.
    ascent
        η: step of the multipliers.
    most
        Largest multiplier: one of a symmetry that the task forbids would grow for ever.
    """

    name: ClassVar[str] = "constrained"
    multiplier: Tensor
    violation: Tensor

    def __init__(self, model: Model, slack: float = 0.05, ascent: float = 0.02, most: float = 5.0) -> None:
        super().__init__(model)
        self.slack, self.ascent, self.most = slack, ascent, most
        self.register_buffer("multiplier", torch.zeros(len(model.symmetries)))
        self.register_buffer("violation", torch.zeros(len(model.symmetries)))

    @property
    def passes(self) -> float:
        """The twins go through once more for each symmetry."""
        return 1 + TWINS * len(self.model.symmetries)

    def loss(self, net: nn.Module, batch: Batch, outputs: Outputs) -> Tensor:
        """Return the Lagrangian's second term, and remember the violations for the dual step."""
        elements = self.model.symmetries.values()
        found = torch.stack([self.model.violation(net, batch, outputs, element) for element in elements])
        self.violation.copy_(found.detach())
        # Cloned: the dual step changes the buffer before anybody looks back.
        return (self.multiplier.clone() * (found - self.slack)).sum()

    def after_step(self) -> None:
        """Take the dual step."""
        self.multiplier.add_(self.ascent * (self.violation - self.slack)).clamp_(0, self.most)

    def learned(self) -> dict[str, float]:
        """Return the multiplier of each symmetry."""
        return dict(zip(self.model.symmetries, self.multiplier.tolist(), strict=True))
