"""A results folder as the training stages find it: upright brains and slices of many infants, written straight away."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from heads import head, mask_of, volume_of, walked
from results import scan_row
from symbrain.alignment import Alignment
from symbrain.atomic import write_json
from symbrain.cohort import Record, folder_of
from symbrain.learning.asymmetry_normals import phantom_normal
from symbrain.settings import SlicesSettings
from symbrain.slice_table import AnnotatedSlice, write_slices
from symbrain.tables import write_table
from symbrain.volume import ScanFile, write_volume
from symbrain.walk import alignment_of, cut_slices

FOLDS = 2
SLICES = SlicesSettings(fractions=(0.45, 0.55))


def infants(count: int) -> list[dict[str, Any]]:
    """Return the rows of normal infants of the training split, half of them in each fold."""
    return [scan_row(k, fold=k % FOLDS, scan_age_weeks=36.0 + 0.5 * k) for k in range(1, count + 1)]


def write_cohort(results: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Write what ingest, align and slices leave of these scans; return the results folder."""
    write_table(results / "scans.tsv", "scans", rows)
    write_json(results / "chunks" / "ingest.json", {"bids_dir": str(results), "seed": 1, "folds": FOLDS, "chunks": 1})
    for number, row in enumerate(rows):
        _write_scan(results, row, number)
    return results


def _write_scan(results: Path, row: dict[str, Any], number: int) -> None:
    folder, name = folder_of(results, row), row["scan_id"]
    image, mask, edge = _brain(number % 4)
    affine = np.diag([edge] * 3 + [1.0])
    write_volume(folder / f"{name}_space-upright_image.nii.gz", image * (1 + number / 50), affine)
    write_volume(folder / f"{name}_space-upright_mask.nii.gz", mask, affine, np.uint8)
    write_json(folder / f"{name}_midline.json", alignment().to_dict())
    regions = [{"scan_id": name, "region": "Caudate", "asymmetry_index": 0.1 * np.sin(number)}]
    write_table(folder / f"{name}_regions.tsv", "regions", regions, dictionary=False)
    ids = {key: row[key] for key in ("participant_id", "session_id", "scan_id", "modality")}
    cut = [AnnotatedSlice(**ids, image=s.image, line=s.line, curve=s.curve) for s in _cut()]
    write_slices(folder / f"{name}_slices.parquet", cut)
    for stage in ("align", "slices"):
        record = Record(name, "done", f"{stage} {number}")
        write_json(results / "chunks" / stage / "scans" / f"{name}.json", asdict(record))


@cache
def _brain(seed: int) -> tuple[Any, Any, float]:
    load: Callable[[], tuple[Any, Any, float]] = phantom_normal(seed + 100, 0).load
    return load()


@cache
def alignment() -> Alignment:
    """Return the plane of one head."""
    phantom = head(1)
    scan = ScanFile(Path("a.nii.gz"), volume_of(phantom), phantom.affine, phantom.image.shape, "0" * 64)  # type: ignore[arg-type]
    return alignment_of(walked(1).aligned, scan)


@cache
def _cut() -> list[Any]:
    return cut_slices(volume_of(head(1)), mask_of(head(1)), alignment().plane, SLICES)


def told(path: Path) -> dict[str, Any]:
    """Return the content of a JSON file."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
