"""How much larger the right side of one brain is: ln(right / left) of structures that usually differ.

Everything is measured on the upright grid, on the sides that the header gives. Sizes and limits are shares of the
brain, and limits come from both sides together, so that a mirrored brain has exactly the negated numbers. Nothing here
judges anything: one infant's normal asymmetry may go either way.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from symbrain.drawem import PAIRS_87, TISSUES_9, Atlas
from symbrain.label_sides import reversed_share
from symbrain.reflection import reflect

Mask = NDArray[np.bool_]

_LEAST_VOXELS = 30  # on either side: less is no structure, and its ratio says nothing
_TEMPORAL_GYRI = tuple(
    f"{gyrus}, {part} part"
    for gyrus, parts in (
        ("Superior temporal gyrus", ("middle", "posterior")),
        ("Medial and inferior temporal gyri", ("anterior", "posterior")),
    )
    for part in parts
)
_TEMPORAL = ("Anterior temporal", "Superior temporal", "Medial and inferior temporal", "Lateral occipitotemporal")
_DEEP = ("Caudate", "Thalamus", "Subthalamic", "Lentiform")
_NOT_CEREBRUM = {"Lateral ventricle", "Cerebellum"}
_LOBES: dict[str, tuple[str, ...]] = {
    "lateral_ventricle": ("Lateral ventricle",),
    "temporal_lobe": tuple(name for name in PAIRS_87 if name.startswith(_TEMPORAL)),
    "parietal_lobe": ("Parietal lobe, GM", "Parietal lobe, WM"),
    "occipital_lobe": ("Occipital lobe, GM", "Occipital lobe, WM"),
    "cerebrum": tuple(name for name in PAIRS_87 if name not in _NOT_CEREBRUM),
    "deep_grey_matter": tuple(name for name in PAIRS_87 if name.startswith(_DEEP)),
}
_TISSUES = {"lateral_ventricle": "Ventricles", "deep_grey_matter": "Deep grey matter"}

# Of the half width of the brain (about 44 mm at term): depths below the brain's surface, and distance to the midline.
_GYRUS_DEPTH = 0.18
_CENTRAL_DEPTH, _CENTRAL_REACH, _BRIGHTEST = 0.36, 0.6, 95
_CORTEX_DEPTHS, _DARKEST = (0.16, 0.41), 30
# Where the two upper temporal gyri lie in a brain's box: from the midline outward, posterior to anterior, upward.
_TEMPORAL_BOX = ((0.50, 0.95), (0.30, 0.75), (0.12, 0.45))


@dataclass(frozen=True)
class Brain:
    """An upright brain, axis 0 from the subject's left to right, its middle on the mid-sagittal plane.

    Parameters
    ----------
    image
        Bias field removed.
    modality
        Only T2w shows fluid bright and cortex dark.
    labels, atlas
        DrawEM's, on the same grid; None where there are none, or another atlas's.
    """

    image: NDArray[np.floating[Any]]
    mask: Mask
    modality: str
    labels: NDArray[np.integer[Any]] | None = None
    atlas: Atlas | None = None


def measure_directed(brain: Brain) -> dict[str, float | None]:
    """Return ln(right / left) of each measure of ``USUAL_SIDES``, and ``labels_reversed``.

    What cannot be measured is None. ``labels_reversed`` is the share of DrawEM's structures whose left label lies on
    the right of the midline plane; where it is more than half, the structures' sides are taken from where they lie.
    """
    found: dict[str, float | None] = {"labels_reversed": None, "brain_mask": _halves(brain.mask)}
    if not brain.mask.any():
        return found
    depth = ndimage.distance_transform_edt(brain.mask)
    if brain.modality == "T2w":
        found |= _in_t2w(brain, depth / _half_width(brain.mask))
    if brain.labels is not None and brain.atlas == "drawem87":
        share = reversed_share(brain.labels)
        of_labels = _in_drawem87(brain.labels, depth / _half_width(brain.mask))
        turned = share is not None and share > 0.5
        found |= {name: -v if turned and v is not None else v for name, v in of_labels.items()}
        found["labels_reversed"] = share
    elif brain.labels is not None and brain.atlas == "drawem9":
        found |= {name: _halves(brain.labels == TISSUES_9[tissue]) for name, tissue in _TISSUES.items()}
    return found


def _in_t2w(brain: Brain, depth: NDArray[np.floating[Any]]) -> dict[str, float | None]:
    """Return what can be seen in the image alone; depth is in half widths of the brain."""
    lateral, y, z = _box_shares(brain.mask)
    bright = brain.image > np.percentile(brain.image[brain.mask], _BRIGHTEST)
    fluid = bright & (depth > _CENTRAL_DEPTH) & (lateral < _CENTRAL_REACH)
    where = (depth > _CORTEX_DEPTHS[0]) & (depth < _CORTEX_DEPTHS[1])
    for shares, (low, high) in zip((lateral, y, z), _TEMPORAL_BOX, strict=True):
        where &= (shares > low) & (shares < high)
    dark = where & (brain.image < np.percentile(brain.image[where], _DARKEST)) if where.any() else where
    return {"central_fluid": _halves(fluid), "deep_temporal_cortex": _difference(_halves(dark), _halves(where))}


def _in_drawem87(labels: NDArray[np.integer[Any]], depth: NDArray[np.floating[Any]]) -> dict[str, float | None]:
    counts = np.bincount(labels.ravel(), minlength=128)
    found = {measure: _log_ratio(*_sums(counts, names)) for measure, names in _LOBES.items()}
    deep = np.bincount(labels[depth > _GYRUS_DEPTH], minlength=128)
    grey, white = (_sums(deep, [f"{gyrus}, {kind}" for gyrus in _TEMPORAL_GYRI]) for kind in ("GM", "WM"))
    tissue = (grey[0] + white[0], grey[1] + white[1])
    return found | {"superior_temporal_depth": _difference(_log_ratio(*grey), _log_ratio(*tissue))}


def _sums(counts: NDArray[np.integer[Any]], names: Iterable[str]) -> tuple[int, int]:
    """Return the voxels of structures on the left and on the right, by their labels."""
    pairs = [PAIRS_87[name] for name in names]
    return int(sum(counts[left] for left, _ in pairs)), int(sum(counts[right] for _, right in pairs))


def _halves(where: Mask) -> float | None:
    """Return ln(right / left) of the voxels on both sides; those in the middle count for none."""
    half = where.shape[0] // 2
    return _log_ratio(int(np.count_nonzero(where[:half])), int(np.count_nonzero(where[-half:])))


def _log_ratio(left: int, right: int) -> float | None:
    # A difference of logarithms, which exchanging the sides negates to the last digit.
    return math.log(right) - math.log(left) if min(left, right) >= _LEAST_VOXELS else None


def _difference(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first - second


def _half_width(mask: Mask) -> float:
    """Return half of the brain's width, in voxels, with the wider half counted twice."""
    rows = np.flatnonzero((mask | reflect(mask)).any(axis=(1, 2)))
    return float(rows[-1] - rows[0] + 1) / 2


def _box_shares(mask: Mask) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return where voxels lie: 0 at the midline to 1 at the side, and 0 to 1 through the brain's box in y and z."""
    middle = (mask.shape[0] - 1) / 2
    lateral = np.abs(np.arange(mask.shape[0]) - middle) / _half_width(mask)
    along = []
    for axis in (1, 2):
        filled = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        along.append((np.arange(mask.shape[axis]) - filled[0]) / max(filled[-1] - filled[0], 1))
    return lateral[:, None, None], along[0][None, :, None], along[1][None, None, :]
