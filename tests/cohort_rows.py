"""Rows of the tables of a cohort that never was, as many as are asked for, with some ids that are hostile."""

from __future__ import annotations

from typing import Any

import numpy as np

from symbrain.cohort_norms import ALL, SCORE, CohortNorms
from symbrain.cohort_page import Tables
from symbrain.columns import SCORES
from symbrain.norm_fit import fit_norm

Row = dict[str, Any]
HOSTILE = "sub-<script>alert(1)</script>"
REGIONS = ("Cerebral White Matter", "Lateral Ventricle", "Thalamus", "Superior temporal gyrus, posterior part")


def subject(number: int, rng: np.random.Generator, *, hostile: bool = False) -> Row:
    """Return a row of scores.tsv: every tenth failed, every seventh is warned about."""
    participant, session = (HOSTILE if hostile else f"sub-CC{number:05d}XX"), f"ses-{number}"
    failed, warned = number % 10 == 9, number % 7 == 6
    age = float(rng.uniform(30, 44))
    score = float(np.exp(rng.normal(1.2 + 0.01 * (age - 38), 0.3)))
    side = str(rng.choice(["left", "right"]))
    row: Row = dict.fromkeys(column.name for column in SCORES)
    row |= {
        "participant_id": participant,
        "session_id": session,
        "scan_id": f"{participant}_{session}_T2w",
        "modality": "T2w",
        "scan_age_weeks": age,
        "radiology_score": float(rng.integers(1, 6)),
        "qc": "fail" if failed else "warn" if warned else "pass",
        "qc_reason": "noise is <b>0.4</b> of the brain's contrast" if failed or warned else None,
        "norm_source": "none" if failed else "cohort",
    }
    if not failed:
        row |= {
            "asymmetry_score": score,
            "asymmetry_score_low": 0.8 * score,
            "asymmetry_score_high": 1.3 * score,
            "asymmetry_z": float(rng.normal(0, 1.2)),
            "asymmetry_side": side,
            "deviation_region": str(rng.choice(REGIONS)),
            "deviation_volume_ml": score / 2,
        }
    return row


def tables(count: int, hostile: int = 3) -> Tables:
    """Return the tables of a cohort of ``count`` sessions; one of them has a hostile id."""
    rng = np.random.default_rng(1)
    rows = [subject(number, rng, hostile=number == hostile) for number in range(count)]
    excluded = {"participant_id": HOSTILE, "session_id": None, "scan_id": "x", "path": "<img src=x onerror=alert(1)>"}
    scans = [{"participant_id": row["participant_id"]} for row in rows]
    return Tables(scans, rows, rows, [excluded | {"stage": "align", "reason": "no brain was found"}])


def _norms() -> CohortNorms:
    """Return a norm of the scores over age."""
    rng = np.random.default_rng(2)
    ages = rng.uniform(31, 44, 40)
    fitted = fit_norm(rng.normal(1.2, 0.3, 40), ages, 10)
    assert fitted is not None
    return CohortNorms({SCORE: {"T2w": {ALL: fitted}}})


COHORT_NORMS = _norms()
