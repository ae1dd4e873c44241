"""Rows of slice_scores.tsv: of the annotated slices of a scan, and of slices that stand alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from symbrain.plane import Plane
from symbrain.slice import cut
from symbrain.slice_asymmetry import METHOD, SliceAsymmetry, compare_slice, summarise_slice
from symbrain.slice_table import AnnotatedSlice
from symbrain.volume import Volume

Row = dict[str, Any]


class NetworkLine(Protocol):
    """What the midline network says of one slice; numbers are NaN where it sees no midline."""

    @property
    def angle_deg(self) -> float: ...  # noqa: D102
    @property
    def offset_mm(self) -> float: ...  # noqa: D102
    @property
    def angle_sd_deg(self) -> float: ...  # noqa: D102
    @property
    def offset_sd_mm(self) -> float: ...  # noqa: D102
    @property
    def p_midline(self) -> float: ...  # noqa: D102


def rows_in_scan(
    slices: Sequence[AnnotatedSlice],
    heat: Volume,
    plane: Plane,
    method: str,
    deviant_sd: float,
    lines: Sequence[NetworkLine | None] = (),
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
    lines
        What the midline network says of each slice; None, or none at all, where it was not asked.
    """
    for one, said in zip(slices, lines or [None] * len(slices), strict=True):
        line = one.image.line_of(plane)
        pixels = cut(heat, one.image.orientation, one.image.index, one.image.fraction).pixels
        found = None if line is None else summarise_slice(pixels, line, deviant_sd=deviant_sd)
        yield _row(one, found, method) | _network_columns(said)


def rows_alone(slices: Iterable[AnnotatedSlice]) -> Iterator[Row]:
    """Yield the rows of slices without a volume, each compared across its own line; without an image there is none."""
    for one in slices:
        if one.line is not None and not np.isnan(one.image.pixels).all():
            yield _row(one, compare_slice(one.image.pixels, one.line), METHOD) | _network_columns(None)


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


def _network_columns(said: NetworkLine | None) -> Row:
    """Return the network's line as columns; missing where it was not asked, or sees no midline."""
    names = ("angle_deg", "offset_mm", "angle_sd_deg", "offset_sd_mm", "p_midline")
    values = [None if said is None else getattr(said, name) for name in names]
    return {
        f"network_{name}": None if value is None or np.isnan(value) else float(value)
        for name, value in zip(names, values, strict=True)
    }
