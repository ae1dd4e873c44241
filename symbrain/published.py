"""The published SymBrain set as an export of our slices, and as an import.

Its files ``train`` and ``test`` are T1w and T2w of the same infants, not parts of a split: whoever learns from them
must split again by participant, which is what the table of sessions is for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from symbrain.atomic import write_text
from symbrain.cohort import folder_of
from symbrain.errors import BadInput
from symbrain.published_row import SCHEMA, line_text, png_of
from symbrain.published_scan import PublishedScan, published_scans, sessions_of
from symbrain.slice_row import rows_alone
from symbrain.slice_table import AnnotatedSlice, read_slices, write_slices
from symbrain.split import family_of, fold_of, split_of
from symbrain.tables import is_missing, read_table, records, write_table

_ROW_GROUP = 96
_NO_VOLUME = "imported from the published set: there are slices and no volume"


def export_symbrain(results: Path, out: Path) -> None:
    """Write the axial slices of a results folder that have an image and a line as one published Parquet file.

    Its columns are image, line, rad_score and session, in the order of scans; beside it ``<out>_sessions.tsv`` tells
    the participant of each session. A session's number is its own where all are numbers and no two alike, else a
    running one. Images are clipped at the scan's robust maximum.

    Raises
    ------
    BadInput
        Where the results hold no slices, or none with an image and a line.
    """
    scans = records(read_table(results / "scans.tsv", "scans"))
    files = {s["scan_id"]: folder_of(results, s) / f"{s['scan_id']}_slices.parquet" for s in scans}
    scans = [s for s in scans if files[s["scan_id"]].exists()]
    if not scans:
        msg = f"{results} holds no table of slices (*_slices.parquet); run the stage slices first"
        raise BadInput(msg)
    numbers = _session_numbers(scans)
    scans.sort(key=lambda s: (str(numbers[_session_of(s)]), s["scan_id"]))
    rows = (row for s in scans for row in _published(s, read_slices(files[s["scan_id"]]), numbers[_session_of(s)]))
    _write_rows(out, rows)
    lines = [f"{number}\t{participant}\t{session or 'n/a'}" for (participant, session), number in numbers.items()]
    table = "\n".join(["session\tparticipant_id\tsession_id", *lines]) + "\n"
    write_text(out.with_name(f"{out.stem}_sessions.tsv"), table)


def import_symbrain(
    path: Path, out: Path, sessions_table: Path | None = None, *, modality: str = "T2w", seed: int = 1, folds: int = 5
) -> None:
    """Read the published set into tables of slices, ``annotations.tsv`` and ``scans.tsv`` below ``out``.

    Each slice is compared across its line, in ``slice_scores.tsv``. Where there are no images (a .tsv or .csv of
    lines), the tables of slices have lines and geometry only, and there are no scores.

    Parameters
    ----------
    path
        A Parquet file, a folder of them, or a .tsv or .csv with the columns line, rad_score and session.
    sessions_table
        Table with participant_id and session_id (or session), so that the split is by participant and family;
        without it each session counts as a participant of its own.
    modality
        Contrast of a file that is called neither train (T1w) nor test (T2w) and whose images do not say it.

    Raises
    ------
    BadInput
        Where a file or row cannot be read, or the rows of a session are not those of three slices.
    """
    sessions = sessions_of(sessions_table) if sessions_table else {}
    rows: dict[str, dict[str, Any]] = {}
    annotations: list[dict[str, Any]] = []
    scored: list[dict[str, Any]] = []
    for scan in published_scans(path, modality):
        session = sessions.get(scan.session, (f"sub-ses{scan.session}", f"ses-{scan.session}"))
        slices = scan.slices(session)
        scan_id = slices[0].scan_id
        if scan_id in rows:
            msg = f"{scan.rows[0].place}: rows of {scan_id} come a second time; sort the rows by session"
            raise BadInput(msg)
        rows[scan_id] = _scan_row(scan, slices[0], seed, folds)
        annotations += map(_annotation, slices)
        scored += rows_alone(slices)
        write_slices(folder_of(out, rows[scan_id]) / f"{scan_id}_slices.parquet", slices)
    write_table(out / "scans.tsv", "scans", [rows[scan_id] for scan_id in sorted(rows)])
    write_table(out / "annotations.tsv", "annotations", annotations)
    write_table(out / "slice_scores.tsv", "slice_scores", scored)


def _session_of(scan: Mapping[str, Any]) -> tuple[str, str | None]:
    return scan["participant_id"], None if is_missing(scan["session_id"]) else scan["session_id"]


def _session_numbers(scans: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str | None], int]:
    sessions = sorted({_session_of(s) for s in scans}, key=lambda pair: (pair[0], pair[1] or ""))
    labels = [(session or "").removeprefix("ses-") for _, session in sessions]
    own = [int(label) if re.fullmatch(r"[0-9]{1,18}", label) else -1 for label in labels]
    unique = min(own) >= 0 and len(set(own)) == len(own)
    return dict(zip(sessions, own if unique else range(1, len(own) + 1), strict=True))


def _published(scan: Mapping[str, Any], slices: list[AnnotatedSlice], number: int) -> Iterator[dict[str, Any]]:
    score = None if is_missing(scan["radiology_score"]) else str(int(scan["radiology_score"]))
    for one in sorted(slices, key=lambda s: s.image.index):
        if one.image.orientation != "axial" or one.line is None or np.isnan(one.image.pixels).all():
            continue
        name = f"{one.scan_id}_axial-{one.image.index}.png"
        image = {"bytes": png_of(one.image.pixels), "path": name}
        text = line_text((one.line.start, one.line.end))
        yield {"image": image, "line": text, "rad_score": score, "session": number}


def _write_rows(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")  # as in atomic, but never whole in memory
    try:
        with pq.ParquetWriter(temporary, SCHEMA) as writer:
            waiting: list[dict[str, Any]] = []
            for row in rows:
                waiting.append(row)
                if len(waiting) == _ROW_GROUP:
                    writer.write_table(pa.Table.from_pylist(waiting, SCHEMA))
                    waiting.clear()
            writer.write_table(pa.Table.from_pylist(waiting, SCHEMA))
        if pq.read_metadata(temporary).num_rows == 0:
            msg = f"{path.name} would be empty: no axial slice of the results has both an image and a line"
            raise BadInput(msg)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _scan_row(published: PublishedScan, scan: AnnotatedSlice, seed: int, folds: int) -> dict[str, Any]:
    family = family_of(scan.participant_id)
    poor = (
        "; its published score says that the images are poor"
        if any(row.score.poor_quality for row in published.rows)
        else ""
    )
    return {
        "participant_id": scan.participant_id,
        "session_id": scan.session_id,
        "scan_id": scan.scan_id,
        "modality": scan.modality,
        "radiology_score": published.rows[0].score.score,
        "family_id": family,
        "split": split_of(family, seed),
        "fold": fold_of(family, seed, folds),
        "usable": False,
        "reason": _NO_VOLUME + poor,
    }


def _annotation(one: AnnotatedSlice) -> dict[str, Any]:
    (x0, y0), (x1, y1) = one.line.points.tolist() if one.line else ((None, None), (None, None))
    return {
        "participant_id": one.participant_id,
        "session_id": one.session_id,
        "modality": one.modality,
        "plane": one.image.orientation,
        "slice_index": one.image.index,
        "x0": x0,
        "y0": y0,
        "x1": x1,
        "y1": y1,
        "rater": "symbrain-published",
    }
