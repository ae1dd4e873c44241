"""What is larger on which side of one brain: mirroring negates it, to the last digit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from heads import head
from symbrain import walk
from symbrain.directed_asymmetry import Brain, measure_directed
from symbrain.drawem import PARTNER
from symbrain.phantom import to_drawem9
from symbrain.phantom.anatomy import Asymmetry
from symbrain.reflection import reflect, reflect_labels
from symbrain.settings import AlignSettings
from symbrain.side_evidence import together, verdict_of, weigh_all
from symbrain.volume import canonical

Found = dict[str, float | None]
STRAIGHT: dict[str, object] = {"atlas": True, "max_tilt_deg": 0.0, "max_shift_mm": 0.0, "shape": (73, 73, 51)}


def brain(seed: int = 1, **options: object) -> Brain:
    """Return a head whose midline plane is the middle of its grid, with DrawEM-87 labels."""
    made = head(seed, **STRAIGHT, **options)
    assert made.labels87 is not None
    image, mask, labels = (canonical(a, made.affine).data for a in (made.image, made.mask, made.labels87))
    return Brain(image, mask > 0, "T2w", labels.astype(np.int64), "drawem87")


def mirrored(one: Brain) -> Brain:
    labels = None if one.labels is None else reflect_labels(one.labels, PARTNER)
    return replace(one, image=reflect(one.image), mask=reflect(one.mask), labels=labels)


def negated(found: Found) -> Found:
    return {k: v if k == "labels_reversed" or v is None else -v for k, v in found.items()}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_mirroring_negates_every_measure(seed: int) -> None:
    one = brain(seed)
    found = measure_directed(one)
    assert all(found.values()) or found["labels_reversed"] == 0
    assert measure_directed(mirrored(one)) == negated(found)


def test_labels_of_the_other_side_do_not_turn_the_measures() -> None:
    """The header alone was mirrored: the numbers say left, and lie on the right."""
    one = brain()
    wrong = replace(mirrored(one), labels=reflect(one.labels))
    assert measure_directed(wrong) == negated(measure_directed(one)) | {"labels_reversed": 1.0}


def test_a_wide_left_ventricle_is_seen_with_and_without_labels() -> None:
    found = measure_directed(brain(4, asymmetry=Asymmetry(ventricles=0.3)))
    for measure in ("lateral_ventricle", "central_fluid"):
        value = found[measure]
        assert value is not None
        assert value < -0.1


def test_nine_tissues_have_the_sides_of_the_plane() -> None:
    one, made = brain(), head(1, **STRAIGHT)
    nine = replace(one, labels=canonical(to_drawem9(made.labels), made.affine).data.astype(np.int64), atlas="drawem9")
    # Without the middle row of voxels, which the 87 labels give to one side.
    assert one.labels is not None
    apart = one.labels.copy()
    apart[len(apart) // 2] = 0
    found, wanted = measure_directed(nine), measure_directed(replace(one, labels=apart))
    assert found["lateral_ventricle"] == wanted["lateral_ventricle"]
    assert found["labels_reversed"] is None
    assert "temporal_lobe" not in found


def test_labels_of_another_atlas_count_for_nothing() -> None:
    one = brain()
    assert measure_directed(replace(one, atlas=None)) == measure_directed(replace(one, labels=None, atlas=None))


def test_fluid_is_not_looked_for_in_t1w() -> None:
    found = measure_directed(replace(brain(), modality="T1w", labels=None, atlas=None))
    assert set(found) == {"labels_reversed", "brain_mask"}


def test_without_a_brain_nothing_is_measured() -> None:
    one = brain()
    found = measure_directed(replace(one, mask=np.zeros_like(one.mask), labels=np.zeros_like(one.labels)))
    assert set(found.values()) == {None}


def aligned(seed: int, *, flipped: bool) -> Brain:
    """Return a head after ``align``; ``flipped``: its header says left where the right is, labels were made after."""
    made = head(seed, max_tilt_deg=8.0)
    volume, mask = canonical(made.image, made.affine), canonical(made.mask, made.affine)
    if flipped:
        across = np.diag([-1.0, 1.0, 1.0, 1.0])
        volume, mask = (canonical(v.data, across @ v.affine) for v in (volume, mask))
    found = walk.align(volume, AlignSettings(bias_correction=False), given_mask=(mask.data > 0).astype(int))
    return Brain(found.image, found.mask, "T2w")


@pytest.mark.slow
def test_a_flipped_header_negates_what_is_measured_after_align() -> None:
    plain, flipped = (measure_directed(aligned(11, flipped=way)) for way in (False, True))
    assert flipped == negated(plain)
    assert any(plain.values())


@pytest.mark.soak
def test_a_synthetic_cohort_with_flipped_headers_alarms() -> None:
    """Sixty heads without labels; their asymmetry is that of docs/phantom.md, more than the literature's."""
    measured = [measure_directed(aligned(seed, flipped=True)) for seed in range(700, 760)]
    ratio = together(weigh_all(measured))
    assert verdict_of(ratio) == "disagree"
    assert verdict_of(together(weigh_all([negated(found) for found in measured]))) == "agree"
