"""The page on which people draw and correct midlines: some sessions' slices, each with symbrain's own proposals.

Which sessions: those in which the network sees no midline or differs most from the plane come first, since a person's
word is worth most there. The page writes ``annotations.tsv``; what is drawn is kept in the browser alone.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from symbrain.exhibit import Exhibit
from symbrain.figures import field_of_view_mm
from symbrain.line import Line
from symbrain.line_sources import NETWORK, PLANE, KnownSlice
from symbrain.page import render, safe_name
from symbrain.slice import Slice
from symbrain.source import Source
from symbrain.tables import is_missing
from symbrain.version import __version__
from symbrain.view import seen_at, view_of

Row = Mapping[str, Any]
TRACED = "traced"
FIGURES = "reports/figures"
_FAINT = 0.12  # share of the greatest brightness up to which a place counts as background
_KNOTS = 7  # points of the traced curve that are offered for correction


@dataclass(frozen=True)
class Sheet:
    """One slice as the page needs it.

    Parameters
    ----------
    ids
        The columns of annotations.tsv that name the slice.
    file
        Its picture beside the page.
    proposals
        Points (column, row) in pixels of every midline that is offered, by its source, the best first.
    """

    ids: Row
    title: str
    file: str
    shape: tuple[int, int]
    spacing_mm: tuple[float, float]
    half_mm: float
    proposals: Mapping[str, Sequence[Sequence[float]]]

    def to_dict(self) -> dict[str, Any]:
        """Return what the script needs, as JSON takes it."""
        return dict(vars(self))


def to_annotate(subjects: Iterable[Row], sessions: int) -> list[Row]:
    """Return the sessions to draw in: those without an agreement first, then the least agreed, last what failed."""

    def key(row: Row) -> tuple[bool, float, str, str]:
        agreement = row["midline_agreement_deg"]
        doubt = math.inf if is_missing(agreement) else float(agreement)
        return row["qc"] == "fail", -doubt, row["participant_id"], row["session_id"] or ""

    return sorted(subjects, key=key)[:sessions]


def sheet_of(known: KnownSlice) -> tuple[Sheet, bytes]:
    """Return a slice as the page needs it, and the content of its picture."""
    one, image = known.slice, known.slice.image
    participant, session, modality, plane, index = known.key
    ids = {"participant_id": participant, "session_id": session, "modality": modality, "plane": plane}
    proposals = {name: _within(known.lines[name], image) for name in (NETWORK, PLANE) if name in known.lines}
    if one.curve is not None:
        places = np.linspace(0, len(one.curve.points) - 1, _KNOTS).round().astype(int)
        proposals[TRACED] = one.curve.points[np.unique(places)].round(2).tolist()
    sheet = Sheet(
        ids=ids | {"slice_index": index},
        title=" ".join(word for word in (participant, session, modality) if word) + f", {plane} slice {index}",
        file=f"{FIGURES}/{safe_name(one.scan_id, 'annotate', plane, f'{index:03d}')}.webp",
        shape=image.shape,
        spacing_mm=image.spacing_mm,
        half_mm=round(field_of_view_mm([image]), 2),
        proposals=proposals,
    )
    return sheet, _picture(image)


def annotation_page(sheets: Sequence[Sheet], source: Source, left_out: int, agreement: Exhibit, plotted: str) -> str:
    """Return the page.

    Parameters
    ----------
    left_out
        Sessions with slices that are not on the page.
    agreement, plotted
        How well the raters agree who drew before, and the file of its plot.
    """
    told = [sheet.to_dict() for sheet in sheets]
    return render(
        "annotate.html",
        sheets=[told_sheet | {"drawn": _drawn(sheet)} for sheet, told_sheet in zip(sheets, told, strict=True)],
        # What was drawn before belongs to these slices, and to no others that lie in the same folder later.
        data={"key": _digest(told), "sheets": told},
        left_out=left_out,
        agreement=None if agreement.empty else agreement.table,
        plotted=plotted,
        source=source,
        version=__version__,
    )


def _within(line: Line, image: Slice) -> list[list[float]]:
    """Return the ends of a line where the head ends, rounded to a hundredth of a pixel."""
    whole = Line.from_angle(line.angle_deg, line.offset_mm, image.shape, image.spacing_mm) or line
    places = np.linspace(0, 1, 200)
    x, y = whole.at(places).T
    seen = ndimage.map_coordinates(np.nan_to_num(image.pixels), [y, x], order=1) > _FAINT
    ends = places[seen][[0, -1]] if seen.sum() > 1 else np.array([0.0, 1.0])
    points: list[list[float]] = whole.at(ends).round(2).tolist()
    return points


def _picture(image: Slice) -> bytes:
    grey: NDArray[np.uint8] = (np.clip(np.nan_to_num(view_of(image).pixels[::-1]), 0, 1) * 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, format="webp", quality=88, method=4)
    return buffer.getvalue()


def _drawn(sheet: Sheet) -> str:
    """Return the first proposal as a path of SVG: millimetres from the slice's centre, as it is looked at."""
    points = next(iter(sheet.proposals.values()), [])
    if not points:
        return ""
    affine = np.diag([sheet.spacing_mm[1], sheet.spacing_mm[0], 1.0, 1.0])
    empty = Slice(np.zeros(sheet.shape, np.float32), affine, sheet.ids["plane"], sheet.ids["slice_index"], 0.0)
    return " ".join(f"{across:.2f},{-up:.2f}" for across, up in seen_at(points, empty))


def _digest(told: Any) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:16]
