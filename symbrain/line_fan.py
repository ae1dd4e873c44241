"""The midline that the network found in one slice, and how far it may be off: a fan about the line, one SD wide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbrain.line import Line
from symbrain.slice import Slice
from symbrain.tables import is_missing

_COLUMNS = ("network_angle_deg", "network_offset_mm", "network_angle_sd_deg", "network_offset_sd_mm")
_STEPS = 41


@dataclass(frozen=True)
class LineFan:
    """A line with the standard deviations of its angle and of its offset.

    Parameters
    ----------
    angle_sd_deg, offset_sd_mm
        The offset is that of the point of the line that is nearest to the slice's centre, about which the angle turns.
    """

    line: Line
    angle_sd_deg: float
    offset_sd_mm: float

    @classmethod
    def of_row(cls, row: Mapping[str, Any], image: Slice) -> LineFan | None:
        """Return the fan of a row of slice_scores.tsv; None where the network sees no midline in the slice."""
        numbers = [row.get(name) for name in _COLUMNS]
        if any(is_missing(number) for number in numbers):
            return None
        angle, offset, angle_sd, offset_sd = (float(number) for number in numbers)  # type: ignore[arg-type]
        line = Line.from_angle(angle, offset, image.shape, image.spacing_mm)
        return None if line is None else cls(line, angle_sd, offset_sd)

    def half_width_mm(self, along_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return one SD of the line's place, so far along it from its middle: errors of angle and offset add up."""
        turned = np.tan(np.radians(min(self.angle_sd_deg, 80.0))) * along_mm
        return np.asarray(np.hypot(self.offset_sd_mm, turned))

    def outline(self) -> NDArray[np.float64]:
        """Return the fan's outline, points (column, row) in pixels, shape (n, 2)."""
        line = self.line
        steps = np.array(line.spacing_mm[::-1])
        centre = (np.array(line.shape[::-1]) - 1) / 2
        spine = line.at(np.linspace(0, 1, _STEPS))
        along = ((spine - centre) * steps) @ line.direction
        across = np.array([-line.direction[1], line.direction[0]]) / steps
        away = self.half_width_mm(along)[:, None] * across
        return np.concatenate([spine + away, (spine - away)[::-1]])
