r"""Averaging over a frame: exact symmetry by construction, while learning and in use.

Frame Averaging (Puny et al., 2110.03336, equation 4): the mean of ρ(g) f(g⁻¹ x) over a set F(x) of group elements that
itself moves with x is exactly equivariant, and loses none of what f can express. Two frames:

* the *flips*: all of them, or the reflection alone, a frame that is the same for every x
  (``symbrain.learning.symmetry.Symmetrised``);
* the *principal axes* (their section 3.1): origin at the mean, axes along the eigenvectors of the covariance, which are
  known but for their signs, so that the frame has 2ᵈ elements.

Of a slice the principal axes are those of what departs from its background; turning it is interpolation, so that
turns are averaged nearly and flips exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import ClassVar

import torch
from torch import Tensor, nn

from symbrain.learning.symmetry import IDENTITY, Outputs, Symmetrised
from symmetry.mechanism import Mechanism
from symmetry.turning import turned


def principal_frames(points: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean (d,) and the frames (2ᵈ, d, d) of a cloud of points (n, d), axes in columns.

    Every choice of signs is an element; ties of eigenvalues, where the axes are not defined, are not looked for.
    """
    mean = points.mean(0)
    _, axes = torch.linalg.eigh((points - mean).T @ (points - mean))
    signs = torch.tensor(list(product((1.0, -1.0), repeat=points.shape[1])), dtype=points.dtype)
    return mean, axes[None] * signs[:, None, :]


def over_principal_frames(net: nn.Module, points: Tensor) -> Tensor:
    """Return the mean of a network over the frames of a cloud (n, d): the same for every rigid motion or mirror image.

    Parameters
    ----------
    net
        From clouds (frames, n, d) to whatever.
    """
    mean, frames = principal_frames(points)
    out: Tensor = net(torch.einsum("nd,fde->fne", points - mean, frames)).mean(0)
    return out


def principal_angle(images: Tensor) -> Tensor:
    """Return the angle (n,) of the long axis of what departs from the background, in images (n, 1, h, h)."""
    weight = (images - images[..., :1, :1]).abs()[:, 0]
    weight = weight / weight.sum((1, 2), keepdim=True).clamp(min=1e-6)
    at = torch.arange(images.shape[-1], dtype=images.dtype) - (images.shape[-1] - 1) / 2
    x, y = at[None, None, :], at[None, :, None]
    mean_x, mean_y = ((weight * a).sum((1, 2), keepdim=True) for a in (x, y))
    xx, yy, xy = (
        (weight * a * b).sum((1, 2))
        for a, b in ((x - mean_x, x - mean_x), (y - mean_y, y - mean_y), (x - mean_x, y - mean_y))
    )
    return torch.atan2(2 * xy, xx - yy) / 2


class FrameAveraging(Mechanism):
    """The flips as frame, learned with and used."""

    name: ClassVar[str] = "frame averaging"

    @property
    def passes(self) -> float:
        """Every flip goes through the network; measured: four in one batch take the time of three."""
        return float(min(len(self.model.group), 3))

    def prepare(self, net: nn.Module) -> nn.Module:
        """Return the network averaged over the flips."""
        return Symmetrised(net, self.model.group)


class MirrorAveraging(FrameAveraging):
    """The reflection alone as frame: what is not asked of a brain, front to back, is not forced upon the network."""

    name: ClassVar[str] = "mirror averaging"
    not_for: ClassVar[Mapping[str, str]] = {"asymmetry": "places have no other flip, so that it is frame averaging"}

    @property
    def passes(self) -> float:
        """The slice and its mirror image."""
        return 2.0

    def prepare(self, net: nn.Module) -> nn.Module:
        """Return the network averaged over the identity and the reflection."""
        return Symmetrised(net, (IDENTITY, self.model.reflection))


class _Posed(nn.Module):
    """A network of slices that sees them along their own long axis, and whose heat maps are turned back."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Outputs:
        angle = principal_angle(x)
        outputs: Outputs = self.net(turned(x, -angle))
        return outputs | {"heat": turned(outputs["heat"], angle)}


class PrincipalFrame(Mechanism):
    """The slice's own axes as frame: its four choices of signs are the flips about them."""

    name: ClassVar[str] = "principal frame"
    not_for: ClassVar[Mapping[str, str]] = {
        "asymmetry": "places are described in the upright brain, whose pose was removed by the plane"
    }

    @property
    def passes(self) -> float:
        """Every choice of signs goes through the network."""
        return float(len(self.model.group))

    def prepare(self, net: nn.Module) -> nn.Module:
        """Return the network averaged over the frame."""
        return _Posed(Symmetrised(net, self.model.group))
