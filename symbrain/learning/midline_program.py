"""The midline network as others run it: averaged over the flips, with tensors as its answers."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from symbrain.learning.line_target import FLIPS
from symbrain.learning.midline_net import MidlineNet, read_line

INPUTS = ("image",)
OUTPUTS = ("line", "numbers", "heat")


class MidlineMap(MidlineNet):
    """From slices (n, 1, 96, 96) to the averaged heat map (n, 1, 48, 48) as the one output: MONAI's way."""

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        """Return the logits of the midline."""
        return self.averaged(x)[0]

    def averaged(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return heat and numbers, the means over the flips: what ``Symmetrised`` gives."""
        parts = []
        for element in FLIPS:
            flipped = element.act_out(super().forward(element.on_input(x)))
            parts.append((flipped["heat"], flipped["numbers"]))
        heat, numbers = (torch.stack(part).mean(0) for part in zip(*parts, strict=True))
        return heat, numbers


class MidlineProgram(nn.Module):
    """From slices as ``midline_input.prepare`` gives them to lines.

    Parameters
    ----------
    net
        Averaged over the flips.
    """

    def __init__(self, net: MidlineMap) -> None:
        super().__init__()
        self.net = net

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return lines, numbers and heat maps.

        Parameters
        ----------
        image
            Slices (n, 1, 96, 96) of mean 0 and variance 1.

        Returns
        -------
        line
            (n, 4): cos 2θ, sin 2θ, and the line's point nearest to the centre, x and y in pixels of the grid from its
            centre.
        numbers
            (n, 3): log σ of the angle (radians), log σ of the offset (pixels), logit of there being a midline.
        heat
            (n, 1, 48, 48).
        """
        heat, numbers = self.net.averaged(image)
        return read_line(heat), numbers, heat
