"""What the figures of the mechanisms share: their size and look, and synthetic slices with their midline."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from symbrain.figure_style import STYLE
from symbrain.learning.augment import Move
from symbrain.learning.line_target import decode
from symbrain.learning.midline_net import GRID
from symbrain.learning.midline_slices import collate
from symbrain.learning.picture import Picture
from symbrain.phantom import Lesion, Phantom, make_head
from symbrain.slice import cut
from symbrain.volume import Volume
from symmetry.mechanism import Batch

LOOK: Any = STYLE | {"font.size": 8.5, "axes.titlesize": 9, "axes.titlepad": 5, "legend.fontsize": 8}
_WIDTH_IN, _HEIGHT_IN = 6.2, 2.5
_SEED, _HEIGHT, _VOXEL_MM = 12, 0.56, 2.0
STROKE = Lesion("haemorrhage", "left", diameter_mm=16.0, contrast_sd=6.0)


def canvas(*widths: float, rows: int = 1, height_in: float = _HEIGHT_IN) -> tuple[Figure, Any]:
    """Return a figure, and its panels of these relative widths: a row of them, or an array of rows."""
    figure = Figure(figsize=(_WIDTH_IN, height_in), layout="constrained")
    panels = figure.subplots(rows, len(widths), width_ratios=widths, squeeze=False)
    return figure, panels if rows > 1 else panels[0]


@lru_cache(maxsize=4)
def _head(lesion: Lesion | None) -> Phantom:
    return make_head(
        _SEED, spacing_mm=_VOXEL_MM, max_tilt_deg=0.0, max_shift_mm=0.0, noise=0.01, bias=0.0, lesion=lesion
    )


def _level(head: Phantom) -> int:
    """Return the slice that shows most of the lesion, or a usual one."""
    if head.lesion_mask is None:
        return round(_HEIGHT * len(head.image[0, 0]))
    return int(head.lesion_mask.sum((0, 1)).argmax())


def slice_of_head(*moves: Move, lesion: Lesion | None = None) -> Batch:
    """Return an axial slice of one synthetic newborn for each move: ``x`` (n, 1, 96, 96) and ``line`` (n, 4).

    Rows run from the subject's right to the left, columns from posterior to anterior.
    """
    head = _head(lesion)
    affine = head.affine.copy()  # stored from right to left; canonical is the other way
    affine[:3, 3] += affine[:3, 0] * (head.image.shape[0] - 1)
    affine[:3, 0] *= -1
    height = _level(head)
    bright = np.float32(np.percentile(head.image[head.mask], 98))
    volume = Volume((head.image[::-1] / bright).astype(np.float32), affine)
    one = cut(volume, "axial", height, height / volume.shape[2])
    picture = Picture(one.pixels, one.spacing_mm, one.line_of(head.plane))
    batch = collate([move.apply(picture) for move in moves or (Move(0.0, (0.0, 0.0)),)])
    return {"x": batch["image"], "line": batch["line"]}


def show(panel: Any, pixels: Tensor | NDArray[Any], *, sides: str = "RL", **more: Any) -> Any:
    """Draw a slice (rows, columns) as on a film: its rows from left to right, anterior above.

    Parameters
    ----------
    sides
        Letters of the sides on the viewer's left and right: the subject's.
    """
    drawn = panel.imshow(np.asarray(pixels).T, origin="lower", **{"cmap": "gray"} | more)
    panel.set_xticks([])
    panel.set_yticks([])
    panel.spines[:].set_visible(False)
    ink = "white" if more.get("cmap", "gray") == "gray" else "black"
    for across, letter in zip((0.03, 0.97), sides, strict=False):
        at = {"ha": "left" if across < 0.5 else "right", "va": "top", "weight": "bold"}
        panel.text(across, 0.97, letter, transform=panel.transAxes, color=ink, **at)
    return drawn


def show_line(panel: Any, line: Tensor, **look: Any) -> None:
    """Draw a line (4,) over a slice that ``show`` has drawn."""
    angle, offset = (float(v) for v in decode(line))
    along = np.array([-GRID, GRID]) * 0.42
    middle = (GRID - 1) / 2
    x = middle - offset * np.sin(angle) + along * np.cos(angle)
    y = middle + offset * np.cos(angle) + along * np.sin(angle)
    panel.plot(y, x, **{"linewidth": 1.6} | look)  # rows are drawn from left to right
    panel.set(xlim=(-0.5, GRID - 0.5), ylim=(-0.5, GRID - 0.5))


def bars(panel: Any, values: Sequence[float], names: Sequence[str], colours: Sequence[str], digits: int = 2) -> None:
    """Draw a bar for each value, with its number above it."""
    drawn = panel.bar(range(len(values)), values, color=colours, width=0.6)
    panel.bar_label(drawn, [f"{value:.{digits}f}" for value in values], padding=2)
    panel.set_xticks(range(len(values)), names)
    panel.margins(y=0.18)
