"""From what was measured on one scan to its row of scores.tsv, and from the norms to how unusual it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Protocol

import numpy as np

from symbrain.alignment import Alignment
from symbrain.cohort_norms import LATERALITY, SCORE, CohortNorms, region_measure, severity
from symbrain.deviation import Asymmetry
from symbrain.fissure import shift_mm
from symbrain.line import Line
from symbrain.norms import Norm
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
    "classical_score",
    "classical_side",
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
    """

    asymmetry: Asymmetry
    classical: Asymmetry
    method: str
    scored_by: str
    midline_agreement_deg: float | None = None
    weights: tuple[str | None, str | None] = (None, None)


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
    asymmetry = compared.asymmetry
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


def add_norms(rows: Sequence[dict[str, Any]], norms: CohortNorms, *, synthetic: bool = False) -> None:
    """Judge each scan by the normals of its contrast, without its own fold where the cohort learned from its split.

    Where the cohort is ``synthetic``, the norm says so, and nobody gets a percentile: phantoms rank no infant. A scan
    outside the modelled ages is told so rather than judged.
    """
    for row in rows:
        fold, age = _fold_left_out(row), row["scan_age_weeks"]
        norm = norms.of(SCORE, row["modality"], fold)
        if norm is None or row["qc"] == "fail":
            continue
        if not norm.covers(np.nan if age is None else age):
            row |= {"qc": "warn", "qc_reason": "; ".join(filter(None, [row["qc_reason"], _outside(norm, age)]))}
            continue
        z = float(norm.z(severity(row["asymmetry_score"]), age))
        side = norms.of(LATERALITY, row["modality"], fold)
        row |= {
            "asymmetry_z": z,
            "asymmetry_percentile": None if synthetic else float(norm.percentile(z)),
            "laterality_z": None if side is None else float(side.z(row["laterality_index"], age)),
            "norm_source": "phantom" if synthetic else "cohort",
            "norm_n": norm.n,
        }


def add_regional_norms(regions: Sequence[dict[str, Any]], rows: Iterable[dict[str, Any]], norms: CohortNorms) -> None:
    """Judge each structure's asymmetry index by the same rule."""
    of_scan = {row["scan_id"]: row for row in rows}
    for region in regions:
        scan, index = of_scan[region["scan_id"]], region["asymmetry_index"]
        norm = norms.of(region_measure(region["region"]), scan["modality"], _fold_left_out(scan))
        judged = norm is not None and index is not None and scan["qc"] != "fail"
        region["asymmetry_index_z"] = float(norm.z(index, _number(scan["scan_age_weeks"]))) if judged and norm else None


def _fold_left_out(row: Mapping[str, Any]) -> int | None:
    return int(row["fold"]) if row["scored_by"] == "out_of_fold" else None


def _outside(norm: Norm, age: float | None) -> str:
    if age is None:
        return "the age is unknown, so there is no norm for it"
    return f"the norm is of {norm.youngest:.1f} to {norm.oldest:.1f} weeks, an age of {age:.1f} is outside"


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


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)
