r"""A line as four numbers that change continuously with it, so that a network can learn them.

A line has no direction: its angle θ is the same as θ + 180°, so the angle jumps where the line hardly moves, and near
the jump a network that regresses θ answers with the middle, a line at right angles to both. No continuous map from
lines to one angle exists (Zhou et al., 1812.07035, show it for rotations); (cos 2θ, sin 2θ) has no jump. The signed
offset jumps with it, because its sign is along (−sin θ, cos θ), which turns round where θ wraps; the foot, the point of
the line nearest to the centre, is offset · (−sin θ, cos θ) and has no jump either.

All tensors are (n, 4): cos 2θ, sin 2θ, foot x, foot y; x along columns, y along rows, from the centre of the grid, in
whatever unit of length the caller uses.
"""

from __future__ import annotations

import torch
from torch import Tensor

from symbrain.learning.symmetry import IDENTITY, Element, flip

_FLIP_ROWS = torch.tensor([1.0, -1.0, 1.0, -1.0])  # y → −y
_FLIP_COLUMNS = torch.tensor([1.0, -1.0, -1.0, 1.0])  # x → −x


def encode(angle: Tensor, offset: Tensor) -> Tensor:
    """Return (n, 4) for angles in radians, from +x towards +y, and offsets along (−sin θ, cos θ), each (n,)."""
    foot_x, foot_y = -offset * torch.sin(angle), offset * torch.cos(angle)
    return torch.stack([torch.cos(2 * angle), torch.sin(2 * angle), foot_x, foot_y], dim=-1)


def decode(line: Tensor) -> tuple[Tensor, Tensor]:
    """Return angles in [−π/2, π/2] and offsets, each (n,); a foot off the normal is projected onto it."""
    angle = torch.atan2(line[..., 1], line[..., 0]) / 2
    return angle, line[..., 3] * torch.cos(angle) - line[..., 2] * torch.sin(angle)


def angle_sine(a: Tensor, b: Tensor) -> Tensor:
    """Return the sine of the angle between lines, 0 to 1: half the chord between their doubled directions."""
    return (a[..., :2] - b[..., :2]).square().sum(-1).clamp(1e-12, 4.0).sqrt() / 2


def angle_error(a: Tensor, b: Tensor) -> Tensor:
    """Return the angle between lines in radians, 0 to π/2."""
    return torch.arcsin(angle_sine(a, b).clamp(max=1.0))


def foot_error(a: Tensor, b: Tensor) -> Tensor:
    """Return the distance between the feet of lines."""
    return (a[..., 2:] - b[..., 2:]).square().sum(-1).clamp(min=1e-12).sqrt()


def _times(signs: Tensor) -> Element:
    return Element(
        flip(*([-2] if signs[3] < 0 else []), *([-1] if signs[2] < 0 else [])),
        {
            "heat": flip(*([-2] if signs[3] < 0 else []), *([-1] if signs[2] < 0 else [])),
            "line": lambda line: line * signs,
        },
    )


ROWS = _times(_FLIP_ROWS)
COLUMNS = _times(_FLIP_COLUMNS)
BOTH = _times(_FLIP_ROWS * _FLIP_COLUMNS)
FLIPS = (IDENTITY, ROWS, COLUMNS, BOTH)
"""The group of flips of a slice, with their action on a heat map and on a line."""


def transposed(line: Tensor) -> Tensor:
    """Return the lines where rows and columns change places: θ becomes 90° − θ."""
    return torch.stack([-line[..., 0], line[..., 1], line[..., 3], line[..., 2]], dim=-1)
