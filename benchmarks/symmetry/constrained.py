r"""Invariance as a constraint: a multiplier that grows while a symmetry is broken, and vanishes where it is met.

Hounie, Chamon and Ribeiro (Automatic Data Augmentation via Invariance-Constrained Learning, 2209.15031) minimise the
task's loss subject to an invariance that may be broken by ε, by primal descent and dual ascent,

.. math:: \min_\theta L_{task} + \sum_k \lambda_k (v_k - \varepsilon), \qquad
          \lambda_k \leftarrow \max(0, \lambda_k + \eta (v_k / \varepsilon - 1))

and read off the dual variables which invariances the task has. Different here: they draw transformations by Monte Carlo
from a continuous family; our kinds of symmetry are few, so that each has a constraint and a multiplier of its own. An
excess is counted in slacks, so that a small ε is reached as fast as a large one. v_k is the mean squared ρ(g) f(x) −
f(g x) as a share of what different examples differ by, so that ε means the same for every model: 0 is exact, 1 is
unrelated. A multiplier rises where a symmetry is hard to meet, unlike the strengths of ``soft_equivariance.py``.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from symbrain.learning.symmetry import Outputs
from symmetry.mechanism import TWINS, Batch, Mechanism, Model

_NEW = 0.05  # share of a step in the mean that is reported
_SLACK = {"asymmetry": 0.007, "midline": 0.1}
"""Half of what plain training leaves of the reflection: 0.013 and 0.19."""


class InvarianceConstrained(Mechanism):
    """A multiplier for each symmetry of the model.

    Parameters
    ----------
    slack
        ε: how far a symmetry may be broken, relative; None takes the model's.
    ascent
        η: step of the multipliers.
    most
        Largest multiplier: one of a symmetry that the task forbids would grow for ever.
    """

    name: ClassVar[str] = "constrained"
    multiplier: Tensor
    violation: Tensor
    mean: Tensor

    def __init__(self, model: Model, slack: float | None = None, ascent: float = 0.001, most: float = 0.1) -> None:
        super().__init__(model)
        self.slack, self.ascent, self.most = slack or _SLACK.get(model.name, 0.05), ascent, most
        # Not among the weights: the best of these are kept, but what is reported is where the multipliers came to.
        for name in ("multiplier", "violation", "mean"):
            self.register_buffer(name, torch.zeros(len(model.symmetries)), persistent=False)

    @property
    def passes(self) -> float:
        """The twins go through once more for each symmetry."""
        return 1 + TWINS * len(self.model.symmetries)

    def loss(self, net: nn.Module, batch: Batch, outputs: Outputs) -> Tensor:
        """Return the Lagrangian's second term, and remember the violations for the dual step."""
        found = self.model.broken(net, batch, outputs)
        self.violation.copy_(found.detach())
        # Cloned: the dual step changes the buffer before anybody looks back.
        return (self.multiplier.clone() * (found - self.slack)).sum()

    def after_step(self) -> None:
        """Take the dual step."""
        self.multiplier.add_(self.ascent * (self.violation / self.slack - 1)).clamp_(0, self.most)
        self.mean.lerp_(self.violation, _NEW)

    def learned(self) -> dict[str, float]:
        """Return the last multiplier of each symmetry, and by how much it was broken beyond the slack then."""
        multiplier = dict(zip(self.model.symmetries, self.multiplier.tolist(), strict=True))
        excess = (self.mean - self.slack).tolist()
        return multiplier | {f"{name} excess": value for name, value in zip(multiplier, excess, strict=True)}
