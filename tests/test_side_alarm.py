"""The rows of sides.tsv: who counts, the groups, and the verdict that counts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from symbrain.columns import TABLES
from symbrain.side_alarm import LABELS, TOGETHER, named, side_rows
from symbrain.side_groups import COHORT, NO_SITE
from symbrain.side_news import LABELS_REMEDY, REMEDY, side_news
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


def rows_of(*cohorts: Cohort, sites: tuple[str | None, ...] = ()) -> list[Row]:
    scores = [row for one, _ in cohorts for row in one]
    measured = {scan: found for _, many in cohorts for scan, found in many.items()}
    at = {row["scan_id"]: site for (one, _), site in zip(cohorts, sites, strict=False) for row in one}
    return side_rows(scores, scores, measured, at)


def a_site_each(one: Cohort) -> list[Row]:
    """Return the rows of a cohort where each infant has a site of its own."""
    scores, measured = one
    return side_rows(scores, scores, measured, {row["scan_id"]: row["participant_id"] for row in scores})


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


@pytest.mark.parametrize(("way", "said"), [(1, "agree"), (-1, "disagree")])
def test_a_site_of_each_infants_own_quietens_nothing(way: int, said: str) -> None:
    """Sites without a chance of a verdict ask for no more evidence, and have one row each."""
    one = cohort(60, way=way)
    plain, crowded = rows_of(one), a_site_each(one)
    assert verdict(plain) == verdict(crowded) == said
    assert [row for row in crowded if row["group"] == COHORT] == plain
    assert len(crowded) - len(plain) == 60


def test_many_tiny_sites_are_told_in_a_short_sentence() -> None:
    news = side_news(a_site_each(cohort(300)))
    assert news is not None
    assert news.kind == "warn"
    assert "Of 300 sites 300 have fewer than 5 infants" in news.sentence
    assert "and 295 more" in news.sentence
    assert len(news.sentence) < 700
    assert news.sentence.count("site sub-") == 5


def test_more_sites_of_enough_infants_ask_for_more() -> None:
    three = rows_of(*(cohort(5, start=5 * k) for k in range(3)), sites=("a", "b", "c"))
    more = rows_of(*(cohort(5, start=5 * k) for k in range(3)), cohort(4, start=15), sites=("a", "b", "c", "d"))
    for rows in (three, more):
        (told,) = (row["reason"] for row in rows if (row["group"], row["measure"]) == (COHORT, TOGETHER))
        assert "3996 to 1 is asked for" in told  # 999 times the cohort and three sites, however many tiny ones


def test_scans_without_a_site_are_a_group_and_can_alarm() -> None:
    rows = rows_of(cohort(300), cohort(120, start=300, way=-1), sites=("north", None))
    assert verdict(rows, NO_SITE) == "disagree"
    assert "in scans without a site" in text(rows)
    assert {row["group"] for row in rows_of(cohort(10), cohort(10, start=10), sites=(None, ""))} == {COHORT}


def test_the_sites_behind_an_alarm_of_the_whole_cohort_are_named() -> None:
    rows = rows_of(cohort(60), cohort(300, start=60, way=-1), sites=("north", "south"))
    assert verdict(rows) == verdict(rows, "site south") == "disagree"
    assert "the infants of site south alone say so too" in text(rows)


def test_one_reversed_label_map_among_many_is_a_warning_that_names_it() -> None:
    rows = rows_of(cohort(150), cohort(149, start=150), cohort(1, start=299, reversed_share=1), sites=("n", "s", "s"))
    news = side_news(rows)
    assert news is not None
    assert verdict(rows, measure=LABELS) == "in part"
    assert news.kind == "warn"
    assert news.sentence.count("in 1 of 300 scans") == 1
    assert "(sub-299_T2w)" in news.sentence
    assert LABELS_REMEDY in news.sentence
    assert REMEDY not in news.sentence
    assert "of 150 scans" not in news.sentence


def test_a_site_whose_labels_are_reversed_alarms_though_the_cohorts_are_not() -> None:
    rows = rows_of(cohort(150), cohort(50, start=150, reversed_share=1), sites=("north", "south"))
    assert verdict(rows, measure=LABELS) == "in part"
    assert verdict(rows, "site south", LABELS) == "disagree"
    assert "at site south, in 50 of 50 scans" in text(rows)
    assert "and 45 more)" in text(rows)
    assert LABELS_REMEDY not in text(rows)


def test_one_labelled_scan_tells_nothing_of_its_site() -> None:
    scores, measured = cohort(20, reversed_share=None)
    measured["sub-019_T2w"]["labels_reversed"] = 1.0
    rows = rows_of(cohort(30, start=20), (scores, measured), sites=("north", "south"))
    assert verdict(rows, measure=LABELS) == "in part"
    assert not [row for row in rows if row["measure"] == LABELS and row["group"] == "site south"]


def test_evidence_beyond_99_to_1_for_exchanged_sides_is_said_plainly() -> None:
    found = [rows_of(cohort(n, way=-1)) for n in range(10, 60)]
    leaning = [rows for rows in found if verdict(rows) == "cannot tell" and _ratio(rows) <= -math.log(99)]
    calm = [rows for rows in found if verdict(rows) == "cannot tell" and _ratio(rows) > -math.log(99)]
    assert leaning
    assert calm
    assert all("leans towards exchanged" in text(rows) and "reproach" not in text(rows) for rows in leaning)
    assert all("leans" not in text(rows) and "reproach" in text(rows) for rows in calm)


def _ratio(rows: list[Row]) -> float:
    (row,) = (row for row in rows if (row["group"], row["measure"]) == (COHORT, TOGETHER))
    return float(row["log_likelihood_ratio"])


def test_at_most_five_are_named() -> None:
    assert named(list("abcde")) == "a, b, c, d, e"
    assert named([str(k) for k in range(300)]) == "0, 1, 2, 3, 4 and 295 more"


def test_labels_that_lie_on_the_other_side_in_half_of_the_scans_alarm() -> None:
    rows = rows_of(cohort(12), cohort(12, start=12, reversed_share=1.0))
    assert verdict(rows, measure=LABELS) == "disagree"
    assert "in 12 of 24 scans" in text(rows)
    assert REMEDY in text(rows)
    assert verdict(rows_of(cohort(12)), measure=LABELS) == "agree"
    assert verdict(rows_of(cohort(12, reversed_share=None)), measure=LABELS) == "cannot tell"


def test_rows_have_the_registered_columns() -> None:
    names = {column.name for column in TABLES["sides"]}
    assert all(set(row) <= names and row["reason"] for row in rows_of(cohort(30)))
