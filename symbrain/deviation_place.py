"""Where a deviation lies: its centre in the scan's world, and the structure that holds most of it.

Both follow the head: a mirrored scan has the mirrored place in the same structure, a moved one the moved place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from symbrain.deviation import WORST_ML, Asymmetry, Side
from symbrain.drawem import PAIRS_87, TISSUES_9, UNPAIRED_87, Atlas
from symbrain.reflection import reflect
from symbrain.upright_grid import UprightGrid
from symbrain.volume import Volume

Kind = TypeVar("Kind", bound=np.generic)
_NO_STRUCTURE = {"Background", "Extra-cranial background", "Intra-cranial background"}


@dataclass(frozen=True)
class Structures:
    """Labels on the upright grid, and the structure that each label is of; both sides have one name."""

    labels: NDArray[np.integer]
    names: Mapping[int, str]
    atlas: Atlas

    @classmethod
    def of(cls, labels: NDArray[np.integer], atlas: Atlas) -> Structures:
        """Return the structures of a label map of this atlas."""
        paired = {label: name for name, pair in PAIRS_87.items() for label in pair}
        single = UNPAIRED_87 if atlas == "drawem87" else TISSUES_9
        others = {label: name for name, label in single.items() if name not in _NO_STRUCTURE}
        return cls(labels, (paired if atlas == "drawem87" else {}) | others, atlas)


@dataclass(frozen=True)
class Place:
    """The place of a deviation.

    Parameters
    ----------
    center_mm
        World RAS+ of the scan, in millimetres.
    region
        Structure; None where there are no labels.
    """

    center_mm: tuple[float, float, float]
    region: str | None = None


def find_place(asymmetry: Asymmetry, grid: UprightGrid, structures: Structures | None = None) -> Place | None:
    """Return where the worst millilitre of heat on the bearing side lies; None where no side bears a deviation.

    It may be in several pieces. The one with most heat counts, lest the centre lie between them, where nothing is; its
    voxels weigh by their heat.
    """
    if asymmetry.side == "none":
        return None
    heat = _outward(asymmetry.heat, asymmetry.side)
    piece = _hottest_piece(heat, Volume(heat, grid.affine).voxel_ml)
    center = _center_mm(piece, asymmetry.side, grid)
    if structures is None:
        return Place(center)
    return Place(center, _fullest(piece, _outward(structures.labels, asymmetry.side), structures.names))


def _outward(upright: NDArray[Kind], side: Side) -> NDArray[Kind]:
    """Return one half of an upright array, from the midline outward, so that both sides are treated in one way."""
    half = upright.shape[0] // 2
    towards: NDArray[Kind] = upright if side == "right" else reflect(upright)
    return towards[-half:]


def _hottest_piece(heat: NDArray[np.float32], voxel_ml: float) -> NDArray[np.float64]:
    """Return the heat of the hottest piece of the worst millilitre, 0 elsewhere."""
    count = min(max(1, round(WORST_ML / voxel_ml)), heat.size)
    threshold = max(np.partition(heat.ravel(), -count)[-count], np.finfo(np.float32).tiny)
    pieces, number = ndimage.label(heat >= threshold, np.ones((3, 3, 3)))
    hottest = 1 + np.argmax(ndimage.sum_labels(heat, pieces, np.arange(1, number + 1)))
    return np.where(pieces == hottest, heat, 0).astype(float)


def _center_mm(piece: NDArray[np.float64], side: Side, grid: UprightGrid) -> tuple[float, float, float]:
    """Return the centre of a piece of one half, in the scan's world."""
    outward, y, z = ndimage.center_of_mass(piece)
    from_left = grid.shape[0] - piece.shape[0] + outward
    x = from_left if side == "right" else grid.shape[0] - 1 - from_left
    cx, cy, cz = (float(v) for v in (grid.to_scan @ grid.affine @ [x, y, z, 1.0])[:3])
    return cx, cy, cz


def _fullest(piece: NDArray[np.float64], labels: NDArray[np.integer], names: Mapping[int, str]) -> str | None:
    """Return the structure with most of the heat; None where none has any."""
    held = dict.fromkeys(names.values(), 0.0)
    for label, heat in enumerate(np.bincount(labels.ravel(), piece.ravel())):
        if label in names:
            held[names[label]] += heat
    best = max(held, key=lambda name: held[name])
    return best if held[best] > 0 else None
