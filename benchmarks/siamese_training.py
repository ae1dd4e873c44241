"""Training of the Siamese networks, by the software's own loop and with its usual settings: nothing is tuned here."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from siamese_nets import Siamese, make_net
from siamese_slices import DEPTH, GRID, TOP, Bytes
from symbrain.learning.ahead import Batch
from symbrain.learning.loop import Schedule, train

BATCH = 32
_COARSER = 2
SHAPE = (DEPTH // _COARSER, GRID // _COARSER)
"""Rows and columns of a half as the networks see it."""
Labels = np.ndarray[tuple[int], np.dtype[np.bool_]]


def seen(halves: Bytes) -> Tensor:
    """Return halves (n, 2, 224, 224) as the networks see them: (n, 2, 56, 112), from 0 to 1.

    The rows that are black in every half are left out, and two by two pixels averaged: what a core can afford.
    """
    filled = torch.from_numpy(halves[:, :, TOP : TOP + DEPTH]).float() / 255
    return functional.avg_pool2d(filled, _COARSER)


def trained(
    backbone: str, seed: int, learning: tuple[Tensor, Labels], checking: tuple[Tensor, Labels], epochs: int
) -> Siamese:
    """Train a network from random weights on pairs of halves; the weights that do best on the checked rows are kept.

    Parameters
    ----------
    learning, checking
        Halves as the networks see them, and which pairs are altered.
    """
    halves, labels = learning[0], torch.from_numpy(learning[1]).float()
    checked, truth = checking[0], torch.from_numpy(checking[1]).float()
    steps_of_epoch = len(halves) // BATCH
    net = make_net(backbone, seed, *SHAPE)
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # half as fast again

    def batches(step: int) -> Batch:
        epoch, place = divmod(step, steps_of_epoch)
        order = np.random.default_rng([seed, epoch]).permutation(len(halves))
        rows = torch.from_numpy(order[place * BATCH : (place + 1) * BATCH])
        return {"halves": halves[rows], "altered": labels[rows]}

    def loss(net: nn.Module, batch: Batch) -> dict[str, Tensor]:
        return {"loss": functional.binary_cross_entropy_with_logits(net(batch["halves"]), batch["altered"])}

    def check(net: nn.Module) -> float:
        return float(functional.binary_cross_entropy_with_logits(logits(net, checked), truth))

    # Weights are not averaged: the running statistics of batch norm are not those of a mean of weights.
    schedule = Schedule(
        epochs * steps_of_epoch, BATCH, warmup=steps_of_epoch, check_every=steps_of_epoch, patience=epochs, average=0.0
    )
    train(net, schedule, batches, loss, check, seed=seed, name=f"{backbone} {seed}")
    return net


@torch.inference_mode()
def logits(net: nn.Module, halves: Tensor) -> Tensor:
    """Return the logits (n,) of pairs of halves."""
    return torch.cat([net(part) for part in torch.split(halves, BATCH)])
