"""The one style of all figures: colours, type, and how a figure becomes a file that is the same each time.

The colours are of Okabe and Ito's set (Color Universal Design, 2008), apart for colour-blind eyes and in print.
Figures are made without a global state: ``with mpl.rc_context(STYLE)``, or ``@styled`` over a function that draws.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib.figure import Figure

from symbrain.atomic import write_bytes

BLUE, SKY, ORANGE, VERMILION, GREEN, PURPLE = "#0072B2", "#56B4E9", "#E69F00", "#D55E00", "#009E73", "#CC79A7"
INK, SOFT, BAND = "#222222", "#6b6b6b", "#dce9f3"
DPI = 110

STYLE: Any = {
    "font.family": "sans-serif",
    "font.size": 10.5,
    "axes.titlesize": 11.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, VERMILION, SKY]),
    "legend.frameon": False,
    "figure.facecolor": "white",
    # Text stays text, and the names inside a drawing are no random numbers.
    "svg.fonttype": "none",
    "svg.hashsalt": "symbrain",
}

styled = mpl.rc_context(STYLE)
"""Decorate a function that draws, so that it draws in the style."""


def panel(width_in: float = 7.5, height_in: float = 4.0) -> tuple[Figure, Any]:
    """Return an empty figure of one panel, and its axes."""
    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    return figure, figure.add_subplot()


def rendered(figure: Figure, kind: str, *, dpi: int = DPI, **more: Any) -> bytes:
    """Return a figure as the bytes of a file, without a date: the same figure gives the same bytes.

    Parameters
    ----------
    kind
        ``png``, ``svg`` or ``webp``.
    """
    dateless = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}
    buffer = io.BytesIO()
    with mpl.rc_context({name: STYLE[name] for name in ("svg.fonttype", "svg.hashsalt")}):
        figure.savefig(buffer, format=kind, dpi=dpi, metadata=dateless.get(kind), **more)
    return buffer.getvalue()


def save(figure: Figure, path: Path) -> None:
    """Write a figure twice: as PNG for screens, as SVG for print; the path's own ending does not matter."""
    for kind, dpi in (("png", 2 * DPI), ("svg", DPI)):
        write_bytes(path.with_suffix(f".{kind}"), rendered(figure, kind, dpi=dpi))
