"""Train the midline network: one slice in, the line of its midline out."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symbrain.cohort import digest_of, file_digest, folder_of, records_of
from symbrain.models import SUMS, WEIGHTS, digest_of_bundle, packaged_or_none
from symbrain.settings import TrainMidlineSettings
from symbrain.slice_table import read_slices
from symbrain.tables import read_table, records
from symbrain.trained import record_path, train_once

if TYPE_CHECKING:
    from symbrain.learning.midline_slices import AnnotatedSlice

STAGE = "train_midline"
MOST = {"train": 600, "val": 120, "test": 240}
"""Scans of each split that are used, at most: more of them would only cost memory, as one training sees no more."""


def run(results: Path, settings: TrainMidlineSettings, *, seed: int, threads: int = 1) -> None:
    """Train on the annotated slices of the training split, stop by the validation split, report on the test split."""
    used = some_of(_sliced(results))
    start = packaged_or_none("midline") if settings.start == "packaged" else None
    if settings.start == "packaged" and start is None:
        print(f"{STAGE}: this installation has no packaged weights, so training starts from scratch", file=sys.stderr)
    known = [[scan["scan_id"], scan["split"], digest] for scan, digest in used]
    out = results / "models" / "midline"

    def train() -> dict[str, Any]:
        from symbrain.learning.midline_training import train_midline

        cohort = (one for scan, _ in used for one in _slices_of(results, scan))
        train_midline(cohort, out, settings, seed=seed, start=start, threads=threads)
        print(f"{STAGE}: slices of {len(used)} scans", file=sys.stderr)
        return {"scans": len(used)}

    digest = digest_of(STAGE, asdict(settings), seed, threads, known, digest_of_bundle(start))
    train_once(record_path(results, STAGE, "midline"), digest, [out / SUMS, out / WEIGHTS], train)


def some_of(scans: Sequence[tuple[dict[str, Any], str]]) -> list[tuple[dict[str, Any], str]]:
    """Return so many scans of each split that memory does not grow with the cohort; chosen by their names alone."""
    kept: set[str] = set()
    for split, most in MOST.items():
        names = sorted((scan["scan_id"] for scan, _ in scans if scan["split"] == split), key=_drawn)
        kept.update(names[:most])
    return [one for one in scans if one[0]["scan_id"] in kept]


def _drawn(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _sliced(results: Path) -> list[tuple[dict[str, Any], str]]:
    """Return the scans that have slices, with a digest: from the stage slices, or imported (which has no stages).

    Imported scans were split when they were imported.
    """
    if (results / "chunks").exists():
        return [(scan, record.digest) for scan, record in records_of(results, "slices") if record.status == "done"]
    scans = records(read_table(results / "scans.tsv", "scans"))
    files = [(scan, _table_of(results, scan)) for scan in scans]
    return [(scan, file_digest(path)) for scan, path in files if path.exists()]


def _table_of(results: Path, scan: dict[str, Any]) -> Path:
    return folder_of(results, scan) / f"{scan['scan_id']}_slices.parquet"


def _slices_of(results: Path, scan: dict[str, Any]) -> Iterator[AnnotatedSlice]:
    """Yield a scan's slices as the training wants them; those without pixels teach nothing."""
    from symbrain.learning.midline_slices import AnnotatedSlice

    for one in read_slices(_table_of(results, scan)):
        if np.isfinite(one.image.pixels).all():
            yield AnnotatedSlice(
                one.image.pixels, one.image.spacing_mm, one.line, scan["split"], scan["participant_id"]
            )
