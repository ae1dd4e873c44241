"""A row of the published SymBrain set (DOI 10.57967/hf/1372): a slice as PNG, its midline as text, score and session.

In its images rows run from the subject's right to the left and columns from posterior to anterior, as in ours, with
0.5 mm between pixels. What is read is data: the line's text is matched, never evaluated.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from symbrain.errors import BadInput
from symbrain.given_file import open_given
from symbrain.radiology import RadiologyScore, read_radiology_score

Points = tuple[tuple[float, float], tuple[float, float]]
_BATCH = 64  # rows held in memory at a time
_NUMBER = r"(-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)"
_POINT = rf"\{{\s*['\"]x['\"]\s*:\s*{_NUMBER}\s*,\s*['\"]y['\"]\s*:\s*{_NUMBER}\s*\}}"
_LINE = re.compile(rf"\s*\[\s*{_POINT}\s*,?\s*{_POINT}\s*\]\s*")  # the published text lacks the comma

_FEATURES = {
    "image": {"_type": "Image"},
    "line": {"dtype": "string", "_type": "Value"},
    "rad_score": {"dtype": "string", "_type": "Value"},
    "session": {"dtype": "int64", "_type": "Value"},
}
SCHEMA = pa.schema(
    [
        ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
        ("line", pa.string()),
        ("rad_score", pa.string()),
        ("session", pa.int64()),
    ],
    metadata={"huggingface": json.dumps({"info": {"features": _FEATURES}})},
)


@dataclass(frozen=True)
class PublishedRow:
    """One slice of the published set.

    Parameters
    ----------
    png, name
        The image and its name; None where a table has lines only, or no name.
    points
        Two points (x = column, y = row) in pixels.
    place
        Where the row was read, for messages.
    """

    png: bytes | None
    name: str | None
    points: Points
    score: RadiologyScore
    session: int
    place: str


def line_text(points: Points) -> str:
    """Return a line in the published spelling, to a hundredth of a pixel.

    >>> line_text(((30.53, 137.73), (246.75, 147.18)))
    "[{'x': 30.53, 'y': 137.73} {'x': 246.75, 'y': 147.18}]"
    """
    spelt = (f"{{'x': {round(float(x), 2) + 0.0}, 'y': {round(float(y), 2) + 0.0}}}" for x, y in points)
    return f"[{' '.join(spelt)}]"


def read_line(text: str) -> Points:
    """Return the two points of a line in the published spelling, with or without a comma between them.

    Raises
    ------
    BadInput
        Where the text is spelt otherwise, or the two points are one.
    """
    match = _LINE.fullmatch(text)
    if match is None:
        msg = f"the line {text[:80]!r} is not spelt [{{'x': 30.53, 'y': 137.73}} {{'x': 246.75, 'y': 147.18}}]"
        raise BadInput(msg)
    x0, y0, x1, y1 = (float(number) for number in match.groups())
    if (x0, y0) == (x1, y1) or not np.isfinite([x0, y0, x1, y1]).all():
        msg = f"the line {text[:80]!r} needs two different, finite points"
        raise BadInput(msg)
    return (x0, y0), (x1, y1)


def png_of(pixels: NDArray[np.float32]) -> bytes:
    """Return intensities from 0 to 1 (clipped) as a PNG of 8 bits, RGBA as the published ones are."""
    grey = np.rint(np.clip(np.nan_to_num(pixels), 0, 1) * 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(grey).convert("RGBA").save(buffer, "PNG")
    return buffer.getvalue()


def pixels_of(png: bytes) -> NDArray[np.float32]:
    """Return the intensities of a PNG of 8 bits, from 0 to 1.

    Raises
    ------
    BadInput
        Where the bytes are no PNG of 8 bits.
    """
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
            if image.mode not in ("L", "LA", "RGB", "RGBA", "P"):
                msg = f"the image has the mode {image.mode}; a PNG of 8 bits is expected"
                raise BadInput(msg)
            return np.asarray(image.convert("L"), np.float32) / np.float32(255)
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        msg = f"the image cannot be read ({error}); a PNG of 8 bits is expected"
        raise BadInput(msg) from error


def rows_of(path: Path) -> Iterator[PublishedRow]:
    """Yield the rows of a Parquet file, or of a .tsv or .csv without images; a few at a time are in memory.

    Raises
    ------
    BadInput
        Where the file or one of its rows cannot be read; then it names the row.
    """
    cells = _parquet_cells if path.suffix == ".parquet" else _text_cells
    for number, row in cells(path):
        place = f"{path.name}, row {number}"
        try:
            yield _row(row, place)
        except BadInput as error:
            msg = f"{place}: {error}"
            raise BadInput(msg) from error


def _row(row: dict[str, Any], place: str) -> PublishedRow:
    image = row.get("image") or {}
    try:
        session = int(row["session"])
    except (TypeError, ValueError) as error:
        msg = f"the session {row['session']!r} is no whole number"
        raise BadInput(msg) from error
    score = read_radiology_score(None if row["rad_score"] is None else str(row["rad_score"]))
    return PublishedRow(image.get("bytes"), image.get("path"), read_line(str(row["line"])), score, session, place)


def _parquet_cells(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        open_given(path).close()  # a plain file; Arrow opens it itself, as its threads cannot share ours
        with pq.ParquetFile(path, pre_buffer=False) as file:
            names = [name for name in SCHEMA.names if name in file.schema_arrow.names]
            _all_there(path, names)
            number = 0
            for batch in file.iter_batches(_BATCH, columns=names):
                batch.validate(full=True)  # text that is no UTF-8, offsets that lead elsewhere
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
    except (OSError, pa.ArrowException) as error:
        msg = f"{path.name} cannot be read as Parquet ({error}); download it again"
        raise BadInput(msg) from error


def _text_cells(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with open_given(path) as file, io.TextIOWrapper(file, "utf-8-sig", newline="") as text:
            reader = csv.DictReader(text, delimiter="," if path.suffix == ".csv" else "\t")
            _all_there(path, reader.fieldnames or [])
            yield from enumerate(({**row, "image": None} for row in reader), start=1)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = f"{path.name} cannot be read as a table ({error}); save it as .tsv or .csv in UTF-8"
        raise BadInput(msg) from error


def _all_there(path: Path, names: Any) -> None:
    if absent := {"line", "rad_score", "session"} - set(names):
        msg = f"{path.name} lacks the column {min(absent)}; the published set has {', '.join(SCHEMA.names)}"
        raise BadInput(msg)
