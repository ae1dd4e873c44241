"""One training loop for every network: AdamW, cosine with warm-up, averaged weights, early stopping, resuming.

Everything that is random is a function of the seed and of the step's number, never of what ran before, so that a run
which was killed goes on to the same weights, bit for bit (same machine, versions and number of threads; on a graphics
card nearly so, because some of its sums are made in no fixed order).
"""

from __future__ import annotations

import copy
import math
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from symbrain.learning import checkpoint as checkpoints
from symbrain.learning.ahead import Batch, ahead
from symbrain.learning.training_device import TrainingDevice
from symbrain.progress import steps

_CLIP = 1.0  # largest norm of a step's gradient


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to learn.

    Parameters
    ----------
    steps, batch
        At most so many steps, each on so many examples.
    learning_rate, warmup
        The highest rate, reached after so many steps; from there it falls as a cosine.
    check_every, patience
        The check is made each so many steps; after so many checks without a better one, training stops.
    weight_decay
        Of AdamW (Loshchilov and Hutter, 1711.05101).
    average
        Share of the old average in the running mean of the weights, which is what is checked and kept; 0 turns the
        mean off. It is smaller in the first steps, when the weights are still far from anything.
    """

    steps: int
    batch: int
    learning_rate: float = 1e-3
    warmup: int = 50
    check_every: int = 100
    patience: int = 5
    weight_decay: float = 1e-4
    average: float = 0.99

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        if step < self.warmup:
            return self.learning_rate * (step + 1) / self.warmup
        share = (step - self.warmup) / max(self.steps - self.warmup, 1)
        return self.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share)))


@dataclass(frozen=True)
class History:
    """What happened: a row for each check.

    Parameters
    ----------
    steps
        Steps taken at each check.
    train
        Mean of each part of the loss since the check before.
    check
        The figure that decides; lower is better.
    best_step
        Where the weights that were kept come from.
    stopped
        Why training ended; empty while it goes on.
    """

    steps: list[int] = field(default_factory=list)
    train: list[dict[str, float]] = field(default_factory=list)
    check: list[float] = field(default_factory=list)
    best_step: int = 0
    stopped: str = ""


def train(
    net: nn.Module,
    schedule: Schedule,
    batches: Callable[[int], Batch],
    loss: Callable[[nn.Module, Batch], dict[str, Tensor]],
    check: Callable[[nn.Module], float],
    *,
    seed: int,
    name: str,
    checkpoint: Path | None = None,
    device: str = "cpu",
    workers: int = 1,
) -> History:
    """Train a network in place, and leave it with the best weights that the check has seen.

    Parameters
    ----------
    batches
        From the step's number, counted from 0, to its batch: a pure function that leaves torch's own random stream
        alone. It is called ahead, in another thread, or in processes, to which it must then be sent.
    loss
        From the network and a batch to the parts of the loss; ``loss`` is the one that is minimised.
    check
        From the network with averaged weights, in evaluation mode, to one figure: lower is better.
    seed
        Of what is random inside the network (dropout).
    name
        What the progress bar says.
    checkpoint
        A file to resume from and to write to at each check. One of another schedule or seed is not used.
    device
        Where to learn: ``cpu``, ``auto``, ``cuda``, ``mps``. The check is made on the processor, and the network ends
        up there.
    workers
        Processes that make the batches where more than 1; moves no number.

    Raises
    ------
    BadInput
        Where there is no such device.
    """
    place = TrainingDevice.of(device)
    net.to(place.device)
    average = copy.deepcopy(net).requires_grad_(False)
    optimiser = torch.optim.AdamW(net.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay)
    terms = {"name": name, "seed": seed, "schedule": asdict(schedule)}
    history, best = History(), _copied(average)
    if checkpoint is not None and (found := checkpoints.load(checkpoint, terms)) is not None:
        best = checkpoints.restore(found, net, average, optimiser)
        history = History(**found.history)
    if not history.steps:
        # What training starts from counts too: weights that came with the software may be better than what follows.
        history = _checked(history, 0, {}, check(_on_processor(average)), schedule)

    sums: dict[str, float] = {}
    with torch.random.fork_rng(devices=[]), _deterministic(place):
        start = schedule.steps if history.stopped else (history.steps[-1] if history.steps else 0)
        for step, batch in ahead(steps(start, schedule.steps, name), schedule.steps, batches, workers):
            torch.manual_seed((seed + 1) * 1_000_003 + step)
            net.train()
            parts = _learn(net, optimiser, schedule.rate(step), loss, batch, place)
            _follow(average, net, min(schedule.average, (1 + step) / (10 + step)))
            for key, value in parts.items():
                sums[key] = sums.get(key, 0.0) + value
            if (step + 1) % schedule.check_every and step + 1 < schedule.steps:
                continue
            since = step + 1 - (history.steps[-1] if history.steps else 0)
            history = _checked(
                history, step + 1, {k: v / since for k, v in sums.items()}, check(_on_processor(average)), schedule
            )
            sums = {}
            if history.best_step == step + 1:
                best = _copied(average)
            if checkpoint is not None:
                checkpoints.save(checkpoint, terms, asdict(history), net, average, optimiser, best)
            _say(name, history, schedule)
            if history.stopped:
                break
    net.load_state_dict(best)
    net.cpu().eval()
    return history


def _learn(
    net: nn.Module,
    optimiser: torch.optim.Optimizer,
    rate: float,
    loss: Callable[[nn.Module, Batch], dict[str, Tensor]],
    batch: Batch,
    place: TrainingDevice,
) -> dict[str, float]:
    """Take one step, and return the parts of its loss."""
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.zero_grad(set_to_none=True)
    with place.precision:
        parts = loss(net, place.here(batch))
    if not torch.isfinite(parts["loss"]):
        msg = f"the loss is not a finite number: { {k: float(v.detach()) for k, v in parts.items()} }"
        raise FloatingPointError(msg)
    parts["loss"].backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(net.parameters(), _CLIP)
    optimiser.step()
    return {key: float(value.detach()) for key, value in parts.items()}


@torch.no_grad()
def _follow(average: nn.Module, net: nn.Module, share: float) -> None:
    """Move the averaged weights towards the network's; counters are copied."""
    for mean, new in zip(average.state_dict().values(), net.state_dict().values(), strict=True):
        if mean.is_floating_point():
            mean.lerp_(new, 1 - share)
        else:
            mean.copy_(new)


def _checked(history: History, step: int, train: dict[str, float], figure: float, schedule: Schedule) -> History:
    """Return the history with one more check, and whether it was the last."""
    better = math.isfinite(figure) and figure < min((c for c in history.check if math.isfinite(c)), default=math.inf)
    best_step = step if better else history.best_step
    check = [*history.check, figure]
    worse = len(check) - 1 - (history.steps.index(best_step) if best_step in history.steps else len(check) - 1)
    stopped = "patience" if worse >= schedule.patience else "steps" if step >= schedule.steps else ""
    return History([*history.steps, step], [*history.train, train], check, best_step, stopped)


def _on_processor(net: nn.Module) -> nn.Module:
    """Return the network, ready to be checked, in main memory: itself, or a copy of one on a card."""
    return (net if next(net.parameters()).device.type == "cpu" else copy.deepcopy(net).cpu()).eval()


def _copied(net: nn.Module) -> dict[str, Tensor]:
    return {key: value.detach().clone() for key, value in net.state_dict().items()}


class _deterministic:  # noqa: N801 (read as a word after "with")
    """Only algorithms that give the same numbers twice, where there are some; what was set before comes back."""

    def __init__(self, place: TrainingDevice) -> None:
        self.strict = place.device.type == "cpu"  # a card has no such algorithm for some of our steps

    def __enter__(self) -> None:
        self.before = torch.are_deterministic_algorithms_enabled()
        torch.use_deterministic_algorithms(True, warn_only=not self.strict)

    def __exit__(self, *_: object) -> None:
        torch.use_deterministic_algorithms(self.before)


def _say(name: str, history: History, schedule: Schedule) -> None:
    """Write a line for a check where there is no bar: a log."""
    if not sys.stderr.isatty():
        parts = " ".join(f"{k} {v:.4g}" for k, v in history.train[-1].items())
        line = f"{name}: step {history.steps[-1]}/{schedule.steps} {parts} check {history.check[-1]:.4g}"
        print(line, f"stopped: {history.stopped}" if history.stopped else "", file=sys.stderr, flush=True)
