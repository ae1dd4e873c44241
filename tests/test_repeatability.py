"""Repeatability: laws on simulated pairs, and which scans of a cohort are pairs."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results import results as cohort_of_two
from symbrain.atomic import write_json, write_text
from symbrain.cohort_norms import fit_cohort_norms
from symbrain.columns import TABLES
from symbrain.repeatability import (
    CONDITIONS,
    CONTRASTS,
    KEY,
    LEAST_PAIRS,
    LOG,
    REPOSITIONED,
    RUNS,
    UNITS,
    Repeatability,
    Z,
    add_retest,
    card,
    icc,
    known_of,
    measure,
    measure_cohort,
    minimal_detectable_change,
    pairs_of,
    within_subject_sd,
)
from symbrain.stages import score
from symbrain.tables import read_table, records

KNOWN = [Repeatability(REPOSITIONED, unit, 40, 0.25, 0.9, 0.693, 0.5, 0.8) for unit in UNITS]
numbers = st.floats(-5, 5)
pairs = st.lists(st.tuples(numbers, numbers), min_size=LEAST_PAIRS, max_size=30)


def simulated(n: int, between: float, within: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(0, between, (n, 1)) + rng.normal(0, within, (n, 2))


def row(scan_id: str, score: float | None = 1.0, z: float | None = 0.0, **changes: Any) -> dict[str, Any]:
    participant, session = scan_id.split("_")[:2]
    return {
        "participant_id": participant,
        "session_id": session,
        "scan_id": scan_id,
        "modality": scan_id.rpartition("_")[2],
        "qc": "pass",
        "asymmetry_score": score,
        "asymmetry_z": z,
    } | changes


@pytest.mark.parametrize(("between", "within"), [(1.0, 0.3), (0.5, 0.5), (2.0, 0.1)])
def test_what_was_simulated_is_found(between: float, within: float) -> None:
    found = measure(REPOSITIONED, LOG, simulated(2000, between, within))  # type: ignore[arg-type]
    assert found.within_subject_sd == pytest.approx(within, rel=0.05)
    assert found.icc == pytest.approx(between**2 / (between**2 + within**2), abs=0.03)


def test_golden_numbers() -> None:
    assert within_subject_sd([[0, 2], [5, 3]]) == pytest.approx(math.sqrt(2))
    assert minimal_detectable_change(1.0) == pytest.approx(2.7719, abs=1e-4)
    assert icc([[1, 1], [2, 2], [7, 7]]) == 1
    # Means 1, 2, 3 and all differences 2: twice their variance of 1 between brains, 2 within.
    assert icc([[0, 2], [1, 3], [2, 4]]) == pytest.approx(0.0)
    assert icc([[3, 3], [3, 3]]) is None


@given(pairs, st.floats(-3, 3), st.floats(0.1, 10))
def test_shifting_all_changes_nothing_and_scaling_scales(
    values: list[tuple[float, float]], by: float, times: float
) -> None:
    first, shifted, scaled = (
        measure(REPOSITIONED, Z, v)  # type: ignore[arg-type]
        for v in (values, np.array(values) + by, np.array(values) * times)
    )
    for name in ("within_subject_sd", "minimal_detectable_change", "low", "high"):
        assert getattr(shifted, name) == pytest.approx(getattr(first, name), abs=1e-6)
        assert getattr(scaled, name) == pytest.approx(getattr(first, name) * times, abs=1e-6)


@given(pairs)
def test_the_order_within_pairs_does_not_matter(values: list[tuple[float, float]]) -> None:
    there, back = measure(RUNS, LOG, values), measure(RUNS, LOG, [(b, a) for a, b in values])
    assert back.within_subject_sd == there.within_subject_sd
    if there.icc is not None and back.icc is not None:
        assert -1 <= there.icc <= 1
        assert back.icc == pytest.approx(there.icc, abs=1e-6)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    truth = float(minimal_detectable_change(0.4))
    ends = [measure(RUNS, LOG, simulated(40, 1.0, 0.4, seed)) for seed in range(200)]  # type: ignore[arg-type]
    held = np.mean([(one.low or 0) <= truth <= (one.high or 0) for one in ends])
    assert 0.87 <= held <= 0.99


def test_too_few_pairs_give_no_number() -> None:
    few = simulated(LEAST_PAIRS + 2, 1, 1)
    few[:3, 1] = np.nan
    found = measure(RUNS, Z, few)  # type: ignore[arg-type]
    assert (found.n, found.within_subject_sd, found.high) == (LEAST_PAIRS - 1, None, None)
    assert measure(RUNS, Z, []) == Repeatability(RUNS, Z, 0)


def test_pairs_are_scans_of_one_session_and_no_scan_counts_twice() -> None:
    names = (
        "sub-1_ses-1_run-1_T2w", "sub-1_ses-1_run-2_T2w", "sub-1_ses-1_run-3_T2w", "sub-1_ses-1_T1w",
        "sub-1_ses-2_T2w", "sub-2_ses-1_T1w", "sub-3_ses-1_acq-a_T2w", "sub-3_ses-1_acq-b_T2w",
    )  # fmt: skip
    failed = [row("sub-4_ses-1_T1w", None, None, qc="fail"), row("sub-4_ses-1_T2w")]
    found = pairs_of([*(row(name) for name in reversed(names)), *failed])
    ids = {condition: [(a["scan_id"], b["scan_id"]) for a, b in those] for condition, those in found.items()}
    assert ids == {CONTRASTS: [(names[3], names[0])], RUNS: [names[:2]]}


def test_the_better_scan_stands_for_its_contrast() -> None:
    rows = [row("sub-1_ses-1_run-1_T2w", qc="warn"), row("sub-1_ses-1_run-2_T2w"), row("sub-1_ses-1_T1w")]
    ((_, second),) = pairs_of(rows)[CONTRASTS]
    assert second["scan_id"] == "sub-1_ses-1_run-2_T2w"


def test_a_cohort_has_every_condition_in_both_units() -> None:
    values = simulated(30, 0.5, 0.2, seed=4)
    rows = [
        row(f"sub-{k}_ses-1_{modality}", float(np.exp(value)), z=2 * value if k % 2 else None)
        for k, both in enumerate(values)
        for modality, value in zip(("T1w", "T2w"), both, strict=True)
    ]
    found = {(one.condition, one.unit): one for one in measure_cohort(rows, KNOWN)}
    assert list(found) == [(condition, unit) for condition in CONDITIONS for unit in UNITS]
    assert found[REPOSITIONED, LOG] == KNOWN[0]
    assert found[CONTRASTS, LOG].within_subject_sd == pytest.approx(float(within_subject_sd(values)))
    assert found[CONTRASTS, Z].within_subject_sd == pytest.approx(2 * float(within_subject_sd(values[1::2])))
    assert found[RUNS, LOG].n == 0
    for one in found.values():
        assert set(one.to_dict()) == {column.name for column in TABLES["repeatability"]}


def test_only_a_scan_with_z_is_told_how_far_repositioning_moves_it() -> None:
    rows = [row("sub-1_ses-1_T2w"), row("sub-2_ses-1_T2w", z=None)]
    add_retest(rows, [])
    assert "asymmetry_z_mdc" not in rows[0]
    add_retest(rows, KNOWN)
    assert (rows[0]["asymmetry_z_retest_sd"], rows[0]["asymmetry_z_mdc"]) == (0.25, 0.693)
    assert "asymmetry_z_mdc" not in rows[1]


@pytest.mark.slow
def test_the_tables_of_a_cohort_tell_it(tmp_path: Path) -> None:
    results = Path(shutil.copytree(cohort_of_two(), tmp_path / "results"))
    ages = np.linspace(38, 44, 30)
    normals = [
        {"scan_id": str(k), "modality": "T2w", "fold": k % 5, "scan_age_weeks": age, "laterality_index": 0.1}
        | {"asymmetry_score": 2.0 + math.sin(k)}
        for k, age in enumerate(ages)
    ]
    norms = {"cohort": fit_cohort_norms(normals, [], 5, 10).to_dict(), KEY: [one.to_dict() for one in KNOWN]}
    bundle = results / "models" / "asymmetry"
    write_text(bundle / "SHA256SUMS", "")
    write_json(bundle / "configs" / "norms.json", norms)
    write_json(bundle / "configs" / "metadata.json", {})
    score.gather(results)
    scores, table = (records(read_table(results / f"{name}.tsv", name)) for name in ("scores", "repeatability"))
    assert len(scores) == 2
    for one in scores:
        assert one["asymmetry_z"] is not None
        assert (one["asymmetry_z_retest_sd"], one["asymmetry_z_mdc"]) == (0.25, 0.693)
    assert [(one["condition"], one["unit"]) for one in table] == [(c, u) for c in CONDITIONS for u in UNITS]
    assert [one["n"] for one in table] == [40, 40, 0, 0, 0, 0]
    assert table[1]["minimal_detectable_change"] == 0.693


def test_what_a_bundle_brings_survives_its_file() -> None:
    none = replace(KNOWN[0], n=2, within_subject_sd=None, icc=None, low=None, high=None)
    written = json.dumps({KEY: [one.to_dict() for one in (*KNOWN, none)]}, allow_nan=False)
    assert known_of(json.loads(written)) == [*KNOWN, none]
    assert known_of({}) == []


def test_the_card_says_what_was_measured() -> None:
    assert card([]) == ""
    assert "| repositioned | z | 40 | 0.25 | 0.90 | 0.69 (0.50 to 0.80) |" in card(KNOWN)
