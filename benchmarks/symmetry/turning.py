"""Slices turned and mirrored by linear interpolation, all positions in shares of the half width from the centre."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def turned(images: Tensor, angle: Tensor) -> Tensor:
    """Return images (n, c, h, h) turned by angles (n,) in radians, from +x (columns) towards +y (rows)."""
    c, s = torch.cos(angle), torch.sin(angle)
    # Where each pixel comes from: the inverse turn.
    rows = torch.stack([torch.stack([c, s], -1), torch.stack([-s, c], -1)], -2)
    return resampled(images, rows, torch.zeros(len(angle), 2))


def mirrored_across(images: Tensor, line: Tensor) -> Tensor:
    """Return images (n, c, h, h) mirrored at lines (n, 4): cos 2θ, sin 2θ, foot x and y in pixels from the centre."""
    c, s, foot = line[:, 0], line[:, 1], line[:, 2:]
    matrix = torch.stack([torch.stack([c, s], -1), torch.stack([s, -c], -1)], -2)
    away = foot - torch.einsum("nij,nj->ni", matrix, foot)
    return resampled(images, matrix, away * (2 / images.shape[-1]))


def resampled(images: Tensor, matrix: Tensor, shift: Tensor) -> Tensor:
    """Return images (n, c, h, h) whose pixel p comes from ``matrix`` p + ``shift``; beyond, the border goes on."""
    theta = torch.cat([matrix, shift[:, :, None]], -1).to(images)
    grid = functional.affine_grid(theta, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="border", align_corners=False)
