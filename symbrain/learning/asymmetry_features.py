"""What each place of an upright brain is described by, before anything is learned.

Two hemispheres are never alike voxel by voxel, so a place is described by what surrounds it, on its own side and at the
mirrored place, in ways that a displacement by some millimetres hardly changes: local means at four scales, the local
histogram of brightness, texture, and how far a mean lies outside the range of those near the mirrored place. Depth and
position say where it is, and so what is usual there.

Plain torch on the grid of 4 mm, with no parameters: mirroring the brain mirrors the descriptions, and swaps those of
the neighbours to the left and right (``MIRRORED``).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

STRIDE = 2  # from the voxels of the input to the places described
SCALES_MM = (3.0, 5.0, 8.0, 14.0)  # standard deviations of the local means
LEVELS = (-1.5, -0.75, 0.0, 0.75, 1.5)  # of the histogram, in robust standard deviations of the brain
EXCESSES = ((3.0, 3), (3.0, 5), (5.0, 3), (8.0, 3), (5.0, 5))  # scale, and width of the range in places of 4 mm
_NEIGHBOURS = ("left", "right", "back", "front", "below", "above")
_MM = 4.0
_HISTOGRAM_MM, _TEXTURE_MM = 5.0, 6.0
_AWAY = 2  # places to a neighbour
_TINY = 1e-6

OWN = (
    "mean", *(f"mean {s:g} mm" for s in SCALES_MM), "texture", "fine texture", "edge", "highest", "lowest",
    *(f"share at {level:g}" for level in LEVELS), *(f"excess {s:g} mm by {w}" for s, w in EXCESSES),
)  # fmt: skip
NAMES = (
    *OWN, *(f"mirrored {name}" for name in OWN),
    *(f"{name} neighbour" for name in _NEIGHBOURS), *(f"mirrored {name} neighbour" for name in _NEIGHBOURS),
    "brain within 4 mm", "brain within 8 mm", "brain within 14 mm", "from the midline", "forward", "upward",
    "brain's mean", "brain's mean square", "brain's mean cube", "brain's size",
)  # fmt: skip
_SWAP = {"left neighbour": "right neighbour", "mirrored left neighbour": "mirrored right neighbour"}
_OTHER = _SWAP | {right: left for left, right in _SWAP.items()}
MIRRORED = tuple(NAMES.index(_OTHER.get(name, name)) for name in NAMES)
"""Where each description of a place comes from at the mirrored place of the mirrored brain."""


def describe(x: Tensor) -> Tensor:
    """Return the descriptions (n, 62, X/2, Y/2, Z/2) of normalised image and brain mask (n, 2, X, Y, Z)."""
    image, mask = x[:, :1], x[:, 1:2]
    share = functional.avg_pool3d(mask, STRIDE)

    def pooled(values: Tensor) -> Tensor:
        return functional.avg_pool3d(values * mask, STRIDE) / share.clamp(min=0.3)

    within = {mm: _blurred(share, mm) for mm in (*SCALES_MM, 3.5, _TEXTURE_MM)}

    def around(values: Tensor, mm: float) -> Tensor:
        return _blurred(values * share, mm) / within[mm].clamp(min=0.05)

    mean, square = pooled(image), pooled(image * image)
    means = {mm: around(mean, mm) for mm in SCALES_MM}
    finest = means[SCALES_MM[0]]
    own = torch.cat(
        [
            mean,
            *means.values(),
            _root(around(mean * mean, _TEXTURE_MM) - around(mean, _TEXTURE_MM) ** 2),
            _root(square - mean * mean),
            _root(sum((_moved(finest, axis, 1) - _moved(finest, axis, -1)) ** 2 for axis in (2, 3, 4))),
            _highest(mean, 3),
            _lowest(mean, 3),
            around(pooled(_levels(image)), _HISTOGRAM_MM),
            *(_excess(means[mm], width) for mm, width in EXCESSES),
        ],
        1,
    )
    neighbours = [
        _moved(side, axis, by) for side in (finest, _mirror(finest)) for axis in (2, 3, 4) for by in (_AWAY, -_AWAY)
    ]
    depth = [within[mm] for mm in (3.5, 8.0, 14.0)]
    return torch.cat([own, _mirror(own), *neighbours, *depth, *_place_and_brain(mean, share)], 1)


def _place_and_brain(mean: Tensor, share: Tensor) -> list[Tensor]:
    """Return position (across in 40 mm, along the others in the brain's own spread) and moments of the whole brain."""
    inside = (share > 0.5).to(mean)
    count = inside.sum((2, 3, 4), keepdim=True).clamp(min=1)

    def over_brain(values: Tensor) -> Tensor:
        return (values * inside).sum((2, 3, 4), keepdim=True) / count

    found = []
    for axis in (2, 3, 4):
        n = share.shape[axis]
        shape = [n if a == axis else 1 for a in range(5)]
        at = ((torch.arange(n, device=mean.device, dtype=mean.dtype) - (n - 1) / 2) / 10).reshape(shape)
        if axis == 2:
            found.append(at.abs())
        else:
            away = at - over_brain(at.expand_as(inside))
            found.append(away / _root(over_brain(away * away)).clamp(min=0.1))
    found += [over_brain(mean**power) for power in (1, 2, 3)] + [count / 10_000]
    return [values.expand_as(share) for values in found]


def _levels(image: Tensor) -> Tensor:
    """Return how far each voxel belongs to each level of brightness; the outer levels take all beyond."""
    width = LEVELS[1] - LEVELS[0]
    held = image.clamp(LEVELS[0], LEVELS[-1])
    return torch.cat([(1 - (held - level).abs() / width).clamp(min=0) for level in LEVELS], 1)


def _excess(means: Tensor, width: int) -> Tensor:
    """Return how far a mean lies above (positive) or below the range of those around the mirrored place."""
    other = _mirror(means)
    return (means - _highest(other, width)).clamp(min=0) - (_lowest(other, width) - means).clamp(min=0)


def _mirror(x: Tensor) -> Tensor:
    return x.flip(2)


def _moved(x: Tensor, axis: int, by: int) -> Tensor:
    return torch.roll(x, by, axis)  # the box is wider than the brain: what comes round is empty


def _highest(x: Tensor, width: int) -> Tensor:
    return functional.max_pool3d(x, width, 1, width // 2)


def _lowest(x: Tensor, width: int) -> Tensor:
    return -_highest(-x, width)


def _root(x: Tensor | int) -> Tensor:
    return torch.as_tensor(x).clamp(min=_TINY).sqrt()


def _blurred(x: Tensor, sd_mm: float) -> Tensor:
    """Return a Gaussian mean; beyond the box there is nothing."""
    sd = sd_mm / _MM
    reach = math.ceil(3 * sd)
    at = torch.arange(-reach, reach + 1, device=x.device, dtype=x.dtype)
    kernel = torch.exp(-(at**2) / (2 * sd**2))
    kernel = kernel / kernel.sum()
    n, channels, *shape = x.shape
    flat = x.reshape(n * channels, 1, *shape)
    for axis in range(3):
        size, padding = [1, 1, 1], [0, 0, 0]
        size[axis], padding[axis] = len(kernel), reach
        flat = functional.conv3d(flat, kernel.reshape(1, 1, *size), padding=padding)
    return flat.reshape(n, channels, *shape)
