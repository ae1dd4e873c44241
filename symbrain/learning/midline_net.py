r"""The network for the midline: it paints where the midline is, and the line is read off the painting.

A small U-Net of MONAI paints a heat map; its softmax h over the pixels is a distribution, and the line is the total
least squares line through it: with mean μ and covariance C of the pixels' positions under h,

.. math:: 2\theta = \operatorname{atan2}(2 C_{xy},\; C_{xx} - C_{yy})

and the line runs through μ. So every pixel speaks for the line at its own place, and nothing has to be regressed from
afar. Further painted maps are averaged to three numbers: the logarithms of the standard deviations of angle and
offset (Kendall and Gal, 1703.04977), and the logit of there being a midline at all.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from symbrain.learning.symmetry import Outputs

GRID = 96
"""Rows and columns of the working grid."""
_CELL = 2  # pixels of the working grid, along each axis, to one of the heat map
HEAT = GRID // _CELL
"""Rows and columns of the heat map: the line's place is read off many cells, so that coarse ones serve."""
_MAPS = 8  # painted beside the heat map


class MidlineNet(nn.Module):
    """From slices (n, 1, 96, 96) to ``heat`` (n, 1, 48, 48), logits, and ``numbers`` (n, 3).

    Parameters
    ----------
    channels
        Of the U-Net's levels, each of half the resolution of the one before.
    residual_units
        Of each level.
    """

    def __init__(self, channels: tuple[int, ...] = (16, 32, 64, 128), residual_units: int = 1) -> None:
        super().__init__()
        self.channels, self.residual_units = tuple(channels), residual_units
        # Imported here, because it takes seconds: MONAI loads all of itself.
        from monai.networks.nets.unet import UNet

        self.body = UNet(
            spatial_dims=2,
            in_channels=_CELL**2,
            out_channels=1 + _MAPS,
            channels=channels,
            strides=[2] * (len(channels) - 1),
            num_res_units=residual_units,
        )
        self.head = nn.Sequential(nn.Linear(2 * _MAPS + 2, 32), nn.PReLU(), nn.Linear(32, 3))

    def forward(self, x: Tensor) -> Outputs:
        """Return the heat map, and log σ of the angle (radians), log σ of the offset (pixels), and the logit."""
        return self.from_painted(self.body(functional.pixel_unshuffle(x, _CELL)))

    def from_painted(self, painted: Tensor) -> Outputs:
        """Return the same from what the U-Net has painted (n, 9, 48, 48), the heat map first."""
        heat, maps = painted[:, :1], painted[:, 1:]
        share = heat.flatten(2).softmax(-1)
        spread = _moments(share.reshape(heat.shape))[1].detach()
        length = ((spread[:, 0] - spread[:, 2]).square() + (2 * spread[:, 1]).square()).sqrt()  # hypot is not in ONNX
        width = (spread[:, 0] + spread[:, 2] - length).clamp(min=1e-2)
        there = (maps.flatten(2) * share).sum(-1)
        features = torch.cat([there, maps.mean((2, 3)), width.log()[:, None], (length + 1).log()[:, None]], 1)
        raw = self.head(features)
        # Bounded, so that no slice can be certain or hopeless beyond reason: σ of 0.1° to 60°, 0.1 to 40 pixels.
        angle = -3.5 + 3.2 * torch.tanh(raw[:, 0] / 3)
        offset = 0.7 + 3.0 * torch.tanh(raw[:, 1] / 3)
        return {"heat": heat, "numbers": torch.stack([angle, offset, raw[:, 2]], 1)}


def read_line(heat: Tensor) -> Tensor:
    """Return the lines (n, 4) of ``line_target`` in the grid's pixels from its centre, from logits (n, 1, h, w)."""
    share = heat.flatten(2).softmax(-1).reshape(heat.shape)
    mean, spread = _moments(share)
    double = torch.stack([spread[:, 0] - spread[:, 2], 2 * spread[:, 1]], 1)
    double = double / double.square().sum(1, keepdim=True).add(1e-8).sqrt()
    # The foot is μ less its part along the line: half of μ − R μ, with R the mirror image across the line.
    c, s = double[:, 0], double[:, 1]
    mirrored = torch.stack([c * mean[:, 0] + s * mean[:, 1], s * mean[:, 0] - c * mean[:, 1]], 1)
    return torch.cat([double, (mean - mirrored) / 2], 1)


def positions(size: int) -> Tensor:
    """Return where the cells of a heat map lie along an axis, in the working grid's pixels from its centre."""
    return (torch.arange(size) - (size - 1) / 2) * _CELL


def _moments(share: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean (n, 2), x and y, and covariance (n, 3), xx, xy and yy, of distributions (n, 1, h, w).

    In pixels of the working grid.
    """
    y, x = (positions(size).to(share) for size in share.shape[-2:])
    p = share[:, 0]
    across, down = p.sum(1), p.sum(2)
    mean_x, mean_y = across @ x, down @ y
    xx, yy = across @ x.square() - mean_x.square(), down @ y.square() - mean_y.square()
    xy = torch.einsum("nhw,h,w->n", p, y, x) - mean_x * mean_y
    return torch.stack([mean_x, mean_y], 1), torch.stack([xx, xy, yy], 1)
