"""The pictures of one scan: which there are, what is said beside each, and their files.

Of each slice there are up to four, all of one size, so that a page can lay one over the other: with its midlines, as
scanned, mirrored, and with its deviation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symbrain import figures
from symbrain.errors import BadInput
from symbrain.findings import shown
from symbrain.fissure import shift_mm
from symbrain.line import Line
from symbrain.line_fan import LineFan
from symbrain.page import safe_name
from symbrain.polyline import Polyline
from symbrain.slice import Slice, cut, slice_axis
from symbrain.slice_table import AnnotatedSlice, read_slices
from symbrain.volume import Volume, read_map

UPRIGHT = "The whole head, set upright"
SLICE_KINDS = ("midline", "scan", "mirror", "deviation")
_CONVENTION = "The subject's right is on the left of the picture."
_FROM = {"axial": "lowest", "coronal": "hindmost"}


@dataclass(frozen=True)
class Picture:
    """A picture as a page needs it.

    Parameters
    ----------
    file
        Its name in the folder of figures.
    kind
        One of ``SLICE_KINDS``, or ``upright``.
    row
        Heading of the row that it stands in.
    caption, alt
        What is said below it, and instead of it to those who do not see it.
    """

    file: str
    kind: str
    row: str
    caption: str
    alt: str


Drawn = tuple[Picture, bytes]
Row = Mapping[str, Any]


def sources(folder: Path, scan_id: str, *, failed: bool) -> list[Path]:
    """Return the files that a scan's pictures are drawn from; a scan that failed has no heatmap."""
    endings = ["slices.parquet", "space-upright_image.nii.gz", *([] if failed else ["desc-asymmetry_heatmap.nii.gz"])]
    return [folder / f"{scan_id}_{ending}" for ending in endings]


def draw(
    folder: Path,
    scan_id: str,
    dpi: int,
    *,
    failed: bool,
    scale_sd: tuple[float, float] = figures.HEAT_SD,
    slice_rows: Sequence[Row] = (),
) -> list[Drawn]:
    """Draw all pictures of a scan from the files of the stages before.

    Parameters
    ----------
    slice_rows
        Its rows of slice_scores.tsv, which hold the lines that the midline network found.
    scale_sd
        Of the heat's colours.

    Raises
    ------
    BadInput
        Where a file is missing, damaged, or does not fit the others.
    """
    slices_path, upright_path, *heat_path = sources(folder, scan_id, failed=failed)
    slices = read_slices(slices_path)
    heat = read_map(heat_path[0]) if heat_path else None
    half_mm = figures.field_of_view_mm(one.image for one in slices)
    found = {(row["plane"], int(row["slice_index"])): row for row in slice_rows}
    fans = [LineFan.of_row(found.get((one.image.orientation, one.image.index), {}), one.image) for one in slices]
    look = _Look(half_mm, dpi, scale_sd)
    drawn = [picture for one, fan in zip(slices, fans, strict=True) for picture in _row(one, fan, heat, look)]
    return [*drawn, _upright(scan_id, read_map(upright_path), dpi)]


@dataclass(frozen=True)
class _Look:
    """What the pictures of a scan have in common: half their edge (mm), resolution, and the heat's scale (SD)."""

    half_mm: float
    dpi: int
    scale_sd: tuple[float, float]


def _row(one: AnnotatedSlice, fan: LineFan | None, heat: Volume | None, look: _Look) -> Iterator[Drawn]:
    """Yield the pictures of one slice: with its midlines, as scanned, mirrored, and with its deviation."""
    image, line = one.image, one.line
    yield _native(one, fan, figures.midline_picture(image, line, one.curve, look.half_mm, look.dpi, fan))
    if line is not None or heat is not None:
        alt = f"{_name(image)} as scanned. {_CONVENTION}"
        plain = figures.midline_picture(image, None, None, look.half_mm, look.dpi)
        yield _picture(one, "scan", "As scanned.", alt), plain
    if line is not None:
        caption = "Its mirror image across the midline."
        alt = f"{_name(image)}, mirrored across its midline. The subject's left is on the left of this picture."
        yield _picture(one, "mirror", caption, alt), figures.mirror_picture(image, line, look.half_mm, look.dpi)
    if heat is not None:
        here = _same_place(heat, image, one.scan_id)
        yield _heat(one, here, figures.heat_picture(image, here, line, look.half_mm, look.dpi, look.scale_sd))


def _native(one: AnnotatedSlice, fan: LineFan | None, content: bytes) -> Drawn:
    line = one.line
    if line is None:
        caption = "As scanned. The midline plane does not meet this slice, so it has no mirror image."
        return _picture(
            one, "midline", caption, f"{_name(one.image)} as scanned, without a midline. {_CONVENTION}"
        ), content
    drawn_by = "drawn by a rater" if one.source == "rater" else "where the plane meets the slice"
    angle = shown(line.angle_deg, 1, "°", signed=True)
    caption = f"As scanned. Midline {drawn_by}, at {angle}; {_departure(one.curve, line)}.{_by_network(fan)}"
    return _picture(one, "midline", caption, f"{_name(one.image)} as scanned, with its midline. {_CONVENTION}"), content


def _by_network(fan: LineFan | None) -> str:
    """Return what the network alone says of the midline, in a sentence."""
    if fan is None:
        return ""
    angle, angle_sd = shown(fan.line.angle_deg, 1, "°", signed=True), shown(fan.angle_sd_deg, 1, "°")
    return f" The network, from this slice alone: {angle} ± {angle_sd}, ± {shown(fan.offset_sd_mm, 1, 'mm')}."


def _heat(one: AnnotatedSlice, heat: Slice, content: bytes) -> Drawn:
    peak = float(heat.pixels.max())
    found = f"Deviation between the sides, up to {shown(peak)} SD." if peak > 0 else "No deviation in this slice."
    return _picture(
        one, "deviation", found, f"{_name(one.image)} with the deviation in colour. {found} {_CONVENTION}"
    ), content


def _upright(scan_id: str, upright: Volume, dpi: int) -> Drawn:
    alt = f"Three middle views of the upright head, with the midline plane. {_CONVENTION}"
    caption = "Turned so that the midline plane stands straight; the plane is the dashed line."
    picture = Picture(f"{safe_name(scan_id, 'upright')}.webp", "upright", UPRIGHT, caption, alt)
    return picture, figures.upright_picture(upright, dpi)


def _picture(one: AnnotatedSlice, kind: str, caption: str, alt: str) -> Picture:
    image = one.image
    file = f"{safe_name(one.scan_id, f'{image.orientation}-{image.index:03d}', kind)}.webp"
    place = f"{_name(image)}, {image.fraction:.0%} of the way from the {_FROM[image.orientation]}"
    return Picture(file, kind, place.replace("%", " %"), caption, alt)


def _name(image: Slice) -> str:
    return f"{image.orientation.capitalize()} slice {image.index}"


def _departure(curve: Polyline | None, line: Line) -> str:
    if curve is None:
        return "the fissure could not be traced"
    mm = shift_mm(curve, line)
    side = "right" if mm > 0 else "left"
    return f"in the middle of the brain the fissure lies {shown(abs(mm), 1, 'mm')} to the subject's {side} of it"


def _same_place(heat: Volume, image: Slice, scan_id: str) -> Slice:
    """Return the heatmap where a slice lies."""
    if image.index < heat.shape[slice_axis(image.orientation)]:
        here = cut(heat, image.orientation, image.index, image.fraction)
        if here.shape == image.shape:
            return here
    msg = f"the heatmap of {scan_id} has the grid {heat.shape} and does not fit its slices; run the stage score again"
    raise BadInput(msg)
