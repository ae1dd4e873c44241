"""Small tasks on which each mechanism's own finding can be seen in seconds, behind the laboratory's one interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count

import numpy as np
import torch
from torch import Tensor, nn

from symbrain.learning.symmetry import IDENTITY, Element, Outputs
from symmetry.mechanism import Batch, Mechanism, Model
from symmetry.teaching import Budget, Taught, teach


class ToyNet(nn.Module):
    """A perceptron from numbers (n, d) to ``y`` (n,)."""

    def __init__(self, inward: int, width: int = 32) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(inward, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.head = nn.Linear(width, 1)

    def encode(self, x: Tensor) -> Tensor:
        """Return the last hidden layer (n, width)."""
        out: Tensor = self.body(x)
        return out

    def read(self, latent: Tensor) -> Outputs:
        """Return the number."""
        return {"y": self.head(latent)[:, 0]}

    def forward(self, x: Tensor) -> Outputs:
        """Return the number."""
        return self.read(self.encode(x))


def sign(*columns: int, of: int) -> Element:
    """Return the change of sign of some inputs, which leaves the output alone."""
    signs = torch.ones(of).index_fill(0, torch.tensor(columns), -1.0)
    return Element(lambda x: x * signs)


def toy(inward: int, symmetries: Mapping[str, Element], make: Callable[[], nn.Module] | None = None) -> Model:
    """Return a model whose task is a mean squared error, and whose group is its first symmetry."""
    mirror = next(iter(symmetries.values()))
    return Model(
        "toy",
        make or (lambda: ToyNet(inward)),
        lambda outputs, batch: (outputs["y"] - batch["y"]).square().mean(),
        lambda outputs: outputs,
        symmetries,
        (IDENTITY, mirror),
        lambda batch: mirror.on_input(batch["x"]),
        lambda batch: batch.get("trust", torch.ones(len(batch["x"]))),
        mirror,
        width=32,
        weight=1.0,
    )


def learned(
    mechanism: Mechanism,
    draw: Callable[[np.random.Generator], Batch],
    *,
    passes: int = 300,
    batch: int = 128,
    seed: int = 0,
    rate: float = 5e-3,
    last: bool = False,
) -> Taught:
    """Return what a mechanism makes of a network with random weights: the best on examples kept, or the last."""
    torch.manual_seed(seed)
    net = mechanism.model.make()
    kept = draw(np.random.default_rng(10_000))
    turn = count()

    def check(one: nn.Module) -> float:
        if last:
            return -next(turn)
        with torch.no_grad():
            return float(mechanism.model.task(one(kept["x"]), kept))

    taught, _ = teach(net, mechanism, draw, Budget(passes, batch, rate), check, seed=seed)
    return taught.eval()


@torch.no_grad()
def flip_error(taught: nn.Module, model: Model, x: Tensor) -> float:
    """Return the mean |f(F x) − f(x)| of an output that the flip leaves alone."""
    here, there = taught(x)["y"], taught(model.reflection.on_input(x))["y"]
    return float((here - there).abs().mean())


@torch.no_grad()
def r_squared(features: Tensor, wanted: Tensor) -> float:
    """Return how much of numbers (n, k) features (n, d) explain linearly, fitted to one half, told of the other."""
    columns = torch.cat([features, torch.ones(len(features), 1)], 1).double()
    half, wanted = len(columns) // 2, wanted.double()
    weights = torch.linalg.lstsq(columns[:half], wanted[:half], driver="gelsd").solution
    left = (wanted[half:] - columns[half:] @ weights).square().sum()
    return float(1 - left / (wanted[half:] - wanted[half:].mean(0)).square().sum())
