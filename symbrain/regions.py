"""Left and right of each structure: volumes, mean intensities and the asymmetry index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbrain.drawem import PAIRS_87, TISSUES_9, Atlas
from symbrain.plane import Plane
from symbrain.volume import Volume

_NOT_A_REGION = {"Background"}


@dataclass(frozen=True)
class Region:
    """A structure on both sides; volumes in millilitres, intensities in the scan's units (NaN where empty)."""

    region: str
    index_left: int
    index_right: int
    left_ml: float
    right_ml: float
    left_intensity: float
    right_intensity: float

    def to_row(self) -> dict[str, Any]:
        """Return the region's columns of regions.tsv."""
        return {
            "region": self.region,
            "index_left": self.index_left,
            "index_right": self.index_right,
            "left_ml": self.left_ml,
            "right_ml": self.right_ml,
            "asymmetry_index": asymmetry_index(self.left_ml, self.right_ml),
            "intensity_asymmetry": asymmetry_index(self.left_intensity, self.right_intensity),
        }


def asymmetry_index(left: float, right: float) -> float:
    """Return (L − R) / ((L + R) / 2), −2 to 2; NaN where there is nothing on either side.

    >>> round(asymmetry_index(11.0, 9.0), 3)
    0.2
    """
    total = left + right
    return 2 * (left - right) / total if total > 0 else float("nan")


def measure_regions(volume: Volume, labels: NDArray[np.integer[Any]], atlas: Atlas, plane: Plane) -> list[Region]:
    """Measure each structure on the scan's own grid.

    The sides of DrawEM-87 are those of its labels; the nine tissues are divided by the mid-sagittal plane.
    """
    if atlas == "drawem87":
        sided, pairs = labels, PAIRS_87
    else:
        # The left copy of a tissue keeps its number, the right one is moved up by the number of tissues.
        right = _distance_mm(volume, plane) > 0
        sided = np.where(right & (labels > 0), labels + len(TISSUES_9), labels)
        pairs = {name: (n, n + len(TISSUES_9)) for name, n in TISSUES_9.items() if name not in _NOT_A_REGION}
    flat = sided.ravel()
    counts = np.bincount(flat, minlength=128)
    sums = np.bincount(flat, weights=volume.data.ravel(), minlength=128)
    means = np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0)
    return [
        Region(
            name,
            left,
            right_ if atlas == "drawem87" else left,
            float(counts[left] * volume.voxel_ml),
            float(counts[right_] * volume.voxel_ml),
            float(means[left]),
            float(means[right_]),
        )
        for name, (left, right_) in pairs.items()
    ]


def _distance_mm(volume: Volume, plane: Plane) -> NDArray[np.float64]:
    """Return each voxel's signed distance from a plane, positive on the subject's right, without a list of points."""
    x, y, z = (
        np.arange(n) * step for n, step in zip(volume.shape, plane.unit_normal @ volume.affine[:3, :3], strict=True)
    )
    start = float(plane.distance_mm(volume.affine[:3, 3]))
    return np.asarray(start + x[:, None, None] + y[:, None] + z)
