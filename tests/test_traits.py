from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbrain.traits import LEVEL_NEEDS, Trait, levels_of, traits_of

NAN = float("nan")


@pytest.mark.parametrize(
    ("sex", "birth", "scan", "female", "preterm"),
    [
        ("female", 36.9, 40.0, 1.0, 1.0),
        ("male", 37.0, 40.0, 0.0, 0.0),
        (None, None, 40.0, NAN, NAN),
        ("male", 30.0, None, 0.0, 1.0),
        ("male", 40.0, 39.9, 0.0, 0.0),  # rounded differently, the same day
        ("female", 40.0, 30.0, 1.0, NAN),  # a fetus
        ("female", 36.0, 30.0, 1.0, NAN),
    ],
)
def test_levels_of_an_infant(
    sex: str | None, birth: float | None, scan: float | None, female: float, preterm: float
) -> None:
    found = levels_of({"sex": sex, "birth_age_weeks": birth, "scan_age_weeks": scan})
    np.testing.assert_array_equal([found["female"], found["preterm"]], [female, preterm])


def test_a_row_that_says_nothing_leaves_all_unknown() -> None:
    assert all(np.isnan(level) for level in levels_of({}).values())


@given(st.lists(st.sampled_from([0.0, 1.0, NAN]), min_size=1, max_size=50))
def test_terms_of_the_known_cancel_and_the_unknown_have_none(has: list[float]) -> None:
    level = np.array(has)
    known = np.isfinite(level)
    share = float(level[known].mean()) if known.any() else 0.5
    trait = Trait("female", share)
    term, scatter = trait.term({"female": level}), trait.scatter({"female": level})
    assert abs(term.sum()) < 1e-9
    assert (term[~known] == 0).all()
    assert (scatter[known] == 0).all()
    np.testing.assert_allclose(scatter[~known], np.var(level[known]) if known.any() else 0.25, atol=1e-12)
    assert trait.term({}) == 0


def cohort(rare: int, common: int = 100) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Preterm infants scanned at 30 to 40 weeks, of whom ``rare`` at 38, others at 38 to 44."""
    levels = {"preterm": np.r_[np.ones(50 + rare), np.zeros(common)]}
    return levels, np.r_[np.full(50, 30.0), np.full(rare, 38.0), np.linspace(38, 44, common)]


@pytest.mark.parametrize(("rare", "enough"), [(0, False), (LEVEL_NEEDS - 1, False), (LEVEL_NEEDS, True)])
def test_a_trait_is_compared_at_ages_of_both_levels_only(rare: int, enough: bool) -> None:
    """Else its effect would be told from how age goes on beyond the one level."""
    levels, ages = cohort(rare)
    ages[50 + rare : 50 + rare + LEVEL_NEEDS] = 38.0  # enough of the others there
    found = traits_of(levels, ages)
    assert len(found) == enough
    if enough:
        assert found[0].share == pytest.approx((50 + rare) / (150 + rare))
    assert len(traits_of(levels, np.zeros(len(ages)))) == 1  # where ages do not matter


def test_traits_come_in_one_order_and_only_the_known_count() -> None:
    half = np.arange(80) % 2.0
    found = traits_of({"preterm": half, "female": np.where(np.arange(80) < 60, half, np.nan)}, np.full(80, 40.0))
    assert found == (Trait("female", 0.5), Trait("preterm", 0.5))
    assert traits_of({"female": np.where(np.arange(80) < 30, half, np.nan)}, np.full(80, 40.0)) == ()
