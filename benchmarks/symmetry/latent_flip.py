r"""Flip consistency in latent space: a learned map moves the latent as the flip moves the input.

TransIP (2510.00027) makes a network without built-in symmetry equivariant by a loss on its latent,

.. math:: L = \lVert T_g\, z(x) - z(g x) \rVert^2

with a learned T_g. Here g is one of the flips and T_g mixes the channels, one matrix for each flip; where the latent is
a map, its places are flipped too. A flip is its own inverse, so T_g T_g should be the identity: nothing asks for it,
and ``involution_error`` says how far it came to be. Different here: the loss is relative to the latent's own size, held
fixed, so that a small latent gains nothing.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from symbrain.learning.symmetry import Outputs
from symmetry.mechanism import TWINS, Batch, Mechanism, Model, coded, first


def transported(latent: Tensor, matrix: Tensor) -> Tensor:
    """Return latents (n, channels, …) with their channels mixed by a matrix (channels, channels)."""
    return torch.einsum("ij,nj...->ni...", matrix, latent)


def relative_gap(found: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean squared difference relative to the spread of what is wanted, which is held fixed."""
    spread = wanted.detach().square().mean().clamp(min=1e-6)
    return (found - wanted).square().mean() / spread


@torch.no_grad()
def involution_error(latent: Tensor, matrix: Tensor) -> float:
    """Return ‖T T z − z‖ relative to ‖z‖: 0 where moving latents twice changes nothing.

    Of latents, and not of T itself: in directions that no latent uses, T is whatever it happened to be.
    """
    return float((transported(transported(latent, matrix), matrix) - latent).norm() / latent.norm().clamp(min=1e-6))


class LatentFlip(Mechanism):
    """The loss in latent space, with a matrix for each flip.

    Parameters
    ----------
    weight
        Of the loss.
    """

    name: ClassVar[str] = "latent flip"
    steps: Tensor
    involution: Tensor

    def __init__(self, model: Model, weight: float = 0.1) -> None:
        super().__init__(model)
        self.weight = weight
        self.register_buffer("involution", torch.zeros(len(model.group) - 1))
        self.matrices = nn.ParameterList(nn.Parameter(torch.eye(model.width)) for _ in model.group[1:])
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))

    @property
    def passes(self) -> float:
        """The twins are encoded twice more, and read no more."""
        return 1 + 2 * TWINS

    def loss(self, net: nn.Module, batch: Batch, outputs: Outputs) -> Tensor:
        """Return the weighted gap between the moved latent and the latent of the moved input."""
        which = int(self.steps) % len(self.matrices)
        element, x = self.model.group[1 + which], batch["x"][: first(len(batch["x"]))]
        here, there = coded(net).encode(x), coded(net).encode(element.on_input(x))
        moved = element.act_out({"latent": transported(here, self.matrices[which])})["latent"]
        self.involution[which] = involution_error(here, self.matrices[which])
        return self.weight * relative_gap(moved, there)

    def after_step(self) -> None:
        """Let the next flip have its turn."""
        self.steps += 1

    def learned(self) -> dict[str, float]:
        """Return how far each map of latents is from being its own inverse."""
        return {f"involution {i}": value for i, value in enumerate(self.involution.tolist())}
