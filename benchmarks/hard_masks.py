"""How good a brain mask is, and the usual threshold to compare it with."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk  # noqa: N813
from numpy.typing import NDArray

from symbrain.plane import Plane
from symbrain.volume import Volume

_OPENED_MM = 3.0
Mask = NDArray[np.bool_]


def threshold_mask(volume: Volume) -> Mask:
    """Return the usual recipe's brain: Otsu's threshold, opened, the largest piece, closed, its holes filled."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(volume.data.T))
    radii = [max(1, round(_OPENED_MM / float(mm))) for mm in volume.spacing_mm]
    opened = sitk.BinaryMorphologicalOpening(sitk.OtsuThreshold(image, 0, 1), radii)
    largest = sitk.RelabelComponent(sitk.ConnectedComponent(opened)) == 1
    closed = sitk.BinaryMorphologicalClosing(largest, [2 * radius for radius in radii])
    return np.asarray(sitk.GetArrayFromImage(sitk.BinaryFillhole(closed)).T > 0)


def mask_figures(found: Mask, true: Mask, plane: Plane, volume: Volume) -> dict[str, float]:
    """Return Dice, by how much the mask moves left-right asymmetry (per cent), and its error of volume (per cent).

    Asymmetry is (L−R)/(L+R) of the volumes on both sides of the true plane.
    """
    common, of_found, of_true = (float(np.count_nonzero(m)) for m in (found & true, found, true))
    return {
        "dice": 2 * common / (of_found + of_true),
        "side_percent": 100 * (_asymmetry(found, plane, volume) - _asymmetry(true, plane, volume)),
        "volume_percent": 100 * (of_found / of_true - 1),
    }


def _asymmetry(mask: Mask, plane: Plane, volume: Volume) -> float:
    if not mask.any():
        return float("nan")
    side = plane.distance_mm(volume.to_world(np.argwhere(mask)))
    return float(np.mean(np.sign(-side)))
