"""From log-odds to standard deviations: what the network says of normal brains it did not see, at each depth.

Plain numbers, kept in the bundle's norms. Near the brain's surface, where folds differ, the network is less sure than
deep inside; so each depth has a norm of its own. Depth is the same on both sides, so that the heat of a mirrored brain
is the mirrored heat.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from symbrain.learning.asymmetry_input import SPACING_MM, Image, Mask
from symbrain.reflection import reflect

EDGES_MM = (4.0, 8.0, 14.0, 22.0)  # depth where each norm begins; what lies nearer to the surface is not compared
DEVIANT_SD = 4.0  # heat above which a place belongs to a deviation
_HALVES = 2**16  # values of 16 bits
_LEAST_SD = 0.2  # of log-odds; a network that has learnt nothing says the same everywhere


@dataclass(frozen=True)
class Calibration:
    """The normal log-odds at each depth.

    Parameters
    ----------
    edges_mm
        Depth below the brain's surface at which each norm begins.
    middle, spread
        Median, and half the way from there to the 97.7th percentile: two standard deviations of a normal law, taken
        on the side that matters.
    n
        Normal scans behind it.
    """

    edges_mm: tuple[float, ...]
    middle: tuple[float, ...]
    spread: tuple[float, ...]
    n: int

    def heat(self, logit: Image, mask: Mask) -> Image:
        """Return how many standard deviations above normal each place is, ≥ 0, of a pair only the place above."""
        which = _depth_class(mask, self.edges_mm)
        middle, spread = (np.array([0, *v], np.float32)[which] for v in (self.middle, self.spread))
        above = np.where(which > 0, (logit - middle) / np.where(which > 0, spread, 1), 0)
        return np.where((above > 0) & (logit > reflect(logit)), above, 0).astype(np.float32)

    def as_dict(self) -> dict[str, Any]:
        """Return plain numbers for JSON."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Calibration:
        """Return the calibration from plain numbers."""
        edges, middle, spread = (tuple(float(v) for v in record[k]) for k in ("edges_mm", "middle", "spread"))
        rising = all(a < b for a, b in pairwise(edges))
        if not len(edges) == len(middle) == len(spread) > 0 or not rising or not min(spread) > 0:
            msg = f"rising depths with a median and a spread above 0 each are expected, not {edges}, {middle}, {spread}"
            raise ValueError(msg)
        return cls(edges, middle, spread, int(record["n"]))


def fit_calibration(maps: Iterable[tuple[Image, Mask]], edges_mm: tuple[float, ...] = EDGES_MM) -> Calibration:
    """Fit the calibration to the log-odds of normal scans and their brain masks, both in the box."""
    counts = np.zeros(
        (len(edges_mm), _HALVES), np.int64
    )  # of each value that 16 bits can have: exact, and always small
    n = 0
    for logit, mask in maps:
        which = _depth_class(mask, edges_mm)
        n += 1
        for k, count in enumerate(counts):
            count += np.bincount(logit[which == k + 1].astype(np.float16).view(np.uint16), minlength=_HALVES)
    middles, spreads = [], []
    for count in counts:
        middle, high = _percentiles(count, (50, 97.725)) if count.any() else (0.0, 2.0)
        middles.append(round(float(middle), 4))
        spreads.append(round(max(float(high - middle) / 2, _LEAST_SD), 4))
    return Calibration(edges_mm, tuple(middles), tuple(spreads), n)


def _percentiles(count: NDArray[np.int64], wanted: tuple[float, ...]) -> list[float]:
    """Return percentiles, as ``numpy.percentile`` does, of values of 16 bits that are counted by their bits."""
    values = np.arange(_HALVES, dtype=np.uint16).view(np.float16).astype(float)
    seen = np.flatnonzero(count)
    seen = seen[np.argsort(values[seen], kind="stable")]
    last = np.cumsum(count[seen]) - 1  # rank of the last of each value
    places = np.array(wanted) / 100 * last[-1]
    low, high = (values[seen][np.searchsorted(last, ranks)] for ranks in (np.floor(places), np.ceil(places)))
    found: list[float] = (low + (high - low) * (places - np.floor(places))).tolist()
    return found


def compared(mask: Mask) -> Mask:
    """Return where the sides are compared: deep enough, and so is the mirrored place."""
    return np.asarray(_depth_class(mask, EDGES_MM) > 0)


def _depth_class(mask: Mask, edges_mm: tuple[float, ...]) -> NDArray[np.intp]:
    """Return 0 where nothing is compared, else 1 and up with depth; of a pair of places the lesser depth counts."""
    depth = ndimage.distance_transform_edt(np.pad(mask & reflect(mask), 1), sampling=SPACING_MM)[1:-1, 1:-1, 1:-1]
    return np.asarray(np.digitize(depth, edges_mm))
