"""A slice in training: pixels, spacing and the line in them, which move together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symbrain.line import Line


@dataclass(frozen=True)
class Picture:
    """A slice with its midline.

    Parameters
    ----------
    pixels
        Shape (rows, columns), float32, background about 0 and tissue about 1.
    spacing_mm
        Distance between rows and between columns.
    line
        None where there is no midline to see.
    """

    pixels: NDArray[np.float32]
    spacing_mm: tuple[float, float]
    line: Line | None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return int(self.pixels.shape[0]), int(self.pixels.shape[1])

    def millimetres(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return x (1, columns) and y (rows, 1) from the centre of the slice, in millimetres."""
        (height, width), (row_mm, col_mm) = self.shape, self.spacing_mm
        x = (np.arange(width, dtype=np.float32) - (width - 1) / 2) * np.float32(col_mm)
        y = (np.arange(height, dtype=np.float32) - (height - 1) / 2) * np.float32(row_mm)
        return x[None, :].astype(np.float32), y[:, None].astype(np.float32)
