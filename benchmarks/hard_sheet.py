"""The picture of the hard cases: an axial slice of each head with the true midline and those that are found.

Slices are cut along the scan's own grid and hung as radiologists hang films: the subject's right on the viewer's left.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray
from PIL import Image

from hard_heads import KINDS, USUAL, WITHOUT_MIDLINE, HardHead, make
from hard_report import RIGHT_DEG, RIGHT_MM
from symbrain.atomic import write_bytes
from symbrain.line import Line
from symbrain.models import Models
from symbrain.plane import Plane
from symbrain.slice import Slice, cut
from symbrain.view import seen_at, view_of
from symbrain.volume import Volume

COLUMNS, ROWS = 6, 4
_PANEL_IN, _CAPTION_IN, _LEGEND_IN, _DPI = 1.9, 0.4, 0.55, 125
_HALF_MM = 72.0
_GROUND, _INK = "#000000", "#FFFFFF"
_FOUND, _TRUE, _NETWORK = "#E69F00", "#56B4E9", "#CC79A7"  # of the palette of Okabe and Ito, told apart by all eyes
_STYLES: dict[str, tuple[str, dict[str, Any]]] = {
    _FOUND: ("the plane that is found", {"linewidth": 1.4}),
    _NETWORK: ("the line found in this slice alone", {"linewidth": 1.3, "linestyle": (0, (5, 3))}),
    _TRUE: ("the true midline", {"linewidth": 1.6, "linestyle": (0, (1, 2))}),
}
_SHADES, _TINTS = 88, 40  # greys, and steps from black over each colour to white


@dataclass(frozen=True)
class Panel:
    """One picture: a slice, the middle of the brain in it (across, up, in mm), lines by their colours, and words."""

    image: Slice
    middle: NDArray[np.float64]
    lines: dict[str, Line | None]
    caption: str


def write_sheet(rows: pd.DataFrame, templates: Path | None, path: Path) -> None:
    """Draw the sheet and write it, with few shades, so that the file stays small."""
    height = ROWS * (_PANEL_IN + _CAPTION_IN) + _LEGEND_IN
    figure = Figure(figsize=(COLUMNS * _PANEL_IN, height), facecolor=_GROUND)
    models = Models.given(None)
    for number, (_, row) in enumerate(chosen(rows).iterrows()):
        down, across = divmod(number, COLUMNS)
        bottom = height - _PANEL_IN - down * (_PANEL_IN + _CAPTION_IN)
        panel = panel_of(row, make(str(row["kind"]), int(row["head"]), templates), models)
        _draw(figure, panel, (across / COLUMNS, bottom / height, 1 / COLUMNS, _PANEL_IN / height))
        _write(figure, (across + 0.5) / COLUMNS, (bottom - _CAPTION_IN / 2) / height, panel.caption, size=7.5)
    _explain(figure)
    drawn, packed = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=_DPI, facecolor=_GROUND)
    few = Image.open(drawn).convert("RGB").quantize(palette=_palette(), dither=Image.Dither.NONE)
    few.save(packed, "PNG", optimize=True)
    write_bytes(path, packed.getvalue())


def chosen(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the heads of the sheet: of each hard kind the first, and the one that went worst.

    Where there is no midline, the worst is the one about which the software is surest.
    """
    kinds = [kind for kind in KINDS if kind != USUAL and (rows["kind"] == kind).any()]
    every, more = divmod(COLUMNS * ROWS, len(kinds))
    parts = []
    for turn, kind in enumerate(kinds):
        mine = rows[rows["kind"] == kind].sort_values("head")
        badness = mine["confidence"] if kind in WITHOUT_MIDLINE else mine["angle_deg"].fillna(np.inf)
        worst = mine.loc[[badness.idxmax()]]
        parts += [mine.drop(worst.index)[: every + (turn < more) - 1], worst]
    return pd.concat(parts)


def panel_of(row: pd.Series, head: HardHead, models: Models) -> Panel:
    """Return the picture of a head and of what was found in it."""
    bright = float(np.percentile(head.volume.data[head.mask], 99.5))
    shown = Volume(head.volume.data / np.float32(bright), head.volume.affine)
    index = int(np.clip(round(float(shown.to_voxels(head.center_mm)[2])), 0, shown.shape[2] - 1))
    image = cut(shown, "axial", index, 0.5)
    middle = np.linalg.lstsq(image.affine[:3, :2], head.center_mm - image.affine[:3, 3])[0]
    lines: dict[str, Line | None] = {}
    if models.midline is not None:
        lines[_NETWORK] = models.find_line(image).line(image.shape, image.spacing_mm)
    if pd.notna(row["offset_mm"]):
        right, anterior, superior = (float(row[name]) for name in ("right", "anterior", "superior"))
        lines[_FOUND] = image.line_of(Plane((right, anterior, superior), float(row["offset_mm"])))
    if row["kind"] not in WITHOUT_MIDLINE:
        lines[_TRUE] = image.line_of(head.plane)
    return Panel(image, seen_at([middle], image)[0], lines, caption_of(row))


def caption_of(row: pd.Series) -> str:
    """Return the two lines below a picture."""
    sure = f"confidence {row['confidence']:.2f}"
    if row["kind"] in WITHOUT_MIDLINE:
        return f"{row['kind']}\nno midline, {sure}"
    if pd.isna(row["angle_deg"]):
        return f"{row['kind']}\nno brain found"
    missed = ", missed" if row["angle_deg"] > RIGHT_DEG or row["gap_mm"] > RIGHT_MM else ""
    return f"{row['kind']}{missed}\n{row['angle_deg']:.1f}°, {row['gap_mm']:.1f} mm, {sure}"


def _draw(figure: Figure, panel: Panel, place: tuple[float, float, float, float]) -> None:
    axes = figure.add_axes(place, frame_on=False, xticks=[], yticks=[])
    view = view_of(panel.image)
    height, width = view.size_mm
    extent = (-width / 2, width / 2, -height / 2, height / 2)
    axes.imshow(view.pixels, extent=extent, origin="lower", cmap="gray", vmin=0, vmax=1, interpolation="bilinear")
    for color, (_, style) in _STYLES.items():
        line = panel.lines.get(color)
        if line is not None:
            axes.plot(*seen_at(line.points, panel.image).T, color=color, **style)
    across, up = panel.middle
    axes.set(xlim=(across - _HALF_MM, across + _HALF_MM), ylim=(up - _HALF_MM, up + _HALF_MM))
    rim = [withStroke(linewidth=2, foreground=_GROUND)]
    for at, letter in ((0.05, "R"), (0.95, "L")):
        _write(axes, at, 0.5, letter, size=7.5, weight="bold", transform=axes.transAxes, path_effects=rim)


def _explain(figure: Figure) -> None:
    handles = [Line2D([], [], color=color, label=label, **style) for color, (label, style) in _STYLES.items()]
    legend = figure.legend(
        handles=handles,
        title="Of each kind the first heads, and last the one that went worst (without a midline: the surest)",
        loc="lower center",
        ncols=3,
        frameon=False,
        fontsize=9,
        title_fontsize=9,
        labelcolor=_INK,
        handlelength=4,
    )
    legend.get_title().set_color(_INK)


def _write(where: Any, across: float, up: float, words: str, **style: Any) -> None:
    where.text(across, up, words, color=_INK, va="center", ha="center", **style)


def _palette() -> Image.Image:
    """Return the few colours of the sheet, so that each line keeps its own among so much grey."""
    colors = [np.linspace(0, 255, _SHADES)[:, None].repeat(3, axis=1)]
    share = np.linspace(0, 2, _TINTS)[:, None]
    for color in _STYLES:
        hue = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)])
        colors.append(np.where(share < 1, share * hue, hue + (share - 1) * (255 - hue)))
    image = Image.new("P", (1, 1))
    image.putpalette(np.concatenate(colors).astype(np.uint8).tobytes())
    return image
