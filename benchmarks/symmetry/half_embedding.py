r"""Half embeddings: the two sides of a healthy brain are to be coded alike, as far as its pose is trusted.

SymFace (2409.11816) splits a face at its midline and adds to the recognition loss the distance of the embeddings of the
two halves, for faces that look straight ahead, which three landmarks tell. Here the halves are the homologous places of
a brain, or a slice and the slice mirrored at its midline, the gate is how well the two mirror each other, and a place
that was changed is left out:

.. math:: L = w\, \operatorname{mean}\left( \rho\, \lVert h(x) - h(F x) \rVert^2 \right), \qquad
          h = z / \lVert z \rVert

An embedding that is the same everywhere would meet this too. ``effective_rank`` tells it: the exponential of the
entropy of the singular values (Roy and Vetterli 2007), 1 where all embeddings lie on one line.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from symbrain.learning.symmetry import Outputs
from symmetry.mechanism import TWINS, Batch, Mechanism, Model, coded, first, vectors

_MOST = 512  # embeddings whose rank is told


def half_loss(here: Tensor, there: Tensor, trust: Tensor) -> Tensor:
    """Return the gated mean squared distance of the normalised embeddings (n, c) or (n, c, h, w) of both halves."""
    gap = (functional.normalize(here, dim=1) - functional.normalize(there, dim=1)).square().sum(1)
    return (trust * gap.reshape(len(gap), -1).mean(1)).mean()


def effective_rank(embeddings: Tensor) -> float:
    """Return how many directions embeddings (n, c) use, 1 to c."""
    values = torch.linalg.svdvals(embeddings)
    share = values / values.sum().clamp(min=1e-12)
    return float(torch.exp(-(share * share.clamp(min=1e-12).log()).sum()))


class HalfEmbedding(Mechanism):
    """The gated loss between the halves.

    Parameters
    ----------
    weight
        Of the loss.
    gated
        Whether examples count as far as they are trusted; else all that are healthy count alike.
    """

    name: ClassVar[str] = "half embedding"
    rank: Tensor

    def __init__(self, model: Model, weight: float = 0.1, *, gated: bool = True) -> None:
        super().__init__(model)
        self.weight, self.gated = weight, gated
        self.register_buffer("rank", torch.zeros(()))

    @property
    def passes(self) -> float:
        """The twins are encoded twice more."""
        return 1 + 2 * TWINS

    def loss(self, net: nn.Module, batch: Batch, outputs: Outputs) -> Tensor:
        """Return the weighted loss of the twins."""
        few = {key: value[: first(len(batch["x"]))] for key, value in batch.items()}
        trust = self.model.trust(few)
        here, there = (coded(net).encode(x) for x in (few["x"], self.model.homologue(few)))
        self.rank.fill_(effective_rank(vectors(here.detach())[:_MOST]))
        return self.weight * half_loss(here, there, trust if self.gated else (trust > 0).to(trust))

    def learned(self) -> dict[str, float]:
        """Return how many directions the embeddings use in the end: 1 is collapse."""
        return {"effective rank": float(self.rank)}
