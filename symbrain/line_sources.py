"""The straight midlines that are known of an annotated slice: the plane's, the network's, and those of raters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symbrain.annotations import Drawn, SliceKey, leaves_slice
from symbrain.cohort import folder_of
from symbrain.json_file import read_object, understood
from symbrain.line import Line
from symbrain.plane import Plane
from symbrain.slice import Slice
from symbrain.slice_table import AnnotatedSlice, read_slices
from symbrain.tables import is_missing

PLANE, NETWORK = "plane", "network"
UNNAMED = "a rater without a name"
_SEES = 0.5  # probability from which the network counts as seeing a midline

Row = Mapping[str, Any]
Annotations = Mapping[SliceKey, Sequence[Drawn]]


@dataclass(frozen=True)
class KnownSlice:
    """An annotated slice with the lines that symbrain itself drew in it, by source: ``network`` and ``plane``."""

    slice: AnnotatedSlice
    lines: Mapping[str, Line]

    @property
    def key(self) -> SliceKey:
        """What tells it from every other slice, as in a table of annotations."""
        one = self.slice
        return one.participant_id, one.session_id, one.modality, one.image.orientation, one.image.index


def known_slices(results: Path, scan: Row, slice_scores: Iterable[Row]) -> Iterator[KnownSlice]:
    """Yield the annotated slices of a scan; none where the stages before left none.

    Parameters
    ----------
    scan
        Its row, with participant_id, session_id and scan_id.
    slice_scores
        The rows of slice_scores.tsv of this scan.

    Raises
    ------
    BadInput
        Where the slices are damaged.
    """
    start = folder_of(results, scan) / scan["scan_id"]
    slices, midline = (start.with_name(f"{start.name}_{end}") for end in ("slices.parquet", "midline.json"))
    if not slices.exists():
        return
    again = "run the stage align again"
    known = read_object(midline, again) if midline.exists() else None
    plane = None if known is None else understood(Plane.from_dict, known, midline.name, again)
    seen = {(row["plane"], int(row["slice_index"])): row for row in slice_scores}
    for one in read_slices(slices):
        network = network_line(seen.get((one.image.orientation, one.image.index), {}), one.image)
        straight = one.line if plane is None else one.image.line_of(plane)
        lines = {NETWORK: network, PLANE: straight}
        yield KnownSlice(one, {name: line for name, line in lines.items() if line is not None})


def network_line(row: Row, image: Slice) -> Line | None:
    """Return the line that the network found in a slice, from its row of slice_scores.tsv; None where it saw none."""
    angle, offset, p = (row.get(f"network_{name}") for name in ("angle_deg", "offset_mm", "p_midline"))
    if is_missing(angle) or is_missing(offset) or is_missing(p) or float(p or 0.0) < _SEES:
        return None
    return Line.from_angle(float(angle or 0.0), float(offset or 0.0), image.shape, image.spacing_mm)


def rated_lines(
    results: Path, scans: Iterable[Row], slice_scores: Mapping[str, Sequence[Row]], annotations: Annotations
) -> dict[SliceKey, tuple[dict[str, Line], dict[str, Line]]]:
    """Return, for each slice in which raters drew, their lines and symbrain's own.

    A rater's last line counts; lines that leave their slice do not.

    Parameters
    ----------
    slice_scores
        Rows of slice_scores.tsv by scan_id.
    """
    sessions = {key[:3] for key in annotations}
    lines: dict[SliceKey, tuple[dict[str, Line], dict[str, Line]]] = {}
    for scan in scans:
        if (scan["participant_id"], scan["session_id"], scan["modality"]) not in sessions:
            continue
        for known in known_slices(results, scan, slice_scores.get(scan["scan_id"], ())):
            image = known.slice.image
            drawn = [one for one in annotations.get(known.key, ()) if not leaves_slice(one, image.shape)]
            if drawn:
                raters = {one.rater or UNNAMED: Line(*one.points, image.shape, image.spacing_mm) for one in drawn}
                lines[known.key] = raters, {f"symbrain {name}": line for name, line in known.lines.items()}
    return lines
