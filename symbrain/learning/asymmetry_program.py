"""The asymmetry detector as one program of tensors: from an upright brain to its score, for files that others run.

It says again, in torch alone, what ``asymmetry_input``, ``asymmetry_calibration`` and ``deviation`` say in numpy, so
that an exported file needs nothing of symbrain; tests hold the two to the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from symbrain.deviation import BEARS, WORST_ML
from symbrain.learning.asymmetry_calibration import DEVIANT_SD, EDGES_MM, Calibration
from symbrain.learning.asymmetry_input import CLIP, HALF, SHAPE, SPACING_MM
from symbrain.learning.asymmetry_net import AsymmetryMap

INPUTS = ("image", "mask", "spacing_mm")
OUTPUTS = ("score", "laterality_index", "side", "volume_ml", "heat")
_VOXEL_ML = SPACING_MM**3 / 1000
_WORST = round(WORST_ML / _VOXEL_ML)  # voxels


class AsymmetryProgram(nn.Module):
    """From an upright brain to its score.

    Parameters
    ----------
    net
        Averaged over the reflection.
    calibration
        The normal log-odds at each depth.
    """

    middle: Tensor
    spread: Tensor

    def __init__(self, net: AsymmetryMap, calibration: Calibration) -> None:
        super().__init__()
        self.net = net
        self.register_buffer("middle", torch.tensor([0.0, *calibration.middle]))
        self.register_buffer("spread", torch.tensor([1.0, *calibration.spread]))
        self.edges_mm = calibration.edges_mm

    def forward(self, image: Tensor, mask: Tensor, spacing_mm: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Return score, laterality (−1 left to 1 right), side (−1 left, 0 none, 1 right), volume in ml, and heat.

        Parameters
        ----------
        image, mask
            Upright brain without its bias field, and where the brain is (above 0), shape (x, y, z): x runs from the
            subject's left to the right, and its middle is the mid-sagittal plane.
        spacing_mm
            Voxel edge, shape (1,).
        """
        brain = (mask > 0).double()  # sums over many voxels, in which float32 would lose digits
        at = [_at_mm(brain, axis, spacing_mm) for axis in range(3)]
        share = _along_axes([_overlap(at[a], SHAPE[a], spacing_mm) for a in range(3)], brain)
        total = _along_axes([_overlap(at[a], SHAPE[a], spacing_mm) for a in range(3)], image.double() * brain)
        inside = share > HALF
        boxed = torch.where(inside, total / share.clamp(min=0.5), 0.0)
        logit = self.logit(_normalised(boxed, inside).float(), inside)
        which = _depth_class(inside, self.edges_mm)
        heat = self._heat(logit, which)
        back = _along_axes([_tents(at[a], SHAPE[a]) for a in range(3)], heat.double())
        return (*_summary(heat, which > 0), (back * brain).float())

    def logit(self, image: Tensor, inside: Tensor) -> Tensor:
        """Return the log-odds of each voxel of the box."""
        coarse = self.net(torch.stack([image, inside.to(image)])[None])
        return functional.interpolate(coarse, size=SHAPE, mode="trilinear", align_corners=False)[0, 0]

    def _heat(self, logit: Tensor, which: Tensor) -> Tensor:
        above = (logit - self.middle[which]) / self.spread[which]
        return torch.where((which > 0) & (above > 0) & (logit > logit.flip(0)), above, 0.0)


def _summary(heat: Tensor, compared: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return score, laterality, side and volume, each of shape (1,): see ``deviation.summarise``."""
    worst = torch.where(compared, heat, -1.0).flatten().topk(_WORST).values
    counted = (worst >= 0).to(heat)
    number = counted.sum().clamp(min=1)
    score = (worst * counted).sum() / number
    threshold = torch.where(counted > 0, worst, torch.inf).amin(0).clamp(min=1e-6)
    half = SHAPE[0] // 2
    hot = torch.where(heat >= threshold, heat, 0.0)
    on_left, on_right = hot[:half].sum(), hot[half:].sum()
    laterality = (on_right - on_left) / (on_right + on_left).clamp(min=1e-12)
    side = torch.where(laterality.abs() < BEARS, 0.0, laterality.sign())
    deviant = (heat > DEVIANT_SD).to(heat)
    bearing = torch.where(side < 0, deviant[:half].sum(), deviant[half:].sum())
    volume = torch.where(side == 0, 0.0, bearing * _VOXEL_ML)
    return score[None], laterality[None], side[None], volume[None]


def _at_mm(brain: Tensor, axis: int, spacing_mm: Tensor) -> Tensor:
    """Return where the voxels lie along an axis, from the plane, or else from the middle of the brain."""
    n = brain.shape[axis]
    index = torch.arange(n, device=brain.device, dtype=brain.dtype)
    if axis == 0:
        middle = index[-1] / 2
    else:
        along = brain.sum([a for a in range(3) if a != axis])
        count = along.sum()
        middle = torch.where(count > 0, (index * along).sum() / count.clamp(min=1), index[-1] / 2)
    return (index - middle) * spacing_mm


def _overlap(at: Tensor, size: int, spacing_mm: Tensor) -> Tensor:
    """Return which share of each voxel of the box each upright voxel fills, shape (box, upright)."""
    low = ((torch.arange(size, device=at.device, dtype=at.dtype) - size / 2) * SPACING_MM)[:, None]
    ends = torch.minimum(at + spacing_mm / 2, low + SPACING_MM)
    return (ends - torch.maximum(at - spacing_mm / 2, low)).clamp(min=0) / SPACING_MM


def _tents(at: Tensor, size: int) -> Tensor:
    """Return the weights of linear interpolation, shape (upright, box)."""
    nodes = torch.arange(size, device=at.device, dtype=at.dtype) - (size - 1) / 2
    held = (at / SPACING_MM).clamp(-(size - 1) / 2, (size - 1) / 2)[:, None]
    return (1 - (held - nodes).abs()).clamp(min=0)


def _along_axes(weights: Sequence[Tensor], values: Tensor) -> Tensor:
    x, y, z = weights
    return torch.einsum("ai,ijk->ajk", x, torch.einsum("bj,ijk->ibk", y, torch.einsum("ck,ijk->ijc", z, values)))


def _normalised(image: Tensor, inside: Tensor) -> Tensor:
    """Return brightness in robust standard deviations from the brain's median, clipped; 0 outside."""
    ordered = torch.where(inside, image, torch.inf).flatten().sort().values
    last = (inside.sum() - 1).clamp(min=0)
    low, middle, high = (_percentile(ordered, last, share) for share in (0.1, 0.5, 0.9))
    scaled = (image - middle) * (2.563 / (high - low).clamp(min=1e-6))
    return torch.where(inside, scaled.clamp(-CLIP, CLIP), 0.0)


def _percentile(ordered: Tensor, last: Tensor, share: float) -> Tensor:
    """Return a percentile of the first values in order, by linear interpolation."""
    place = last.to(torch.float64) * share
    below = place.floor().to(torch.int64)
    above = torch.minimum(below + 1, last)
    first, second = ordered[below], ordered[above]
    return first + (second - first) * (place - below.to(torch.float64)).to(ordered)


def _depth_class(inside: Tensor, edges_mm: Sequence[float] = EDGES_MM) -> Tensor:
    """Return 0 where nothing is compared, else 1 and up with depth.

    The squared distance to the nearest voxel outside, axis by axis (Felzenszwalb and Huttenlocher 2012, equation 2),
    as far as the deepest edge asks.
    """
    reach = int(edges_mm[-1] / SPACING_MM)
    far = float(3 * reach * reach)
    squared = torch.where(inside & inside.flip(0), far, 0.0)
    for axis in range(3):
        padding = [0, 0, 0, 0, 0, 0]
        padding[2 * (2 - axis)] = padding[2 * (2 - axis) + 1] = reach
        padded = functional.pad(squared, padding)
        n = squared.shape[axis]
        squared = torch.stack(
            [padded.narrow(axis, reach + step, n) + float(step * step) for step in range(-reach, reach + 1)]
        ).amin(0)
    return sum((squared >= (edge / SPACING_MM) ** 2).to(torch.int64) for edge in edges_mm)  # type: ignore[return-value]
