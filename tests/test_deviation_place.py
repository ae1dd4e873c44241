from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heads import LESION, few, head, motions, volume_of, walk, walked
from symbrain import upright
from symbrain.deviation import Asymmetry, summarise
from symbrain.deviation_place import Place, Structures, find_place
from symbrain.drawem import PAIRS_87, PARTNER, TISSUES_9, UNPAIRED_87
from symbrain.plane import Plane
from symbrain.reflection import reflect, reflect_labels, reflect_points
from symbrain.upright_grid import UprightGrid
from symbrain.volume import Volume, canonical

EDGE = 2.0
shapes = st.sampled_from([(31, 24, 22), (32, 24, 22)])  # an odd grid has a column on the midline, an even one has none


def grid_of(shape: tuple[int, int, int], to_scan: np.ndarray | None = None) -> UprightGrid:
    """Return a grid whose middle lies on x = 0."""
    affine = np.diag([EDGE, EDGE, EDGE, 1.0])
    affine[:3, 3] = [-EDGE * (shape[0] - 1) / 2, -20.0, -10.0]
    return UprightGrid(shape, affine, np.eye(4) if to_scan is None else to_scan)


def found_in(heat: np.ndarray) -> Asymmetry:
    return summarise(heat, np.ones(heat.shape, bool), EDGE)


def uneven(shape: tuple[int, int, int], seed: int) -> Asymmetry:
    """Heat that is rough everywhere and strongest on the subject's left."""
    heat = np.random.default_rng(seed).gamma(0.5, 1.0, shape).astype(np.float32)
    heat[: shape[0] // 2] *= 2.0
    return found_in(heat)


def labels_of(shape: tuple[int, int, int], seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 88, shape)


@pytest.mark.slow
@few
@given(shapes, st.integers(0, 10**6), motions())
def test_a_mirrored_head_has_the_mirrored_place_in_the_same_structure(
    shape: tuple[int, int, int], seed: int, to_scan: np.ndarray
) -> None:
    grid, plain, labels = grid_of(shape, to_scan), uneven(shape, seed), labels_of(shape, seed)
    place = find_place(plain, grid, Structures.of(labels, "drawem87"))
    mirrored = find_place(
        found_in(reflect(plain.heat)), grid, Structures.of(reflect_labels(labels, PARTNER), "drawem87")
    )
    assert place is not None
    assert mirrored is not None
    across = Plane((1.0, 0.0, 0.0), 0.0).moved(to_scan)
    np.testing.assert_allclose(mirrored.center_mm, reflect_points(place.center_mm, across), atol=1e-9)
    assert mirrored.region == place.region


@few
@given(shapes, st.integers(0, 10**6), motions())
def test_the_place_moves_with_the_head(shape: tuple[int, int, int], seed: int, motion: np.ndarray) -> None:
    plain = uneven(shape, seed)
    place, moved = (find_place(plain, grid_of(shape, to_scan)) for to_scan in (None, motion))
    assert place is not None
    assert moved is not None
    expected = motion[:3, :3] @ place.center_mm + motion[:3, 3]
    np.testing.assert_allclose(moved.center_mm, expected, atol=1e-9)


def two_cubes() -> np.ndarray:
    """The two pieces of the worst millilitre, on the subject's right: a large one, and a small one that is hotter."""
    heat = np.zeros((31, 24, 22), np.float32)
    heat[20:24, 4:8, 4:8] = 5.0
    heat[26:29, 15:18, 15:18] = 6.0
    return heat


def test_the_place_is_the_middle_of_the_hottest_piece() -> None:
    heat = two_cubes()
    assert find_place(found_in(heat), grid_of(heat.shape)) == Place((13.0, -9.0, 1.0), None)
    heat[20:24, 4:8, 4:8] = 0
    assert find_place(found_in(heat), grid_of(heat.shape)) == Place((24.0, 12.0, 22.0), None)


def test_what_is_hotter_weighs_more() -> None:
    heat = np.zeros((31, 24, 22), np.float32)
    heat[25, 10, 10], heat[26, 10, 10] = 1.0, 3.0
    place = find_place(found_in(heat), grid_of(heat.shape))
    assert place is not None
    assert place.center_mm == pytest.approx((EDGE * (25.75 - 15), 0.0, 10.0))


def test_without_a_side_there_is_no_place() -> None:
    heat = np.zeros((31, 24, 22), np.float32)
    assert find_place(found_in(heat), grid_of(heat.shape)) is None
    even = two_cubes()
    assert find_place(found_in(even + reflect(even)), grid_of(even.shape)) is None


@pytest.mark.parametrize("atlas", ["drawem87", "drawem9"])
def test_the_structure_with_most_of_the_heat_is_named(atlas: str) -> None:
    heat = two_cubes()
    inside = np.argwhere(heat == 5.0)
    names = (
        [("Hippocampus", 1), ("Hippocampus", 2), ("Thalamus, low intensity part in T2", 86), ("Brainstem", 19)]
        if atlas == "drawem87"
        else [("Cerebellum", 6), ("Ventricles", 5)]
    )
    for name, label in names:
        labels = np.zeros(heat.shape, np.uint8)
        labels[tuple(inside[:30].T)] = label
        labels[tuple(inside[30:45].T)] = 17 if atlas == "drawem87" else 3
        place = find_place(found_in(heat), grid_of(heat.shape), Structures.of(labels, atlas))  # type: ignore[arg-type]
        assert place is not None
        assert place.region == name


def test_background_and_what_has_no_label_are_no_structure() -> None:
    heat = two_cubes()
    for label, atlas in ((0, "drawem87"), (84, "drawem87"), (85, "drawem87"), (4, "drawem9"), (0, "drawem9")):
        labels = np.full(heat.shape, label)
        place = find_place(found_in(heat), grid_of(heat.shape), Structures.of(labels, atlas))  # type: ignore[arg-type]
        assert place is not None
        assert place.region is None
    named = Structures.of(np.zeros(1, int), "drawem87").names
    assert set(named.values()) == set(PAIRS_87) | {n for n in UNPAIRED_87 if "background" not in n}
    assert set(Structures.of(np.zeros(1, int), "drawem9").names.values()) == set(TISSUES_9) - {"Background"}


# The laws again from the scan to the place.


def place_of(volume: Volume) -> tuple[Place, str]:
    found = walk(volume)
    place = find_place(found.asymmetry, found.aligned.grid)
    assert place is not None
    return place, found.asymmetry.side


@pytest.mark.slow
def test_the_place_of_a_lesion_is_where_it_is_and_follows_the_scan() -> None:
    phantom, found = head(1, lesion=LESION, atlas=True), walked(1, lesion=LESION)
    volume, grid = volume_of(phantom), found.aligned.grid
    labels = canonical(phantom.labels87, phantom.affine).data
    turned = upright.resample(Volume(labels.astype(np.float32), volume.affine), grid, nearest=True)
    structures = Structures.of(turned.astype(np.uint8), "drawem87")
    place = find_place(found.asymmetry, grid, structures)
    assert place is not None
    assert np.linalg.norm(np.subtract(place.center_mm, phantom.lesion_center_mm)) < LESION.diameter_mm / 2
    changed = np.unique(phantom.labels87[phantom.lesion_mask])
    assert place.region in {structures.names.get(int(label)) for label in changed} - {None}

    across = Plane((1.0, 0.15, -0.1), 7.0)
    image = reflect(volume, across=across)
    back = np.diag([-1.0, 1, 1, 1])
    back[0, 3] = image.shape[0] - 1
    mirrored, side = place_of(Volume(reflect(image.data), image.affine @ back))
    assert side == "right"
    np.testing.assert_allclose(mirrored.center_mm, reflect_points(place.center_mm, across), atol=0.05)

    motion = Plane((1.0, 0.2, 0.1), 3.0).mirror() @ Plane((0.9, -0.1, 0.2), -5.0).mirror()  # twice mirrored is moved
    moved, side = place_of(replace(volume, affine=motion @ volume.affine))
    assert side == "left"
    np.testing.assert_allclose(moved.center_mm, motion[:3, :3] @ place.center_mm + motion[:3, 3], atol=0.05)
