"""Inserted changes: on their side, of their size and contrast, with the texture kept, mirrored with the image."""

from dataclasses import replace

import numpy as np
import pytest

from symbrain.phantom import KINDS, make_head
from symbrain.phantom.insert import HALVES, Change, draw_change, insert, mirrored, prepare, symmetric_pair
from symbrain.reflection import reflect
from symbrain.volume import canonical

SPACING = (2.0, 2.0, 2.0)
BLOBS = ("haemorrhage", "white_matter_injury", "cyst")


def upright(modality="T2w", weeks=40.0):
    """Return a head and its mask, cut so that the middle of axis 0 is the midline."""
    head = make_head(4, scan_age_weeks=weeks, spacing_mm=2, max_tilt_deg=0, max_shift_mm=0, modality=modality)
    image, mask = canonical(head.image, head.affine), canonical(head.mask.astype(np.float32), head.affine).data > 0.5
    middle = round(2 * (head.plane.offset_mm - image.affine[0, 3]) / 2) / 2
    reach = 26
    rows = slice(int(np.ceil(middle - reach)), int(np.floor(middle + reach)) + 1)
    return np.ascontiguousarray(image.data[rows]), np.ascontiguousarray(mask[rows])


@pytest.fixture(scope="module")
def canvas():
    return prepare(*upright(), SPACING)


def drawn(canvas, kind, seed=0, half="train", diameter=(13, 13), contrast=(4, 4)):
    rng = np.random.default_rng(seed)
    return draw_change(canvas, rng, kinds=[kind], diameter_mm=diameter, contrast_sd=contrast, half=half)


@pytest.mark.parametrize("modality", ["T2w", "T1w"])
@pytest.mark.parametrize("weeks", [28.0, 42.0])
@pytest.mark.parametrize("stripped", [True, False])
def test_fluid_is_recognised(modality, weeks, stripped):
    image, mask = upright(modality, weeks)
    ready = prepare(image * mask if stripped else image, mask, SPACING)
    assert ready.bright_fluid == (modality == "T2w")
    assert 0.05 < ready.fluid[mask].mean() < 0.4
    sd = np.median(ready.local_sd[mask]) / np.median(image[mask])
    assert 0.03 < sd < 0.12


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_change_lies_in_the_brain_on_its_side_and_nowhere_else(canvas, kind, half):
    sides = set()
    for seed in range(6):
        change = drawn(canvas, kind, seed, half)
        image, share = insert(canvas, change)
        x = canvas.lateral_mm[:, None, None] * np.ones_like(share)
        assert (x[share > 0] * change.sign > 0).all()
        assert canvas.mask[share > 0].all()
        assert np.array_equal(image[share == 0], canvas.image[share == 0])
        assert share.min() >= 0
        assert share.max() <= 1
        center = [np.average(g, weights=share) for g in np.indices(share.shape)]
        middle = (np.array(share.shape) - 1) / 2
        assert np.linalg.norm((center - middle) * 2 - change.center_mm) < 8
        sides.add(change.side)
    assert sides == {"left", "right"}


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("diameter", [1.0, 7.0, 14.0, 22.0])
def test_volume_follows_the_diameter(canvas, kind, half, diameter):
    got = [insert(canvas, drawn(canvas, kind, s, half, (diameter,) * 2))[1].sum() * 8 for s in range(5)]
    assert np.median(got) == pytest.approx(np.pi / 6 * diameter**3, rel=0.15)


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_mirrored_change_in_the_mirrored_image_is_the_mirror_image(canvas, kind, half):
    other = prepare(reflect(canvas.image), reflect(canvas.mask), SPACING)
    for seed in range(3):
        change = drawn(canvas, kind, seed, half)
        image, share = insert(canvas, change)
        image_, share_ = insert(other, mirrored(change))
        assert np.abs(share_ - reflect(share)).max() < 1e-3
        assert np.abs(image_ - reflect(image)).max() < 1e-3 * canvas.image.max()
        assert mirrored(mirrored(change)) == change


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("kind", ["haemorrhage", "white_matter_injury"])
@pytest.mark.parametrize("modality", ["T2w", "T1w"])
def test_contrast_is_in_standard_deviations_of_the_tissue(kind, half, modality):
    ready = prepare(*upright(modality), SPACING)
    ratios = []
    for seed in range(5):
        change = drawn(ready, kind, seed, half, (16, 16))
        image, share = insert(ready, change)
        step = (image - ready.image)[share > 0.97].mean() / np.average(ready.local_sd, weights=share)
        ratios.append(step / change.contrast_sd)
    sign = 1 if (kind == "white_matter_injury") == (modality == "T2w") else -1
    assert sign * np.median(ratios) == pytest.approx(1, rel=0.2)


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("kind", BLOBS)
def test_texture_is_kept_and_the_edge_is_soft(canvas, kind, half):
    change = drawn(canvas, kind, 3, half, (18, 18), (2, 2))
    image, share = insert(canvas, change)
    inside = share > 0.9
    assert np.corrcoef(image[inside], canvas.image[inside])[0, 1] > 0.8
    assert image[inside].std() > 0.6 * canvas.image[inside].std()
    assert np.mean((share > 0.05) & (share < 0.95)) > 0.2 * np.mean(share > 0.95)


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_larger_contrast_changes_more(canvas, kind, half):
    change = drawn(canvas, kind, 1, half)
    changes = [
        np.abs(insert(canvas, replace(change, contrast_sd=c))[0] - canvas.image).sum() for c in (0, 0.5, 2.0, 5.0)
    ]
    assert changes == sorted(changes)
    assert changes[1] < 0.6 * changes[3]


def test_a_wider_ventricle_and_lost_tissue_mean_more_fluid(canvas):
    for kind, least in (("ventriculomegaly", 0.9), ("volume_loss", 0.6)):
        gains = []
        for seed in range(12):
            image, share = insert(canvas, drawn(canvas, kind, seed, diameter=(14, 20), contrast=(5, 5)))
            gains.append(image[share > 0.2].mean() - canvas.image[share > 0.2].mean())
        assert np.mean(np.array(gains) > 0) >= least


def test_a_warp_keeps_the_noise(canvas):
    levels = np.where(canvas.depth > 0.8, 100, np.where(canvas.depth > 0.6, 60, 180)) * canvas.mask
    flat = levels + np.random.default_rng(0).normal(0, 5, levels.shape)
    ready = prepare(flat, canvas.mask, SPACING, bright_fluid=True)
    change = Change("volume_loss", "left", (-20.0, 0.0, 8.0), 16, 4, 1)
    image, share = insert(ready, change)
    inside = (share > 0.3) & (canvas.depth > 0.98)
    assert image[inside].std() == pytest.approx(5, rel=0.15)


def test_the_same_change_is_the_same_and_another_seed_is_another(canvas):
    change = drawn(canvas, "haemorrhage")
    assert change == drawn(canvas, "haemorrhage")
    first, again, other = (insert(canvas, c)[1] for c in (change, change, replace(change, seed=change.seed + 1)))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_halves_share_no_outline(canvas):
    one = drawn(canvas, "haemorrhage")
    train, test = (insert(canvas, replace(one, half=half))[1] for half in HALVES)
    overlap = np.minimum(train, test).sum() / np.maximum(train, test).sum()
    assert overlap < 0.85


@pytest.mark.parametrize("kind", KINDS)
def test_a_pair_changes_both_sides_alike(canvas, kind):
    change = drawn(canvas, kind, 2)
    image, share = symmetric_pair(canvas, change)
    one, part = insert(canvas, change)
    own = canvas.lateral_mm * change.sign > 0
    assert np.array_equal(image[own], one[own])
    assert np.array_equal(share[own], part[own])
    assert share[~own].sum() == pytest.approx(part.sum(), rel=0.3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "tumour"},
        {"side": "middle"},
        {"diameter_mm": 0},
        {"contrast_sd": -1},
        {"center_mm": (1.0, 0.0, 0.0)},
        {"half": "both"},
    ],
)
def test_nonsense_is_refused(wrong):
    right = {"kind": "cyst", "side": "left", "center_mm": (-9.0, 0.0, 0.0), "diameter_mm": 9, "contrast_sd": 3}
    with pytest.raises(ValueError, match="change"):
        Change(**(right | {"seed": 1} | wrong))
    with pytest.raises(ValueError, match="mask"):
        prepare(np.zeros((4, 4, 4)), np.zeros((4, 4, 4), bool), SPACING)
