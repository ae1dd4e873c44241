from __future__ import annotations

from typing import Any

import pytest

from symbrain.columns import SCORES
from symbrain.findings import (
    asymmetry_facts,
    finding,
    midline_facts,
    provenance,
    quality_facts,
    sentence,
    shown,
    verdict_of,
)

Row = dict[str, Any]


def row(**changes: Any) -> Row:
    known = {
        "asymmetry_score": 3.44,
        "asymmetry_score_low": 2.1,
        "asymmetry_score_high": 4.0,
        "asymmetry_z": 2.0,
        "asymmetry_percentile": 97.2,
        "laterality_index": -0.8,
        "asymmetry_side": "left",
        "deviation_volume_ml": 2.0,
        "norm_source": "cohort",
        "norm_n": 40.0,
        "scored_by": "out_of_fold",
        "qc": "pass",
    }
    return {column.name: None for column in SCORES} | known | changes


def text(**changes: Any) -> str:
    return " ".join(finding(row(**changes), synthetic=False))


def test_a_finding_in_words() -> None:
    assert text() == (
        "Where they differ most, the two sides of the brain differ by 3.4 SD of normal scans at that place "
        "(90 % interval 2.1 to 4.0); 2.0 ml of brain deviate. The strongest deviation lies mostly on the subject's "
        "left. The score is higher than that of about 97 % of normal scans at this age, as estimated from 40 scans "
        "(z +2.0)."
    )


def test_a_scan_that_failed_has_no_asymmetry_number() -> None:
    """Even where the row should hold one."""
    failed = row(qc="fail", qc_reason="noise is 0.3 of the brain's contrast; the image ends inside the brain")
    assert finding(failed, synthetic=False) == ["The scan failed its quality check, so no asymmetry number is given."]
    assert asymmetry_facts(failed) == []
    assert verdict_of(failed).sentences == (
        "Noise is 0.3 of the brain's contrast.",
        "The image ends inside the brain.",
    )


def test_without_a_norm_the_page_says_why() -> None:
    alone = {"asymmetry_z": None, "asymmetry_percentile": None, "norm_source": "none"}
    assert "No z and no percentile: it is too old. The score stands alone." in text(
        **alone, norm_reason="it is too old"
    )
    labels = [fact.label for fact in asymmetry_facts(row(**alone))]
    assert "Asymmetry score" in labels
    assert not {"Percentile", "Against normal scans"} & set(labels)


@pytest.mark.parametrize(("norm", "synthetic"), [("phantom", False), ("cohort", True)])
def test_a_synthetic_norm_ranks_no_infant(norm: str, synthetic: bool) -> None:
    assert "ranks no infant" in finding(row(norm_source=norm), synthetic=synthetic)[-1]


def test_other_sentences() -> None:
    assert "made" not in text()
    assert "more unusual" not in text()
    assert "fitted on this very scan" in text(scored_by="in_sample")
    assert "lower than that of about 80 %" in text(asymmetry_percentile=20.0)
    assert "more than 99 %" in text(asymmetry_percentile=99.99)
    assert "on both sides, somewhat more on the subject's right" in text(laterality_index=0.1, asymmetry_side="right")
    assert "do not differ" in text(asymmetry_score=0.0, asymmetry_side="none")
    assert "no asymmetry score" in text(asymmetry_score=float("nan"))


def test_place_and_interval() -> None:
    there = {"deviation_x_mm": -21.2, "deviation_y_mm": 4.0, "deviation_z_mm": 0.6}
    ends = {"asymmetry_z_low": 1.2, "asymmetry_z_high": 2.9}
    facts = {fact.label: fact for fact in asymmetry_facts(row(**there, **ends, deviation_region="Insula, GM"))}
    assert facts["Centre of the deviation"].value == "−21, 4, 1 mm"
    assert "in: Insula, GM" in facts["Centre of the deviation"].note
    assert "90 % interval +1.2 to +2.9" in facts["Against normal scans"].note
    without = {fact.label: fact for fact in asymmetry_facts(row(**there))}
    assert "in:" not in without["Centre of the deviation"].note
    assert "interval" not in without["Against normal scans"].note


def test_facts_of_an_empty_row() -> None:
    """Nothing but the verdict is known: every number reads n/a, and none is made up."""
    empty: Row = {column.name: None for column in SCORES} | {"qc": "warn"}
    facts = [*asymmetry_facts(empty), *midline_facts(empty), *quality_facts(empty), *provenance(empty)]
    assert {fact.value for fact in facts} == {"n/a"}


def test_verdicts_have_a_word_and_a_sign_of_their_own() -> None:
    verdicts = [verdict_of(row(qc=qc)) for qc in ("pass", "warn", "fail")] + [verdict_of(None)]
    assert len({v.sign for v in verdicts}) == len({v.word for v in verdicts}) == 4


@pytest.mark.parametrize(
    ("value", "digits", "unit", "signed", "expected"),
    [
        (None, 1, "mm", True, "n/a"),
        (float("nan"), 1, "", False, "n/a"),
        (-0.04, 1, "mm", True, "0.0 mm"),
        (0.06, 1, "", True, "+0.1"),
        (-7.06, 1, "°", True, "−7.1°"),
    ],
)
def test_numbers(value: float | None, digits: int, unit: str, signed: bool, expected: str) -> None:
    assert shown(value, digits, unit, signed=signed) == expected


def test_sentences_keep_the_names_of_files() -> None:
    assert sentence("noise is high") == "Noise is high."
    assert sentence("sub-01_T2w.nii.gz is truncated.") == "sub-01_T2w.nii.gz is truncated."


def test_a_z_says_which_change_of_it_can_be_seen() -> None:
    (fact,) = (fact for fact in asymmetry_facts(row(asymmetry_z_mdc=0.74)) if fact.label == "Minimal detectable change")
    assert fact.value == "0.7"
    assert "cannot be told from repositioning" in fact.note
    assert "Minimal detectable change" not in {fact.label for fact in asymmetry_facts(row())}
    assert "Minimal detectable change" not in {fact.label for fact in asymmetry_facts(row(asymmetry_z=None))}
