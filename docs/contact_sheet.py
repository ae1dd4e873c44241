"""Draw the contact sheet of synthetic heads: ``python docs/contact_sheet.py``.

Ages, lesions with their outlines, mimics, and heads without a normal midline, each as radiologists hang films: the
subject's right on the viewer's left.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from PIL import Image
from scipy.ndimage import gaussian_filter

from symbrain.atomic import write_bytes
from symbrain.phantom import KINDS, Lesion, Phantom, make_head
from symbrain.phantom.mimics import make_mimic
from symbrain.phantom.variant import Variant
from symbrain.slice import cut
from symbrain.view import View, view_of
from symbrain.volume import Volume, canonical

OUT = Path(__file__).parent / "images" / "contact_sheet.png"
SEED, WEEKS = 17, 40.0
AGES = (27, 30, 33, 36, 40, 44)
MODALITIES = ("T2w", "T1w")
SCAN: dict[str, Any] = {"spacing_mm": 0.9, "noise": 0.025, "bias": 0.08, "max_tilt_deg": 0.0, "max_shift_mm": 0.0}
THIN = SCAN | {"shape": (162, 162, 23)}  # where one axial slice is all that is shown
HALF_MM, UP_MM = 69.0, 6.0  # half the field of view; how far above the brain's centre the usual slice lies
COLUMNS, PANEL_IN, CAPTION_IN, HEADING_IN, DPI = 6, 1.9, 0.26, 0.34, 130
GROUND, INK, OUTLINE = "#000000", "#FFFFFF", "#E69F00"
SHADES, TINTS = 88, 40  # greys, and steps from black over the outline's colour to white

Orientation = Literal["axial", "coronal", "sagittal"]
MIMICS_SHOWN: tuple[tuple[str, str, Orientation, float], ...] = (
    ("plagiocephaly", "plagiocephaly", "axial", UP_MM),
    ("caput", "caput succedaneum", "coronal", 0.0),
    ("cavum", "cavum septi pellucidi", "axial", UP_MM),
    ("wide_extra_axial", "wide extra-axial fluid", "coronal", 0.0),
    ("turned_head", "turned head", "coronal", 0.0),
    ("defaced", "defaced", "sagittal", 0.0),
)


@dataclass(frozen=True)
class Panel:
    """One picture of the sheet; the outline has the pixels of the view, or is None."""

    view: View
    caption: str
    ends: tuple[str, str] = ("R", "L")
    outline: View | None = None


def main() -> None:
    """Draw the sheet and write it, with few shades, so that the file stays small."""
    rows = list(_rows())
    height = len(rows) * (PANEL_IN + CAPTION_IN + HEADING_IN)
    figure = Figure(figsize=(COLUMNS * PANEL_IN, height), facecolor=GROUND)
    for number, (heading, panels) in enumerate(rows):
        top = 1 - number / len(rows)
        _write(figure, 0.006, top - 0.6 * HEADING_IN / height, heading, size=10, weight="bold", ha="left")
        for column, panel in enumerate(panels):
            bottom = top - (HEADING_IN + PANEL_IN) / height
            _draw(figure, panel, (column / COLUMNS, bottom, 1 / COLUMNS, PANEL_IN / height))
            center = (column + 0.5) / COLUMNS
            _write(figure, center, bottom - 0.45 * CAPTION_IN / height, panel.caption, size=7.5, ha="center")
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI, facecolor=GROUND)
    packed = io.BytesIO()
    few = Image.open(drawn).convert("RGB").quantize(palette=_palette(), dither=Image.Dither.NONE)
    few.save(packed, "PNG", optimize=True)
    write_bytes(OUT, packed.getvalue())


def _palette() -> Image.Image:
    """Return the few colours of the sheet, so that the outline keeps its own among so much grey."""
    greys = np.linspace(0, 255, SHADES)[:, None].repeat(3, axis=1)
    hue = np.array([int(OUTLINE[i : i + 2], 16) for i in (1, 3, 5)])
    share = np.linspace(0, 2, TINTS)[:, None]
    tints = np.where(share < 1, share * hue, hue + (share - 1) * (255 - hue))
    image = Image.new("P", (1, 1))
    image.putpalette(np.concatenate([greys, tints]).astype(np.uint8).tobytes())
    return image


def _rows() -> Iterator[tuple[str, list[Panel]]]:
    for modality in MODALITIES:
        heads = [make_head(SEED, scan_age_weeks=weeks, modality=modality, **THIN) for weeks in AGES]
        yield (
            f"One infant at many ages, {modality}",
            [_panel(head, f"{weeks} weeks", "axial", UP_MM) for weeks, head in zip(AGES, heads, strict=True)],
        )
    yield f"One-sided lesions at {WEEKS:g} weeks, outlined", [_lesion(turn, kind) for turn, kind in enumerate(KINDS)]
    yield (
        "Mimics: odd, but without a one-sided change of the brain",
        [
            _panel(_mimic(name, THIN if orientation == "axial" else SCAN), caption, orientation, up)
            for name, caption, orientation, up in MIMICS_SHOWN
        ],
    )
    yield "A control with a lesion on both sides, and heads without a normal midline", _without_midline()


def _without_midline() -> list[Panel]:
    pair = Lesion("cyst", "left", 15, 6, both_sides=True)
    agenesis = _mimic("callosal_agenesis", SCAN)
    half = _mimic("holoprosencephaly", THIN | {"variant": Variant(fused=0.5)})
    whole = _mimic("holoprosencephaly", SCAN | {"variant": Variant(fused=1.0)})
    return [
        _panel(make_head(SEED, scan_age_weeks=WEEKS, lesion=pair, **SCAN), "pair of cysts", "axial", None),
        _panel(agenesis, "callosal agenesis", "axial", UP_MM),
        _panel(agenesis, "callosal agenesis", "coronal", 0.0),
        _panel(half, "semilobar holoprosencephaly", "axial", UP_MM),
        _panel(whole, "alobar holoprosencephaly", "axial", UP_MM),
        _panel(whole, "alobar holoprosencephaly", "coronal", 0.0),
    ]


def _mimic(name: str, scan: dict[str, Any]) -> Phantom:
    turned = {"max_tilt_deg"} if name == "turned_head" else set()
    return make_mimic(name, SEED, scan_age_weeks=WEEKS, **{key: scan[key] for key in scan.keys() - turned})


def _lesion(turn: int, kind: str) -> Panel:
    side: Literal["left", "right"] = "right" if turn % 2 else "left"
    lesion = Lesion(kind, side, 16, 5)
    head = make_head(SEED, scan_age_weeks=WEEKS, lesion=lesion, **SCAN)
    return _panel(head, f"{kind.replace('_', ' ')}, {side}", "axial", None)


def _panel(head: Phantom, caption: str, orientation: Orientation, up_mm: float | None) -> Panel:
    """Return a slice so far above (axial) or before (coronal) the brain's centre, or through the lesion's middle."""
    image = canonical(head.image, head.affine)
    middle = head.center_mm if up_mm is not None or head.lesion_center_mm is None else head.lesion_center_mm
    x, y, z = (int(v) for v in np.rint(image.to_voxels(middle) + (up_mm or 0.0) / image.spacing_mm))
    bright = float(np.percentile(head.image[head.mask], 99.5))
    shown = Volume(image.data / np.float32(bright), image.affine)
    if orientation == "sagittal":
        spacing = float(image.spacing_mm[2]), float(image.spacing_mm[1])
        return Panel(View(np.flip(shown.data[x].T, axis=1), spacing), caption, ("A", "P"))
    index = z if orientation == "axial" else y
    view = view_of(cut(shown, orientation, index, 0.5))
    if head.lesion_mask is None:
        return Panel(view, caption)
    change = canonical(gaussian_filter(head.lesion_mask.astype(np.float32), 0.7), head.affine)
    return Panel(view, caption, outline=view_of(cut(change, orientation, index, 0.5)))


def _draw(figure: Figure, panel: Panel, place: tuple[float, float, float, float]) -> None:
    axes = figure.add_axes(place, frame_on=False, xticks=[], yticks=[])
    height, width = panel.view.size_mm
    extent = (-width / 2, width / 2, -height / 2, height / 2)
    axes.imshow(panel.view.pixels, extent=extent, origin="lower", cmap="gray", vmin=0, vmax=1, interpolation="bilinear")
    if panel.outline is not None:
        axes.contour(panel.outline.pixels, levels=[0.5], extent=extent, origin="lower", colors=OUTLINE, linewidths=1.2)
    axes.set(xlim=(-HALF_MM, HALF_MM), ylim=(-HALF_MM, HALF_MM))
    for across, letter in zip((0.05, 0.95), panel.ends, strict=True):
        rim = [withStroke(linewidth=2, foreground=GROUND)]
        _write(axes, across, 0.5, letter, size=7.5, weight="bold", transform=axes.transAxes, path_effects=rim)


def _write(where: Any, across: float, up: float, words: str, **style: Any) -> None:
    where.text(across, up, words, **({"color": INK, "va": "center", "ha": "center"} | style))


if __name__ == "__main__":
    main()
