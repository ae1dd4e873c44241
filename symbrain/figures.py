"""Every picture on the pages, in one style: dark ground, L and R on the picture itself, one strip of legend below.

Pictures are drawn on figures of their own, never through a global state, and come back as the bytes of a file. The
letters are part of the picture, so that it cannot lose them when it is copied out of its page.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from symbrain.figure_style import ORANGE, SKY, rendered
from symbrain.line import Line
from symbrain.line_fan import LineFan
from symbrain.polyline import Polyline
from symbrain.slice import Slice, cut
from symbrain.view import View, mirror_view, seen_at, view_of
from symbrain.volume import Volume

# One scale for all scans of a method, so that pages compare. It starts where normal brains seldom reach.
HEAT_SD = (3.0, 12.0)
CLASSICAL_HEAT_SD = (0.5, 6.0)
_STRAIGHT, _TRACED, _FOUND, _INK, _GROUND = SKY, ORANGE, "#CC79A7", "#FFFFFF", "#000000"
_SIDE_IN, _STRIP_IN, _FONT_PT = 4.5, 0.42, 13
_FAINT, _RIM_MM = 0.12, 10.0  # share of the greatest brightness that still counts as background; rim around the head
_WORDS: dict[str, Any] = {"color": _INK, "va": "center", "fontsize": _FONT_PT}
_OUTLINED: dict[str, Any] = {"color": _INK, "path_effects": [withStroke(linewidth=2.5, foreground=_GROUND)]}
_DASHED: dict[str, Any] = {"color": _STRAIGHT, "linewidth": 1.3, "dashes": (6, 2)}
# The brighter part of plasma stands out from grey, and its lightness rises all the way.
_HEAT_MAP = ListedColormap(mpl.colormaps["plasma"](np.linspace(0.3, 1.0, 256)), name="heat")


def field_of_view_mm(images: Iterable[Slice]) -> float:
    """Return the half edge of the square, about the centre, that shows the heads in all these slices."""
    return max((_reach_mm(image) for image in images), default=0.0)


def midline_picture(
    image: Slice, line: Line | None, curve: Polyline | None, half_mm: float, dpi: int, fan: LineFan | None = None
) -> bytes:
    """Draw a slice with its straight midline, the fissure as it was traced, and the network's line with its doubt."""
    figure = _figure()
    axes = _panel(figure, view_of(image), half_mm)
    if fan is not None:
        doubt = {"facecolor": _FOUND, "edgecolor": _FOUND, "alpha": 0.6, "linewidth": 0.6}
        axes.fill(*seen_at(fan.outline(), image).T, **doubt)
        axes.plot(*seen_at(fan.line.points, image).T, color=_FOUND, linewidth=0.9)
        _legend_patch(figure, 0.66, "network ±1 SD", **doubt)
    if line is not None:
        axes.plot(*seen_at(line.points, image).T, **_DASHED)
        _legend_line(figure, 0.02, "midline plane", **_DASHED)
    if curve is not None:
        solid = {"color": _TRACED, "linewidth": 1.8}
        axes.plot(*seen_at(curve.points, image).T, **solid)
        _legend_line(figure, 0.335, "traced fissure", **solid)
    return _file(figure, dpi)


def mirror_picture(image: Slice, line: Line, half_mm: float, dpi: int) -> bytes:
    """Draw a slice's mirror image across its midline; the letters go with the brain."""
    figure = _figure()
    axes = _panel(figure, mirror_view(image, line), half_mm)
    axes.plot(*seen_at(line.points, image).T, **_DASHED)
    figure.text(0.5, _strip() / 2, "mirrored: L and R change places", ha="center", **_WORDS)
    return _file(figure, dpi)


def heat_picture(
    image: Slice, heat: Slice, line: Line | None, half_mm: float, dpi: int, scale_sd: tuple[float, float] = HEAT_SD
) -> bytes:
    """Draw a slice with its deviation on top: nothing where there is none, one scale in every picture.

    Parameters
    ----------
    scale_sd
        Standard deviations of the first colour and of the last; what is weaker than the first fades away.
    """
    figure = _figure()
    axes = _panel(figure, view_of(image), half_mm)
    if line is not None:
        axes.plot(*seen_at(line.points, image).T, **_DASHED | {"linewidth": 0.8})
    over = view_of(heat)
    low, high = scale_sd
    colours = _HEAT_MAP(Normalize(low, high, clip=True)(over.pixels))
    colours[..., 3] = np.clip(2 * over.pixels / low - 1, 0, 1) * 0.85
    _image(axes, colours, over)
    _legend_heat(figure, scale_sd)
    return _file(figure, dpi)


def upright_picture(upright: Volume, dpi: int) -> bytes:
    """Draw the three middle views of an upright image, with the mid-sagittal plane."""
    x, y, z = (n // 2 for n in upright.shape)
    # Seen from the subject's left, the front is on the viewer's left; such a slice lies on neither side.
    sagittal = View(np.flip(upright.data[x].T, axis=1), (float(upright.spacing_mm[2]), float(upright.spacing_mm[1])))
    views = [
        ("seen from the feet", view_of(cut(upright, "axial", z, 0.5)), None),
        ("seen from the front", view_of(cut(upright, "coronal", y, 0.5)), None),
        ("in the midline plane", sagittal, ("A", "P")),
    ]
    half = max(n for _, view, _ in views for n in view.size_mm) / 2
    brightest = float(np.percentile(upright.data, 99.5)) or 1.0
    figure = _figure(len(views))
    for place, (title, view, ends) in enumerate(views):
        axes = _panel(figure, view, half, place / len(views), 1 / len(views), brightest=brightest, ends=ends)
        if ends is None:
            axes.axvline(0, **_DASHED)
        figure.text((place + 0.5) / len(views), _strip() / 2, title, ha="center", **_WORDS)
        figure.add_artist(Line2D([place / len(views)] * 2, [0, 1], color="#808080", linewidth=2))
    return _file(figure, dpi)


def _figure(panels: int = 1) -> Figure:
    return Figure(figsize=(panels * _SIDE_IN, _SIDE_IN + _STRIP_IN), facecolor=_GROUND)


def _strip() -> float:
    """Return the share of a picture's height that the legend takes."""
    return _STRIP_IN / (_SIDE_IN + _STRIP_IN)


def _reach_mm(image: Slice) -> float:
    """Return how far the head reaches from the centre, along rows or columns, with a rim."""
    shown = np.nan_to_num(image.pixels)
    whole = max(view_of(image).size_mm) / 2
    rows, columns = np.nonzero(shown > _FAINT)
    if not len(rows):
        return whole
    away = np.abs(seen_at(np.stack([columns, rows], axis=1), image))
    return min(whole, float(np.percentile(away, 99.5, axis=0).max()) + _RIM_MM)


def _panel(
    figure: Figure,
    view: View,
    half: float,
    start: float = 0.0,
    width: float = 1.0,
    *,
    brightest: float = 1.0,
    ends: tuple[str, str] | None = None,
) -> Any:
    """Show a view in a square of ``2 · half`` millimetres, with the letters of its ends and a scale."""
    axes = figure.add_axes((start, _strip(), width, 1 - _strip()), frame_on=False, xticks=[], yticks=[])
    axes.set(xlim=(-half, half), ylim=(-half, half))
    _image(axes, np.nan_to_num(view.pixels), view, cmap="gray", vmin=0, vmax=brightest)
    letters = ends or (("R", "L") if view.subject_left == "right" else ("L", "R"))
    for across, letter in zip((0.04, 0.96), letters, strict=True):
        axes.text(across, 0.5, letter, transform=axes.transAxes, ha="center", weight="bold", **_WORDS | _OUTLINED)
    corner, height = -0.94 * half, -0.93 * half
    axes.plot([corner, corner + 20], [height, height], linewidth=2, solid_capstyle="butt", **_OUTLINED)
    axes.text(corner, height + 0.03 * half, "2 cm", fontsize=_FONT_PT - 3, va="bottom", **_OUTLINED)
    return axes


def _image(axes: Any, pixels: NDArray[np.generic], view: View, **colours: Any) -> None:
    """Show pixels where a view has them; the limits of the axes stay."""
    height, width = view.size_mm
    limits = axes.get_xlim(), axes.get_ylim()
    axes.imshow(
        pixels,
        extent=(-width / 2, width / 2, -height / 2, height / 2),
        origin="lower",
        interpolation="bilinear",
        **colours,
    )
    axes.set(xlim=limits[0], ylim=limits[1])


def _legend_line(figure: Figure, across: float, words: str, **style: Any) -> None:
    height = _strip() / 2
    figure.add_artist(Line2D([across, across + 0.055], [height] * 2, **style))
    figure.text(across + 0.068, height, words, **_WORDS | {"fontsize": _FONT_PT - 2.5})


def _legend_patch(figure: Figure, across: float, words: str, **style: Any) -> None:
    height = _strip() / 2
    figure.add_artist(Rectangle((across, height - 0.011), 0.055, 0.022, **style))
    figure.text(across + 0.068, height, words, **_WORDS | {"fontsize": _FONT_PT - 2.5})


def _legend_heat(figure: Figure, scale_sd: tuple[float, float]) -> None:
    low, high = scale_sd
    axes = figure.add_axes((0.3, 0.38 * _strip(), 0.4, 0.3 * _strip()), xticks=[], yticks=[])
    axes.imshow(np.linspace(0, 1, 256)[None], cmap=_HEAT_MAP, aspect="auto")
    figure.text(0.28, _strip() / 2, f"{low:g} SD", ha="right", **_WORDS)
    figure.text(0.72, _strip() / 2, f"≥ {high:g} SD", ha="left", **_WORDS)


def _file(figure: Figure, dpi: int) -> bytes:
    return rendered(figure, "webp", dpi=dpi, facecolor=_GROUND, pil_kwargs={"quality": 82, "method": 3})
