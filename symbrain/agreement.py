"""How well two ways of drawing a midline agree: differences in each slice, and limits of agreement (Bland-Altman).

A difference says how far the first line is turned, and how far it lies to one side, against the second, in the middle
of what was drawn. Bland and Altman (1986, Lancet 327:307): the mean difference is the bias, and 95 % of differences
are expected within 1.96 standard deviations of it. Slices of one infant are alike, so the limits are approximate.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbrain.annotations import SliceKey
from symbrain.line import Line

Row = dict[str, Any]
Drawn = Mapping[str, Line]
"""Lines in one slice, by who drew them."""
MEASURES = ("angle_deg", "offset_mm")
WIDTH = 1.96  # standard deviations on either side of the bias that hold 95 % of differences
_IDS = ("participant_id", "session_id", "modality", "plane", "slice_index")


def differences(lines: Mapping[SliceKey, tuple[Drawn, Drawn]]) -> Iterator[Row]:
    """Yield a row for each slice and each two that drew in it: raters among each other, and each with symbrain's own.

    Parameters
    ----------
    lines
        For each slice the raters' lines, and those of symbrain.
    """
    for key, (raters, own) in lines.items():
        ids = dict(zip(_IDS, key, strict=True))
        for first, second in itertools.combinations(sorted(raters), 2):
            one, other = raters[first], raters[second]
            yield ids | {"first": first, "second": second} | difference(one, other, _middle(one, other))
        for first, second in itertools.product(sorted(raters), sorted(own)):
            # Our own lines run from border to border, so the middle is that of what the rater drew.
            one = raters[first]
            yield ids | {"first": first, "second": second} | difference(one, own[second], _middle(one))


def difference(one: Line, other: Line, place: NDArray[np.float64]) -> Row:
    """Return mean and difference (first less second) of two lines' angle (degrees) and offset (mm).

    Parameters
    ----------
    place
        The point (column, row) where the offsets are compared; the mean is told from the slice's centre. Both are
        positive towards higher rows, which is the subject's left.
    """
    turned = (one.angle_deg - other.angle_deg + 90.0) % 180.0 - 90.0
    # Distances count along a line's normal, and that of a line that is drawn the other way points the other way.
    towards = 1.0 if float(one.direction @ other.direction) >= 0 else -1.0
    near, far = (float(line.distance_mm([place])[0]) for line in (one, other))
    return {
        "angle_mean_deg": one.angle_deg - turned / 2,
        "angle_difference_deg": turned,
        "offset_mean_mm": (one.offset_mm + towards * other.offset_mm) / 2,
        "offset_difference_mm": towards * far - near,
    }


def limits(values: Iterable[float]) -> tuple[float, float | None, float | None]:
    """Return the bias of differences and their 95 % limits of agreement; of one difference there are no limits."""
    found = np.array(list(values), float)
    bias = float(found.mean())
    if len(found) < 2:
        return bias, None, None
    away = WIDTH * float(found.std(ddof=1))
    return bias, bias - away, bias + away


def summaries(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield a row for each two that drew in the same slices."""
    pairs = sorted({(row["first"], row["second"]) for row in rows})
    for first, second in pairs:
        those = [row for row in rows if (row["first"], row["second"]) == (first, second)]
        told: Row = {"first": first, "second": second, "slices": len(those)}
        told["sessions"] = len({(row["participant_id"], row["session_id"]) for row in those})
        for measure in MEASURES:
            quantity, unit = measure.split("_")
            bias, low, high = limits(row[f"{quantity}_difference_{unit}"] for row in those)
            told |= {f"{quantity}_bias_{unit}": bias, f"{quantity}_low_{unit}": low, f"{quantity}_high_{unit}": high}
        yield told


def _middle(*drawn: Line) -> NDArray[np.float64]:
    return np.asarray(np.mean([line.at([0.5])[0] for line in drawn], axis=0))
