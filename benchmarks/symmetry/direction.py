r"""Directions as numbers: the angle, which jumps, against (cos 2θ, sin 2θ) and n nᵀ, which do not.

Zhou et al. (On the Continuity of Rotation Representations in Neural Networks, 1812.07035) show that a representation
that jumps where the thing itself moves on cannot be learned there: near the jump a network answers with the middle,
which is farthest from both. A line has no sense, θ and θ + 180° are one, so (cos 2θ, sin 2θ) is continuous and θ is
not. A plane's normal n is one with −n, so the matrix n nᵀ is continuous (its leading eigenvector gives n back), and n
itself, made to point to one side, is not. (2006.06234 warns that an input that is itself symmetric brings the jump
back, whatever the representation.)

Upright heads have their midline at ±90°, just where θ jumps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from symbrain.learning.line_target import decode, encode
from symbrain.learning.symmetry import Outputs
from symmetry.mechanism import Batch, Mechanism, Model, coded

_FOOT = 10.0  # pixels: the foot is learned in this unit
_NOT_FOR = {"asymmetry": "its answer is a log-odds, which has no direction"}


def plane_matrix(normal: Tensor) -> Tensor:
    """Return n nᵀ (…, 3, 3) of unit normals (…, 3): the same for n and −n."""
    return normal[..., :, None] * normal[..., None, :]


def plane_normal(matrix: Tensor) -> Tensor:
    """Return the leading eigenvector (…, 3) of symmetric matrices, which is known but for its sign."""
    vectors: Tensor = torch.linalg.eigh((matrix + matrix.mT) / 2).eigenvectors
    return vectors[..., -1]


class _Regressed(nn.Module):
    """A line regressed from the pooled latent of a slice: its direction in some numbers, and its foot."""

    def __init__(self, net: nn.Module, model: Model, numbers: int) -> None:
        super().__init__()
        self.net = net
        # Pooled over a grid of its own: where something lies must not be lost.
        self.head = nn.Sequential(nn.Linear(16 * model.width, 64), nn.SiLU(), nn.Linear(64, numbers + 2))
        self.numbers = numbers

    def forward(self, x: Tensor) -> Outputs:
        pooled = functional.adaptive_avg_pool2d(coded(self.net).encode(x), 4).flatten(1)
        raw = self.head(pooled)
        direction, rest = raw[:, : self.numbers], raw[:, self.numbers :]
        if self.numbers == 1:
            angle, offset = direction[:, 0], rest[:, 0] * _FOOT
            return {"line": encode(angle, offset), "angle": angle, "offset": offset}
        unit = functional.normalize(direction, dim=1)
        return {"line": torch.cat([unit, rest * _FOOT], 1)}


class DoubledAngle(Mechanism):
    """The line regressed as (cos 2θ, sin 2θ) and foot, instead of read off a heat map."""

    name: ClassVar[str] = "doubled angle"
    not_for: ClassVar[Mapping[str, str]] = _NOT_FOR

    def prepare(self, net: nn.Module) -> nn.Module:
        """Return the network with a head for the line."""
        return _Regressed(net, self.model, 2)

    def task(self, outputs: Outputs, batch: Batch) -> Tensor:
        """Return the mean squared error of direction and foot."""
        gap = (outputs["line"] - batch["line"]) * torch.tensor([1.0, 1.0, 1 / _FOOT, 1 / _FOOT])
        return gap.square().sum(1).mean()


class PlainAngle(Mechanism):
    """The line regressed as angle in (−90°, 90°] and signed offset: what the others are better than."""

    name: ClassVar[str] = "plain angle"
    not_for: ClassVar[Mapping[str, str]] = _NOT_FOR

    def prepare(self, net: nn.Module) -> nn.Module:
        """Return the network with a head for angle and offset."""
        return _Regressed(net, self.model, 1)

    def task(self, outputs: Outputs, batch: Batch) -> Tensor:
        """Return the mean squared error of angle and offset."""
        angle, offset = decode(batch["line"])
        return (outputs["angle"] - angle).square().mean() + ((outputs["offset"] - offset) / _FOOT).square().mean()
