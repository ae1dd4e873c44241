"""Evidence about sides: laws of mirrors, and that it is never surer than it may be."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbrain.side_evidence import (
    LEAST_INFANTS,
    SURE,
    limit,
    odds,
    probability,
    together,
    verdict_of,
    weigh,
    weigh_all,
)
from symbrain.usual_sides import DOUBT, USUAL_SIDES

VENTRICLE = USUAL_SIDES[0]
values = st.lists(st.one_of(st.none(), st.just(math.nan), st.floats(-2, 2)), max_size=60)
cohorts = st.lists(
    st.fixed_dictionaries({one.measure: st.one_of(st.none(), st.floats(-2, 2)) for one in USUAL_SIDES}), max_size=8
)
few = settings(max_examples=25, deadline=None)


def drawn(n: int, seed: int = 0, share: float = 1.0) -> list[dict[str, float | None]]:
    """Return infants whose asymmetries are the literature's, or a share of them."""
    rng = np.random.default_rng(seed)
    return [
        {one.measure: 0.1 * float(rng.normal(share * one.sign * one.effect)) for one in USUAL_SIDES} for _ in range(n)
    ]


def mirrored(infants: list[dict[str, float | None]]) -> list[dict[str, float | None]]:
    return [{k: None if v is None else -v for k, v in infant.items()} for infant in infants]


@few
@given(cohorts)
def test_mirroring_every_infant_negates_the_evidence_exactly(infants: list[dict[str, float | None]]) -> None:
    assert together(weigh_all(mirrored(infants))) == -together(weigh_all(infants))
    for one, other in zip(weigh_all(infants), weigh_all(mirrored(infants)), strict=True):
        assert other.ratio == -one.ratio
        assert other.expected == one.expected  # the spread is the same, and so is the literature


@few
@given(cohorts, st.randoms())
def test_the_order_of_infants_changes_nothing(infants: list[dict[str, float | None]], rng: object) -> None:
    shuffled = list(infants)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert weigh_all(shuffled) == weigh_all(infants)


@few
@given(cohorts.filter(lambda c: len(c) < LEAST_INFANTS))
def test_a_cohort_of_one_or_none_never_alarms(infants: list[dict[str, float | None]]) -> None:
    assert verdict_of(together(weigh_all(infants))) == "cannot tell"


@few
@given(values)
def test_what_is_missing_does_not_count(some: list[float | None]) -> None:
    known = [v for v in some if v is not None and math.isfinite(v)]
    assert weigh(VENTRICLE, some) == weigh(VENTRICLE, known)


@few
@given(st.sampled_from(USUAL_SIDES), values)
def test_a_measure_is_never_surer_than_its_effect_is_known(one: object, some: list[float | None]) -> None:
    assert isinstance(one, type(VENTRICLE))
    assert abs(weigh(one, some).ratio) <= 2 * 2.5 / (DOUBT**2 * one.effect) + 1e-9


@few
@given(values, st.floats(0.01, 100))
def test_the_unit_of_a_measure_changes_nothing(some: list[float | None], factor: float) -> None:
    known = [round(v, 3) for v in some if v is not None and math.isfinite(v)]
    scaled = weigh(VENTRICLE, [v * factor for v in known])
    assert scaled.ratio == pytest.approx(weigh(VENTRICLE, known).ratio, rel=1e-6, abs=1e-9)


def test_a_cohort_of_the_literature_is_told_apart_from_its_mirror_image() -> None:
    infants = drawn(200)
    assert verdict_of(together(weigh_all(infants))) == "agree"
    assert verdict_of(together(weigh_all(mirrored(infants)))) == "disagree"


def test_one_outlier_decides_nothing() -> None:
    infants = [0.01 * v for v in np.random.default_rng(3).normal(size=30)]
    plain = weigh(VENTRICLE, infants).ratio
    assert abs(weigh(VENTRICLE, [*infants[:-1], 50.0]).ratio - plain) < 1.5


def test_measures_of_the_image_stand_in_for_labels_that_are_not_there() -> None:
    infants = drawn(20)
    with_labels = {one.usual.measure for one in weigh_all(infants)}
    of_image = {one.measure for one in USUAL_SIDES if one.of == "image"}
    assert not with_labels & of_image
    without = [{k: v if k in of_image else None for k, v in infant.items()} for infant in infants]
    assert {one.usual.measure for one in weigh_all(without)} == of_image


def test_identical_infants_have_no_spread_and_say_nothing() -> None:
    assert weigh(VENTRICLE, [0.0] * 20).ratio == 0
    assert weigh(VENTRICLE, [0.0] * 20).expected is None


def test_more_groups_need_more_evidence() -> None:
    assert verdict_of(SURE) == "agree"
    assert verdict_of(SURE, 10) == "cannot tell"
    assert verdict_of(-SURE - math.log(10), 10) == "disagree"
    assert math.exp(limit(61)) == pytest.approx(60939)


def test_odds_are_for_people() -> None:
    assert [odds(math.log(x)) for x in (1, 1 / 4.2, 87, 12345)] == ["1.0 to 1", "4.2 to 1", "87 to 1", "over 1000 to 1"]
    assert odds(-math.log(1500), most=3996) == "1500 to 1"
    assert odds(math.log(5000), most=3996) == "over 3996 to 1"


def test_probability_is_that_of_even_odds() -> None:
    assert probability(0) == 0.5
    assert probability(math.log(99)) == pytest.approx(0.99)
    assert probability(-1e6) == 0.0
    assert probability(1e6) == 1.0
