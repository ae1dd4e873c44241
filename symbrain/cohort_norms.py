"""The norms that go with a model: for each measure and contrast one of all normals, and one without each fold.

A scan that the model's cohort learned from is judged by the norm without its own fold of families, every other scan by
the norm of all. They are plain numbers in the model's ``norms.json``, so that no scan is judged by a norm of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symbrain.norm_fit import fit_norm
from symbrain.norms import Norm
from symbrain.traits import NAMES, levels_of

ALL = "all"
SCORE, LATERALITY = "score", "laterality"
_LEAST_SCORE = 0.05  # below it, scores differ by nothing that matters, but their logarithms would

ByFold = Mapping[str, Norm]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class CohortNorms:
    """Norms by measure, contrast and fold left out."""

    norms: Mapping[str, Mapping[str, ByFold]] = field(default_factory=dict)

    def of(self, measure: str, modality: str | None, fold: int | None) -> Norm | None:
        """Return the norm of a measure in one contrast: without a fold of families, or of all (None)."""
        return self.norms.get(measure, {}).get(modality or "", {}).get(ALL if fold is None else str(fold))

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, for ``norms.json``."""
        return {
            measure: {
                modality: {fold: norm.to_dict() for fold, norm in by_fold.items()}
                for modality, by_fold in kinds.items()
            }
            for measure, kinds in self.norms.items()
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> CohortNorms:
        """Read what ``to_dict`` wrote."""
        return cls(
            {
                measure: {
                    modality: {fold: Norm.from_dict(norm) for fold, norm in by_fold.items()}
                    for modality, by_fold in kinds.items()
                }
                for measure, kinds in record.items()
            }
        )


def region_measure(region: str) -> str:
    """Return the name under which a structure's asymmetry index has its norms."""
    return f"region {region}"


def intensity_measure(region: str) -> str:
    """Return the name under which a structure's asymmetry of mean intensities has its norms."""
    return f"intensity {region}"


REGIONAL = {"asymmetry_index": region_measure, "intensity_asymmetry": intensity_measure}
"""The columns of regions.tsv that have norms, and the name of their measure in a structure."""


def severity(score: float | None) -> float:
    """Return the logarithm of a score, NaN where there is none: scores are positive and skewed to the right."""
    return float("nan") if score is None else float(np.log(max(score, _LEAST_SCORE)))


def fit_cohort_norms(normals: Sequence[Row], regions: Sequence[Row], folds: int, minimum: int) -> CohortNorms:
    """Fit the norms of normal scans, each scored by a model that never saw its family.

    Parameters
    ----------
    normals
        Rows with scan_id, modality, fold, scan_age_weeks, asymmetry_score and laterality_index, and where they are
        known sex, birth_age_weeks and voxel_mm.
    regions
        Rows with scan_id, region, asymmetry_index and intensity_asymmetry; those of other scans are left out.
    folds
        Number of folds of families.
    minimum
        Normal scans that a norm needs.
    """
    of_scan = {row["scan_id"]: row for row in normals}
    measured = [
        *((SCORE, row, severity(row["asymmetry_score"])) for row in normals),
        *((LATERALITY, row, _number(row["laterality_index"])) for row in normals),
        *(
            (measure(region["region"]), of_scan[region["scan_id"]], _number(region.get(column)))
            for region in regions
            if region["scan_id"] in of_scan
            for column, measure in REGIONAL.items()
        ),
    ]
    groups: dict[tuple[str, str], list[tuple[Row, float]]] = {}
    for measure, row, value in measured:
        groups.setdefault((measure, row["modality"]), []).append((row, value))
    norms: dict[str, dict[str, ByFold]] = {}
    for (measure, modality), pairs in groups.items():
        if by_fold := _by_fold(pairs, folds, minimum):
            norms.setdefault(measure, {})[modality] = by_fold
    return CohortNorms(norms)


def _by_fold(pairs: Sequence[tuple[Row, float]], folds: int, minimum: int) -> dict[str, Norm]:
    kept = {ALL: pairs} | {str(k): [(row, v) for row, v in pairs if int(row["fold"]) != k] for k in range(folds)}
    fitted = {name: _fitted(some, minimum) for name, some in kept.items()}
    return {name: norm for name, norm in fitted.items() if norm is not None}


def _fitted(pairs: Sequence[tuple[Row, float]], minimum: int) -> Norm | None:
    levels = [levels_of(row) for row, _ in pairs]
    return fit_norm(
        [value for _, value in pairs],
        [_number(row["scan_age_weeks"]) for row, _ in pairs],
        minimum,
        levels={name: np.array([level[name] for level in levels]) for name in NAMES},
        voxels_mm=[_number(row.get("voxel_mm")) for row, _ in pairs],
    )


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)
