"""From what was measured on one scan to its row of scores.tsv, and from the rows of a cohort to their norms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from symbrain.alignment import Alignment
from symbrain.asymmetry import METHOD, Asymmetry
from symbrain.fissure import shift_mm
from symbrain.line import Line
from symbrain.norms import out_of_fold_z
from symbrain.plane import Plane
from symbrain.polyline import Polyline
from symbrain.quality import judge
from symbrain.settings import ScoreSettings
from symbrain.slice import Slice
from symbrain.version import __version__

ASYMMETRY_COLUMNS = (
    "asymmetry_score",
    "asymmetry_score_low",
    "asymmetry_score_high",
    "asymmetry_z",
    "asymmetry_percentile",
    "laterality_index",
    "laterality_z",
    "asymmetry_side",
    "deviation_volume_ml",
)
"""What a scan that fails its quality check does not get."""


class MidlineSlice(Protocol):
    """A slice with its midline, from memory or from a file."""

    @property
    def image(self) -> Slice: ...  # noqa: D102
    @property
    def line(self) -> Line | None: ...  # noqa: D102
    @property
    def curve(self) -> Polyline | None: ...  # noqa: D102


def score_row(
    scan: dict[str, Any],
    alignment: Alignment,
    slices: Sequence[MidlineSlice],
    asymmetry: Asymmetry,
    settings: ScoreSettings,
    config_sha256: str,
) -> dict[str, Any]:
    """Return a scan's row of scores.tsv, as yet without a norm.

    Parameters
    ----------
    scan
        The scan's columns of scans.tsv.
    """
    age = scan["scan_age_weeks"]
    verdict, reason = judge(alignment.quality, alignment.confidence, age, alignment.warnings, settings)
    row = {
        k: scan[k]
        for k in (
            "participant_id", "session_id", "scan_id", "modality", "split", "fold", "scan_age_weeks", "sex",
            "radiology_score",
        )
    }  # fmt: skip
    row |= _midline_columns(slices, alignment.plane)
    row |= {
        "scored_by": "held_out",
        "asymmetry_score": asymmetry.score,
        "asymmetry_score_low": asymmetry.low,
        "asymmetry_score_high": asymmetry.high,
        "laterality_index": asymmetry.laterality_index,
        "asymmetry_side": asymmetry.side,
        "deviation_volume_ml": asymmetry.volume_ml,
        "norm_source": "none",
        "qc": verdict,
        "qc_reason": reason,
        "symbrain_version": __version__,
        "config_sha256": config_sha256,
        "input_sha256": alignment.input_sha256,
        "midline_method": alignment.method,
        "asymmetry_method": METHOD,
        "mask_source": alignment.mask_source,
        "plane_confidence": alignment.confidence,
        "brain_volume_ml": alignment.quality.brain_volume_ml,
        "coverage": alignment.quality.coverage,
        "noise_ratio": alignment.quality.noise_ratio,
        "motion_index": alignment.quality.motion_index,
    }
    if verdict == "fail":
        row |= dict.fromkeys(ASYMMETRY_COLUMNS)
    return row


def _midline_columns(slices: Sequence[MidlineSlice], plane: Plane) -> dict[str, Any]:
    """Return what the plane and the trace say; a line that a rater drew is an annotation, not our measurement."""
    axial = sorted((s for s in slices if s.image.orientation == "axial"), key=lambda s: s.image.index)
    middle = axial[len(axial) // 2].image.line_of(plane) if axial else None
    traced = [(s.curve, s.image.line_of(plane)) for s in axial]
    shifts = [shift_mm(curve, line) for curve, line in traced if curve is not None and line is not None]
    return {
        "midline_angle_deg": None if middle is None else middle.angle_deg,
        "midline_offset_mm": None if middle is None else middle.offset_mm,
        "midline_shift_mm": median(shifts) if shifts else None,
    }


def is_normal(row: dict[str, Any], settings: ScoreSettings) -> bool:
    """Tell whether a scan may make a norm: it passed its quality check, and a radiologist called it normal."""
    score = row["radiology_score"]
    return score is not None and score <= settings.normal_radiology_score and row["qc"] != "fail"


def add_norms(rows: Sequence[dict[str, Any]], settings: ScoreSettings, *, synthetic: bool = False) -> None:
    """Judge each scan by the cohort's normal scans of its contrast outside its own fold, where there are enough.

    Where the cohort is ``synthetic``, the norm says so, and nobody gets a percentile: phantoms rank no infant.
    """
    for modality in sorted({row["modality"] for row in rows}):
        group = [row for row in rows if row["modality"] == modality]
        normal = [is_normal(row, settings) for row in group]
        ages, folds = _numbers(group, "scan_age_weeks"), _numbers(group, "fold")
        # Scores are positive and skewed to the right; their logarithm is nearly normal.
        severity = np.log(np.maximum(_numbers(group, "asymmetry_score"), 0.05))
        z, percentile, size = out_of_fold_z(severity, ages, folds, normal, settings.min_normals)
        side_z, _, _ = out_of_fold_z(_numbers(group, "laterality_index"), ages, folds, normal, settings.min_normals)
        for i, row in enumerate(group):
            if size[i] == 0 or row["qc"] == "fail":
                continue
            row |= {
                "asymmetry_z": z[i],
                "asymmetry_percentile": None if synthetic else percentile[i],
                "laterality_z": side_z[i],
                "norm_source": "phantom" if synthetic else "cohort",
                "norm_n": size[i],
                "scored_by": "out_of_fold" if normal[i] else "held_out",
            }


def add_regional_norms(
    regions: Sequence[dict[str, Any]], rows: Iterable[dict[str, Any]], settings: ScoreSettings
) -> None:
    """Judge each structure's asymmetry index by the same rule."""
    of_scan = {row["scan_id"]: row for row in rows}
    for group in _grouped(regions, lambda r: (of_scan[r["scan_id"]]["modality"], r["region"])):
        scans = [of_scan[r["scan_id"]] for r in group]
        z, _, _ = out_of_fold_z(
            _numbers(group, "asymmetry_index"),
            _numbers(scans, "scan_age_weeks"),
            _numbers(scans, "fold"),
            [is_normal(s, settings) for s in scans],
            settings.min_normals,
        )
        for value, region, scan in zip(z, group, scans, strict=True):
            region["asymmetry_index_z"] = None if scan["qc"] == "fail" else float(value)


def best_scans(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the best scan of each participant and session.

    Best is: the better quality verdict, then T2w before T1w, then the more confident plane, then the first name.
    """
    verdicts = ("pass", "warn", "fail")
    ordered = sorted(
        rows,
        key=lambda r: (
            verdicts.index(r["qc"]), r["modality"] != "T2w", -(r["plane_confidence"] or 0), r["scan_id"],
        ),
    )  # fmt: skip
    best: dict[tuple[str, str], dict[str, Any]] = {}
    for row in ordered:
        best.setdefault((row["participant_id"], row["session_id"] or ""), row)
    return [best[key] for key in sorted(best)]


def _numbers(rows: Sequence[dict[str, Any]], column: str) -> NDArray[np.float64]:
    return np.array([np.nan if row.get(column) is None else float(row[column]) for row in rows])


def _grouped(rows: Sequence[dict[str, Any]], key: Any) -> list[list[dict[str, Any]]]:
    groups: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return list(groups.values())
