"""Small tasks on which each mechanism's own finding can be seen in seconds, behind the laboratory's one interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count

import numpy as np
import torch
from torch import Tensor, nn

from symbrain.learning.symmetry import IDENTITY, Element, Outputs
from symmetry.even_odd import TurnPredictor, split_loss
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


def pose_parts(steps: int, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return tilts (n,), and the invariant (n, 4) and the equivariant part (n, 2) that a network makes of new views."""
    torch.manual_seed(0)
    mixing = torch.linalg.qr(torch.randn(6, 6)).Q

    def view(content: Tensor, tilt: Tensor) -> Tensor:
        out: Tensor = torch.cat([content, 2 * torch.stack([tilt.cos(), tilt.sin()], 1)], 1) @ mixing
        return out

    net = nn.Sequential(nn.Linear(6, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 6))
    predictor = TurnPredictor(2)
    optimiser = torch.optim.Adam([*net.parameters(), *predictor.parameters()], 3e-3)
    for _ in range(steps):
        content, tilt, turn = torch.randn(256, 4), 6.2832 * torch.rand(256), 6.2832 * torch.rand(256)
        optimiser.zero_grad()
        split_loss(net(view(content, tilt)), net(view(content, tilt + turn)), turn, predictor).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    tilt = 6.2832 * torch.rand(count)
    with torch.no_grad():
        found = net(view(torch.randn(count, 4), tilt))
    return tilt, found[:, :4], found[:, 4:]
