"""The quality verdict against what it is for: what counts as unusable, and that degradations degrade."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from heads import head, mask_of, volume_of
from verdicts import COLUMNS, GRADES, Head, degraded, minimal_change, report, unusable


def row(**more: object) -> dict[str, object]:
    plain = {
        "source": "synthetic",
        "head": 0,
        "kind": "noise",
        "grade": 0.1,
        "verdict": "pass",
        "reason": "",
        "angle_deg": 0.1,
    }
    return plain | {"gap_mm": 0.1, "confidence": 0.9, "log_score": 1.0, "log_score_plain": 1.0} | more


def test_a_scan_that_would_mislead_is_unusable() -> None:
    rows = pd.DataFrame([
        row(), row(angle_deg=2.5), row(gap_mm=2.5), row(log_score=1.4), row(log_score=np.nan), row(log_score=1.2),
    ])  # fmt: skip
    assert unusable(rows, 0.28).tolist() == [False, True, True, True, True, False]


def test_false_passes_and_false_fails_are_told() -> None:
    rows = [row(), row(verdict="fail"), row(angle_deg=9.0), row(angle_deg=9.0, verdict="fail"), row(verdict="warn")]
    text = report(pd.DataFrame(rows, columns=COLUMNS), 0.28)
    assert "| synthetic | 5 | 40 % (5 to 85) of 5 | 50 % (1 to 99) of 2 | 33 % (1 to 91) of 3 |" in text
    assert "| noise | 0.1 | 5 | 2 | 1 | 2 | 2 | 0 |" in text


@pytest.mark.parametrize("kind", GRADES)
def test_each_grade_degrades_further(kind: str) -> None:
    made = head(1)
    one = Head("synthetic", 2, volume_of(made), mask_of(made), made.plane, made.scan_age_weeks)
    found = [degraded(one, kind, grade) for grade in GRADES[kind]]
    if kind == "cut":
        sizes = [volume.data.size for volume in found]
        assert sizes == sorted(sizes, reverse=True)
        return
    away = [float(np.abs(volume.data - one.volume.data).mean()) for volume in found]
    assert 0 < away[0] < away[-1]


def test_the_limit_is_that_of_the_weights() -> None:
    assert 0.1 < minimal_change() < 1
