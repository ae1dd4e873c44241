"""The power study of the left-right alarm: cohorts are what they are said to be, tables tell what was counted."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from side_power import INFANTS, SETS, TRUTHS, Count, cohorts, counts, enough, evidence, report
from side_power_figure import write_figure
from symbrain.side_evidence import weigh
from symbrain.usual_sides import CORRELATION, DOUBT, USUAL_SIDES

MEASURES = SETS["labels"]


@pytest.mark.parametrize("truth", ["literature", "half", "none"])
def test_cohorts_have_the_effects_that_are_asked_for(truth: str) -> None:
    drawn = cohorts(MEASURES, 20000, truth, 1, np.random.default_rng(1))[0] * [one.sign for one in MEASURES]
    wanted = [TRUTHS[truth] * one.effect for one in MEASURES]
    assert drawn.mean(axis=0) == pytest.approx(wanted, abs=0.03)
    assert drawn.std(axis=0) == pytest.approx(np.ones(len(MEASURES)), abs=0.03)
    together = np.corrcoef(drawn.T)[np.triu_indices(len(MEASURES), 1)]
    assert together == pytest.approx(np.full(len(together), CORRELATION), abs=0.03)


def test_drawn_effects_differ_between_cohorts_as_they_are_doubted() -> None:
    rng = np.random.default_rng(2)
    means = cohorts(MEASURES, 500, "drawn", 400, rng).mean(axis=1)
    wanted = [np.hypot(DOUBT * one.effect, 500**-0.5) for one in MEASURES]
    assert means.std(axis=0) == pytest.approx(wanted, rel=0.15)


def test_the_evidence_is_the_alarms_own() -> None:
    drawn = cohorts(MEASURES, 23, "literature", 4, np.random.default_rng(3))
    for one, found in zip(drawn, evidence(MEASURES, drawn), strict=True):
        assert found == pytest.approx([weigh(m, one[:, k].tolist()).ratio for k, m in enumerate(MEASURES)])


def test_more_infants_and_larger_effects_are_told_better() -> None:
    told = {
        (n, truth): next(iter(counts(MEASURES, "labels", n, truth, 60))).told
        for n, truth in ((5, "literature"), (100, "literature"), (100, "none"))
    }
    assert told[5, "literature"] < told[100, "literature"]
    assert told[100, "none"] < told[100, "literature"]


def rows() -> pd.DataFrame:
    names = [f"all of {kind}" for kind in SETS] + [one.measure for one in USUAL_SIDES]
    return pd.DataFrame([
        vars(Count(truth, name, n, 100, 96 if n >= 40 and truth != "half" else 50, 1 if truth == "none" else 0))
        for name in names for n in INFANTS for truth in TRUTHS
    ])  # fmt: skip


def test_enough_is_where_power_stays() -> None:
    found = rows()
    assert enough(found, "all of labels", "literature") == "40"
    assert enough(found, "all of labels", "half") == f"more than {INFANTS[-1]}"
    dipping = found.assign(told=found.told.where((found.infants != 60) | (found.truth != "literature"), 90))
    assert enough(dipping, "all of labels", "literature") == "80"
    assert enough(found.assign(told=100), "all of labels", "half") == f"{INFANTS[0]} or fewer"


def test_the_tables_and_the_figure_are_written(tmp_path: Path) -> None:
    text = report(rows())
    assert "| lateral ventricle | 0.34, larger on the left | 40 | more than 1000 |" in text
    assert "| 5 | 50 % (40 to 60) |" in text
    assert "1.0 % (0.0 to 5.4)" in text
    write_figure(rows(), tmp_path / "power.png")
    assert (tmp_path / "power.png").stat().st_size > 10_000
