"""The rows of sides.tsv: who counts, the groups, and the verdict that counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbrain.columns import TABLES
from symbrain.side_alarm import COHORT, LABELS, TOGETHER, side_rows
from symbrain.side_news import REMEDY, side_news
from symbrain.usual_sides import USUAL_SIDES

Row = dict[str, Any]
Cohort = tuple[list[Row], dict[str, dict[str, float | None]]]


def cohort(n: int, *, start: int = 0, way: int = 1, reversed_share: float | None = 0.0) -> Cohort:
    """Return scans of infants with the literature's asymmetries, exchanged where ``way`` is −1."""
    rng = np.random.default_rng(start + 1)
    scores: list[Row] = []
    measured: dict[str, dict[str, float | None]] = {}
    for number in range(start, start + n):
        scan = f"sub-{number:03d}_T2w"
        scores.append(
            {
                "participant_id": f"sub-{number:03d}",
                "session_id": None,
                "scan_id": scan,
                "qc": "pass",
                "radiology_score": 1,
            }
        )
        measured[scan] = {one.measure: way * 0.1 * rng.normal(one.sign * one.effect) for one in USUAL_SIDES}
        measured[scan]["labels_reversed"] = reversed_share
    return scores, measured


def rows_of(*cohorts: Cohort, sites: tuple[str, ...] = ()) -> list[Row]:
    scores = [row for one, _ in cohorts for row in one]
    measured = {scan: found for _, many in cohorts for scan, found in many.items()}
    at = {row["scan_id"]: site for (one, _), site in zip(cohorts, sites, strict=False) for row in one}
    return side_rows(scores, scores, measured, at)


def verdict(rows: list[Row], group: str = COHORT, measure: str = TOGETHER) -> str:
    (row,) = (row for row in rows if (row["group"], row["measure"]) == (group, measure))
    return str(row["verdict"])


def text(rows: list[Row]) -> str:
    news = side_news(rows)
    assert news is not None
    return news.sentence


def test_a_cohort_is_told_and_its_mirror_image_alarms() -> None:
    rows, mirrored = rows_of(cohort(150)), rows_of(cohort(150, way=-1))
    assert verdict(rows) == "agree"
    assert "Left is left" in text(rows)
    assert verdict(mirrored) == "disagree"
    assert REMEDY in text(mirrored)
    assert "exchanged" in text(mirrored)


@pytest.mark.parametrize("n", [0, 1, 4])
def test_a_few_infants_never_alarm(n: int) -> None:
    rows = rows_of(cohort(n, way=-1))
    assert verdict(rows) == "cannot tell"
    assert "cannot be told" in text(rows)


def test_a_site_with_exchanged_sides_is_found_in_a_larger_cohort() -> None:
    rows = rows_of(cohort(300), cohort(120, start=300, way=-1), sites=("north", "south"))
    assert verdict(rows) == "agree"
    assert verdict(rows, "site north") == "agree"
    assert verdict(rows, "site south") == "disagree"
    assert "at site south" in text(rows)
    assert "in the whole cohort" not in text(rows)


def test_one_site_is_the_cohort() -> None:
    assert {row["group"] for row in rows_of(cohort(10), sites=("north",))} == {COHORT}


def test_the_order_of_scans_changes_nothing() -> None:
    scores, measured = cohort(40)
    assert rows_of((scores[::-1], measured)) == rows_of((scores, measured))


@pytest.mark.parametrize("change", [{"qc": "fail"}, {"radiology_score": 3}])
def test_abnormal_and_failed_scans_do_not_count(change: Row) -> None:
    scores, measured = cohort(30)
    odd = [row | change if k % 2 else row for k, row in enumerate(scores)]
    plain = [row for k, row in enumerate(scores) if not k % 2]
    found, wanted = rows_of((odd, measured)), rows_of((plain, measured))
    assert [row for row in found if row["measure"] != LABELS] == [row for row in wanted if row["measure"] != LABELS]


def test_an_infant_counts_once() -> None:
    scores, measured = cohort(20)
    again = [row | {"session_id": "ses-2", "scan_id": row["scan_id"] + "2"} for row in scores]
    twice = measured | {row["scan_id"]: measured[row["scan_id"][:-1]] for row in again}
    rows = side_rows([*scores, *again], [*scores, *again], twice, {})
    assert [row for row in rows if row["measure"] != LABELS] == [
        row for row in rows_of((scores, measured)) if row["measure"] != LABELS
    ]


def test_labels_that_lie_on_the_other_side_are_told_of_each_scan() -> None:
    rows = rows_of(cohort(12), cohort(2, start=12, reversed_share=1.0))
    assert verdict(rows, measure=LABELS) == "disagree"
    assert "in 2 of 14 scans" in text(rows)
    assert verdict(rows_of(cohort(12)), measure=LABELS) == "agree"
    assert verdict(rows_of(cohort(12, reversed_share=None)), measure=LABELS) == "cannot tell"


def test_rows_have_the_registered_columns() -> None:
    names = {column.name for column in TABLES["sides"]}
    assert all(set(row) <= names and row["reason"] for row in rows_of(cohort(30)))
