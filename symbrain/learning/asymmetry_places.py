"""The training examples: places of normal brains, moved, changed, recoloured, measured; a pure function of the seed.

Brains are costly and places cheap, so the brains are made once, a few hundred places of each are kept, and training
goes over these several times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from symbrain.learning.asymmetry_augmentation import measured, moved, recoloured
from symbrain.learning.asymmetry_changes import ChangeLaw, with_changes
from symbrain.learning.asymmetry_features import NAMES, STRIDE, describe
from symbrain.learning.asymmetry_input import Image, Working, network_input
from symbrain.learning.asymmetry_normals import KeptNormal
from symbrain.progress import steps

Batch = dict[str, Tensor]
_CHANGED, _UNCHANGED = 400, 1000  # places of one brain that are kept, at most
_IS_CHANGED = 0.3  # share of a place
_MOST_WEIGHT = 20.0


@dataclass(frozen=True)
class Places:
    """Examples to learn from.

    Parameters
    ----------
    described
        float16, shape (n, 62).
    share
        Which share of each place is changed on its own side only, shape (n,).
    weight
        How many places of the brain each stands for, shape (n,).
    """

    described: Tensor
    share: Tensor
    weight: Tensor

    def batch(self, rows: NDArray[np.intp]) -> Batch:
        """Return some of the places."""
        at = torch.from_numpy(rows)
        return {"places": self.described[at].float(), "share": self.share[at], "weight": self.weight[at]}


def gather_places(
    normals: Sequence[KeptNormal], law: ChangeLaw, *, brains: int, seed: int, name: str = "brains"
) -> Places:
    """Return places of so many changed brains; each normal comes once in a round, in an order drawn anew."""
    chosen = [_example(normals, law, seed, number) for number in steps(0, brains, name)]
    if not chosen:
        return Places(torch.zeros(0, len(NAMES), dtype=torch.float16), torch.zeros(0), torch.zeros(0))
    described, share, weight = (torch.from_numpy(np.concatenate(part)) for part in zip(*chosen, strict=True))
    return Places(described, share, weight)


def stream(places: Places, *, batch: int, seed: int) -> Callable[[int], Batch]:
    """Return the batches of a training run: all places once in a round, in an order drawn anew."""
    count = len(places.share)
    batch = min(batch, count)
    per_round = count // batch
    order: tuple[int, NDArray[np.intp]] = (-1, np.zeros(0, np.intp))

    def batch_of(step: int) -> Batch:
        nonlocal order
        turn, place = divmod(step, per_round)
        if order[0] != turn:
            order = turn, np.random.default_rng([seed, 7, turn]).permutation(count)
        return places.batch(order[1][place * batch : (place + 1) * batch])

    return batch_of


def _example(
    normals: Sequence[KeptNormal], law: ChangeLaw, seed: int, number: int
) -> tuple[NDArray[np.float16], NDArray[np.float32], NDArray[np.float32]]:
    turn, place = divmod(number, len(normals))
    chosen = int(np.random.default_rng([seed, 0, turn]).permutation(len(normals))[place])
    rng = np.random.default_rng([seed, 1, number])
    return _places(*_changed(normals[chosen], law, rng), rng)


def _changed(normal: KeptNormal, law: ChangeLaw, rng: np.random.Generator) -> tuple[Working, Image]:
    working, share = with_changes(moved(normal.working, rng), law, rng)
    return measured(recoloured(working, rng), rng), share


@torch.inference_mode()
def _places(
    working: Working, share: Image, rng: np.random.Generator
) -> tuple[NDArray[np.float16], NDArray[np.float32], NDArray[np.float32]]:
    """Return descriptions, changed share and weight of some places deep enough to be compared."""
    x = torch.from_numpy(network_input(working))[None]
    described = describe(x)[0].permute(1, 2, 3, 0).numpy()
    changed = functional.avg_pool3d(torch.from_numpy(share)[None, None], STRIDE)[0, 0].numpy()
    brain = (functional.avg_pool3d(x[:, 1:2], STRIDE) > 0.5).float()
    inner = (-functional.max_pool3d(-brain, 3, 1, 1))[0, 0].numpy() > 0  # as in the calibration: not the rim
    rows, shares, weights = [], [], []
    for places, most in ((inner & (changed > _IS_CHANGED), _CHANGED), (inner & (changed <= _IS_CHANGED), _UNCHANGED)):
        at = np.argwhere(places)
        kept = at[rng.permutation(len(at))[:most]]
        index = tuple(kept.T)
        rows.append(described[index].astype(np.float16))
        shares.append(changed[index].astype(np.float32))
        weights.append(np.full(len(kept), min(len(at) / max(len(kept), 1), _MOST_WEIGHT), np.float32))
    return np.concatenate(rows), np.concatenate(shares), np.concatenate(weights)
