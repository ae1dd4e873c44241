"""One small picture of a scan, to be recognised by: the slice that deviates most, with its midline and heat."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure

from symbrain.figure_style import SKY, rendered
from symbrain.figures import HEAT_SD, field_of_view_mm
from symbrain.page import safe_name
from symbrain.slice import Slice, cut, slice_axis
from symbrain.slice_table import AnnotatedSlice, read_slices
from symbrain.view import View, seen_at, view_of
from symbrain.volume import Volume, read_map

_SIDE_IN, _DPI = 2.0, 100  # 200 pixels: twice what the table shows, for dense screens and for hovering
_HEAT = ListedColormap(colormaps["plasma"](np.linspace(0.3, 1.0, 256)))  # the part that stands out from grey


def thumbnail_name(scan_id: str) -> str:
    """Return the file name of a scan's thumbnail."""
    return f"{safe_name(scan_id, 'thumb')}.webp"


def thumbnail(slices_path: Path, heat_path: Path | None, scale_sd: tuple[float, float] = HEAT_SD) -> bytes | None:
    """Draw the slice of a scan that deviates most, else the middle one; None where it has no slice.

    Parameters
    ----------
    heat_path
        The scan's heatmap; None where it has none, as after a failed quality check.
    scale_sd
        Standard deviations of the first colour and of the last; what is weaker than the first is not shown.
    """
    slices = read_slices(slices_path)
    if not slices:
        return None
    heat = None if heat_path is None else read_map(heat_path)
    heats = [_of(heat, one.image) for one in slices]
    best = _most_telling(slices, heats)
    return _drawn(slices[best], heats[best], field_of_view_mm([slices[best].image]), scale_sd)


def _of(heat: Volume | None, image: Slice) -> Slice | None:
    """Return the heat in a slice; None where there is none, or where it is of another grid."""
    if heat is None or image.index >= heat.shape[slice_axis(image.orientation)]:
        return None
    here = cut(heat, image.orientation, image.index, image.fraction)
    return here if here.shape == image.shape else None


def _most_telling(slices: Sequence[AnnotatedSlice], heats: Sequence[Slice | None]) -> int:
    """Return the number of the slice with most heat; without any, of the middle one of its orientation."""
    totals = [0.0 if heat is None else float(np.nansum(heat.pixels)) for heat in heats]
    if max(totals) > 0:
        return int(np.argmax(totals))
    first = slices[0].image.orientation
    alike = [n for n, one in enumerate(slices) if one.image.orientation == first]
    return alike[len(alike) // 2]


def _drawn(one: AnnotatedSlice, heat: Slice | None, half_mm: float, scale_sd: tuple[float, float]) -> bytes:
    figure = Figure(figsize=(_SIDE_IN, _SIDE_IN), facecolor="black")
    axes = figure.add_axes((0, 0, 1, 1), frame_on=False, xticks=[], yticks=[])
    view = view_of(one.image)
    axes.imshow(np.nan_to_num(view.pixels), extent=_extent(view), origin="lower", cmap="gray", vmin=0, vmax=1)
    if heat is not None:
        over = view_of(heat)
        low, high = scale_sd
        shown = np.ma.masked_less(np.nan_to_num(over.pixels), low)
        axes.imshow(shown, extent=_extent(over), origin="lower", cmap=_HEAT, norm=Normalize(low, high), alpha=0.9)
    if one.line is not None:
        axes.plot(*seen_at(one.line.points, one.image).T, color=SKY, linewidth=1, dashes=(5, 2))
    axes.set(xlim=(-half_mm, half_mm), ylim=(-half_mm, half_mm))
    for x, letter in ((0.04, "R"), (0.96, "L")) if view.subject_left == "right" else ((0.04, "L"), (0.96, "R")):
        axes.text(x, 0.5, letter, transform=axes.transAxes, color="white", ha="center", va="center", weight="bold")
    return rendered(figure, "webp", dpi=_DPI, facecolor="black", pil_kwargs={"quality": 70, "method": 4})


def _extent(view: View) -> tuple[float, float, float, float]:
    height, width = view.size_mm
    return -width / 2, width / 2, -height / 2, height / 2
