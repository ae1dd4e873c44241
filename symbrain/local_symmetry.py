r"""Where the fissure is, seen from near by: the place across which the next few millimetres are their own mirror image.

Fluid, falx and the cortex on both sides of the interhemispheric fissure look the same to either side whatever the
contrast, and so do the third ventricle, the septum and the callosum; a fold or a lesion further out does not enter.
That is what tells the anatomical midline from the plane of greatest symmetry (Volkau et al. 2006 and Kuijf et al. 2014
use such local symmetry too). With x the image, its local mean removed and its local spread made one, the cost of a
place that is displaced by d is

.. math:: C(d) = \sum_k w_k \, [x(d + k) - x(d - k)]^2, \qquad w_k \propto e^{-k^2 / 2 \sigma^2}

It is looked up for each point of a plane or line, and the straight plane or line of least mean cost is the midline.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

ACROSS_MM = 0.5
"""Step of a band's first axis, which runs across the midline."""
_SIGMA_MM, _REACH_MM = 2.0, 6.0  # how far to both sides the image is compared
_LOCAL_MM = 6.0  # the scale on which intensity is called local
_ALONG_MM = 2.0  # costs are smoothed along the midline
_FINER = 8  # displacements are looked up between those that were tried
_NEWTON_STEPS, _PARABOLA_MM, _LEAST_GAIN = 12, 0.25, 1e-7
_CAP = 1.5  # the cost beyond which a place says nothing more
_FLAT = 1e-4  # a place where nothing costs as much as this is flat and says nothing either; noise costs 1 and more

Array = NDArray[np.float64]


def half_width_mm(most_mm: float) -> float:
    """Return how far a band must reach to both sides, to try displacements of up to ``most_mm``."""
    return most_mm + _REACH_MM


@dataclass(frozen=True)
class MirrorCosts:
    """What it costs to put the midline at each displacement.

    Parameters
    ----------
    cost
        Shape (displacements, points), about 1 where there is no symmetry, and never above 1.5.
    displacement_mm
        Rising, symmetric about 0.
    """

    cost: Array
    displacement_mm: Array

    def means_at(self, displacement_mm: Array) -> Array:
        """Return mean costs of displacements, shape (points, …); beyond what was tried the cost is the highest."""
        return np.asarray(self._at(displacement_mm).mean(axis=0))

    def at_points(self, points: slice) -> MirrorCosts:
        """Return the costs of some points."""
        return MirrorCosts(np.ascontiguousarray(self.cost[:, points]), self.displacement_mm)

    def straight(self, terms: Array, start: ArrayLike) -> tuple[Array, float]:
        """Return the coefficients of least mean cost, near a start, and that cost.

        Newton's method on the parabola through each point's costs at its displacement and a little to both sides;
        a step that does not help is halved.

        Parameters
        ----------
        terms
            Shape (points, n): the displacement of a point is ``terms @ coefficients``.
        """
        best = np.asarray(start, float)
        scale = np.sqrt((terms**2).mean(axis=0))  # so that each coefficient moves the points alike
        least = float(self.means_at(terms @ best))
        for _ in range(_NEWTON_STEPS):
            at = (terms @ best)[:, None] + [-_PARABOLA_MM, 0.0, _PARABOLA_MM]
            below, here, above = self._at(at).T
            slope = (above - below) / (2 * _PARABOLA_MM)
            bend = np.maximum((above + below - 2 * here) / _PARABOLA_MM**2, 0.0)
            unit = terms / scale
            gradient = (unit * slope[:, None]).mean(axis=0)
            curvature = np.einsum("pi,pj,p->ij", unit, unit, bend) / len(unit)
            damping = 1e-3 * np.trace(curvature) + 1e-6
            step = np.linalg.solve(curvature + damping * np.eye(len(scale)), gradient) / scale
            for _ in range(4):
                tried = best - step
                cost = float(self.means_at(terms @ tried))
                if cost < least:
                    break
                step = step / 2
            else:
                break
            gain, best, least = least - cost, tried, cost
            if gain < _LEAST_GAIN:
                break
        return best, least

    def _at(self, displacement_mm: Array) -> Array:
        """Return each point's costs at displacements, shape (points, …)."""
        first, step = self.displacement_mm[0], self.displacement_mm[1] - self.displacement_mm[0]
        count, points = self.cost.shape
        at = (displacement_mm - first) / step
        low = np.clip(at, 0, count - 2).astype(np.intp)
        place = low * points + np.arange(points).reshape(-1, *[1] * (at.ndim - 1))
        below, above = self.cost.ravel()[place], self.cost.ravel()[place + points]
        return np.where((at < 0) | (at > count - 1), _CAP, below + (at - low) * (above - below))


def mirror_costs(band: NDArray[np.float32], along_mm: float, most_mm: float, seen: NDArray[np.bool_]) -> MirrorCosts:
    """Return the costs of displacements of up to ``most_mm``.

    Parameters
    ----------
    band
        The image in steps of ``ACROSS_MM`` across an assumed midline, which is the middle of axis 0, and of
        ``along_mm`` along it (one further axis for a line, two for a plane); as wide as ``half_width_mm`` says.
    seen
        Shape of a layer of the band: the points that count.
    """
    layers = band.ndim - 1
    local = (_LOCAL_MM / ACROSS_MM, *[_LOCAL_MM / along_mm] * layers)
    centred = band - ndimage.gaussian_filter(band, local, truncate=3)
    spread = np.sqrt(ndimage.gaussian_filter(centred * centred, local, truncate=3))
    # Flat places are not made of noise alone; a band without any contrast costs the same everywhere.
    image = np.clip(centred / np.maximum(spread + 0.3 * np.median(spread), 1e-12), -3, 3)
    middle, most, reach = len(band) // 2, round(most_mm / ACROSS_MM), round(_REACH_MM / ACROSS_MM)
    weights = np.exp(-0.5 * (np.arange(1, reach + 1) * ACROSS_MM / _SIGMA_MM) ** 2)
    weights = (weights / weights.sum()).astype(np.float32)
    cost = np.zeros((2 * most + 1, *band.shape[1:]), np.float32)
    for k, weight in enumerate(weights, start=1):
        first, last = middle - most, middle + most + 1
        cost += weight * (image[first + k : last + k] - image[first - k : last - k]) ** 2
    cost = ndimage.gaussian_filter(cost, (0, *[_ALONG_MM / along_mm] * layers), truncate=3)
    unit = np.median(cost, axis=0)
    usual = unit + 0.3 * np.median(unit[seen])
    kept = np.where(usual > _FLAT, np.minimum(cost / np.maximum(usual, _FLAT), _CAP), 1.0)[:, seen]
    finer = np.linspace(-most, most, _FINER * 2 * most + 1) * ACROSS_MM
    return MirrorCosts(_between(most) @ kept, finer)


@cache
def _between(most: int) -> Array:
    """Return the matrix that takes costs of whole steps to those of finer ones, by cubic splines."""
    from scipy.interpolate import CubicSpline  # a quarter of a second that only the search for a plane has to spend

    steps = np.arange(-most, most + 1)
    return np.asarray(CubicSpline(steps, np.eye(len(steps)))(np.linspace(-most, most, _FINER * 2 * most + 1)))
