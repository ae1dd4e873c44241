"""Mimics and heads without a midline: odd where they should be, with the truth that belongs to them."""

import numpy as np
import pytest

from symbrain.phantom import make_head
from symbrain.phantom.mimics import MIMICS, NO_MIDLINE, make_mimic, mimic_options

SCAN = {"scan_age_weeks": 38.0, "spacing_mm": 2.5}


@pytest.mark.parametrize("name", MIMICS + NO_MIDLINE)
def test_each_can_be_made_and_is_another_head(name):
    plain, odd, again = make_head(5, **SCAN), make_mimic(name, 5, **SCAN), make_mimic(name, 5, **SCAN)
    assert np.array_equal(odd.image, again.image)
    assert not np.array_equal(odd.image, plain.image)
    assert np.isfinite(odd.image).all()
    assert (odd.lesion is not None) == (name == "symmetric_pair")


@pytest.mark.parametrize("name", [name for name in MIMICS if name != "turned_head"])
def test_the_midline_of_a_mimic_is_where_it_was(name):
    plain, odd = make_head(5, **SCAN), make_mimic(name, 5, **SCAN)
    assert odd.plane == plain.plane


def test_a_pair_is_balanced():
    pair = make_mimic("symmetric_pair", 6, symmetric=True, **SCAN)
    assert pair.lesion.both_sides
    side = pair.plane.distance_mm(np.argwhere(pair.lesion_mask) @ pair.affine[:3, :3].T + pair.affine[:3, 3])
    assert np.mean(side > 0) == pytest.approx(0.5, abs=0.05)


def test_heads_are_turned_further_than_usual():
    tilts = [np.abs(make_mimic("turned_head", seed, spacing_mm=3, skull=False).plane.normal[2]) for seed in range(6)]
    assert max(tilts) > np.sin(np.radians(16))


def test_seeds_draw_either_side():
    for name, size in (("plagiocephaly", "plagiocephaly_mm"), ("caput", "caput_mm")):
        signs = {np.sign(getattr(mimic_options(name, seed)["variant"], size)) for seed in range(12)}
        assert signs == {-1, 1}


def test_options_take_precedence_and_nonsense_is_refused():
    assert make_mimic("turned_head", 3, max_tilt_deg=0, max_shift_mm=0, **SCAN).plane.normal == (1, 0, 0)
    with pytest.raises(ValueError, match="no mimic"):
        make_mimic("hat", 1)
