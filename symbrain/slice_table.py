"""Annotated slices in a typed Parquet file, ``<stem>_slices.parquet``: one row for each slice.

Intensities are stored in half precision as shares of the scan's robust maximum (the 99.9th percentile of its slices),
which the caller gives and the file's metadata record: so they fit, and slices of different scans are alike.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from symbrain.atomic import write_bytes
from symbrain.errors import BadInput
from symbrain.fissure import measure_bend
from symbrain.given_file import read_given
from symbrain.line import Line
from symbrain.polyline import Polyline
from symbrain.slice import Orientation, Slice

Source = Literal["plane", "rater"]
_INTENSITY_SCALE = b"symbrain.intensity_scale"
_HALF_MAXIMUM = float(np.finfo(np.float16).max)
_POINTS = ("x0", "y0", "x1", "y1")
_BEND = {
    "shift_septum_mm": "Midline shift at the level of the septum pellucidum: mean departure of the curve from the line "
    "of this row between 55 % and 70 % of the brain's extent along it, from behind, in mm, positive towards the "
    "subject's right; axial slices only.",
    "shift_largest_mm": "Largest departure in the middle half of the curve, mean over a centimetre, in mm, positive "
    "towards the subject's right.",
    "curvature_per_mm": "Curvature of the arc that fits the curve's middle half best, in 1/mm, positive where it "
    "bulges towards the subject's right.",
}

_STORED = pa.schema(
    [
        pa.field("participant_id", pa.string(), nullable=False),
        ("session_id", pa.string()),
        pa.field("modality", pa.string(), nullable=False),
        pa.field("plane", pa.string(), nullable=False),
        pa.field("slice_index", pa.int32(), nullable=False),
        pa.field("fraction", pa.float64(), nullable=False),
        ("pixels", pa.list_(pa.float16())),
        pa.field("height", pa.int32(), nullable=False),
        pa.field("width", pa.int32(), nullable=False),
        pa.field("spacing_row_mm", pa.float64(), nullable=False),
        pa.field("spacing_col_mm", pa.float64(), nullable=False),
        pa.field("affine", pa.list_(pa.float64(), 16), nullable=False),
        *((name, pa.float64()) for name in _POINTS),
        ("angle_deg", pa.float64()),
        ("offset_mm", pa.float64()),
        ("curve", pa.list_(pa.list_(pa.float64(), 2))),
        pa.field("source", pa.string(), nullable=False),
        pa.field("scan_id", pa.string(), nullable=False),
    ]
)
# What follows from line and curve is for readers elsewhere; we measure it again.
SCHEMA = pa.schema([*_STORED, *(pa.field(n, pa.float64(), metadata={"Description": d}) for n, d in _BEND.items())])


@dataclass(frozen=True)
class AnnotatedSlice:
    """A slice of a scan with its midline.

    Parameters
    ----------
    image
        The slice. Where only its geometry is known, its pixels are NaN.
    line
        The straight midline; None where the plane misses the slice.
    curve
        The traced midline; None where there is none.
    source
        ``plane`` (the mid-sagittal plane's line) or ``rater`` (drawn).
    """

    participant_id: str
    session_id: str | None
    scan_id: str
    modality: str
    image: Slice
    line: Line | None
    curve: Polyline | None = None
    source: Source = "plane"


def robust_maximum(slices: Sequence[Slice]) -> float:
    """Return the 99.9th percentile of the slices' intensities, or 1 where there is nothing above zero."""
    values = [s.pixels.ravel() for s in slices]
    maximum = float(np.percentile(np.concatenate(values), 99.9)) if values else 0.0
    return maximum if np.isfinite(maximum) and maximum > 0 else 1.0


def write_slices(path: Path, slices: Sequence[AnnotatedSlice], *, intensity_scale: float = 1.0) -> None:
    """Write annotated slices in one move, their intensities divided by ``intensity_scale``.

    Parameters
    ----------
    intensity_scale
        Greater than 0: the scan's ``robust_maximum``, or 1 where the pixels are such shares already.
    """
    if not (np.isfinite(intensity_scale) and intensity_scale > 0):
        msg = f"intensity_scale is {intensity_scale}; a finite number above 0 is expected"
        raise ValueError(msg)
    schema = SCHEMA.with_metadata({_INTENSITY_SCALE: repr(float(intensity_scale))})
    buffer = io.BytesIO()
    table = pa.Table.from_pylist([_row(s, intensity_scale) for s in slices], schema=schema)
    pq.write_table(table, buffer, compression="zstd")
    write_bytes(path, buffer.getvalue())


def read_slices(path: Path) -> list[AnnotatedSlice]:
    """Read annotated slices; their pixels are shares of the scan's robust maximum.

    Raises
    ------
    BadInput
        Where the file is missing or damaged, or is no table of slices.
    """
    try:
        with pq.ParquetFile(pa.BufferReader(read_given(path)), pre_buffer=False) as file:
            table = file.read(use_threads=False).select(_STORED.names).cast(_STORED)
            table.validate(full=True)  # text that is no UTF-8, offsets that lead elsewhere
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        msg = f"{path.name} is no table of slices ({error}); run the stage slices again"
        raise BadInput(msg) from error
    return [_annotated(row, path) for batch in table.to_batches() for row in _rows(batch)]


def _rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    pixels = batch.column("pixels")
    for i, row in enumerate(batch.drop_columns(["pixels"]).to_pylist()):
        row["pixels"] = pixels[i].values.to_numpy(zero_copy_only=False) if pixels[i].is_valid else None
        yield row


def _row(one: AnnotatedSlice, scale: float) -> dict[str, Any]:
    image, line = one.image, one.line
    bend = None if one.curve is None or line is None else measure_bend(one.curve, line)
    start, end = (line.start, line.end) if line else ((None, None), (None, None))
    return {
        "participant_id": one.participant_id,
        "session_id": one.session_id,
        "modality": one.modality,
        "plane": image.orientation,
        "slice_index": image.index,
        "fraction": image.fraction,
        "pixels": _half(image.pixels, scale),
        "height": image.shape[0],
        "width": image.shape[1],
        "spacing_row_mm": image.spacing_mm[0],
        "spacing_col_mm": image.spacing_mm[1],
        "affine": image.affine.ravel().tolist(),
        **dict(zip(_POINTS, (*start, *end), strict=True)),
        "angle_deg": line.angle_deg if line else None,
        "offset_mm": line.offset_mm if line else None,
        "curve": None if one.curve is None else one.curve.points.tolist(),
        "source": one.source,
        "scan_id": one.scan_id,
        "shift_septum_mm": bend.septum_mm if bend and image.orientation == "axial" else None,
        "shift_largest_mm": bend.largest_mm if bend else None,
        "curvature_per_mm": bend.curvature_per_mm if bend else None,
    }


def _half(pixels: NDArray[np.float32], scale: float) -> NDArray[np.float16] | None:
    if np.isnan(pixels).all():
        return None
    shares = np.clip(pixels.ravel() / np.float32(scale), -_HALF_MAXIMUM, _HALF_MAXIMUM)
    return np.asarray(shares, np.float16)


def _annotated(row: dict[str, Any], path: Path) -> AnnotatedSlice:
    shape = row["height"], row["width"]
    pixels = np.full(shape, np.nan, np.float32) if row["pixels"] is None else row["pixels"].astype(np.float32)
    if pixels.size != shape[0] * shape[1] or row["plane"] not in get_args(Orientation):
        msg = f"{path.name} has a {row['plane']} slice of {pixels.size} pixels for {shape}; run the stage slices again"
        raise BadInput(msg)
    affine = np.array(row["affine"]).reshape(4, 4)
    image = Slice(pixels.reshape(shape), affine, row["plane"], row["slice_index"], row["fraction"])
    x0, y0, x1, y1 = (row[name] for name in _POINTS)
    return AnnotatedSlice(
        participant_id=row["participant_id"],
        session_id=row["session_id"],
        scan_id=row["scan_id"],
        modality=row["modality"],
        image=image,
        line=None if x0 is None else Line((x0, y0), (x1, y1), image.shape, image.spacing_mm),
        curve=None if row["curve"] is None else Polyline(np.stack(row["curve"]), image.shape),
        source=row["source"],
    )
