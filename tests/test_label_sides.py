"""The labels' own sides: told without a cohort, and not of labels that name none."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from heads import head
from symbrain import walk
from symbrain.drawem import PARTNER
from symbrain.label_sides import reversed_share, reversed_structures, side_warnings
from symbrain.reflection import reflect, reflect_labels
from symbrain.settings import AlignSettings
from symbrain.volume import canonical


@pytest.fixture(scope="module")
def labels() -> NDArray[np.int64]:
    """Return a head's DrawEM-87 labels, from the subject's left to right."""
    phantom = head(1, atlas=True)
    assert phantom.labels87 is not None
    return canonical(phantom.labels87, phantom.affine).data.astype(np.int64)


def swapped(labels: NDArray[np.int64], *names: int) -> NDArray[np.int64]:
    table = np.arange(128)
    for label in names:
        table[[label, PARTNER[label]]] = table[[PARTNER[label], label]]
    return table[labels]


def test_labels_on_their_sides_are_not_told(labels: NDArray[np.int64]) -> None:
    assert reversed_share(labels) == 0
    assert side_warnings(labels, "drawem87") == ()


def test_a_mirrored_head_with_mirrored_labels_is_as_good(labels: NDArray[np.int64]) -> None:
    assert side_warnings(reflect_labels(labels, PARTNER), "drawem87") == ()


def test_labels_mirrored_against_the_header_are_told(labels: NDArray[np.int64]) -> None:
    assert reversed_share(reflect(labels)) == 1
    (told,) = side_warnings(reflect(labels), "drawem87")
    assert "either header or labels are mirrored" in told


def test_numbers_exchanged_in_part_are_named(labels: NDArray[np.int64]) -> None:
    """As by somebody who takes every odd label for a left one: those from 63 to 82 are not."""
    (told,) = side_warnings(swapped(labels, *range(63, 83, 2)), "drawem87")
    assert "exchanged in part" in told
    wrong, looked_at = reversed_structures(swapped(labels, *range(63, 83, 2)))
    assert all(name.endswith("WM") for name in wrong)
    assert 5 < len(wrong) < 0.5 * looked_at


def test_other_atlases_and_empty_maps_name_no_side(labels: NDArray[np.int64]) -> None:
    assert side_warnings(reflect(np.minimum(labels, 9)), "drawem9") == ()
    assert side_warnings(np.zeros_like(labels), "drawem87") == ()
    assert reversed_share(np.zeros_like(labels)) is None


def test_align_tells_it_of_a_scan() -> None:
    phantom = head(1, atlas=True)
    assert phantom.labels87 is not None
    volume, mask = canonical(phantom.image, phantom.affine), canonical(phantom.mask, phantom.affine).data > 0
    given = canonical(phantom.labels87, phantom.affine).data.astype(np.int32)
    settings = AlignSettings(spacing_mm=2.0, bias_correction=False)

    def notes(maps: NDArray[np.int32]) -> str:
        aligned = walk.align(volume, settings, given_mask=mask.astype(np.int32), labels=maps, atlas="drawem87")
        return " ".join(aligned.notes)

    assert "other side" not in notes(given)
    both = np.arange(128)
    both[list(PARTNER)] = list(PARTNER.values())
    assert "either header or labels are mirrored" in notes(both[given].astype(np.int32))
