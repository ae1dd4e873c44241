"""The heatmap in the scan's own space: the same heat, wherever and however the scan is stored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from nibabel.orientations import axcodes2ornt, inv_ornt_aff, ornt_transform

from cohorts import alignment
from heads import LESION, head, walked
from symbrain.comparison import heatmap
from symbrain.volume import canonical


def native() -> np.ndarray:
    found = walked(1, lesion=LESION)
    return heatmap(found.asymmetry, found.aligned.grid, found.aligned.brain.data, alignment())


def test_heat_is_not_negative_and_lies_within_the_brain() -> None:
    heat, brain = native(), np.flip(walked(1, lesion=LESION).aligned.brain.data, 0)
    assert heat.shape == head(1).image.shape
    assert heat.min() == 0 < heat.max()
    assert not heat[~brain].any()


def test_heat_lies_where_the_lesion_is() -> None:
    phantom = head(1, lesion=LESION)
    heat = native()
    assert heat[phantom.lesion_mask].mean() > 5 * heat[phantom.mask & ~phantom.lesion_mask].mean()


@pytest.mark.parametrize("axes", ["LPI", "SAR", "PRS"])
def test_how_a_scan_is_stored_moves_no_heat(axes: str) -> None:
    usual = canonical(native(), alignment().stored_affine)
    turn = ornt_transform(axcodes2ornt("RAS"), axcodes2ornt(axes))
    affine = usual.affine @ inv_ornt_aff(turn, usual.shape)
    stored = replace(
        alignment(), stored_affine=affine, stored_shape=tuple(np.array(usual.shape)[np.argsort(turn[:, 0])])
    )
    found = walked(1, lesion=LESION)
    heat = heatmap(found.asymmetry, found.aligned.grid, found.aligned.brain.data, stored)
    assert heat.shape == stored.stored_shape
    np.testing.assert_allclose(canonical(heat, affine).data, usual.data, atol=1e-5)
