r"""The flip of the data, and the loss that asks for it: the reference that all others are compared with.

*Augmentation*: each example of a batch is moved by one of the flips, its label along with it. *Consistency*: the mean
squared ρ(g) f(x) − f(g x) of the raw network, as the product has it (``symbrain.learning.symmetry``). *Exact*: the
average over the flips at inference, whatever was learned (Frame Averaging, 2110.03336, equation 4). The product has all
three at once.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from symbrain.learning.symmetry import Outputs, Symmetrised
from symmetry.mechanism import TWINS, Batch, Mechanism, Model


class FlipAugmentation(Mechanism):
    """Each flip for an equal share of every batch."""

    name: ClassVar[str] = "flip augmentation"

    def augment(self, batch: Batch, rng: np.random.Generator) -> Batch:
        """Return the batch in an order drawn anew, each part moved by its own flip."""
        order = torch.from_numpy(rng.permutation(len(batch["x"])))
        parts = [
            self.model.moved({key: value[rows] for key, value in batch.items()}, element)
            for element, rows in zip(self.model.group, order.chunk(len(self.model.group)), strict=False)
        ]
        return {key: torch.cat([part[key] for part in parts]) for key in batch}


class FlipConsistency(Mechanism):
    """The product's loss in output space; the flips take turns.

    Parameters
    ----------
    weight
        Of the loss; None takes the product's.
    """

    name: ClassVar[str] = "flip consistency"
    steps: Tensor

    def __init__(self, model: Model, weight: float | None = None) -> None:
        super().__init__(model)
        self.weight = model.weight if weight is None else weight
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))

    @property
    def passes(self) -> float:
        """The twins go through a second time."""
        return 1 + TWINS

    def loss(self, net: nn.Module, batch: Batch, outputs: Outputs) -> Tensor:
        """Return the weighted mean squared ρ(g) f(x) − f(g x) of the twins."""
        flips = self.model.group[1:]
        element = flips[int(self.steps) % len(flips)]
        return self.weight * self.model.violation(net, batch, outputs, element)

    def after_step(self) -> None:
        """Let the next flip have its turn."""
        self.steps += 1


class ExactAtInference(Mechanism):
    """Plain training; the average over the flips in use."""

    name: ClassVar[str] = "exact at inference"

    def infer(self, net: nn.Module, x: Tensor) -> Outputs:
        """Return the outputs averaged over the flips."""
        out: Outputs = Symmetrised(net, self.model.group)(x)
        return out


class AsInProduct(FlipAugmentation, FlipConsistency, ExactAtInference):
    """All three: the data flipped, the loss beside the task, the average in use."""

    name: ClassVar[str] = "as in the product"
