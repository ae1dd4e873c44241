"""Does an upright image still show a face? Whoever shares one should know.

A face is tissue in front of the brain's lower half and below its front. Where it was cut off or blanked (as by
Bischoff-Grethe et al. 2007, Human Brain Mapping 28:892), and where everything but the brain was, nothing is there. A
face that was blurred or replaced by another's is tissue too, and is told as one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from symbrain.blocks import block_means
from symbrain.volume import Affine, box_around

LEAST_CM2 = 3.0
"""From so much of a face on, seen from the front, it is told."""
_GRID_MM = 2.0
_TISSUE = 0.12  # of the brain's median brightness: muscle is dark in T2w, the background darker
_SKULL_MM = 9.0  # around the brain: scalp and skull, which remain where a face was removed
_DEPTH_MM = 6.0  # of tissue from front to back, where less is a rim that was left
_BROAD = 0.5  # of the brain's half length: how far to either side nose, eyes and mouth are looked for


def face_cm2(image: NDArray[np.float32], mask: NDArray[np.bool_], affine: Affine) -> float:
    """Return how much of a face an upright image shows, as the area seen from the front in cm².

    Parameters
    ----------
    image, mask
        Upright, shape (R, A, S); the mask is the brain's.
    affine
        Of the upright grid (RAS+, mm), whose axes are the world's.
    """
    spacing = np.abs(np.diag(affine)[:3])
    factor = np.maximum(1, np.round(_GRID_MM / spacing)).astype(int)
    image, share = block_means(image, factor), block_means(mask.astype(np.float32), factor)
    mask, spacing = share > 0.5, spacing * factor
    if not mask.any():
        return 0.0
    tissue = ndimage.binary_opening(image > _TISSUE * float(np.median(image[mask])))
    depth = (tissue & _where_a_face_is(mask, spacing)).sum(axis=1) * spacing[1]
    facing = depth >= _DEPTH_MM
    return float(np.count_nonzero(facing) * spacing[0] * spacing[2] / 100)


def face_warning(image: NDArray[np.float32], mask: NDArray[np.bool_], affine: Affine) -> str | None:
    """Return a sentence where an upright image shows a face; None where it shows none, or less than can be known."""
    area = face_cm2(image, mask, affine)
    if area < LEAST_CM2:
        return None
    return (
        f"the image shows a face ({area:.0f} cm² in front of the brain, seen from the front); deface it before it is "
        "shared"
    )


def _where_a_face_is(mask: NDArray[np.bool_], spacing: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return the places in front of the brain's lower half and below its front, away from its scalp and skull."""
    _, ahead, up = box_around(mask)
    middle, half = ((ahead.start + ahead.stop) / 2, (up.start + up.stop) / 2), (ahead.stop - ahead.start) / 2
    half_mm = half * spacing[1]
    x = (np.arange(mask.shape[0]) - (mask.shape[0] - 1) / 2) * spacing[0] / half_mm
    y = (np.arange(mask.shape[1]) - middle[0]) * spacing[1] / half_mm
    z = (np.arange(mask.shape[2]) - middle[1]) * spacing[2] / half_mm
    corner = (y[:, None] > 0.3) & (z[None] < 0) & (y[:, None] - z[None] > 1.1)
    away = ndimage.distance_transform_edt(~mask, sampling=spacing) > _SKULL_MM
    return np.asarray((np.abs(x) < _BROAD)[:, None, None] & corner[None] & away)
