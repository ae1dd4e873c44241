"""The asymmetry network: for every place of a brain, the evidence that this place, on this side, is changed.

A small residual U-Net of MONAI blocks. A strided stem brings the box of 2 mm to 4 mm, where most of the work would be;
the sides meet in the input already, which holds the brain and its mirror image.
"""

from __future__ import annotations

from typing import cast

import torch
from monai.networks.blocks.convolutions import Convolution, ResidualUnit
from torch import Tensor, nn
from torch.nn import functional

from symbrain.learning.asymmetry_input import CHANNELS
from symbrain.learning.symmetry import IDENTITY, Element, Outputs, Symmetrised, flip

STRIDE = 2  # from the voxels of the input to those of the logits
REFLECTION = Element(flip(-3), {"logit": flip(-3)})
_RARE = -4.0  # log-odds of a change before anything is seen


class AsymmetryNet(nn.Module):
    """From the channels of ``asymmetry_input`` (n, 5, 64, 72, 56) to ``logit`` (n, 1, 32, 36, 28).

    Parameters
    ----------
    widths
        Channels at 4, 8 and 16 mm.
    """

    def __init__(self, widths: tuple[int, int, int] = (16, 32, 64)) -> None:
        super().__init__()
        a, b, c = widths
        self.stem = _step(len(CHANNELS), a, kernel=2, stride=2)
        self.fine = _step(a, a)
        self.down = _step(a, b, kernel=2, stride=2)
        self.middle = _residual(b)
        self.deep = nn.Sequential(_step(b, c, kernel=2, stride=2), _residual(c))
        self.up_deep = nn.Conv3d(c, b, 1)
        self.middle_out = _residual(b)
        self.up = nn.Conv3d(b, a, 1)
        self.fine_out = _step(a, a)
        self.head = nn.Conv3d(a, 1, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.constant_(cast(Tensor, self.head.bias), _RARE)
        self.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]

    def forward(self, x: Tensor) -> Outputs:
        """Return the log-odds that each place is changed."""
        fine = self.fine(self.stem(x.contiguous(memory_format=torch.channels_last_3d)))
        middle = self.middle(self.down(fine))
        middle = self.middle_out(middle + _upsampled(self.up_deep(self.deep(middle)), middle))
        return {"logit": self.head(self.fine_out(fine + _upsampled(self.up(middle), fine)))}


def symmetrised(net: AsymmetryNet) -> Symmetrised:
    """Return the network averaged over the reflection: M(F x) = F M(x), whatever the weights."""
    return Symmetrised(net, (IDENTITY, REFLECTION))


def _step(inward: int, outward: int, *, kernel: int = 3, stride: int = 1) -> Convolution:
    padding = 0 if kernel == stride else None
    norm = ("group", {"num_groups": 4})
    return Convolution(
        3, inward, outward, strides=stride, kernel_size=kernel, act="leakyrelu", norm=norm, padding=padding
    )


def _residual(width: int) -> ResidualUnit:
    return ResidualUnit(3, width, width, subunits=2, act="leakyrelu", norm=("group", {"num_groups": 4}))


def _upsampled(x: Tensor, like: Tensor) -> Tensor:
    return functional.interpolate(x, size=like.shape[2:], mode="trilinear", align_corners=False)
