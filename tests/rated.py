"""Results of two infants with slices, as the annotation page and its raters find them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cohorts import infants, write_cohort
from symbrain.slice_table import AnnotatedSlice, read_slices
from symbrain.tables import write_table

NETWORK = {"network_angle_deg": 1.5, "network_offset_mm": 0.8, "network_p_midline": 0.9}


def slices_of(results: Path, row: dict[str, Any]) -> list[AnnotatedSlice]:
    folder = results / row["participant_id"] / row["session_id"] / "anat"
    return read_slices(folder / f"{row['scan_id']}_slices.parquet")


def write_rated(results: Path, **changes: Any) -> list[dict[str, Any]]:
    """Write two infants' results; of the second the network sees no midline. Return their rows of scans.tsv."""
    rows = [row | changes for row in infants(2)]
    write_cohort(results, rows)
    shared = ("participant_id", "session_id", "scan_id", "modality", "scan_age_weeks", "split")
    told: tuple[dict[str, Any], ...] = ({"midline_agreement_deg": 3.0, "plane_confidence": 0.8}, {})
    scores = [{key: row[key] for key in shared} | {"qc": "pass"} | more for row, more in zip(rows, told, strict=True)]
    for name in ("scores", "subjects"):
        write_table(results / f"{name}.tsv", name, scores)
    seen = [
        {
            **{key: row[key] for key in ("participant_id", "session_id", "scan_id")},
            "plane": one.image.orientation,
            "slice_index": one.image.index,
            **(NETWORK if row is rows[0] else {"network_p_midline": 0.1}),
        }
        for row in rows
        for one in slices_of(results, row)
    ]
    write_table(results / "slice_scores.tsv", "slice_scores", seen)
    return rows
