"""The norms that go with a model: for each measure and contrast one of all normals, and one without each fold.

A scan that the model's cohort learned from is judged by the norm without its own fold of families, every other scan by
the norm of all. They are plain numbers in the model's ``norms.json``, so that no scan is judged by a norm of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class _Normal:
    """What a norm knows of a normal scan, read once for all measures."""

    modality: str
    fold: int
    age: float
    levels: Mapping[str, float]
    voxel_mm: float


def fit_cohort_norms(normals: Sequence[Row], regions: Iterable[Row], folds: int, minimum: int) -> CohortNorms:
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
    of_scan = {row["scan_id"]: _normal(row) for row in normals}
    groups: dict[tuple[str, str], list[tuple[_Normal, float]]] = {}
    for scan_id, measure, value in _measured(normals, regions):
        if scan_id in of_scan:
            groups.setdefault((measure, of_scan[scan_id].modality), []).append((of_scan[scan_id], value))
    norms: dict[str, dict[str, ByFold]] = {}
    for (measure, modality), pairs in groups.items():
        if by_fold := _by_fold(pairs, folds, minimum):
            norms.setdefault(measure, {})[modality] = by_fold
    return CohortNorms(norms)


def _normal(row: Row) -> _Normal:
    age, voxel_mm = _number(row["scan_age_weeks"]), _number(row.get("voxel_mm"))
    return _Normal(row["modality"], int(row["fold"]), age, levels_of(row), voxel_mm)


def _measured(normals: Iterable[Row], regions: Iterable[Row]) -> Iterator[tuple[str, str, float]]:
    """Yield scan_id, measure and value."""
    for row in normals:
        yield row["scan_id"], SCORE, severity(row["asymmetry_score"])
        yield row["scan_id"], LATERALITY, _number(row["laterality_index"])
    for region in regions:
        for column, measure in REGIONAL.items():
            yield region["scan_id"], measure(region["region"]), _number(region.get(column))


def _by_fold(pairs: Sequence[tuple[_Normal, float]], folds: int, minimum: int) -> dict[str, Norm]:
    kept = {ALL: pairs} | {str(k): [(scan, v) for scan, v in pairs if scan.fold != k] for k in range(folds)}
    fitted = {name: _fitted(some, minimum) for name, some in kept.items()}
    return {name: norm for name, norm in fitted.items() if norm is not None}


def _fitted(pairs: Sequence[tuple[_Normal, float]], minimum: int) -> Norm | None:
    return fit_norm(
        [value for _, value in pairs],
        [scan.age for scan, _ in pairs],
        minimum,
        levels={name: np.array([scan.levels[name] for scan, _ in pairs]) for name in NAMES},
        voxels_mm=[scan.voxel_mm for scan, _ in pairs],
    )


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)
