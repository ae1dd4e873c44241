"""Every picture on the pages, in one style: dark ground, L and R on the picture itself, one strip of legend below.

Pictures are drawn on figures of their own, never through a global state, and come back as the bytes of a file. The
letters are part of the picture, so that it cannot lose them when it is copied out of the page.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from symbrain.line import Line
from symbrain.reflection import reflect
from symbrain.slice import Slice, cut
from symbrain.view import View, mirror_view, seen_at, view_of
from symbrain.volume import Volume

HEAT_SD = (0.5, 6.0)  # one scale for all scans, so that pages compare
STRAIGHT, TRACED, LETTERS, GROUND = "#56B4E9", "#E69F00", "#FFFFFF", "#000000"  # apart for colour-blind eyes too
_SIDE_IN, _STRIP_IN = 4.5, 0.4
_FONT_PT = 13
# The bright two thirds of plasma: it stands out from grey, and its lightness rises all the way.
_HEAT_MAP = ListedColormap(mpl.colormaps["plasma"](np.linspace(0.3, 1.0, 256)), name="heat")
_HEAT_NORM = Normalize(*HEAT_SD, clip=True)


def midline_picture(image: Slice, line: Line | None, curve: NDArray[np.float64] | None, dpi: int) -> bytes:
    """Draw a slice with its straight midline and the fissure as it was traced."""
    figure, axes = _canvas()
    _show(axes, view_of(image))
    legend = []
    if line is not None:
        axes.plot(*seen_at(line.points, image).T, color=STRAIGHT, linewidth=1.2, dashes=(6, 2))
        legend.append((STRAIGHT, (6, 2), "straight midline"))
    if curve is not None:
        axes.plot(*seen_at(curve, image).T, color=TRACED, linewidth=1.8)
        legend.append((TRACED, (), "traced fissure"))
    _line_legend(figure, legend)
    return _file(figure, dpi)


def mirror_picture(image: Slice, line: Line, dpi: int) -> bytes:
    """Draw a slice's mirror image across its midline; the letters go with the brain."""
    figure, axes = _canvas()
    _show(axes, mirror_view(image, line))
    axes.plot(*seen_at(line.points, image).T, color=STRAIGHT, linewidth=1.2, dashes=(6, 2))
    figure.text(0.5, 0.5 * _strip(), "mirrored: L and R change places", color=LETTERS, **_STRIP_TEXT)
    return _file(figure, dpi)


def heat_picture(image: Slice, heat: Slice, line: Line | None, dpi: int) -> bytes:
    """Draw a slice with its deviation on top: nothing where there is none, and the same scale in every picture."""
    figure, axes = _canvas()
    _show(axes, view_of(image))
    if line is not None:
        axes.plot(*seen_at(line.points, image).T, color=STRAIGHT, linewidth=0.8, alpha=0.7, dashes=(6, 2))
    over = view_of(heat)
    colours = _HEAT_MAP(_HEAT_NORM(over.pixels))
    colours[..., 3] = np.clip(over.pixels / HEAT_SD[0], 0, 1) * 0.8
    axes.imshow(colours, extent=_extent(over), origin="lower", interpolation="nearest", zorder=3)
    _heat_legend(figure)
    return _file(figure, dpi)


def upright_picture(upright: Volume, dpi: int) -> bytes:
    """Draw the three middle views of an upright image, with the mid-sagittal plane."""
    figure = Figure(figsize=(3 * _SIDE_IN * 0.8, _SIDE_IN * 0.8 + _STRIP_IN), facecolor=GROUND)
    bottom = _STRIP_IN / (_SIDE_IN * 0.8 + _STRIP_IN)
    middle = [n // 2 for n in upright.shape]
    views = {
        "from below": view_of(cut(upright, "axial", middle[2], 0.5)),
        "from the front": view_of(cut(upright, "coronal", middle[1], 0.5)),
        "the midline plane itself": _sagittal(upright),
    }
    half = max(n for view in views.values() for n in view.size_mm) / 2
    brightest = float(np.percentile(upright.data, 99.5))
    for place, (title, view) in enumerate(views.items()):
        axes = figure.add_axes((place / 3, bottom, 1 / 3, 1 - bottom))
        sides = ("A", "P") if place == 2 else None
        _show(axes, view, half=half, brightest=brightest, letters=sides)
        if sides is None:
            axes.axvline(0, color=STRAIGHT, linewidth=1.2, dashes=(6, 2))
        figure.text((place + 0.5) / 3, bottom / 2, title, color=LETTERS, **_STRIP_TEXT)
    return _file(figure, dpi)


@dataclass(frozen=True)
class Group:
    """Points of the plot of scores against age that share a meaning, and so a marker."""

    label: str
    marker: str
    filled: bool
    ages: Sequence[float]
    scores: Sequence[float]


def age_plot(groups: Iterable[Group], *, dark: bool) -> bytes:
    """Draw asymmetry scores against age as SVG, for a light or a dark page; markers tell groups without colour."""
    ink, hue = ("#e8e8e8", STRAIGHT) if dark else ("#222222", "#0072B2")
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "symbrain", "font.family": "sans-serif"}):
        figure = Figure(figsize=(7.5, 4.2), layout="constrained", facecolor="none")
        axes = figure.add_subplot(facecolor="none")
        for group in groups:
            face = hue if group.filled else "none"
            axes.plot(
                group.ages, group.scores, group.marker, label=group.label, color=hue, markerfacecolor=face, markersize=7
            )
        axes.set_xlabel("Post-menstrual age at the scan (weeks)", color=ink)
        axes.set_ylabel("Asymmetry score (SD)", color=ink)
        axes.set_ylim(bottom=0)
        axes.tick_params(colors=ink)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(ink)
        figure.legend(loc="outside upper left", ncols=3, frameon=False, labelcolor=ink)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


_STRIP_TEXT: Mapping[str, Any] = {"ha": "center", "va": "center", "fontsize": _FONT_PT}
