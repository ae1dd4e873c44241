from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbrain.cohort_norms import SCORE, CohortNorms, fit_cohort_norms
from symbrain.columns import TABLES
from symbrain.drawem import PAIRS_87, TISSUES_9
from symbrain.norm_columns import FAILED, NO_NORM, add_norms, add_regional_norms

Row = dict[str, Any]
ENDS = ("", "_low", "_high")
JUDGED = [f"asymmetry_{what}{end}" for what in ("z", "percentile") for end in ENDS]


def cohort(count: int = 30) -> list[Row]:
    rng = np.random.default_rng(0)
    return [
        {
            "participant_id": f"sub-{k:02d}",
            "session_id": "ses-1",
            "scan_id": f"s{k:02d}",
            "modality": "T2w",
            "split": "train",
            "fold": float(k % 5),
            "scan_age_weeks": float(rng.uniform(38, 44)),
            "birth_age_weeks": 30.0 if k % 3 else 39.0,
            "sex": "female" if k % 2 else "male",
            "asymmetry_score": score,
            "asymmetry_score_low": 0.8 * score,
            "asymmetry_score_high": 1.3 * score,
            "laterality_index": float(rng.uniform(-1, 1)),
            "voxel_mm": 0.5,
            "qc": "pass",
            "qc_reason": None,
            "scored_by": "out_of_fold",
        }
        for k in range(count)
        for score in [float(np.exp(rng.normal(0, 0.3) + 0.4 * (k % 2)))]
    ]


def norms_of(rows: list[Row], regions: list[Row] | None = None) -> CohortNorms:
    return fit_cohort_norms(rows, regions or [], 5, 10)


def regions_of(rows: list[Row], name: str = "A") -> list[Row]:
    return [
        {"scan_id": r["scan_id"], "region": name, "asymmetry_index": 0.1 * np.sin(k),
         "intensity_asymmetry": 0.01 * np.cos(k)}
        for k, r in enumerate(rows)
    ]  # fmt: skip


def test_a_scan_of_the_training_split_is_judged_without_its_fold() -> None:
    rows = cohort()
    norms = norms_of(rows)
    held_out = {**rows[7], "scan_id": "other", "scored_by": "held_out"}
    ill = {**rows[7], "scan_id": "ill", "asymmetry_score": 9.0, "asymmetry_score_high": 9.5, "laterality_index": 1.0}
    add_norms([*rows, held_out, ill], norms)
    for row, fold in ((rows[7], 2), (held_out, None), (ill, 2)):
        norm = norms.of(SCORE, "T2w", fold)
        assert norm is not None
        assert row["asymmetry_z"] == norm.z(np.log(row["asymmetry_score"]), row["scan_age_weeks"])
        assert (row["norm_source"], row["norm_n"]) == ("cohort", 30 if fold is None else 24)
        assert row["norm_reason"] is None
        assert np.isfinite(row["laterality_z"])
        for end in ENDS:
            assert row[f"asymmetry_percentile{end}"] == norm.percentile(row[f"asymmetry_z{end}"])
        assert row["asymmetry_z_low"] < row["asymmetry_z"] < row["asymmetry_z_high"]
        assert set(JUDGED) <= set(row) & {c.name for c in TABLES["scores"]}
    assert ill["asymmetry_z"] > 3
    assert ill["asymmetry_percentile"] > 99


def test_the_interval_is_that_of_the_norm() -> None:
    (row, *_), norms = cohort(), norms_of(cohort())
    norm = norms.of(SCORE, "T2w", 0)
    assert norm is not None
    add_norms([row], norms)
    values = (np.log(row[f"asymmetry_score{end}"]) for end in ("_low", "", "_high"))
    assert (row["asymmetry_z_low"], row["asymmetry_z_high"]) == norm.interval(*values, row["scan_age_weeks"])


def test_sex_and_preterm_birth_are_allowed_for() -> None:
    """The girls of this cohort have higher scores; what is high for a boy is not for a girl."""
    rows = cohort(200)
    norms = norms_of(rows)
    norm = norms.of(SCORE, "T2w", None)
    assert norm is not None
    assert [trait.name for trait in norm.traits] == ["female", "preterm"]
    boy, girl, unknown = ({**rows[0], "scored_by": "held_out", "sex": sex} for sex in ("male", "female", None))
    add_norms([boy, girl, unknown], norms)
    assert boy["asymmetry_z"] > unknown["asymmetry_z"] > girl["asymmetry_z"] + 0.5
    add_norms(rows, norms)
    for sex in ("male", "female"):
        assert abs(np.mean([r["asymmetry_z"] for r in rows if r["sex"] == sex])) < 0.1


def strange(**changes: Any) -> Row:
    return {**cohort()[0], **changes}


@pytest.mark.parametrize(
    ("row", "reason", "qc"),
    [
        (strange(modality="T1w"), "too few T1w scans of the cohort are known to be normal", "pass"),
        (strange(modality=None), "its contrast is not known", "pass"),
        (strange(qc="fail", asymmetry_score=None, laterality_index=None), FAILED, "fail"),
        (strange(scan_age_weeks=50.0), "an age of 50.0 is outside", "warn"),
        (strange(scan_age_weeks=None), "the age is unknown, so there is no norm for it", "warn"),
        (strange(voxel_mm=0.76), "one of 0.8 mm is too coarse for it", "warn"),
    ],
)
def test_what_cannot_be_judged_is_told_why(row: Row, reason: str, qc: str) -> None:
    add_norms([row], norms_of(cohort()))
    assert not any(name in row for name in JUDGED)
    assert "laterality_z" not in row
    assert reason in row["norm_reason"]
    assert row["qc"] == qc
    assert (row["qc_reason"] == row["norm_reason"]) == (qc == "warn")


def test_a_warning_is_added_to_those_before() -> None:
    row = strange(scan_age_weeks=None, qc="warn", qc_reason="it is odd")
    add_norms([row], norms_of(cohort()))
    assert row["qc_reason"] == "it is odd; the age is unknown, so there is no norm for it"


def test_voxels_a_little_coarser_or_unknown_are_judged() -> None:
    rows = [strange(voxel_mm=edge) for edge in (0.74, None, 0.2)]
    add_norms(rows, norms_of(cohort()))
    assert all(np.isfinite(row["asymmetry_z"]) for row in rows)


def test_too_few_normals_make_no_norm() -> None:
    small = cohort(9)
    add_norms(small, norms_of(small))
    assert {row["norm_reason"] for row in small} == {NO_NORM}
    eleven = cohort(11)
    add_norms(eleven, norms_of(eleven))  # ten are needed, and without a fold there are eight or nine
    assert {row["norm_reason"] for row in eleven} == {
        "too few normal scans are left for a norm without its own fold of families"
    }
    assert not any("asymmetry_z" in row for row in [*small, *eleven])


def test_a_norm_of_phantoms_ranks_no_infant() -> None:
    rows = cohort()
    add_norms(rows, norms_of(rows), synthetic=True)
    judged = [row for row in rows if "asymmetry_z" in row]
    assert len(judged) > 25
    for row in judged:
        assert row["norm_source"] == "phantom"
        assert {row[f"asymmetry_percentile{end}"] for end in ENDS} == {None}
        assert row["asymmetry_z_low"] < row["asymmetry_z_high"]


def test_regional_norms() -> None:
    rows = cohort()
    regions = [*regions_of(rows, "A"), *regions_of(rows, "B")]
    norms = norms_of(rows, regions)
    rows[5] |= {"qc": "fail"}
    rows[6] |= {"scan_age_weeks": 50.0}
    rows[9] |= {"voxel_mm": 4.0}
    of = {(r["scan_id"], r["region"]): r for r in regions}
    of["s07", "B"]["asymmetry_index"] = 3.0
    of["s07", "A"]["intensity_asymmetry"] = -1.0
    of["s08", "A"]["asymmetry_index"] = None
    add_regional_norms(regions, rows, norms)
    assert of["s07", "B"]["asymmetry_index_z"] > 10
    assert abs(of["s07", "A"]["asymmetry_index_z"]) < 3
    assert of["s07", "A"]["intensity_asymmetry_z"] < -10
    assert abs(of["s07", "B"]["intensity_asymmetry_z"]) < 3
    assert of["s08", "A"]["asymmetry_index_z"] is None
    assert of["s08", "A"]["intensity_asymmetry_z"] is not None
    for scan in ("s05", "s06", "s09"):  # failed, too old, too coarse
        assert of[scan, "A"]["asymmetry_index_z"] is of[scan, "A"]["intensity_asymmetry_z"] is None
    add_regional_norms(regions, rows, CohortNorms())
    assert {r["asymmetry_index_z"] for r in regions} == {None}


@pytest.mark.parametrize("names", [list(PAIRS_87), list(TISSUES_9)], ids=["drawem87", "drawem9"])
def test_structures_of_either_atlas_are_judged_for_age_and_traits(names: list[str]) -> None:
    """Girls have this structure larger on the left; its z allows for it, and out of fold."""
    rows = cohort(120)
    rng = np.random.default_rng(3)
    regions = [
        {"scan_id": r["scan_id"], "region": name, "asymmetry_index": 0.2 * (r["sex"] == "female") + rng.normal(0, 0.1),
         "intensity_asymmetry": rng.normal(0, 0.02)}
        for r in rows
        for name in names[:3]
    ]  # fmt: skip
    norms = norms_of(rows, regions)
    add_regional_norms(regions, rows, norms)
    sex = {r["scan_id"]: r["sex"] for r in rows}
    for name in names[:3]:
        for column in ("asymmetry_index_z", "intensity_asymmetry_z"):
            z = {
                s: [r[column] for r in regions if r["region"] == name and sex[r["scan_id"]] == s]
                for s in ("male", "female")
            }
            assert all(abs(np.mean(some)) < 0.3 and 0.7 < np.std(some) < 1.3 for some in z.values())
