"""The plane of greatest symmetry nearest to the truth: what symmetry alone can reach if no start is wrong.

It is told the true plane and the true brain mask, and shares no code with the method that it is the ceiling of.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, optimize

from scenes import Scene
from symbrain.plane import Plane
from symbrain.volume import Volume

_MM, _LOCAL_MM, _POINTS = 2.0, 5.0, 20_000
_ROUNDS = 3


def nearest_symmetry(volume: Volume, scene: Scene) -> Plane:
    """Return the maximum of the mirror correlation that a local search from the true plane leads to."""
    small = volume.shrunk(_MM)
    inside = Volume(scene.mask.astype(np.float32), volume.affine).shrunk(_MM).data
    image = _locally_scaled(small.data, inside, _LOCAL_MM / small.spacing_mm)
    at = np.argwhere(inside > 0.5)
    rng = np.random.default_rng(0)
    at = at[rng.permutation(len(at))[:_POINTS]] + rng.uniform(-0.5, 0.5, (min(len(at), _POINTS), 3))
    world, values = small.to_world(at), _sampled(image, at.T)
    center, to_voxel = np.asarray(scene.center_mm), np.linalg.inv(small.affine)
    across = np.linalg.svd(scene.plane.unit_normal[None])[2][1:]
    weights, best = np.ones(len(at)), np.zeros(3)

    def plane_of(v: NDArray[np.float64]) -> Plane:
        normal = scene.plane.unit_normal + np.radians(v[:2]) @ across
        unit = normal / np.linalg.norm(normal)
        foot = center - scene.plane.distance_mm(center) * scene.plane.unit_normal
        return Plane.through(foot + v[2] * unit, unit)

    def mirrored(v: NDArray[np.float64]) -> NDArray[np.float64]:
        matrix = to_voxel @ plane_of(v).mirror()
        return _sampled(image, matrix[:3, :3] @ world.T + matrix[:3, 3:])

    def unlikeness(v: NDArray[np.float64]) -> float:
        other = mirrored(v)
        return -float(weights @ (values * other) / np.sqrt((weights @ values**2) * (weights @ other**2) + 1e-12))

    for _ in range(_ROUNDS):  # places without a counterpart count less in the next round
        simplex = np.vstack([best, *(best + np.diag([1.0, 1.0, 0.5]))])
        options = {"initial_simplex": simplex, "xatol": 2e-3, "fatol": 1e-7, "maxfev": 90}
        best = np.asarray(optimize.minimize(unlikeness, best, method="Nelder-Mead", options=options).x)
        residual = values - mirrored(best)
        weights = 1 / (1 + (residual / (2.5 * 1.4826 * max(float(np.median(np.abs(residual))), 1e-6))) ** 2) ** 2
    return plane_of(best)


def _locally_scaled(image: NDArray[np.float32], inside: NDArray[np.float32], sigma: NDArray) -> NDArray[np.float32]:
    share = np.maximum(ndimage.gaussian_filter(inside, sigma), 1e-3)
    centred = (image - ndimage.gaussian_filter(image * inside, sigma) / share) * inside
    spread = np.sqrt(ndimage.gaussian_filter(centred**2, sigma) / share)
    return np.clip(centred / np.maximum(spread + 0.3 * np.median(spread[inside > 0.5]), 1e-6), -3, 3)


def _sampled(image: NDArray[np.float32], at: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(ndimage.map_coordinates(image, at, order=1, mode="constant", prefilter=False), float)
