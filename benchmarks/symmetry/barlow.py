r"""Barlow Twins before the task: a place and its mirrored homologue are two views of one thing.

Zbontar et al. (2103.03230, equations 1 and 2): with z^A, z^B the projections of two views, standardised over the batch,

.. math:: C_{ij} = \frac{1}{n} \sum_b z^A_{bi} z^B_{bj}, \qquad
          L = \sum_i (1 - C_{ii})^2 + \lambda \sum_{i \ne j} C_{ij}^2

so that each channel is the same in both views and says what no other says: no negative examples, and no collapse,
because a constant channel correlates with nothing. Views: the healthy examples and their homologues, each with a noise
of its own. The projector is thrown away afterwards.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from symmetry.mechanism import Batch, Mechanism, Model, coded, vectors

_MOST = 1024  # vectors of a step: the places of latent maps are many
_NOISE = 0.1  # of the spread over the batch


def cross_correlation(a: Tensor, b: Tensor) -> Tensor:
    """Return the correlation (c, c) of the channels of two views (n, c) over the batch."""
    a, b = ((z - z.mean(0)) / z.std(0, unbiased=False).clamp(min=1e-5) for z in (a, b))
    return a.T @ b / len(a)


def barlow_loss(a: Tensor, b: Tensor, off_diagonal: float = 0.1) -> Tensor:
    """Return the loss of two views (n, c); the paper's λ of 0.005 is for its 8192 channels."""
    found = cross_correlation(a, b)
    diagonal = found.diagonal()
    return (1 - diagonal).square().sum() + off_diagonal * (found.square().sum() - diagonal.square().sum())


class BarlowTwins(Mechanism):
    """A fifth of the budget before the task is learned; nothing afterwards.

    Parameters
    ----------
    width
        Of the projector.
    off_diagonal
        λ of the loss.
    """

    name: ClassVar[str] = "barlow twins"
    pretraining: ClassVar[float] = 0.2

    def __init__(self, model: Model, width: int = 64, off_diagonal: float = 0.1) -> None:
        super().__init__(model)
        self.off_diagonal = off_diagonal
        self.projector = nn.Sequential(nn.Linear(model.width, width), nn.SiLU(), nn.Linear(width, width))

    def pretrain(self, net: nn.Module, batch: Batch) -> Tensor:
        """Return the loss of a batch's healthy examples and their homologues."""
        healthy = self.model.trust(batch) > 0
        views = (batch["x"][healthy], self.model.homologue(batch)[healthy])
        spread = batch["x"].std(0, keepdim=True)
        a, b = (vectors(coded(net).encode(v + _NOISE * spread * torch.randn_like(v))) for v in views)
        rows = torch.randperm(len(a))[:_MOST]
        return barlow_loss(self.projector(a[rows]), self.projector(b[rows]), self.off_diagonal)
