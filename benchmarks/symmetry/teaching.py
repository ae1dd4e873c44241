"""Training with a mechanism, for a budget that all mechanisms share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from symbrain.learning.loop import History, Schedule, train
from symbrain.learning.symmetry import Outputs
from symmetry.mechanism import Batch, Mechanism

_PRETRAINED_PASSES = 2.0  # both views are encoded
_ADDED = 10_000
_FORGOTTEN = 20  # running means of the weights that one training has room for


@dataclass(frozen=True)
class Budget:
    """What all mechanisms share.

    Parameters
    ----------
    passes
        Of a batch through the network, forward and back: as many steps of plain training.
    batch
        Examples.
    learning_rate
        Highest; see ``symbrain.learning.loop``.
    """

    passes: int
    batch: int
    learning_rate: float = 3e-3

    def steps(self, mechanism: Mechanism) -> int:
        """Return how many steps of the task it buys."""
        return max(2, round(self.passes * (1 - mechanism.pretraining) / mechanism.passes))

    def first_steps(self, mechanism: Mechanism) -> int:
        """Return how many steps it buys before the task."""
        return round(self.passes * mechanism.pretraining / _PRETRAINED_PASSES)


class Taught(nn.Module):
    """A network with what it is taught by: both are learned together, and used together."""

    def __init__(self, net: nn.Module, mechanism: Mechanism) -> None:
        super().__init__()
        self.net, self.mechanism = net, mechanism
        self.has_stepped = False

    def forward(self, x: Tensor) -> Outputs:
        """Return the outputs in use."""
        return self.mechanism.infer(self.net, x)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return the parts of the loss; the step before is followed up first, since no loop tells when it is over."""
        if self.has_stepped:
            self.mechanism.after_step()
        self.has_stepped = True
        outputs: Outputs = self.net(batch["x"])
        task, own = self.mechanism.task(outputs, batch), self.mechanism.loss(self.net, batch, outputs)
        return {"loss": task + own, "task": task, "own": own}


def teach(
    net: nn.Module,
    mechanism: Mechanism,
    batches: Callable[[np.random.Generator], Batch],
    budget: Budget,
    check: Callable[[nn.Module], float],
    *,
    seed: int,
) -> tuple[Taught, History]:
    """Train a raw network with a mechanism, and return both with the weights that the check liked best.

    Parameters
    ----------
    batches
        Draws a batch.
    check
        From the network in use to a figure; lower is better.
    """
    taught = prepared(net, mechanism, seed)
    if count := budget.first_steps(mechanism):
        _pretrain(taught, batches, budget, count, seed)

    def batch_of(step: int) -> Batch:
        rng = np.random.default_rng([seed, 17, step])
        return mechanism.augment(batches(rng), rng)

    history = train(
        taught,
        _schedule(budget, budget.steps(mechanism)),
        batch_of,
        lambda net, batch: cast(Taught, net).losses(batch),
        check,
        seed=seed,
        name=f"{mechanism.model.name}: {mechanism.name}",
    )
    return taught, history


def prepared(net: nn.Module, mechanism: Mechanism, seed: int) -> Taught:
    """Return a raw network with its mechanism; what the mechanism adds to it is drawn from the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_ADDED + seed)  # another stream than the raw weights', which it would repeat
        return Taught(mechanism.prepare(net), mechanism)


def _pretrain(
    taught: Taught, batches: Callable[[np.random.Generator], Batch], budget: Budget, count: int, seed: int
) -> None:
    """Learn before the task; nothing is checked, the last weights are kept."""
    optimiser = torch.optim.AdamW(taught.parameters(), lr=budget.learning_rate)
    taught.train()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for step in range(count):
            optimiser.zero_grad()
            loss = taught.mechanism.pretrain(taught.net, batches(np.random.default_rng([seed, 18, step])))
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(taught.parameters(), 1.0)
            optimiser.step()


def _schedule(budget: Budget, steps: int) -> Schedule:
    return Schedule(
        steps,
        budget.batch,
        learning_rate=budget.learning_rate,
        warmup=max(1, min(20, steps // 5)),
        check_every=max(1, steps // 8),
        patience=1000,
        average=max(0.0, 1 - _FORGOTTEN / steps),
    )
