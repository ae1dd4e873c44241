from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heads import head, volume_of
from symbrain.drawem import PAIRS_87, PARTNER, TISSUES_9
from symbrain.phantom import LATERALISED, to_drawem9
from symbrain.plane import Plane
from symbrain.reflection import reflect, reflect_labels
from symbrain.regions import asymmetry_index, measure_regions
from symbrain.volume import Volume, canonical

PLANE = Plane((1.0, 0.0, 0.0), 9.0)
positive = st.floats(0.001, 1000)


@given(positive, positive)
def test_the_index_is_antisymmetric_and_bounded(left: float, right: float) -> None:
    assert asymmetry_index(left, right) == -asymmetry_index(right, left)
    assert -2 <= asymmetry_index(left, right) <= 2
    assert (asymmetry_index(left, right) > 0) == (left > right)


def test_the_index_of_nothing_is_missing() -> None:
    assert np.isnan(asymmetry_index(0.0, 0.0))
    assert asymmetry_index(3.0, 0.0) == 2


def labelled() -> tuple[Volume, np.ndarray]:
    """Each left label twice as large as its right one, on a grid of 1 × 1 × 2 mm; brightness is the label."""
    labels = np.zeros((20, 20, 20), np.int32).ravel()
    at = 0
    for left, right in PAIRS_87.values():
        labels[at : at + 20], labels[at + 20 : at + 30] = left, right
        at += 30
    return Volume(labels.reshape(20, 20, 20).astype(np.float32), np.diag([1.0, 1, 2, 1])), labels.reshape(20, 20, 20)


def test_the_sides_of_the_87_labels_are_those_of_the_atlas() -> None:
    """Which of two labels is the left one flips within the atlas: odd, then even."""
    measured = {r.region: r for r in measure_regions(*labelled(), "drawem87", PLANE)}
    assert set(measured) == set(PAIRS_87)
    for name, region in measured.items():
        assert (region.index_left, region.index_right) == PAIRS_87[name]
        assert region.left_ml == pytest.approx(0.04)
        assert region.right_ml == pytest.approx(0.02)
        assert (region.left_intensity, region.right_intensity) == PAIRS_87[name]
        assert region.to_row()["asymmetry_index"] == pytest.approx(2 / 3)
    # Source: MIRTK/DrawEM, label_names/ALBERT. Odd is left in one, right in the other.
    assert measured["Hippocampus"].index_left == 1
    assert measured["Parietal lobe, WM"].index_left == 82
    assert measured["Thalamus, low intensity part in T2"].index_left == 87


def test_mirroring_negates_every_index() -> None:
    volume, labels = labelled()
    plain = measure_regions(volume, labels, "drawem87", PLANE)
    mirrored = measure_regions(
        Volume(reflect(volume.data), volume.affine), reflect_labels(labels, PARTNER), "drawem87", PLANE
    )
    for one, other in zip(plain, mirrored, strict=True):
        assert other.to_row()["asymmetry_index"] == pytest.approx(-one.to_row()["asymmetry_index"])
        assert other.left_intensity == one.right_intensity


def test_tissues_are_divided_by_the_plane() -> None:
    phantom = head(1)
    volume = volume_of(phantom)
    sided, plain = (canonical(f(phantom.labels), phantom.affine).data.astype(int) for f in (np.asarray, to_drawem9))
    measured = {r.region: r for r in measure_regions(volume, plain, "drawem9", phantom.plane)}
    assert set(measured) == set(TISSUES_9) - {"Background"}
    for name, region in measured.items():
        left, right = ((sided == n).sum() * volume.voxel_ml for n in LATERALISED[name])
        assert (region.left_ml, region.right_ml) == pytest.approx((left, right), abs=0.1)
        assert region.index_left == region.index_right == TISSUES_9[name]


def test_brightness_is_compared_too() -> None:
    volume, labels = labelled()
    row = measure_regions(volume, labels, "drawem87", PLANE)[0].to_row()
    assert row["intensity_asymmetry"] == pytest.approx(asymmetry_index(1, 2))
    assert set(row) == {
        "region", "index_left", "index_right", "left_ml", "right_ml", "asymmetry_index", "intensity_asymmetry",
    }  # fmt: skip


def test_a_structure_that_is_not_there_has_no_index() -> None:
    volume, labels = labelled()
    without = np.where(np.isin(labels, (1, 2)), 0, labels)
    row = measure_regions(volume, without, "drawem87", PLANE)[0].to_row()
    assert (row["left_ml"], row["right_ml"]) == (0, 0)
    assert np.isnan(row["asymmetry_index"])
    assert np.isnan(row["intensity_asymmetry"])
