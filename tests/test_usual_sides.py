"""The effects of the literature: what they follow from, and that no measure is there twice."""

from __future__ import annotations

import math

import pytest
from scipy.stats import norm

from heads import head
from symbrain.columns import TABLES
from symbrain.directed_asymmetry import Brain, measure_directed
from symbrain.usual_sides import USUAL_SIDES
from symbrain.volume import canonical

BY_NAME = {one.measure: one for one in USUAL_SIDES}


def test_counts_by_side_give_the_ventricles_effect() -> None:
    """Infants beyond one limit on either side: 33 and 8 of 354."""
    more, less = (norm.ppf(count / 354) for count in (33, 8))
    assert BY_NAME["lateral_ventricle"].effect == pytest.approx((more - less) / 2, abs=0.005)


@pytest.mark.parametrize(
    ("measure", "infants"), [("temporal_lobe", 68), ("parietal_lobe", 68), ("cerebrum", 74), ("deep_grey_matter", 143)]
)
def test_an_effect_without_a_size_is_the_smallest_that_is_significant(measure: str, infants: int) -> None:
    assert BY_NAME[measure].effect == pytest.approx(2 / math.sqrt(infants), abs=0.005)


def test_every_measure_is_described_and_measured() -> None:
    (measure,) = (column for column in TABLES["sides"] if column.name == "measure")
    phantom = head(1, atlas=True)
    image, mask = canonical(phantom.image, phantom.affine).data, canonical(phantom.mask, phantom.affine).data > 0
    assert phantom.labels87 is not None
    labels = canonical(phantom.labels87, phantom.affine).data.astype(int)
    found = measure_directed(Brain(image, mask, "T2w", labels, "drawem87"))
    assert len(BY_NAME) == len(USUAL_SIDES)
    assert set(BY_NAME) == set(measure.levels) - {"labels against header", "all measures"}
    assert set(BY_NAME) == set(found) - {"labels_reversed"}
    assert all(one.effect > 0 and one.source for one in USUAL_SIDES)
    assert all(one.instead_of in BY_NAME for one in USUAL_SIDES if one.of == "image")
