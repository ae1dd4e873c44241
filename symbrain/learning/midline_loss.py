r"""What the network for the midline is asked for.

* ``heat``: the painted distribution h is near a ridge T along the true line: KL(T ‖ h). The line is read off h, and
  no loss is put on the line itself: its gradient has no bound where h has no direction yet, and keeps it from getting
  one;
* ``doubt``: the standard deviations are those of the errors: Gaussian negative log likelihood (Kendall and Gal,
  1703.04977), of errors held fixed, so that the network cannot lower it by neglecting hard slices;
* ``exists``: cross-entropy of there being a midline;
* ``flip``: the raw network says of the flipped slice what it says of the slice, flipped: mean squared difference of
  the square roots of h (twice the squared Hellinger distance), and of the probability of a midline.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from symbrain.learning.ahead import Batch
from symbrain.learning.line_target import FLIPS, angle_error, foot_error
from symbrain.learning.midline_net import GRID, HEAT, positions, read_line
from symbrain.learning.symmetry import Element, Outputs, consistency_loss

_RIDGE = 2.0  # σ of the ridge, in pixels
_WINDOW = 0.44  # radius of what is asked of the ridge, as a share of the grid: the head, roughly


@dataclass(frozen=True)
class MidlineLoss:
    """The sum of the parts; ``flip_consistency`` is the weight of the last, 0 for none of it."""

    flip_consistency: float = 0.1

    def __call__(self, net: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the parts of a batch whose last examples are its first, flipped: the twins."""
        outputs = net(batch["image"])
        there = batch["exists"] > 0.5
        parts = {"exists": functional.binary_cross_entropy_with_logits(outputs["numbers"][:, 2], batch["exists"])}
        total = 0.3 * parts["exists"]
        if bool(there.any()):
            truth = batch["line"][there]
            parts["heat"] = _divergence(outputs["heat"][there], truth)
            parts["doubt"] = _doubt(outputs["numbers"][there, :2], read_line(outputs["heat"][there]).detach(), truth)
            total = total + parts["heat"] + 0.1 * parts["doubt"]
        parts["flip"] = _flip_loss(outputs, FLIPS[int(batch["flip"])], int(batch["twins"]))
        if self.flip_consistency:
            total = total + self.flip_consistency * parts["flip"]
        return {"loss": total, **parts}


def _doubt(log_sd: Tensor, found: Tensor, truth: Tensor) -> Tensor:
    """Return the negative log likelihood of the errors of angle (radians) and foot (pixels)."""
    errors = torch.stack([angle_error(found, truth), foot_error(found, truth)], 1)
    return (log_sd + 0.5 * (errors * torch.exp(-log_sd)).square().clamp(max=40)).mean()


def _flip_loss(outputs: Outputs, element: Element, twins: int) -> Tensor:
    share = outputs["heat"].flatten(2).softmax(-1).reshape(outputs["heat"].shape)
    # A root's gradient has no bound at 0; times the number of cells along an axis, the mean square is the sum.
    said = {"heat": share.add(1e-8).sqrt() * HEAT, "exists": torch.sigmoid(outputs["numbers"][:, 2])}
    plain, flipped = {k: v[:twins] for k, v in said.items()}, {k: v[-twins:] for k, v in said.items()}
    return consistency_loss(plain, flipped, element)


def _divergence(heat: Tensor, line: Tensor) -> Tensor:
    """Return the mean KL divergence of the painted distributions from the ridges along lines."""
    at = positions(heat.shape[-1]).to(heat)
    y, x = at[:, None], at[None, :]
    c, s, fx, fy = (v[:, None, None] for v in line.unbind(1))
    # Twice the way to the line: from a point's mirror image to the point.
    px, py = x - fx, y - fy
    mx, my = px - (c * px + s * py), py - (s * px - c * py)
    squared = (mx.square() + my.square()) / 4
    log_ridge = -squared / (2 * _RIDGE**2) - ((x.square() + y.square()).sqrt() / (_WINDOW * GRID)) ** 8
    log_ridge = log_ridge.flatten(1).log_softmax(1)
    return (log_ridge.exp() * (log_ridge - heat.flatten(1).log_softmax(1))).sum(1).mean()
