"""The loss of the asymmetry network: cross-entropy, soft Dice, and flip consistency of the raw network."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from symbrain.learning.asymmetry_net import REFLECTION
from symbrain.learning.symmetry import consistency_loss

Loss = Callable[[nn.Module, dict[str, Tensor]], dict[str, Tensor]]
_SCALE = 10.0  # of the cross-entropy beside the Dice: few voxels are changed, so its mean over the brain is small


def make_loss(flip_consistency: float) -> Loss:
    """Return the loss of a batch of ``asymmetry_volumes``.

    Parameters
    ----------
    flip_consistency
        Weight of the mean squared F m(x) − m(F x), on log-odds. At 0 the mirrored batch is not run at all.
    """

    def loss(net: nn.Module, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        outputs = net(batch["input"])
        map_loss, dice = _parts(outputs["logit"], batch["share"], batch["brain"])
        if not flip_consistency:
            return {"loss": map_loss + dice, "map": map_loss, "dice": dice}
        # One example of the batch is enough to estimate it, at a quarter of the price.
        first = {key: value[:1] for key, value in outputs.items()}
        flipped = net(REFLECTION.on_input(batch["input"][:1]))
        consistency = consistency_loss(first, flipped, REFLECTION)
        total = map_loss + dice + flip_consistency * consistency
        return {"loss": total, "map": map_loss, "dice": dice, "flip": consistency}

    return loss


def map_losses(logit: Tensor, share: Tensor, brain: Tensor) -> Tensor:
    """Return the loss of log-odds without the flip: the figure of a check."""
    return torch.stack(_parts(logit, share, brain)).sum()


def _parts(logit: Tensor, share: Tensor, brain: Tensor) -> tuple[Tensor, Tensor]:
    """Return cross-entropy and soft Dice over the brain's voxels; all tensors (n, 1, x, y, z)."""
    p = torch.sigmoid(logit)
    entropy = functional.binary_cross_entropy_with_logits(logit, share, reduction="none")
    entropy = _SCALE * (entropy * brain).sum() / brain.sum().clamp(min=1)
    # Over the whole batch, so that brains without a change count too.
    both = (p * share * brain).sum()
    dice = 1 - (2 * both + 1) / ((p * brain).sum() + (share * brain).sum() + 1)
    return entropy, dice
