"""The painted head: mirror laws, order of brightness, growth of the inner parts, and the variants that are painted."""

from dataclasses import replace

import numpy as np
import pytest

from symbrain.phantom import deep, tissue, ventricles
from symbrain.phantom.anatomy import Asymmetry, draw_anatomy
from symbrain.phantom.fields import Points
from symbrain.phantom.painting import paint_head
from symbrain.phantom.tissue import brightness
from symbrain.phantom.variant import Variant

STEP = 2.5


def infant_of(weeks=40.0, *, symmetric=True, **variant):
    return draw_anatomy(6, weeks, Asymmetry(), symmetric=symmetric, variant=Variant(**variant))


def lattice(step=STEP, half=False):
    axes = np.arange(0.5 if half else 0.5 - 58, 58, step), np.arange(-64, 62, step), np.arange(-62, 52, step)
    x, y, z = (v.ravel().astype(np.float32) for v in np.meshgrid(*axes, indexing="ij"))
    return Points(x, y, z)


def painted(infant, points, modality="T2w", *, skull=True, edge=1.0):
    return paint_head(infant, points, brightness(modality, infant.growth.maturity), edge, skull=skull)


def at(infant, places, modality="T2w"):
    """Return the brightness at places, averaged over both sides and a small neighbourhood."""
    near = np.random.default_rng(0).normal(0, 0.4, (40, 3))
    out = []
    for place in places:
        points = np.concatenate([np.abs(near * (1, 0, 0)) + near * (0, 1, 1) + place]).astype(np.float32)
        both = [Points(s * points[:, 0], points[:, 1], points[:, 2]) for s in (np.float32(1), np.float32(-1))]
        out.append(np.mean([painted(infant, p, modality).image.mean() for p in both]))
    return out


def mirrored(points):
    return Points(-points.x, points.y, points.z)


@pytest.mark.parametrize(
    "variant",
    [
        {},
        {"cavum_mm": 6.0},
        {"callosum": False},
        {"fused": 0.6},
        {"fused": 1.0},
    ],
)
@pytest.mark.parametrize("weeks", [28.0, 41.0])
def test_a_symmetric_head_is_its_mirror_image_skull_and_all(weeks, variant):
    infant, points = infant_of(weeks, **variant), lattice(4.0, half=True)
    for modality in ("T2w", "T1w"):
        one, other = painted(infant, points, modality), painted(infant, mirrored(points), modality)
        assert np.allclose(one.image, other.image, atol=1e-4)
        assert np.array_equal(one.tissue, other.tissue)
        assert np.array_equal(one.mask, other.mask)


def test_a_wider_ventricle_changes_its_own_side_only():
    infant, points = infant_of(), lattice(half=True)
    wide = infant.with_ventricles(1.6, infant.ventricles[1])
    left, right = mirrored(points), points
    assert painted(wide, left).ventricle.sum() > 1.4 * painted(infant, left).ventricle.sum()
    assert np.array_equal(painted(wide, right).image, painted(infant, right).image)


def test_the_order_of_brightness_is_a_newborns():
    t2w, t1w = (brightness(m, 0.75) for m in ("T2w", "T1w"))
    order = ["csf", "white", "callosum", "thalamus", "cortex", "capsule", "skull"]
    values = [t2w[name] for name in order]
    assert values == sorted(values, reverse=True)
    assert t1w["capsule"] > t1w["cortex"] > t1w["white"] > t1w["csf"]
    assert set(t2w) == set(t1w)


@pytest.mark.parametrize("modality", ["T2w", "T1w"])
def test_white_and_grey_matter_draw_nearer_with_age(modality):
    gaps = [abs(b["white"] - b["cortex"]) for b in (brightness(modality, m) for m in (0.0, 0.5, 1.0))]
    assert gaps == sorted(gaps, reverse=True)


def test_the_posterior_limb_turns_dark_about_term():
    limb, thalamus = (15.8, -7.0, 7.0), (7.5, -5.0, 5.0)
    ratio = {}
    for weeks in (32.0, 43.0):
        inside, beside = at(infant_of(weeks), [limb, thalamus])
        ratio[weeks] = inside / beside
    assert ratio[43.0] < 0.95 < 1.0 < ratio[32.0]
    inside, beside = at(infant_of(43.0), [limb, thalamus], "T1w")
    assert inside > beside


def test_deep_places_hold_what_anatomy_says():
    infant = infant_of(40.0)
    places = {
        "frontal horn": (4.2, 17, 10),
        "atrium": (18.5, -25.5, 7),
        "third ventricle": (0.1, -7, 2),
        "fourth ventricle": (0.5, -17.5, -22),
        "cistern": (0.5, -21, 1),
    }
    assert min(at(infant, list(places.values()))) > 1.1
    dark = {"caudate": (9, 21, 7), "putamen": (19, 5, 3), "thalamus": (8, -6, 5), "pons": (0.5, -12, -19)}
    assert max(at(infant, list(dark.values()))) < 0.85


def test_choroid_plexus_darkens_part_of_the_atrium():
    points = lattice(2.0)
    infant = infant_of(40.0)
    found = painted(infant, points)
    plexus = (found.ventricle > 0.95) & (ventricles.choroid_depth(points) > 0.8)
    clear = (found.ventricle > 0.95) & (ventricles.choroid_depth(points) < -1)
    assert found.image[plexus].mean() < 0.7 * found.image[clear].mean()


def test_the_germinal_matrix_is_gone_after_36_weeks():
    place = [(8.3, 12.0, 13.2)]
    young, old = (at(infant_of(w), place)[0] / brightness("T2w", 0)["white"] for w in (27.0, 38.0))
    assert young < old


def test_white_matter_has_bands_before_term_and_caps():
    young = infant_of(28.0)
    depth = np.array([2.0, 7.0], np.float32)
    far = Points(*(np.full(2, v, np.float32) for v in (30, 5, 25)))
    still = np.zeros(2, np.float32)
    from symbrain.phantom.white import white_shade

    subplate, cells = white_shade(young, far, depth, still, 1.0)
    assert subplate > 1.1 > 0.95 > cells
    assert np.ptp(white_shade(infant_of(42.0), far, depth, still, 1.0)) < 0.1
    cap = Points(*(np.array(v, np.float32) for v in ((14, 30), (27, 5), (9, 25))))
    assert np.subtract(*white_shade(infant_of(40.0), cap, np.full(2, 9, np.float32), still, 1.0)) > 0.05


def test_the_cavum_closes_with_age_and_widens_on_request():
    halves = [ventricles.cavum_half(infant_of(w)) for w in (27.0, 32.0, 36.0, 44.0)]
    assert halves == sorted(halves, reverse=True)
    assert halves[-1] == 0
    wide = infant_of(40.0, cavum_mm=6.0)
    more = ventricles.cavum_half(wide) - ventricles.cavum_half(infant_of(40.0))
    assert more == pytest.approx(3 / wide.growth.unit_mm)
    middle = [(0.2, 16.0, 10.0)]
    assert at(wide, middle)[0] > 1.4 > at(infant_of(40.0), middle)[0]


def test_the_callosum_is_a_c_and_thickens():
    points = lattice(1.0)  # cheap: only the midline is looked at
    middle = points.take(points.lateral < 0.6)
    areas = []
    for weeks in (28.0, 34.0, 41.0):
        inside = deep.callosum(infant_of(weeks), middle) > 0
        areas.append(inside.sum())
        assert middle.z[inside & (np.abs(middle.y) < 8)].min() > middle.z[inside & (middle.y > 18)].min() + 5
    assert areas == sorted(areas)
    assert areas[-1] > 1.2 * areas[0]


def test_without_a_callosum_the_ventricles_are_parallel_and_wide_behind():
    points = lattice(2.0)
    usual, without = infant_of(40.0), infant_of(40.0, callosum=False)
    assert (deep.callosum(without, points) < 0).all()
    for back, more in ((points.y < -24, 1.3), (points.y > 8, 0.0)):
        one, other = (painted(i, points).ventricle[back].sum() for i in (usual, without))
        assert other > more * one
    share = painted(without, points).ventricle
    front = share[points.y > 8] > 0.5
    assert points.lateral[points.y > 8][front].min() > 5
    high = [(0.1, -1.0, 14.0)]
    assert at(without, high)[0] > 1.4 > at(usual, high)[0]


def test_fused_hemispheres_have_one_ventricle_across_the_midline():
    place = [(0.3, 12.0, 12.0)]
    assert at(infant_of(40.0, fused=0.6), place)[0] > 1.4 > at(infant_of(40.0), place)[0]
    thalami = [(0.1, -7.0, 2.0)]
    assert at(infant_of(40.0, fused=1.0), thalami)[0] < 0.9 < at(infant_of(40.0), thalami)[0]


@pytest.mark.parametrize("side", [1, -1])
def test_a_swelling_of_the_scalp_is_on_its_side_and_outside_the_brain(side):
    points = lattice(4.0)
    usual, swollen = infant_of(40.0), infant_of(40.0, caput_mm=8.0 * side)
    one, other = painted(usual, points), painted(swollen, points)
    changed = np.abs(one.image - other.image) > 0.05
    assert changed.any()
    assert (points.x[changed] * side > 0).all()
    assert not (changed & one.mask).any()


def test_defacing_leaves_the_brain_and_takes_the_eyes():
    points = lattice(4.0)
    usual, without = painted(infant_of(40.0), points), painted(infant_of(40.0, defaced=True), points)
    assert np.array_equal(usual.image[usual.mask], without.image[usual.mask])
    gone = (usual.image > 0.1) & (without.image == 0)
    assert points.y[gone].min() > 5
    eyes = (np.abs(points.lateral - 17) < 5) & (np.abs(points.y - 39) < 4) & (np.abs(points.z + 25) < 4)
    assert not without.image[eyes].any()
    assert usual.image[eyes].mean() > 1
    left, right = (gone[s * points.x > 0].sum() for s in (-1, 1))
    assert left != right


def test_dura_and_sinuses_are_on_the_midline_and_behind():
    points = lattice(2.0)
    found = painted(infant_of(40.0), points)
    sinus = found.tissue == tissue.DURA
    front = sinus & (points.z > 15)
    assert points.lateral[front].max() < 5
    transverse = sinus & (points.lateral > 12)
    assert transverse.sum() > 30
    assert points.y[transverse].max() < 0


def test_no_skull_means_nothing_is_painted_outside():
    points = lattice(4.0)
    infant = infant_of(35.0)
    bare, whole = painted(infant, points, skull=False), painted(infant, points)
    assert np.array_equal(bare.mask, whole.mask)
    assert bare.image[~bare.mask].mean() < 0.1 * whole.image[~whole.mask].mean() + 0.02
    assert np.array_equal(bare.tissue, whole.tissue)


def test_ventricles_grow_with_their_factor():
    points, infant = lattice(), infant_of(40.0)
    sizes = [painted(replace(infant, ventricles=(f, f)), points).ventricle.sum() for f in (0.8, 1.1, 1.6)]
    assert sizes == sorted(sizes)
    assert sizes[2] > 2 * sizes[0]
