"""From what was measured on one scan to its row of scores.tsv."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Protocol

from symbrain.alignment import Alignment
from symbrain.deviation import Asymmetry
from symbrain.deviation_place import Place
from symbrain.fissure import shift_mm
from symbrain.line import Line
from symbrain.norm_columns import FAILED, NO_NORM
from symbrain.plane import Plane
from symbrain.polyline import Polyline
from symbrain.quality import judge
from symbrain.ratings import Ratings, worst
from symbrain.settings import ScoreSettings
from symbrain.slice import Slice
from symbrain.slice_row import NetworkLine
from symbrain.version import __version__

ASYMMETRY_COLUMNS = (
    "asymmetry_score",
    "asymmetry_score_low",
    "asymmetry_score_high",
    "asymmetry_z",
    "asymmetry_percentile",
    "asymmetry_z_low",
    "asymmetry_z_high",
    "asymmetry_percentile_low",
    "asymmetry_percentile_high",
    "asymmetry_z_retest_sd",
    "asymmetry_z_mdc",
    "laterality_index",
    "laterality_z",
    "asymmetry_side",
    "deviation_volume_ml",
    "deviation_x_mm",
    "deviation_y_mm",
    "deviation_z_mm",
    "deviation_region",
    "classical_score",
    "classical_side",
)
"""What a scan that fails its quality check does not get."""
_VERDICTS = ("pass", "warn", "fail")
_CENTER = ("deviation_x_mm", "deviation_y_mm", "deviation_z_mm")


class MidlineSlice(Protocol):
    """A slice with its midline, from memory or from a file."""

    @property
    def image(self) -> Slice: ...  # noqa: D102
    @property
    def line(self) -> Line | None: ...  # noqa: D102
    @property
    def curve(self) -> Polyline | None: ...  # noqa: D102


@dataclass(frozen=True)
class Compared:
    """What the detectors found in a scan, and which they were.

    Parameters
    ----------
    asymmetry, method, scored_by
        Of the detector whose score counts; ``scored_by`` says how it relates to the scan's family.
    classical
        What the mirror difference found.
    midline_agreement_deg
        Between the plane and the midline network's lines; None without any.
    weights
        Digests of the weights of the midline network and of the detector; None where none was used.
    place
        Where the deviation lies; None where no side bears one.
    lines
        What the midline network found in each slice; None where it was not asked.
    """

    asymmetry: Asymmetry
    classical: Asymmetry
    method: str
    scored_by: str
    midline_agreement_deg: float | None = None
    weights: tuple[str | None, str | None] = (None, None)
    place: Place | None = None
    lines: tuple[NetworkLine | None, ...] = ()


def score_row(
    scan: dict[str, Any],
    alignment: Alignment,
    slices: Sequence[MidlineSlice],
    compared: Compared,
    settings: ScoreSettings,
    config_sha256: str,
) -> dict[str, Any]:
    """Return a scan's row of scores.tsv, as yet without a norm.

    Parameters
    ----------
    scan
        The scan's columns of scans.tsv.
    """
    asymmetry, place = compared.asymmetry, compared.place
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
    row |= dict(zip(_CENTER, place.center_mm if place else (None,) * 3, strict=True)) | {
        "scored_by": compared.scored_by,
        "midline_agreement_deg": compared.midline_agreement_deg,
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
        "midline_weights_sha256": compared.weights[0],
        "asymmetry_weights_sha256": compared.weights[1],
        "config_sha256": config_sha256,
        "input_sha256": alignment.input_sha256,
        "midline_method": alignment.method,
        "asymmetry_method": compared.method,
        "mask_source": alignment.mask_source,
        "plane_confidence": alignment.confidence,
        "brain_volume_ml": alignment.quality.brain_volume_ml,
        "coverage": alignment.quality.coverage,
        "noise_ratio": alignment.quality.noise_ratio,
        "motion_index": alignment.quality.motion_index,
        "classical_score": compared.classical.score,
        "classical_side": compared.classical.side,
        "deviation_region": place and place.region,
        "norm_reason": FAILED if verdict == "fail" else NO_NORM,
        "voxel_mm": alignment.voxel_mm,
        "birth_age_weeks": scan.get("birth_age_weeks"),
    }
    if verdict == "fail":
        row |= dict.fromkeys(ASYMMETRY_COLUMNS)
    return row


def add_ratings(rows: Iterable[dict[str, Any]], ratings: Ratings) -> None:
    """Let what people say of scans count beside the measured verdict: the worse of both, with their reasons.

    A rejected scan loses its asymmetry numbers, as one that failed by measure never gets them. Accepting undoes no
    measured failure.
    """
    for row in rows:
        verdict, reasons = worst(ratings.get(row["scan_id"], ()))
        row["qc"] = max(row["qc"], verdict, key=_VERDICTS.index)
        row["qc_reason"] = "; ".join(filter(None, [row["qc_reason"], *reasons])) or None
        if row["qc"] == "fail":
            row |= dict.fromkeys(ASYMMETRY_COLUMNS) | {"norm_reason": FAILED}


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


def best_scans(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the best scan of each participant and session.

    Best is: the better quality verdict, then T2w before T1w, then the more confident plane, then the first name.
    """
    ordered = sorted(
        rows,
        key=lambda r: (
            _VERDICTS.index(r["qc"]), r["modality"] != "T2w", -(r["plane_confidence"] or 0), r["scan_id"],
        ),
    )  # fmt: skip
    best: dict[tuple[str, str], dict[str, Any]] = {}
    for row in ordered:
        best.setdefault((row["participant_id"], row["session_id"] or ""), row)
    return [best[key] for key in sorted(best)]
