"""A sheet of heat maps: three views of each head through one place, with the map in colour and the truth outlined.

Hung as radiologists hang films, the subject's right on the viewer's left; of a sagittal view the front is on the left.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray
from PIL import Image

from symbrain.atomic import write_bytes
from symbrain.slice import cut
from symbrain.view import View, view_of
from symbrain.volume import Volume

COLUMNS, VIEWS = 2, 3
HEAT = (1.0, 6.0)  # of the map's own unit: where its colours begin and end
_PANEL_IN, _CAPTION_IN, _LEGEND_IN, _GAP_IN, _DPI = 1.75, 0.42, 0.55, 0.15, 120
_GROUND, _INK, _TRUTH = "#000000", "#FFFFFF", "#56B4E9"
_HEAT_MAP = ListedColormap(mpl.colormaps["plasma"](np.linspace(0.3, 1.0, 256)), name="heat")
_ENDS = (("R", "L"), ("R", "L"), ("A", "P"))


@dataclass(frozen=True)
class Item:
    """A head of a sheet.

    Parameters
    ----------
    image, heat
        Upright: axis 0 runs from the subject's left to the right.
    truth
        The lesion; None without one.
    where
        The voxel through which the views go.
    caption
        Two lines.
    """

    image: NDArray[np.float32]
    heat: NDArray[np.float32]
    truth: NDArray[np.bool_] | None
    where: tuple[int, int, int]
    spacing_mm: float
    caption: str


def write_sheet(items: Sequence[Item], title: str, path: Path) -> None:
    """Draw a sheet and write it, with few colours, so that the file stays small."""
    rows = -(-len(items) // COLUMNS)
    wide, high = VIEWS * _PANEL_IN + _GAP_IN, _PANEL_IN + _CAPTION_IN
    figure = Figure(figsize=(COLUMNS * wide, rows * high + _LEGEND_IN), facecolor=_GROUND)
    width, height = figure.get_size_inches()
    half_mm = max((max(item.image.shape) * item.spacing_mm for item in items), default=100.0) / 2
    for number, item in enumerate(items):
        down, across = divmod(number, COLUMNS)
        left, bottom = across * wide + _GAP_IN / 2, height - (down + 1) * high
        for place, ends in enumerate(_ENDS):
            spot = ((left + place * _PANEL_IN) / width, bottom / height, _PANEL_IN / width, _PANEL_IN / height)
            axes = figure.add_axes(spot, frame_on=False, xticks=[], yticks=[])
            _draw(axes, item, place, ends, half_mm)
        at = (left + VIEWS * _PANEL_IN / 2) / width, (bottom + _PANEL_IN + _CAPTION_IN / 2) / height
        figure.text(*at, item.caption, color=_INK, fontsize=8, ha="center", va="center")
    _explain(figure, title, any(item.truth is not None for item in items))
    drawn, packed = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=_DPI, facecolor=_GROUND)
    whole = Image.open(drawn).convert("RGB")  # few pixels are hot: a palette by frequency would lose their colours
    few = whole.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(packed, "PNG", optimize=True)
    write_bytes(path, packed.getvalue())


def view_through(data: NDArray[np.generic], item: Item, place: int) -> View:
    """Return the axial (0), coronal (1) or sagittal (2) view of data on an item's grid, through its place."""
    x, y, z = item.where
    mm = item.spacing_mm
    volume = Volume(np.asarray(data, np.float32), np.diag([mm, mm, mm, 1.0]))
    if place == 2:  # seen from the subject's left, as in the pages
        return View(np.flip(volume.data[x].T, axis=1), (mm, mm))
    return view_of(cut(volume, "axial", z, 0.5) if place == 0 else cut(volume, "coronal", y, 0.5))


def _draw(axes: Any, item: Item, place: int, ends: tuple[str, str], half_mm: float) -> None:
    gray, heat = view_through(item.image, item, place), view_through(item.heat, item, place)
    bright = float(np.percentile(item.image[item.image > 0], 99.5)) if (item.image > 0).any() else 1.0
    _show(axes, gray, gray.pixels, cmap="gray", vmin=0, vmax=bright)
    low, high = HEAT
    colours = _HEAT_MAP(Normalize(low, high, clip=True)(heat.pixels))
    colours[..., 3] = np.clip(2 * heat.pixels / low - 1, 0, 1) * 0.6
    _show(axes, heat, colours)
    if item.truth is not None:
        truth = view_through(item.truth, item, place)
        across, up = _ticks(truth)
        axes.contour(across, up, truth.pixels, levels=[0.5], colors=_TRUTH, linewidths=1.1)
    axes.set(xlim=(-half_mm, half_mm), ylim=(-half_mm, half_mm))
    rim = [withStroke(linewidth=2, foreground=_GROUND)]
    for at, letter in zip((0.05, 0.95), ends, strict=True):
        axes.text(
            at, 0.5, letter, transform=axes.transAxes, color=_INK, fontsize=7.5, weight="bold", ha="center",
            va="center", path_effects=rim,
        )  # fmt: skip


def _show(axes: Any, view: View, pixels: NDArray[np.generic], **colours: Any) -> None:
    height, width = view.size_mm
    extent = (-width / 2, width / 2, -height / 2, height / 2)
    axes.imshow(pixels, extent=extent, origin="lower", interpolation="bilinear", **colours)


def _ticks(view: View) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where the columns and the rows of a view lie, in millimetres from its centre."""
    rows, columns = view.pixels.shape
    row_mm, column_mm = view.spacing_mm
    return (np.arange(columns) - (columns - 1) / 2) * column_mm, (np.arange(rows) - (rows - 1) / 2) * row_mm


def _explain(figure: Figure, title: str, outlined: bool) -> None:
    """Write title and legend below the pictures."""
    high = _LEGEND_IN / float(figure.get_size_inches()[1])
    words: dict[str, Any] = {"color": _INK, "fontsize": 9, "va": "center"}
    views = "views through the lesion (outlined in blue)" if outlined else "views through the hottest place"
    figure.text(0.02, 0.5 * high, f"{title}; {views}. R is the subject's right, A the front.", **words)
    axes = figure.add_axes((0.8, 0.38 * high, 0.12, 0.24 * high), xticks=[], yticks=[])
    axes.imshow(np.linspace(0, 1, 256)[None], cmap=_HEAT_MAP, aspect="auto")
    figure.text(0.79, 0.5 * high, f"{HEAT[0]:g} SD", ha="right", **words)
    figure.text(0.93, 0.5 * high, f"≥ {HEAT[1]:g} SD", ha="left", **words)
