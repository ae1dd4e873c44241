from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from symbrain.cohort_norms import SCORE, CohortNorms
from symbrain.norm_fit import fit_norm
from symbrain.norm_plot import norm_of, norm_plot
from symbrain.norms import Norm

ROW: dict[str, Any] = {
    "modality": "T2w", "scan_age_weeks": 40.0, "scored_by": "held_out", "fold": 2, "asymmetry_z": 1.5,
    "asymmetry_score": 4.0, "asymmetry_score_low": 3.0, "asymmetry_score_high": 5.5, "asymmetry_percentile": 93.0,
    "sex": "female", "birth_age_weeks": 39.0,
}  # fmt: skip


def norm(n: int = 40, *, aged: bool = True) -> Norm:
    rng = np.random.default_rng(n)
    ages = rng.uniform(30, 44, n)
    found = fit_norm(1 + 0.01 * ages + rng.normal(0, 0.2, n), ages if aged else np.full(n, np.nan), 10)
    assert found is not None
    return found


NORMS = CohortNorms({SCORE: {"T2w": {"all": norm(40), "2": norm(31)}}})


def test_the_norm_is_the_one_that_judged_the_scan() -> None:
    held_out, out_of_fold = norm_of(ROW, NORMS), norm_of(ROW | {"scored_by": "out_of_fold"}, NORMS)
    assert held_out is not None
    assert out_of_fold is not None
    assert (held_out.n, out_of_fold.n) == (40, 31)


@pytest.mark.parametrize("missing", [{"asymmetry_z": None}, {"scan_age_weeks": None}, {"modality": "T1w"}])
def test_without_a_norm_there_is_no_curve(missing: dict[str, Any]) -> None:
    assert norm_of(ROW | missing, NORMS) is None


def test_a_norm_that_knows_no_ages_has_no_curve() -> None:
    assert norm_of(ROW, CohortNorms({SCORE: {"T2w": {"all": norm(aged=False)}}})) is None


def test_words_and_colours() -> None:
    svg = norm_plot(ROW, norm(), synthetic=False)
    assert "Norm of 40 normal T2w scans of this cohort" in svg
    assert "z +1.5, percentile 93" in svg
    assert "var(--bar)" in svg
    assert "ranks no infant" not in svg
    assert "ranks no infant" in norm_plot(ROW | {"asymmetry_percentile": None}, norm(), synthetic=True)
    assert len(svg) < 40_000


def test_a_higher_score_stands_higher() -> None:
    """The diamond's height in the drawing follows the score, on one scale (SVG counts downwards)."""

    def height(score: float) -> float:
        svg = norm_plot(ROW | {"asymmetry_score": score, "asymmetry_score_high": 6.0}, norm(), synthetic=False)
        found = re.search(r'<use [^>]*y="([\d.]+)"[^>]*--flag', svg)
        assert found, svg[-4000:]
        return float(found[1])

    assert height(2.0) > height(3.0) > height(5.0)
