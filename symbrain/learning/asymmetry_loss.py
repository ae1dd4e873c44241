"""The loss of the asymmetry network: cross-entropy over places, and flip consistency of the raw network."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from symbrain.learning.asymmetry_features import MIRRORED
from symbrain.learning.asymmetry_net import AsymmetryNet
from symbrain.learning.symmetry import IDENTITY, consistency_loss

Loss = Callable[[nn.Module, dict[str, Tensor]], dict[str, Tensor]]
_SCALE = 10.0  # few places are changed, so the mean over the brain is small


def make_loss(flip_consistency: float) -> Loss:
    """Return the loss of a batch of ``asymmetry_places``.

    Parameters
    ----------
    flip_consistency
        Weight of the mean squared F m(x) − m(F x), on log-odds: the same place, described in the brain and in the
        mirrored brain. At 0 the mirrored places are not judged at all.
    """

    def loss(net: nn.Module, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        judge, places = cast(AsymmetryNet, net).judge, batch["places"]
        logit = judge(places)
        entropy = _SCALE * entropy_of(logit, batch)
        if not flip_consistency:
            return {"loss": entropy, "map": entropy}
        flipped = judge(places[:, list(MIRRORED)])
        consistency = consistency_loss({"logit": logit}, {"logit": flipped}, IDENTITY)
        return {"loss": entropy + flip_consistency * consistency, "map": entropy, "flip": consistency}

    return loss


def entropy_of(logit: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Return the weighted cross-entropy of log-odds (n,): the figure of a check."""
    each = functional.binary_cross_entropy_with_logits(logit, batch["share"], reduction="none")
    return torch.sum(each * batch["weight"]) / batch["weight"].sum()
