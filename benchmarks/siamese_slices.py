"""The two halves of a slice as the published Siamese protocol shows them, and the grey patch that it draws into one.

Gucciardi et al. (Zenodo 15401010) turn a SymBrain slice by its midline, cut it there, mirror one half, paste each into
a black square of 290² and resize that to 224². Into one half of every second slice they draw a square or a disc of
constant grey. Here the same is done with synthetic heads. They are rendered with the pixels of the 224 grid, so that
the turn by the true line is the only interpolation.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from symbrain.line import Line
from symbrain.phantom import Phantom, make_head
from symbrain.slice import Slice, cut
from symbrain.slice_table import robust_maximum
from symbrain.volume import canonical

Bytes = NDArray[np.uint8]
GRID = 224
PIXEL_MM = 145 / GRID
"""Of the 224 grid: the published images have 290 pixels of 0.5 mm."""
TOP, DEPTH = 39, 112
"""First row and number of rows that a half fills: 145 of 290 rows, pasted at row 50. Its last row lies at the line."""
SIZES_PX = tuple(int(2 + 38 * k / 9) for k in range(10))
"""Edge of the patch, in pixels of the 224 grid, by the protocol's number k."""
SLICES = 13
"""Of each infant, 2 mm apart, between the heights of SymBrain's lowest and highest, which has three of more infants."""
_STEP = 3  # pixels of the 224 grid from one to the next
_MAX_TILT_DEG = 5.0
_COLUMNS, _ROWS = (61, 169), (105, 145)  # where the patch may begin, and end
_GREYS = (140, 215)


def make_halves(infant: int) -> tuple[Bytes, NDArray[np.bool_]]:
    """Render a synthetic newborn; return its slices' halves, (13, 2, 224, 224), and where they show brain.

    Two infants are T2w, the next two T1w, so that contrast and height of a slice say nothing about the number of its
    row being odd. The greys are shares of 255 of the slices' robust maximum.
    """
    head = make_head(
        infant,
        modality="T1w" if infant // 2 % 2 else "T2w",
        spacing_mm=PIXEL_MM,
        shape=(GRID, GRID, _STEP * (SLICES - 1) + 1),
        max_tilt_deg=_MAX_TILT_DEG,
    )
    slices = _slices_of(head.image, head)
    brightest = robust_maximum([image for image, _ in slices])
    halves = np.stack([halves_of(image, line) for image, line in slices])
    inside = np.stack([halves_of(mask, line) for mask, line in _slices_of(head.mask, head)]) > 0.5
    return np.rint(np.clip(halves / brightest, 0, 1) * 255).astype(np.uint8), inside


def _slices_of(data: NDArray[Any], head: Phantom) -> list[tuple[Slice, Line]]:
    """Return slices of an array of a head's grid, from below, each with its true midline."""
    volume = canonical(data, head.affine)
    slices = [cut(volume, "axial", index, 0.0) for index in range(0, volume.shape[2], _STEP)]
    return [(image, line) for image in slices if (line := image.line_of(head.plane)) is not None]


def halves_of(image: Slice, line: Line) -> NDArray[np.float32]:
    """Return the right and the left half of a slice, shape (2, 224, 224), cut at a line and seen alike.

    The line lies below row 150, anterior is at the right, and the left half is mirrored: the same place of each half
    is as far from the line. The middle of the line comes to the middle of the square, as in the protocol.
    """
    row_mm, column_mm = image.spacing_mm
    depth = PIXEL_MM * (TOP + DEPTH - 0.5 - np.arange(TOP, TOP + DEPTH))
    along = PIXEL_MM * (np.arange(GRID) - (GRID - 1) / 2)
    (x, y), (middle_x, middle_y) = line.direction, line.at([0.5])[0]
    halves = np.zeros((2, GRID, GRID), np.float32)
    for half, side in zip(halves, (-1, 1), strict=True):  # rows of a slice run from the subject's right to the left
        away = side * depth[:, None]
        rows = middle_y + (along * y + away * x) / row_mm
        columns = middle_x + (along * x - away * y) / column_mm
        half[TOP : TOP + DEPTH] = ndimage.map_coordinates(image.pixels, [rows, columns], order=1)
    return halves


def with_patch(halves: Bytes, size: int, rng: np.random.Generator) -> Bytes:
    """Return the halves of a slice (2, 224, 224) with a patch of constant grey in one of them.

    Its shape, place, grey and half are drawn as in the protocol, where it need not lie within the brain. As there,
    it is drawn from its first pixel to the one that lies ``size`` further, both included.

    Parameters
    ----------
    size
        The protocol's number k, from 0 to 9.
    """
    edge = SIZES_PX[size]
    column, row = (int(rng.integers(first, last - edge, endpoint=True)) for first, last in (_COLUMNS, _ROWS))
    chosen = int(rng.integers(2))
    picture = Image.fromarray(halves[chosen])
    pen = ImageDraw.Draw(picture)
    draw = pen.ellipse if rng.integers(2) else pen.rectangle
    draw((column, row, column + edge, row + edge), fill=int(rng.integers(*_GREYS, endpoint=True)))
    changed = halves.copy()
    changed[chosen] = np.asarray(picture)
    return changed
