"""The synthetic head: one infant for each seed, a true midline plane, plausible sizes and contrasts."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from symbrain.drawem import TISSUES_9
from symbrain.phantom import LATERALISED, Asymmetry, Lesion, make_head, to_drawem9
from symbrain.phantom.anatomy import draw_anatomy
from symbrain.phantom.fields import Points
from symbrain.phantom.painting import paint_head
from symbrain.phantom.tissue import brightness
from symbrain.plane import Plane

COARSE = 2.0


def world_of(phantom, voxels):
    return voxels @ phantom.affine[:3, :3].T + phantom.affine[:3, 3]


def volume_ml(phantom, chosen):
    return chosen.sum() * abs(np.linalg.det(phantom.affine[:3, :3])) / 1000


@pytest.fixture(scope="module")
def head():
    return make_head(5, scan_age_weeks=40, spacing_mm=COARSE)


def test_one_seed_gives_one_scan(head):
    again = make_head(5, scan_age_weeks=40, spacing_mm=COARSE)
    assert np.array_equal(head.image, again.image)
    assert np.array_equal(head.labels, again.labels)
    assert head.plane == again.plane


def test_another_seed_gives_another_infant(head):
    assert not np.array_equal(head.labels, make_head(6, scan_age_weeks=40, spacing_mm=COARSE).labels)


def test_the_drawn_age_is_the_seeds_own():
    ages = [make_head(seed, spacing_mm=3).scan_age_weeks for seed in range(6)]
    assert all(26 <= age <= 45 for age in ages)
    assert len(set(ages)) == 6


def test_contrast_grid_and_lesion_leave_the_anatomy_and_the_pose(head):
    t1w = make_head(5, scan_age_weeks=40, spacing_mm=COARSE, modality="T1w")
    lesion = make_head(5, scan_age_weeks=40, spacing_mm=COARSE, lesion=Lesion("white_matter_injury", "left", 15, 5))
    finer = make_head(5, scan_age_weeks=40, spacing_mm=1.5)
    for other in (t1w, lesion):
        assert np.array_equal(other.labels, head.labels)
        assert np.array_equal(other.mask, head.mask)
    assert head.plane == t1w.plane == lesion.plane == finer.plane
    assert np.allclose(head.center_mm, finer.center_mm, atol=0.3)
    assert volume_ml(finer, finer.mask) == pytest.approx(volume_ml(head, head.mask), rel=0.02)


def test_another_visit_is_the_same_infant_in_another_pose(head):
    later = make_head(5, scan_age_weeks=40, spacing_mm=COARSE, visit=1)
    assert later.plane.angle_to_deg(head.plane) > 0.5
    assert volume_ml(later, later.mask) == pytest.approx(volume_ml(head, head.mask), rel=0.02)


def test_the_grid_is_the_dhcps():
    head = make_head(1, spacing_mm=COARSE)
    assert head.image.shape == (73, 73, 51)
    assert head.image.dtype == np.float32
    assert np.allclose(head.affine[:3, :3], np.diag([-2, 2, 2]))
    assert make_head(1, spacing_mm=COARSE, shape=(80, 80, 60)).image.shape == (80, 80, 60)


@pytest.mark.parametrize("seed", range(4))
def test_labels_lie_on_their_side_of_the_plane(seed):
    head = make_head(seed, spacing_mm=COARSE)
    voxels = np.argwhere(head.labels > 0)
    labels = head.labels[tuple(voxels.T)]
    distance = head.plane.distance_mm(world_of(head, voxels))
    assert distance[labels % 2 == 1].max() < 1e-3  # odd is left, and left is the negative side
    assert distance[labels % 2 == 0].min() > -1e-3
    assert head.plane.normal[0] > 0.9
    assert abs(head.plane.distance_mm(head.center_mm)) < 1.5


def test_every_tissue_is_there_on_both_sides():
    head = make_head(5, scan_age_weeks=40, spacing_mm=1.5)
    assert set(np.unique(head.labels)) == {0, *(n for pair in LATERALISED.values() for n in pair)}
    assert set(np.unique(to_drawem9(head.labels))) == {0, *TISSUES_9.values()}
    assert not (head.labels[~head.mask] > 0).any()
    assert (head.labels[head.mask] > 0).all()


@pytest.mark.parametrize("seed", range(6))
def test_the_brain_lies_within_the_field_of_view(seed):
    mask = make_head(seed, spacing_mm=COARSE, scan_age_weeks=45 if seed == 0 else None).mask
    for axis in range(3):
        faces = np.take(mask, [0, -1], axis)
        assert not faces.any()


def test_the_brain_grows_with_age_and_folds():
    sizes, folds = [], []
    for weeks in (27, 31, 35, 39, 43):
        head = make_head(9, scan_age_weeks=weeks, spacing_mm=COARSE)
        sizes.append(volume_ml(head, head.mask))
        cortex = volume_ml(head, np.isin(head.labels, LATERALISED["Cortical grey matter"]))
        folds.append(cortex / sizes[-1] ** (2 / 3))
    assert sizes == sorted(sizes)
    assert 165 < sizes[0] < 250  # brain and fluid; the fetal atlas has 202 ml at 26 weeks and 233 ml at 28
    assert 450 < sizes[-1] < 640
    assert folds[-1] > 1.5 * folds[0]


@pytest.mark.parametrize(
    ("modality", "order"),
    [
        ("T2w", ["Ventricles", "White matter", "Cortical grey matter"]),
        ("T1w", ["Deep grey matter", "White matter", "Ventricles"]),
    ],
)
def test_contrasts_are_a_newborns(modality, order):
    head = make_head(3, scan_age_weeks=40, modality=modality, spacing_mm=1.5, bias=0)
    medians = [np.median(head.image[np.isin(head.labels, LATERALISED[name])]) for name in order]
    assert medians == sorted(medians, reverse=True)
    air = head.image[:5].mean()
    assert air < 0.15 * medians[0]


def test_fluid_fills_the_fissure_on_the_plane():
    flat = make_head(5, scan_age_weeks=40, spacing_mm=1.0, max_tilt_deg=0, max_shift_mm=0)
    fluid = np.isin(flat.labels, LATERALISED["CSF"])
    middle = flat.image.shape[0] // 2
    share = [fluid[k][flat.mask[k]].mean() for k in range(middle - 12, middle + 13)]
    assert abs(np.argmax(share) - 12) <= 1
    assert share[12] > 2 * share[4]


def test_a_symmetric_head_is_its_own_mirror_image_noise_included():
    head = make_head(4, spacing_mm=COARSE, symmetric=True, max_tilt_deg=0, max_shift_mm=0)
    assert np.allclose(head.image, head.image[::-1], rtol=1e-3, atol=0.5)
    assert np.array_equal(to_drawem9(head.labels), to_drawem9(head.labels)[::-1])


def test_an_ordinary_head_is_not_symmetric():
    head = make_head(4, spacing_mm=COARSE, noise=0, bias=0, max_tilt_deg=0, max_shift_mm=0)
    assert (to_drawem9(head.labels) != to_drawem9(head.labels)[::-1]).mean() > 0.01


def test_a_symmetric_head_equals_its_mirror_image_at_any_point():
    infant = draw_anatomy(11, 39.0, Asymmetry(), symmetric=True)
    x, y, z = np.random.default_rng(0).uniform(-50, 50, (3, 20000)).astype(np.float32)
    levels = brightness("T2w", infant.growth.maturity)
    one, other = (
        paint_head(infant, Points(s * x, y, z), levels, 1.0, skull=True) for s in (np.float32(1), np.float32(-1))
    )
    assert np.allclose(one.image, other.image, atol=1e-4)
    assert (one.tissue != other.tissue).mean() < 1e-3


def agreement(head, plane):
    """Return the correlation of the brain with its mirror image across a plane."""
    voxels = np.argwhere(head.mask)
    reflection = np.linalg.inv(head.affine) @ plane.mirror() @ head.affine
    partners = voxels @ reflection[:3, :3].T + reflection[:3, 3]
    there = map_coordinates(head.image, partners.T, order=1)
    return np.corrcoef(head.image[head.mask], there)[0, 1]


@pytest.mark.parametrize("seed", [11, 12])
def test_no_plane_near_by_fits_a_symmetric_head_better_than_the_true_one(seed):
    head = make_head(seed, spacing_mm=COARSE, symmetric=True, noise=0)
    best = agreement(head, head.plane)
    assert best > 0.8
    for turn in ((0, 0.02, 0), (0, -0.02, 0), (0, 0, 0.02), (0, 0, -0.02)):
        assert agreement(head, Plane.through(head.center_mm, np.add(head.plane.normal, turn))) < best
    for shift in (-0.5, 0.5):
        assert agreement(head, Plane(head.plane.normal, head.plane.offset_mm + shift)) < best


def test_the_left_ventricle_is_larger_on_average():
    assert draw_anatomy(0, 40, Asymmetry(ventricles=0.2), symmetric=False).ventricles[0] > 1
    shares = [np.subtract(*draw_anatomy(seed, 40, Asymmetry(), symmetric=False).ventricles) for seed in range(8)]
    assert np.mean(shares) > 0


def test_torque_widens_the_lobes_and_leaves_the_fissure():
    plain = make_head(2, spacing_mm=COARSE, symmetric=False, noise=0)
    turned = make_head(2, spacing_mm=COARSE, noise=0, asymmetry=Asymmetry(torque=0.04))
    assert plain.plane == turned.plane
    assert not np.array_equal(plain.mask, turned.mask)
    voxels = np.argwhere(turned.labels > 0)
    odd = turned.labels[tuple(voxels.T)] % 2 == 1
    assert np.array_equal(odd, turned.plane.distance_mm(world_of(turned, voxels)) < 0)


def test_without_skull_everything_outside_the_mask_is_zero():
    head = make_head(2, spacing_mm=COARSE, skull=False)
    assert not head.image[~head.mask].any()
    assert (head.image[head.mask] > 0).all()


@pytest.mark.slow
def test_a_millimetre_head_takes_a_few_seconds():
    from time import process_time

    make_head(1, spacing_mm=3)
    start = process_time()
    make_head(1, spacing_mm=1.0)
    assert process_time() - start < 6


@pytest.mark.parametrize(("wrong", "words"), [({"scan_age_weeks": 60}, "weeks"), ({"modality": "FLAIR"}, "contrast")])
def test_what_cannot_be_made_is_refused_in_a_sentence(wrong, words):
    with pytest.raises(ValueError, match=words):
        make_head(1, spacing_mm=3, **wrong)
