"""Observers that are told where the change would be, what shape and what sign it has: how well anyone could do.

Matched filters: the template is the change itself, the lesioned less the healthy image of the same infant. One
compares the place with its mirror image, the other with what surrounds it. Each is asked about the lesioned and about
the healthy image, and a table shows the better of the two. Neither whitens the anatomy around the change, so a method
that predicts the anatomy well can pass them where folds hide the change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from symbrain.reflection import reflect

_SURROUND_MM = 6.0


@dataclass(frozen=True)
class Told:
    """What an observer is told: the template on the image's grid, positive where the lesion is brighter."""

    template: NDArray[np.float32]


def beside_mirror(
    image: NDArray[np.float32], mask: NDArray[np.bool_], _mm: float, _age_weeks: float, _modality: str, told: Told
) -> tuple[float, str, None]:
    """Compare the place with its mirror image."""
    template = np.where(mask & reflect(mask), told.template, 0)
    return _response(image - reflect(image), template, image[mask]), "none", None


def beside_surround(
    image: NDArray[np.float32], mask: NDArray[np.bool_], mm: float, _age_weeks: float, _modality: str, told: Told
) -> tuple[float, str, None]:
    """Compare the place with the brain around it."""
    template = np.where(mask, told.template, 0)
    around = ndimage.gaussian_filter(template, _SURROUND_MM / mm) * mask
    weight = float(around.sum(dtype=float))
    if abs(weight) > 1e-6:
        template = template - around * (float(template.sum(dtype=float)) / weight)
    return _response(image, template, image[mask]), "none", None


def _response(image: NDArray[np.float32], template: NDArray[np.floating], brain: NDArray[np.float32]) -> float:
    length = float(np.sqrt(np.sum(template.astype(float) ** 2)))
    contrast = float(np.percentile(brain, 90) - np.percentile(brain, 10))
    return float(np.sum(image.astype(float) * template)) / max(length * contrast, 1e-9)
