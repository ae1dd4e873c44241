"""How the two sides of an upright brain compare: by the network, classically, and as a heatmap on the scan's grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbrain import walk
from symbrain.alignment import Alignment
from symbrain.derivatives import Upright
from symbrain.deviation import Asymmetry
from symbrain.deviation_place import Structures, find_place
from symbrain.mirror_difference import METHOD, compare_sides
from symbrain.models import NETWORK, Models
from symbrain.plane import Plane
from symbrain.score_row import Compared
from symbrain.settings import ScoreSettings
from symbrain.slice import Slice
from symbrain.upright_grid import UprightGrid
from symbrain.volume import Volume, as_stored, box_around, canonical

_STEPS_PER_SD = np.float32(256)


def compare(
    scan: dict[str, Any],
    upright: Upright,
    slices: Sequence[Slice],
    plane: Plane,
    models: Models,
    settings: ScoreSettings,
    structures: Structures | None = None,
) -> Compared:
    """Compare the sides of an upright brain, by the network and classically; ``structures`` name the place."""
    classical = compare_sides(*upright.sides, settings.smoothing_mm)
    detector, finder = models.asymmetry, None if models.midline is None else models.find_line
    lines = tuple(None if finder is None or not np.isfinite(one.pixels).all() else finder(one) for one in slices)
    agreement = walk.midline_agreement_deg(slices, plane, lines)
    scored_by, fold = models.relation(scan)
    weights = models.weights_sha256(fold)
    asymmetry = classical if detector is None else detector.compare(*upright.sides, fold=fold)
    method = METHOD if detector is None else NETWORK
    place = find_place(asymmetry, upright.grid, structures)
    return Compared(asymmetry, classical, method, scored_by, agreement, weights, place, lines)


def heatmap(
    asymmetry: Asymmetry, grid: UprightGrid, brain: NDArray[np.bool_], alignment: Alignment
) -> NDArray[np.float32]:
    """Return the heat on the scan's own grid, as stored: SD units, on the bearing side, 0 outside the brain.

    It is rounded to 1/256 SD, far below what it can tell, so that its file is less than half as large.

    Parameters
    ----------
    brain
        On the scan's canonical grid.
    """
    scan = canonical(np.zeros(alignment.stored_shape, np.uint8), alignment.stored_affine)
    upright = Volume(asymmetry.heat, grid.to_scan @ grid.affine)
    heat, box = np.zeros(brain.shape, np.float32), box_around(brain)
    if brain.any():
        heat[box] = np.where(brain[box], upright.sampled(scan.part(box)), 0)
    return np.asarray(as_stored(np.round(heat * _STEPS_PER_SD) / _STEPS_PER_SD, alignment.stored_affine), np.float32)
