"""A scan of the published SymBrain set: three consecutive rows, slices 76, 101 and 126 of 203.

Its files ``train`` and ``test`` are T1w and T2w of the same infants, not parts of a split. An image that was written
by our own export tells contrast and slice by its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from symbrain.errors import BadInput
from symbrain.line import Line
from symbrain.published_row import PublishedRow, pixels_of, rows_of
from symbrain.slice import Slice
from symbrain.slice_table import AnnotatedSlice
from symbrain.tables import is_missing, read_text_table, records

SLICES = (76, 101, 126)
SLICES_OF_A_SCAN = 203
SPACING_MM = 0.5
SHAPE = (290, 290)
Session = tuple[str, str | None]
"""Participant and session, with the prefixes sub- and ses-."""

_CONTRAST_OF = {"train": "T1w", "test": "T2w"}
_OWN_NAME = re.compile(r".+_(?P<modality>[A-Za-z0-9]+)_axial-(?P<index>\d+)\.png", re.DOTALL)
_NUMBER, _LABEL = re.compile(r"[0-9]{1,18}"), re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True)
class PublishedScan:
    """The consecutive rows of one session and contrast, with their slice numbers."""

    session: int
    modality: str
    rows: tuple[PublishedRow, ...]
    indices: tuple[int, ...]

    def slices(self, session: Session) -> list[AnnotatedSlice]:
        """Return the annotated slices, as of this participant and session.

        Without an image only the geometry is there. Places in the world are unknown: the middle of slice 101 becomes
        the origin.
        """
        scan_id = "_".join(part for part in (*session, self.modality) if part)
        return [
            AnnotatedSlice(*session, scan_id, self.modality, image, _line(row, image), source="rater")
            for row, image in zip(self.rows, map(_image, self.rows, self.indices), strict=True)
        ]


def published_scans(path: Path, modality: str) -> Iterator[PublishedScan]:
    """Yield the scans of a Parquet file, a folder of them, or a .tsv or .csv without images.

    Parameters
    ----------
    modality
        Contrast where neither the file (train: T1w, test: T2w) nor the images' names say it.

    Raises
    ------
    BadInput
        Where nothing can be read, or the rows of a session are not those of three slices.
    """
    for (session, contrast, named), group in groupby(_located(path, modality), key=lambda pair: pair[0]):
        rows = tuple(row for _, row in group)
        indices = SLICES if not named else tuple(int(m["index"]) for m in map(_own_name, rows) if m)
        if len(indices) != len(rows):
            msg = (
                f"{rows[0].place}: {len(rows)} consecutive rows of the session {session}; three are expected, the "
                "slices 76, 101 and 126 of one scan"
            )
            raise BadInput(msg)
        yield PublishedScan(session, contrast, rows, indices)


def sessions_of(path: Path) -> dict[int, Session]:
    """Read a table with participant_id and session_id (or session): participant and session of each session number.

    Raises
    ------
    BadInput
        Where a column is missing, an identifier is no BIDS label, or a session is given to two participants.
    """
    table = read_text_table(path)
    column = "session" if "session" in table.columns else "session_id"
    if absent := {"participant_id", column} - set(table.columns):
        msg = f"{path.name} lacks the column {min(absent)}; participant_id and session_id are expected"
        raise BadInput(msg)
    known: dict[int, Session] = {}
    for row in records(table):
        number = str(row[column]).removeprefix("ses-")
        if is_missing(row["participant_id"]) or not _NUMBER.fullmatch(number):
            continue
        session = row.get("session_id", number)
        pair = (
            _prefixed(path, "sub-", row["participant_id"]),
            None if session is None else _prefixed(path, "ses-", session),
        )
        if known.setdefault(int(number), pair) != pair:
            msg = f"{path.name} gives the session {number} to {known[int(number)]} and to {pair}; correct it"
            raise BadInput(msg)
    return known


def _prefixed(path: Path, prefix: str, text: str) -> str:
    """Return an identifier with its prefix; it names a folder, so nothing but letters and digits may be in it."""
    label = text.removeprefix(prefix)
    if not _LABEL.fullmatch(label):
        msg = f"{path.name} has the identifier {text!r}; letters and digits are expected"
        raise BadInput(msg)
    return prefix + label


def _own_name(row: PublishedRow) -> re.Match[str] | None:
    return _OWN_NAME.fullmatch(row.name or "")


def _located(path: Path, modality: str) -> Iterator[tuple[tuple[int, str, bool], PublishedRow]]:
    """Yield each row with its session, its contrast, and whether its image's name tells the slice."""
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    if not files:
        msg = f"{path} holds no Parquet file; name the folder that the published set was downloaded to"
        raise BadInput(msg)
    for file in files:
        contrast = next((c for word, c in _CONTRAST_OF.items() if word in file.name.lower()), modality)
        for row in rows_of(file):
            own = _own_name(row)
            yield (row.session, own["modality"] if own else contrast, bool(own)), row


def _line(row: PublishedRow, image: Slice) -> Line:
    return Line(*row.points, image.shape, image.spacing_mm)


def _image(row: PublishedRow, index: int) -> Slice:
    try:
        pixels = pixels_of(row.png) if row.png else np.full(SHAPE, np.nan, np.float32)
    except BadInput as error:
        msg = f"{row.place}: {error}"
        raise BadInput(msg) from error
    height, width = pixels.shape
    affine = np.zeros((4, 4))
    affine[1, 0], affine[0, 1], affine[2, 2], affine[3, 3] = SPACING_MM, -SPACING_MM, SPACING_MM, 1
    affine[:3, 3] = SPACING_MM * np.array([(height - 1) / 2, -(width - 1) / 2, index - SLICES[1]])
    return Slice(pixels, affine, "axial", index, round(index / SLICES_OF_A_SCAN, 4))
