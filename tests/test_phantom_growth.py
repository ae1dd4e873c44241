"""The synthetic head grows as published newborns do, folds in their order, and its sides differ as theirs do."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from symbrain.phantom import Asymmetry, make_head
from symbrain.phantom.anatomy import draw_anatomy
from symbrain.phantom.fields import Points
from symbrain.phantom.growth import growth_at
from symbrain.phantom.hemisphere import cerebrum_at
from symbrain.phantom.sulci import SULCI
from symbrain.phantom.surfaces import hulls_at, pial_at
from symbrain.phantom.tissue import LATERALISED
from symbrain.phantom.variant import Variant

_SPEC = importlib.util.spec_from_file_location("figures", Path(__file__).parent.parent / "docs" / "figures.py")
figures = sys.modules["figures"] = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(figures)


@pytest.mark.parametrize("weeks", [28, 34, 40, 44])
def test_volumes_lie_within_published_ranges(weeks):
    heads = [figures.volumes_ml(weeks, seed) for seed in (1, 2, 3)]
    for name, bands in figures.BANDS_ML.items():
        low, high = bands[weeks]
        assert low < np.mean([head[name] for head in heads]) < high, name


def test_volumes_grow_by_about_22_ml_a_week_before_term():
    early, late = figures.volumes_ml(29, 4), figures.volumes_ml(41, 4)
    assert 15 < (late["Brain without fluid"] - early["Brain without fluid"]) / 12 < 25
    assert 2.5 < late["Cortical grey matter"] / early["Cortical grey matter"] < 5


def test_sulci_appear_in_their_order():
    grown = {name: sulcus.grown_mm(29.0) / sulcus.depth_mm for name, sulcus in SULCI.items()}
    assert grown["calcarine"] > grown["central"] > grown["superior temporal"] > grown["postcentral"]
    assert all(8 <= sulcus.grown_mm(42.0) <= 16 for name, sulcus in SULCI.items() if name != "collateral")
    assert growth_at(27.0).second_depth * growth_at(27.0).unit_mm < 0.2
    assert growth_at(27.0).fossa > 0.9 > 0.1 > growth_at(38.0).fossa


@pytest.mark.slow
def test_the_right_superior_temporal_sulcus_is_deeper_in_nine_of_ten():
    depths = [draw_anatomy(s, 40, Asymmetry(), symmetric=False).named["superior temporal"].depth for s in range(60)]
    assert np.mean([right > left for left, right in depths]) > 0.9


def test_homologous_sulci_lie_some_millimetres_apart():
    named = [draw_anatomy(seed, 40, Asymmetry(), symmetric=False).named for seed in range(12)]
    apart = [own.shift[0] - own.shift[1] for infant in named for own in infant.values()]
    assert 2 < np.std(apart) < 5


@pytest.mark.slow
def test_the_left_hemisphere_is_slightly_larger():
    widths = [draw_anatomy(seed, 40, Asymmetry(), symmetric=False).widths for seed in range(30)]
    assert 0.003 < np.mean([left / right - 1 for left, right in widths]) < 0.02
    head = make_head(3, scan_age_weeks=40, spacing_mm=2, asymmetry=Asymmetry(hemisphere=0.1))
    white = [(head.labels == label).sum() for label in LATERALISED["White matter"]]
    assert white[0] > 1.03 * white[1]


def test_a_sulcus_is_cut_into_the_cerebrum_only_once_it_has_grown():
    young, old = (draw_anatomy(3, weeks, Asymmetry(), symmetric=True) for weeks in (27.0, 41.0))
    points = Points(*np.random.default_rng(0).uniform((5, -45, 5), (40, 40, 40), (20000, 3)).astype(np.float32).T)
    outline = cerebrum_at(points)[0]
    shell = np.flatnonzero((outline > 3) & (outline < 8))
    near = points.take(shell)
    cut = [(pial_at(a, near, hulls_at(near, a.growth.csf)) < a.growth.cortex).mean() for a in (young, old)]
    assert cut[1] > 2 * cut[0]


def test_plagiocephaly_shears_the_head_and_leaves_the_midline():
    plain = make_head(2, scan_age_weeks=40, spacing_mm=2, noise=0, max_tilt_deg=0)
    skewed = make_head(
        2, scan_age_weeks=40, spacing_mm=2, noise=0, max_tilt_deg=0, variant=Variant(plagiocephaly_mm=10)
    )
    assert skewed.plane == plain.plane
    assert skewed.variant.plagiocephaly_mm == 10
    front = []
    for head in (plain, skewed):
        voxels = np.argwhere(head.mask)
        world = voxels @ head.affine[:3, :3].T + head.affine[:3, 3]
        right = head.plane.distance_mm(world) > 0
        front.append(world[right, 1].mean() - world[~right, 1].mean())
    assert 3 < front[1] - front[0] < 7


def test_extra_axial_fluid_is_added_around_the_same_brain():
    plain, wide = (
        make_head(2, scan_age_weeks=40, spacing_mm=2, variant=Variant(extra_axial_mm=extra)) for extra in (0.0, 4.0)
    )
    brain = [np.isin(head.labels, LATERALISED["White matter"]).sum() for head in (plain, wide)]
    assert brain[0] == pytest.approx(brain[1], rel=0.02)
    assert wide.mask.sum() > 1.2 * plain.mask.sum()


def test_fused_hemispheres_have_no_fissure_in_front():
    shares = []
    for fused in (0.0, 0.5):
        infant = draw_anatomy(3, 40.0, Asymmetry(), symmetric=False, variant=Variant(fused=fused))
        y, z = (v.ravel() for v in np.meshgrid(np.arange(15, 45), np.arange(26, 34)))
        points = Points(*(v.astype(np.float32) for v in (np.zeros(y.size), y, z)))
        hulls = hulls_at(points, infant.growth.csf)
        inside = hulls.cerebrum > 6
        shares.append((pial_at(infant, points, hulls)[inside] > 0).mean())
    assert shares[0] < 0.05
    assert shares[1] > 0.6


def test_parcels_are_numbered_when_asked_for():
    assert make_head(2, spacing_mm=3).labels87 is None
    head = make_head(2, spacing_mm=3, atlas=True)
    assert head.labels87.shape == head.labels.shape
    assert head.labels87.max() <= 87
