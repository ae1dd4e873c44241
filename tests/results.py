"""A results folder of a few tiny scans, listed by hand, as the stages after ingest find it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from heads import LESION, head
from symbrain.phantom import to_drawem9
from symbrain.settings import AlignSettings, ScoreSettings, SlicesSettings
from symbrain.stages import align, score, slices
from symbrain.tables import write_table
from symbrain.volume import write_volume

ALIGN = AlignSettings(spacing_mm=2.5, bias_correction=False)
SLICES = SlicesSettings(fractions=(0.45, 0.55))
SCORE = ScoreSettings()
_folders: list[TemporaryDirectory[str]] = []


def scan_row(number: int, **changes: Any) -> dict[str, Any]:
    """Return the row of scans.tsv of a usable scan."""
    participant, session = f"sub-{number:02d}", "ses-1"
    scan_id = f"{participant}_{session}_T2w"
    return {
        "participant_id": participant,
        "session_id": session,
        "scan_id": scan_id,
        "modality": "T2w",
        "path": f"{participant}/{session}/anat/{scan_id}.nii.gz",
        "scan_age_weeks": 41.0,
        "sex": "female",
        "radiology_score": 1,
        "split": "train",
        "fold": number % 5,
        "chunk": 0,
        "usable": True,
        **changes,
    }


def listed(results: Path, rows: Sequence[dict[str, Any]], dataset: Path | None = None) -> Path:
    """Write scans.tsv and what ingest says about itself; return the results folder."""
    write_table(results / "scans.tsv", "scans", rows)
    record = results / "chunks" / "ingest.json"
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps({"bids_dir": str(dataset or results)}))
    return results


@cache
def dataset() -> tuple[Path, tuple[dict[str, Any], ...]]:
    """Return a dataset: a head with mask and labels, one with a lesion and a mask of another grid, one cut short."""
    _folders.append(TemporaryDirectory())
    root = Path(_folders[-1].name)
    rows = [scan_row(1), scan_row(2, radiology_score=5), scan_row(3), scan_row(4, usable=False, reason="It is empty.")]
    for number, row in enumerate(rows[:3], start=1):
        phantom = head(number, spacing_mm=2.5, lesion=LESION if number == 2 else None)
        write_volume(root / row["path"], phantom.image, phantom.affine)
        row["mask_path"] = f"{number}_mask.nii.gz"
        mask = phantom.mask[1:] if number == 2 else phantom.mask
        write_volume(root / row["mask_path"], mask, phantom.affine, np.uint8)
    rows[0]["labels_path"] = "1_drawem9_dseg.nii.gz"
    write_volume(root / rows[0]["labels_path"], to_drawem9(head(1, spacing_mm=2.5).labels), phantom.affine, np.uint8)
    short = root / rows[2]["path"]
    short.write_bytes(short.read_bytes()[:-4000])
    return root, tuple(rows)


def walked_through(results: Path, rows: Sequence[dict[str, Any]], root: Path) -> Path:
    """Run align, slices and score over all chunks, and gather; return the results folder."""
    listed(results, rows, root)
    chunks = sorted({row["chunk"] for row in rows})
    for chunk in chunks:
        align.run(results, chunk, ALIGN)
    for chunk in chunks:
        slices.run(results, chunk, SLICES)
    for chunk in chunks:
        score.run(results, chunk, SCORE)
    score.gather(results)
    return results


@cache
def results() -> Path:
    """Return the results of the dataset; tests read them and write elsewhere."""
    root, rows = dataset()
    return walked_through(root / "derivatives" / "symbrain", rows, root)


def derivative(number: int, ending: str) -> Path:
    """Return the path of one scan's derivative."""
    return results() / f"sub-{number:02d}" / "ses-1" / "anat" / f"sub-{number:02d}_ses-1_T2w_{ending}"
