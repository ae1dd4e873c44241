"""Rows of slice_scores.tsv: of the annotated slices of a scan, and of slices that stand alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from symbrain.plane import Plane
from symbrain.slice import cut
from symbrain.slice_asymmetry import METHOD, SliceAsymmetry, compare_slice, summarise_slice
from symbrain.slice_table import AnnotatedSlice
from symbrain.volume import Volume

Row = dict[str, Any]


def rows_in_scan(
    slices: Iterable[AnnotatedSlice], heat: Volume, plane: Plane, method: str, deviant_sd: float
) -> Iterator[Row]:
    """Yield the rows of a scan's slices, from the heat of the scan; a slice that the plane misses has no numbers.

    Parameters
    ----------
    heat
        On the scan's canonical grid, SD units.
    plane
        The mid-sagittal plane in the scan's world: it tells the sides, also where a rater drew another line.
    deviant_sd
        Heat above which a place belongs to a deviation, by this method.
    """
    for one in slices:
        line = one.image.line_of(plane)
        pixels = cut(heat, one.image.orientation, one.image.index, one.image.fraction).pixels
        found = None if line is None else summarise_slice(pixels, line, deviant_sd=deviant_sd)
        yield _row(one, found, method)


def rows_alone(slices: Iterable[AnnotatedSlice]) -> Iterator[Row]:
    """Yield the rows of slices without a volume, each compared across its own line; without an image there is none."""
    for one in slices:
        if one.line is not None and not np.isnan(one.image.pixels).all():
            yield _row(one, compare_slice(one.image.pixels, one.line), METHOD)


def _row(one: AnnotatedSlice, found: SliceAsymmetry | None, method: str) -> Row:
    return {
        "participant_id": one.participant_id,
        "session_id": one.session_id,
        "scan_id": one.scan_id,
        "plane": one.image.orientation,
        "slice_index": one.image.index,
        "fraction": one.image.fraction,
        "asymmetry_score": found and found.score,
        "asymmetry_side": found and found.side,
        "deviation_area_mm2": found and found.area_mm2,
        "asymmetry_method": method,
    }
