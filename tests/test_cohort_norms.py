from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from symbrain.cohort_norms import (
    LATERALITY,
    SCORE,
    CohortNorms,
    fit_cohort_norms,
    intensity_measure,
    region_measure,
    severity,
)
from symbrain.norm_fit import fit_norm
from symbrain.traits import levels_of

FOLDS = 5


def normals(count: int = 30, modality: str = "T2w") -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    return [
        {
            "scan_id": f"{modality}{k}",
            "modality": modality,
            "fold": float(k % 4),  # nobody is in the last fold
            "scan_age_weeks": float(rng.uniform(30, 44)),
            "asymmetry_score": float(np.exp(rng.normal(0, 0.3))),
            "laterality_index": float(rng.uniform(-1, 1)),
        }
        for k in range(count)
    ]


def regions_of(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"scan_id": r["scan_id"], "region": "Caudate", "asymmetry_index": 0.1 * np.sin(k),
         "intensity_asymmetry": 0.01 * np.cos(k)}
        for k, r in enumerate(rows)
    ]  # fmt: skip


def test_each_fold_has_the_norm_of_the_others() -> None:
    rows = normals()
    norms = fit_cohort_norms(rows, regions_of(rows), FOLDS, 10)
    ages = np.array([row["scan_age_weeks"] for row in rows])
    fold = np.array([row["fold"] for row in rows])
    for measure, values in (
        (SCORE, np.log([row["asymmetry_score"] for row in rows])),
        (LATERALITY, np.array([row["laterality_index"] for row in rows])),
        (region_measure("Caudate"), np.array([region["asymmetry_index"] for region in regions_of(rows)])),
        (intensity_measure("Caudate"), np.array([region["intensity_asymmetry"] for region in regions_of(rows)])),
    ):
        assert norms.of(measure, "T2w", None) == norms.of(measure, "T2w", 4) == fit_norm(values, ages, 10)
        for k in range(4):
            assert norms.of(measure, "T2w", k) == fit_norm(values[fold != k], ages[fold != k], 10)


def test_norms_are_fitted_for_the_infants_traits_and_know_their_voxels() -> None:
    rows = [
        row | {"sex": "female" if k % 2 else "male", "birth_age_weeks": birth, "voxel_mm": 0.5 + k / 1000}
        for k, row in enumerate(normals(200))
        for birth in [30.0 if k % 3 else min(37.0, row["scan_age_weeks"])]
    ]
    for fold in (None, 1):
        kept = [row for row in rows if fold is None or row["fold"] != fold]
        norm = fit_cohort_norms(rows, [], FOLDS, 10).of(SCORE, "T2w", fold)
        assert norm == fit_norm(
            np.log([row["asymmetry_score"] for row in kept]),
            [row["scan_age_weeks"] for row in kept],
            10,
            levels={name: np.array([levels_of(row)[name] for row in kept]) for name in ("female", "preterm")},
            voxels_mm=[row["voxel_mm"] for row in kept],
        )
        assert norm is not None
        assert [trait.name for trait in norm.traits] == ["female", "preterm"]
        assert (norm.finest_mm, norm.coarsest_mm) == (kept[0]["voxel_mm"], kept[-1]["voxel_mm"])


def test_contrasts_do_not_mix_and_too_few_make_no_norm() -> None:
    rows = [*normals(30), *normals(9, "T1w"), *normals(12, "PDw")]
    norms = fit_cohort_norms(rows, [], FOLDS, 10)
    assert norms.of(SCORE, "T2w", 0) is not None
    assert norms.of(SCORE, "T1w", None) is None
    assert norms.of(SCORE, "PDw", None) is not None
    assert norms.of(SCORE, "PDw", 0) is None  # nine are left
    assert norms.of(SCORE, None, None) is None
    assert norms.of(region_measure("Caudate"), "T2w", None) is None


def test_norms_survive_their_file() -> None:
    rows = normals()
    norms = fit_cohort_norms(rows, regions_of(rows), FOLDS, 10)
    assert CohortNorms.from_dict(json.loads(json.dumps(norms.to_dict(), allow_nan=False))) == norms
    assert CohortNorms.from_dict({}) == CohortNorms()


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_regions_without_an_index_and_of_strangers_do_not_count(missing: float | None) -> None:
    rows = normals()
    regions = regions_of(rows)
    plain = fit_cohort_norms(rows[1:], regions[1:], FOLDS, 10)
    regions[0]["asymmetry_index"] = missing
    assert (
        fit_cohort_norms(rows, regions, FOLDS, 10).norms[region_measure("Caudate")]
        == plain.norms[region_measure("Caudate")]
    )
    assert fit_cohort_norms(rows[1:], regions, FOLDS, 10).norms == plain.norms


def test_severity_is_a_logarithm_with_a_floor() -> None:
    assert severity(1.0) == 0
    assert severity(0.0) == severity(0.01) == np.log(0.05)
    assert np.isnan(severity(None))
