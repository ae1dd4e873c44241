from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from heads import ALIGN, SCORE, head, mask_of, volume_of, walked
from symbrain.mirror_difference import compare_sides
from symbrain.phantom import to_drawem9
from symbrain.settings import SlicesSettings
from symbrain.slice import Orientation, slice_axis
from symbrain.volume import canonical
from symbrain.walk import align, cut_slices, score_upright, slice_indices

BRAIN = np.zeros((10, 20, 203), bool)
BRAIN[2:8, 4:16, 50:150] = True


def test_align_finds_brain_plane_and_upright_image() -> None:
    phantom, aligned = head(1), walked(1).aligned
    assert aligned.plane.angle_to_deg(phantom.plane) < 0.5
    assert aligned.plane.gap_mm(phantom.plane, phantom.center_mm) < 0.3
    assert aligned.brain.source == "surface"
    assert aligned.image.shape == aligned.mask.shape == aligned.grid.shape
    assert aligned.mask.sum() * 0.008 == pytest.approx(aligned.quality.brain_volume_ml, rel=0.02)
    assert aligned.labels is None
    assert aligned.regions == ()


@pytest.mark.slow
def test_given_maps_are_used_and_a_restored_scan_is_left_as_it_is() -> None:
    phantom = head(1)
    labels = canonical(to_drawem9(phantom.labels), phantom.affine).data.astype(int)
    aligned = align(
        volume_of(phantom), ALIGN, given_mask=mask_of(phantom), labels=labels, atlas="drawem9", restored=True
    )
    assert aligned.brain.source == "given"
    assert aligned.bias is None
    assert aligned.labels is not None
    assert set(np.unique(aligned.labels)) == set(np.unique(labels))
    assert {r.region for r in aligned.regions} > {"Ventricles", "Cerebellum"}
    without = align(
        volume_of(phantom), replace(ALIGN, bias_correction=False), given_mask=mask_of(phantom), labels=labels
    )
    assert without.bias is None
    assert without.regions == ()


def test_slices_of_the_default_are_those_of_symbrain() -> None:
    assert list(slice_indices(BRAIN, "axial", SlicesSettings()).values()) == [76, 101, 126]


@pytest.mark.parametrize(("orientation", "expected"), [("axial", [50, 100, 149]), ("coronal", [4, 10, 15])])
def test_portions_of_the_brain_are_counted_from_its_own_ends(orientation: Orientation, expected: list[int]) -> None:
    settings = SlicesSettings(fractions=(0.0, 0.5, 1.0), fraction_of="brain")
    assert list(slice_indices(BRAIN, orientation, settings).values()) == expected


@pytest.mark.parametrize("fraction_of", ["volume", "brain"])
@pytest.mark.parametrize("orientation", ["axial", "coronal"])
def test_every_portion_has_a_slice(orientation: Orientation, fraction_of: str) -> None:
    settings = SlicesSettings(fractions=(0.0, 0.3, 1.0), fraction_of=fraction_of)
    for index in slice_indices(BRAIN, orientation, settings).values():
        assert 0 <= index < BRAIN.shape[slice_axis(orientation)]


def test_cut_slices_lie_on_the_plane_and_come_in_the_order_asked_for() -> None:
    phantom = head(1)
    settings = SlicesSettings(orientations=("coronal", "axial"), fractions=(0.6, 0.4))
    slices = cut_slices(volume_of(phantom), mask_of(phantom), phantom.plane, settings)
    assert [(s.image.orientation, s.image.fraction) for s in slices] == [
        ("coronal", 0.6), ("coronal", 0.4), ("axial", 0.6), ("axial", 0.4),
    ]  # fmt: skip
    for one in slices:
        assert one.line is not None
        assert one.curve is not None
        np.testing.assert_allclose(phantom.plane.distance_mm(one.image.to_world(one.line.points)), 0, atol=1e-9)


def test_a_slice_that_the_brain_does_not_reach_has_no_curve() -> None:
    phantom = head(1)
    top = SlicesSettings(fractions=(0.0,))
    only_upper = mask_of(phantom).copy()
    only_upper[:, :, :5] = False
    (one,) = cut_slices(volume_of(phantom), only_upper, phantom.plane, top)
    assert one.curve is None


def test_the_bias_field_is_taken_away_before_the_sides_are_compared() -> None:
    aligned = walked(1).aligned
    assert aligned.bias is not None
    field = aligned.bias.sampled(type(aligned.bias)(aligned.image, aligned.grid.affine))
    by_hand = compare_sides(aligned.image / field, aligned.mask, 2.0, SCORE.smoothing_mm)
    assert walked(1).asymmetry.score == by_hand.score
    raw = score_upright(aligned.image, aligned.mask, aligned.grid.affine, None, SCORE)
    assert raw.score != by_hand.score
