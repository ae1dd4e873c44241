"""The stream of training examples: normal brains, moved, changed, recoloured, measured; a pure function of the step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from symbrain.learning.asymmetry_augmentation import measured, moved, recoloured
from symbrain.learning.asymmetry_changes import ChangeLaw, with_changes
from symbrain.learning.asymmetry_input import Image, Working, network_input
from symbrain.learning.asymmetry_net import STRIDE
from symbrain.learning.asymmetry_normals import KeptNormal

Batch = dict[str, Tensor]


def stream(
    normals: Sequence[KeptNormal], law: ChangeLaw, *, batch: int, seed: int, ramp: int
) -> Callable[[int], Batch]:
    """Return the batches of a training run.

    Parameters
    ----------
    ramp
        Steps over which the changes go from easy to all.
    """

    def batch_of(step: int) -> Batch:
        eased = law.easier(step / max(ramp, 1))
        return collated([_example(normals, eased, seed, step * batch + i) for i in range(batch)])

    return batch_of


def fixed(normals: Sequence[KeptNormal], law: ChangeLaw, *, count: int, seed: int) -> Batch:
    """Return a set of examples to check with: each brain once moved and changed, then the first again."""
    return collated(
        [_changed(normals[i % len(normals)], law, np.random.default_rng([seed, 9, i])) for i in range(count)]
    )


def collated(examples: Sequence[tuple[Working, Image]]) -> Batch:
    """Return the network's inputs (n, 5, 64, 72, 56), and share and brain at the logits' voxels (n, 1, 32, 36, 28)."""
    x = torch.from_numpy(np.stack([network_input(working) for working, _ in examples]))
    share = torch.from_numpy(np.stack([share for _, share in examples]))[:, None]
    brain = functional.avg_pool3d(x[:, 2:3], STRIDE)
    return {"input": x, "share": functional.avg_pool3d(share, STRIDE), "brain": (brain > 0.5).float()}


def _example(normals: Sequence[KeptNormal], law: ChangeLaw, seed: int, number: int) -> tuple[Working, Image]:
    rng = np.random.default_rng([seed, 1, number])
    # Each brain comes once in a round, in an order that is drawn anew for each round.
    turn, place = divmod(number, len(normals))
    chosen = int(np.random.default_rng([seed, 0, turn]).permutation(len(normals))[place])
    return _changed(normals[chosen], law, rng)


def _changed(normal: KeptNormal, law: ChangeLaw, rng: np.random.Generator) -> tuple[Working, Image]:
    working, share = with_changes(moved(normal.working, rng), law, rng)
    return measured(recoloured(working, rng), rng), share
