"""Lesions: on the side that was asked for, of the size and contrast that was asked for, with the texture kept."""

import numpy as np
import pytest

from symbrain.phantom import KINDS, LATERALISED, Lesion, make_head
from symbrain.phantom.damage import white_sd
from symbrain.phantom.tissue import brightness

WEEKS, SPACING = 40.0, 2.5
BLOBS = ("haemorrhage", "white_matter_injury", "cyst")


def scan(lesion=None, **more):
    return make_head(8, scan_age_weeks=WEEKS, spacing_mm=SPACING, lesion=lesion, **more)


@pytest.fixture(scope="module")
def healthy():
    return scan()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_lesion_lies_in_the_brain_on_its_side(kind, side, healthy):
    ill = scan(Lesion(kind, side, 18, 5))
    sign = 1 if side == "right" else -1
    voxels = np.argwhere(ill.lesion_mask)
    distance = ill.plane.distance_mm(voxels @ ill.affine[:3, :3].T + ill.affine[:3, 3])
    assert (sign * distance > 0).all()
    assert ill.mask[ill.lesion_mask].all()
    assert sign * ill.plane.distance_mm(ill.lesion_center_mm) > 3
    assert ill.lesion_side == side
    other = sign * ill.plane.distance_mm(np.argwhere(ill.mask) @ ill.affine[:3, :3].T + ill.affine[:3, 3]) < -3
    assert np.array_equal(ill.image[ill.mask][other], healthy.image[ill.mask][other])


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "ventriculomegaly"])
def test_volume_follows_the_diameter(kind):
    volumes = [scan(Lesion(kind, "left", d, 5)).lesion_volume_ml for d in (7, 12, 20)]
    assert volumes == sorted(volumes)
    assert 0.5 < volumes[1] / (np.pi / 6 * 1.2**3) < 1.6


def test_a_tiny_lesion_is_there_and_tiny():
    ill = make_head(8, scan_age_weeks=28, spacing_mm=1.0, lesion=Lesion("haemorrhage", "left", 1.2, 5))
    assert 0.3 < ill.lesion_volume_ml / (np.pi / 6 * 0.12**3) < 3
    assert ill.lesion_mask.sum() < 8  # none, where it fills no voxel to the half


@pytest.mark.parametrize("kind", BLOBS)
def test_nothing_outside_the_share_changes(kind, healthy):
    ill = scan(Lesion(kind, "right", 12, 4))
    far = np.linalg.norm(
        np.argwhere(ill.image != healthy.image) @ ill.affine[:3, :3].T + ill.affine[:3, 3] - ill.lesion_center_mm,
        axis=1,
    )
    assert far.max() < 0.5 * 12 * 1.6 + 2
    assert np.array_equal(ill.labels, healthy.labels)


@pytest.mark.parametrize("kind", KINDS)
def test_a_larger_contrast_changes_more(kind, healthy):
    changes = [np.abs(scan(Lesion(kind, "left", 14, c)).image - healthy.image).sum() for c in (0.5, 5)]
    assert changes[0] < 0.95 * changes[1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_pair_changes_both_sides_alike(kind):
    plain = scan(symmetric=True, bias=0, noise=0)
    pair = scan(Lesion(kind, "left", 14, 4, both_sides=True), symmetric=True, bias=0, noise=0)
    one = scan(Lesion(kind, "left", 14, 4), symmetric=True, bias=0, noise=0)
    voxels = np.argwhere(pair.image != plain.image)
    distance = pair.plane.distance_mm(voxels @ pair.affine[:3, :3].T + pair.affine[:3, 3])
    assert np.mean(distance > 0) == pytest.approx(0.5, abs=0.03)
    assert pair.lesion_volume_ml == pytest.approx(2 * one.lesion_volume_ml, rel=0.05)
    left = distance < 0
    at = tuple(voxels[left].T)
    assert np.array_equal(pair.image[at], one.image[at])


def test_the_edge_is_soft():
    plain, ill = (scan(lesion, noise=0, bias=0) for lesion in (None, Lesion("white_matter_injury", "left", 16, 4)))
    change = np.abs(ill.image - plain.image)
    steps = change[change > 0] / np.quantile(change[change > 0], 0.95)
    assert np.mean((steps > 0.1) & (steps < 0.7)) > 0.1


def test_a_widened_ventricle_is_larger_than_its_homologue():
    ill = scan(Lesion("ventriculomegaly", "right", 16, 5))
    left, right = ((ill.labels == n).sum() for n in LATERALISED["Ventricles"])
    assert right > 1.5 * left
    assert ill.lesion_volume_ml > 2


@pytest.mark.parametrize(
    ("kind", "modality", "sign"),
    [
        ("haemorrhage", "T2w", -1),
        ("haemorrhage", "T1w", 1),
        ("white_matter_injury", "T2w", 1),
        ("white_matter_injury", "T1w", -1),
        ("cyst", "T2w", 1),
        ("cyst", "T1w", -1),
    ],
)
def test_each_kind_changes_each_contrast_its_way(kind, modality, sign):
    plain, ill = (scan(lesion, modality=modality, noise=0, bias=0) for lesion in (None, Lesion(kind, "left", 18, 4)))
    change = (ill.image - plain.image)[ill.lesion_mask]
    assert (np.sign(np.median(change))) == sign


def test_contrast_is_in_standard_deviations_of_white_matter():
    noise = 0.03
    plain, ill = (scan(lesion, noise=noise, bias=0) for lesion in (None, Lesion("white_matter_injury", "left", 22, 4)))
    white = np.isin(plain.labels, LATERALISED["White matter"]) & ill.lesion_mask
    levels = brightness("T2w", (WEEKS - 26) / 19)
    gain = np.median(plain.image[np.isin(plain.labels, LATERALISED["White matter"])]) / levels["white"]
    change = np.quantile((ill.image - plain.image)[white], 0.6) / gain  # within, where the edge has no part
    assert change == pytest.approx(4 * white_sd(levels, noise), rel=0.15)


def test_texture_and_noise_are_kept():
    plain, ill = (scan(lesion, bias=0) for lesion in (None, Lesion("white_matter_injury", "left", 22, 4)))
    inside = ill.lesion_mask & (ill.labels == LATERALISED["White matter"][0])
    assert np.corrcoef(plain.image[inside], ill.image[inside])[0, 1] > 0.5
    assert ill.image[inside].std() > 0.6 * plain.image[inside].std()


def test_the_place_is_mirrored_and_independent_of_size():
    left, right, larger = (scan(Lesion("cyst", side, d, 5)) for side, d in (("left", 10), ("right", 10), ("left", 16)))
    mirrored = left.plane.mirror() @ [*left.lesion_center_mm, 1]
    assert np.linalg.norm(mirrored[:3] - right.lesion_center_mm) < 3
    assert np.linalg.norm(np.subtract(left.lesion_center_mm, larger.lesion_center_mm)) < 4


@pytest.mark.parametrize(
    "wrong", [("tumour", "left", 10, 3), ("cyst", "middle", 10, 3), ("cyst", "left", 0, 3), ("cyst", "left", 9, -1)]
)
def test_nonsense_is_refused(wrong):
    with pytest.raises(ValueError, match="lesion"):
        Lesion(*wrong)
