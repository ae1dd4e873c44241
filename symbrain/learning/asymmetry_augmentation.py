"""What may differ between two scans of normal brains and means nothing: pose, shape, contrast, bias field, noise.

After Billot et al. (SynthSeg, 2107.09559) and methods for one-sided change: nothing here is mirrored, so that both
sides differ a little in shape and sensitivity, as in every real scan.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch.nn import functional

from symbrain.learning.asymmetry_input import SHAPE, SPACING_MM, Image, Working

TILT_DEG, SHIFT_MM = 1.5, 1.5
_WARP_MM, _WARP_CELLS = 1.6, (9, 10, 8)  # a displacement for each 16 mm
_HALF_MM = np.array([(n - 1) / 2 * SPACING_MM for n in SHAPE])
_INVERTED, _CURVED, _NOT_MONOTONE = 0.3, 0.6, 0.08  # how often
_BIAS, _NOISE, _BLUR = 0.12, 0.06, 0.6  # largest: log-brightness at the surface, share of brightness, voxels


def moved(working: Working, rng: np.random.Generator) -> Working:
    """Return the brain a little turned, shifted and smoothly bent, differently on the two sides; half of them mirrored.

    The turn and the shift are what an error of the plane would leave.
    """
    if rng.random() < 0.5:
        working = working.mirrored()
    nodes = _rigid(_nodes(), rng) + rng.normal(0, rng.uniform(0, _WARP_MM), (*_WARP_CELLS, 3))
    # Linear between the nodes, as the turn and the shift are everywhere.
    coarse = torch.from_numpy(np.moveaxis(nodes / _HALF_MM, -1, 0)[None].astype(np.float32))
    where = functional.interpolate(coarse, size=SHAPE, mode="trilinear", align_corners=True)
    grid = where.flip(1).permute(0, 2, 3, 4, 1)  # torch counts the last axis first
    stack = np.stack([working.image, working.mask.astype(np.float32)])[None]
    out = functional.grid_sample(torch.from_numpy(stack), grid, align_corners=True)[0].numpy()
    mask = out[1] > 0.5
    # Where the brain's border moved, the mean of brain and nothing is brain again.
    return Working(np.where(mask, out[0] / np.maximum(out[1], 0.5), 0).astype(np.float32), mask)


def recoloured(working: Working, rng: np.random.Generator) -> Working:
    """Return the brain in another contrast: a curve of brightness, monotone or not, upright or inverted."""
    image, mask = working.image, working.mask
    low, high = np.percentile(image[mask], [0.5, 99.5]) if mask.any() else (0.0, 1.0)
    share = np.clip((image - low) / max(float(high - low), 1e-6), 0, 1)
    if rng.random() < _INVERTED:
        share = 1 - share
    if rng.random() < _CURVED:
        share = share ** np.float32(np.exp(rng.normal(0, 0.35)))
    if rng.random() < _NOT_MONOTONE:
        share = np.interp(share, np.linspace(0, 1, 6), rng.uniform(0, 1, 6))
    return Working(np.where(mask, share + 0.3, 0).astype(np.float32), mask)


def measured(working: Working, rng: np.random.Generator) -> Working:
    """Return the brain as a scanner might measure it: uneven sensitivity, blur, noise."""
    image = working.image * np.exp(_smooth_field(rng) * np.float32(rng.uniform(0, _BIAS)))
    if (blur := rng.uniform(0, _BLUR)) > 0.25:
        inside = ndimage.gaussian_filter(working.mask.astype(np.float32), blur, truncate=3)
        image = ndimage.gaussian_filter(image, blur, truncate=3) / np.maximum(inside, 0.3)
    noise = rng.standard_normal(SHAPE, np.float32) * np.float32(rng.uniform(0, _NOISE) * 0.7)
    return Working(np.where(working.mask, image + noise, 0).astype(np.float32), working.mask)


def _axis(n: int) -> Image:
    return np.linspace(-1, 1, n, dtype=np.float32)


def _nodes() -> NDArray[np.float64]:
    """Return the positions of the warp's nodes in the box, in millimetres from its middle."""
    axes = [np.linspace(-half, half, n) for half, n in zip(_HALF_MM, _WARP_CELLS, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1)


def _rigid(at_mm: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return where points come from under a small turn and shift."""
    a, b, c = np.radians(rng.uniform(-TILT_DEG, TILT_DEG, 3))
    turn = np.array([[1, -c, b], [c, 1, -a], [-b, a, 1]])  # of a small angle
    return np.asarray(at_mm @ turn.T + rng.uniform(-SHIFT_MM, SHIFT_MM, 3))


def _smooth_field(rng: np.random.Generator) -> Image:
    """Return a polynomial of the second degree, about 1 at the brain's surface, with a ramp across the subject."""
    x, y, z = (axis.reshape(shape) * np.float32(1.3) for axis, shape in zip(
        map(_axis, SHAPE), ((-1, 1, 1), (1, -1, 1), (1, 1, -1)), strict=True))  # fmt: skip
    w = rng.normal(0, 1, 8).astype(np.float32)
    w /= np.linalg.norm(w)
    return np.asarray(
        x * (w[0] + w[1] * y + w[2] * z + w[3] * x) + y * (w[4] + w[5] * y) + z * (w[6] + w[7] * z), np.float32
    )
