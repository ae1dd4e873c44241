"""What is told about sides in words: an alarm names its place and the remedy, and nothing else alarms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbrain.cohort_page import Measured, Tables, cohort_page
from symbrain.columns import TABLES
from symbrain.side_alarm import LABELS, TOGETHER
from symbrain.side_groups import COHORT
from symbrain.side_news import REMEDY, evidence_words, side_news, side_words
from symbrain.source import Source

Row = dict[str, Any]


def row(measure: str, verdict: str, group: str = COHORT, **more: Any) -> Row:
    plain: Row = dict.fromkeys(column.name for column in TABLES["sides"])
    return plain | {"group": group, "measure": measure, "n": 20.0, "verdict": verdict, "reason": "<i>so</i>"} | more


def page(*rows: Row) -> str:
    return " ".join(cohort_page(Tables(sides=rows), Source("a cohort", synthetic=False), Measured()).split())


@pytest.mark.parametrize(
    ("verdict", "kind", "words"),
    [("agree", "pass", "Left is left"), ("cannot tell", "warn", "cannot be told"), ("disagree", "fail", REMEDY)],
)
def test_each_verdict_has_its_sentence(verdict: str, kind: str, words: str) -> None:
    news = side_news([row(LABELS, "agree"), row(TOGETHER, verdict)])
    assert news is not None
    assert (news.kind, words in news.sentence) == (kind, True)
    assert (REMEDY in news.sentence) == (kind == "fail")


def test_an_alarm_of_one_measure_alone_is_none() -> None:
    news = side_news([row(LABELS, "agree"), row(TOGETHER, "agree"), row("cerebrum", "disagree")])
    assert news is not None
    assert news.kind == "pass"


def test_sites_are_named() -> None:
    alarm = side_news([row(TOGETHER, "agree"), row(TOGETHER, "disagree", "site south")])
    open_ = side_news([row(TOGETHER, "agree"), row(TOGETHER, "cannot tell", "site south")])
    assert alarm is not None
    assert open_ is not None
    assert "at site south" in alarm.sentence
    assert "Of site south alone it cannot be told" in open_.sentence


def test_many_alarming_sites_are_counted() -> None:
    alarm = side_news([row(TOGETHER, "agree"), *(row(TOGETHER, "disagree", f"site {k:03d}") for k in range(300))])
    assert alarm is not None
    assert "at site 004" in alarm.sentence
    assert "site 005" not in alarm.sentence
    assert "and so at 295 more" in alarm.sentence


def test_a_site_that_leans_towards_exchanged_is_told_beside_a_cohort_that_does_not() -> None:
    leaning = row(TOGETHER, "cannot tell", "site south", log_likelihood_ratio=-np.log(150))
    news = side_news([row(TOGETHER, "agree"), leaning])
    assert news is not None
    assert news.kind == "warn"
    assert "leans towards exchanged sides at site south (150 to 1)" in news.sentence
    assert "it cannot be told" not in news.sentence


def test_the_evidence_leaves_out_sites_of_a_few_infants() -> None:
    rows = [row(TOGETHER, "agree"), row(TOGETHER, "cannot tell", "site a", n=4), row(TOGETHER, "agree", "site b", n=5)]
    assert [one["group"] for one in evidence_words(rows)] == [COHORT, "site b"]


def test_a_few_reversed_label_maps_raise_no_banner() -> None:
    few = page(row(LABELS, "in part"), row(TOGETHER, "agree"))
    assert 'role="alert"' not in few
    assert "look at the segmentations of these scans" in few


def test_the_page_shows_an_alarm_at_its_top_and_escapes() -> None:
    alarmed = page(row(LABELS, "agree"), row(TOGETHER, "disagree"))
    assert alarmed.index('role="alert"') < alarmed.index('id="age"')
    assert "<i>so</i>" not in alarmed
    assert 'role="alert"' not in page(row(LABELS, "agree"), row(TOGETHER, "cannot tell"))
    assert "no table of sides" in page()


def test_odds_and_shares_are_in_words() -> None:
    means = {"mean_log_ratio": np.log(0.9), "low": np.log(0.8), "high": 0.0, "log_likelihood_ratio": -np.log(4)}
    one = row("lateral_ventricle", "cannot tell", **means)
    words = side_words(one)
    assert words["measure"] == "lateral ventricle"
    assert words["larger"] == "−10.0 % (−20.0 % to +0.0 %)"
    assert words["odds"] == "4.0 to 1 exchanged"
    assert side_words(one | {"log_likelihood_ratio": 9.0})["odds"] == "over 1000 to 1 as given"
