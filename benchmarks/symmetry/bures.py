r"""Bures–Wasserstein distance between regional covariances of the two sides: one more description of a place.

A place is also known by how its surroundings vary together. Between positive semidefinite matrices

.. math:: d(A, B)^2 = \operatorname{tr} A + \operatorname{tr} B
          - 2 \operatorname{tr} \left( A^{1/2} B A^{1/2} \right)^{1/2}

is the distance of optimal transport between the Gaussians (Bhatia, Jain and Lim 2019; the metric that 2504.00660 learns
for ill-conditioned matrices). It needs no inverse and no logarithm, so a covariance that is nearly singular, as of a
flat region, is as good as any: that is why it, and not the log-Euclidean distance.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from torch import nn

from symmetry.mechanism import Mechanism

Floats = NDArray[np.floating[Any]]


def bures_wasserstein(a: Floats, b: Floats) -> Floats:
    """Return the distances (…) of positive semidefinite matrices (…, d, d)."""
    root = _root(a)
    inner = root @ b @ root
    between = np.sqrt(np.clip(np.linalg.eigvalsh((inner + np.swapaxes(inner, -1, -2)) / 2), 0, None)).sum(-1)
    traces = np.trace(a, axis1=-2, axis2=-1) + np.trace(b, axis1=-2, axis2=-1)
    return np.asarray(np.sqrt(np.clip(traces - 2 * between, 0, None)))


def log_euclidean(a: Floats, b: Floats) -> Floats:
    """Return the log-Euclidean distances (…) of positive definite matrices, to compare with."""
    return np.asarray(np.linalg.norm(_logarithm(a) - _logarithm(b), axis=(-2, -1)))


def regional_covariances(channels: Floats, weight: Floats, sd: float) -> Floats:
    """Return the local covariances (x, y, z, c, c) of channels (c, x, y, z).

    Parameters
    ----------
    weight
        What counts, (x, y, z): the brain.
    sd
        Of the Gaussian that says what is local, in voxels.
    """
    total = np.maximum(ndimage.gaussian_filter(weight, sd), 0.05)

    def local(values: Floats) -> Floats:
        return np.asarray(ndimage.gaussian_filter(values * weight, sd) / total)

    means = [local(channel) for channel in channels]
    found = np.empty((*weight.shape, len(channels), len(channels)), np.float32)
    for i, one in enumerate(channels):
        for j in range(i + 1):
            found[..., i, j] = found[..., j, i] = local(one * channels[j]) - means[i] * means[j]
    return found


def _root(matrices: Floats) -> Floats:
    values, vectors = np.linalg.eigh(matrices)
    return np.asarray((vectors * np.sqrt(np.clip(values, 0, None))[..., None, :]) @ np.swapaxes(vectors, -1, -2))


def _logarithm(matrices: Floats) -> Floats:
    values, vectors = np.linalg.eigh(matrices)
    return np.asarray((vectors * np.log(np.clip(values, 1e-300, None))[..., None, :]) @ np.swapaxes(vectors, -1, -2))


class BuresFeature(Mechanism):
    """The distance as one more description of each place; the others do not see it."""

    name: ClassVar[str] = "bures feature"
    not_for: ClassVar[Mapping[str, str]] = {
        "midline": "regions of two sides can be compared only once the midline is known, which is what this model "
        "looks for"
    }

    def prepare(self, net: nn.Module) -> nn.Module:
        """Return the network that sees the description too."""
        from symmetry.models import SPREAD, PlaceNet

        cast(PlaceNet, net).seen[SPREAD] = 1.0
        return net
