"""Parcels: they merge back into the nine tissues, lie on their sides, and neighbours are where anatomy has them."""

import numpy as np
import pytest

from symbrain.drawem import PAIRS_87, UNPAIRED_87
from symbrain.phantom.anatomy import Asymmetry, draw_anatomy
from symbrain.phantom.fields import Points
from symbrain.phantom.painting import paint_head
from symbrain.phantom.parcels import drawem87
from symbrain.phantom.tissue import brightness
from symbrain.phantom.variant import Variant

NINE = np.zeros(88, np.uint8)  # from 87 parcels to nine tissues, as DrawEM merges them
NINE[83], NINE[84], NINE[85], NINE[19], NINE[[49, 50]], NINE[[17, 18]] = 1, 4, 7, 8, 5, 6
NINE[5:17] = NINE[20:40] = 2
NINE[[48, *range(51, 83)]] = 3
NINE[[*range(40, 48), 86, 87]] = 7
NINE[1:5] = 9


def parcels_of(weeks, step=1.5, **more):
    infant = draw_anatomy(6, weeks, Asymmetry(), symmetric=False, **more)
    axes = np.arange(-48, 49, step), np.arange(-58, 59, step), np.arange(-48, 50, step)
    x, y, z = (v.ravel().astype(np.float32) + np.float32(0.1) for v in np.meshgrid(*axes, indexing="ij"))
    points = Points(x, y, z)
    painted = paint_head(infant, points, brightness("T2w", infant.growth.maturity), step, skull=False)
    return points, painted.tissue, drawem87(infant, points, painted.tissue)


@pytest.fixture(scope="module", params=[29.0, 40.0])
def head(request):
    return parcels_of(request.param)


def middle(head, name, side=1):
    points, _, found = head
    at = found == PAIRS_87[name][side]
    return np.array([points.x[at].mean(), points.y[at].mean(), points.z[at].mean()])


def test_the_parcels_merge_into_the_nine_tissues_at_every_voxel(head):
    _, tissues, found = head
    assert np.array_equal(NINE[found], tissues)


def test_every_pair_is_there_each_on_its_side(head):
    points, _, found = head
    for name, (left, right) in PAIRS_87.items():
        assert (found == left).any(), name
        assert (found == right).any(), name
        assert points.x[found == left].max() < 0, name
        assert points.x[found == right].min() >= 0, name


def test_the_unpaired_structures_are_there(head):
    for name in ("Brainstem", "Corpus callosum", "CSF"):
        assert (head[2] == UNPAIRED_87[name]).sum() > 20


def test_homologues_are_of_similar_size(head):
    counts = np.bincount(head[2], minlength=88).astype(float)
    for name, (left, right) in PAIRS_87.items():
        if min(counts[left], counts[right]) > 100:
            assert 0.4 < counts[left] / counts[right] < 2.5, name


def test_the_lobes_are_where_anatomy_has_them(head):
    for matter in ("GM", "WM"):
        frontal, parietal, occipital = (
            middle(head, f"{n} lobe, {matter}") for n in ("Frontal", "Parietal", "Occipital")
        )
        assert frontal[1] > parietal[1] > occipital[1]
        superior = middle(head, f"Superior temporal gyrus, middle part, {matter}")
        fusiform = middle(head, f"Lateral occipitotemporal (fusiform) gyrus, anterior part, {matter}")
        hidden = middle(head, f"Parahippocampal and ambiens gyri, anterior part, {matter}")
        assert superior[2] > fusiform[2]
        assert superior[0] > fusiform[0] > hidden[0]
    assert middle(head, "Amygdala")[1] > middle(head, "Hippocampus")[1]
    assert middle(head, "Caudate nucleus")[1] > middle(head, "Thalamus, high intensity part in T2")[1]
    assert middle(head, "Lentiform nucleus")[0] > middle(head, "Caudate nucleus")[0]


def test_without_a_callosum_none_is_numbered():
    _, tissues, found = parcels_of(39.0, 2.0, variant=Variant(callosum=False))
    assert not (found == UNPAIRED_87["Corpus callosum"]).any()
    assert np.array_equal(NINE[found], tissues)
