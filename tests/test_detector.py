"""``symbrain.load("asymmetry").predict``: scans as they are, upright arrays, lists of both."""

from __future__ import annotations

from functools import cache

import nibabel as nib
import numpy as np
import pytest

import symbrain
from heads import LESION, head, volume_of
from symbrain.detector import Detector
from symbrain.deviation import Asymmetry
from symbrain.errors import BadInput
from symbrain.single import upright_of
from symbrain.volume import read_scan

pytestmark = pytest.mark.slow


@cache
def detector() -> Detector:
    return symbrain.load("asymmetry", device="cpu")


def image() -> nib.Nifti1Image:
    return nib.Nifti1Image(head(1, lesion=LESION).image, head(1).affine)


@cache
def found() -> Asymmetry:
    return detector().predict(image())


def test_a_scan_is_aligned_and_its_heat_lies_on_its_own_grid() -> None:
    assert (found().side, found().heat.shape) == ("left", image().shape)
    np.testing.assert_allclose(found().heat.affine, image().affine)
    hot = found().heat.get_fdata()
    phantom = head(1, lesion=LESION)
    assert hot[phantom.lesion_mask].mean() > 5 * hot[phantom.mask & ~phantom.lesion_mask].mean()


def test_it_is_what_score_says() -> None:
    scored = symbrain.score(image(), device="cpu")
    assert (scored.asymmetry_score, scored.asymmetry_side) == (found().score, found().side)
    np.testing.assert_array_equal(scored.heatmap.get_fdata(), found().heat.get_fdata())


def test_a_mirrored_scan_bears_it_on_the_other_side() -> None:
    volume = volume_of(head(1, lesion=LESION))
    mirror = np.diag([-1.0, 1.0, 1.0, 1.0]) @ volume.affine  # the same voxels in a mirrored world
    other = detector().predict(nib.Nifti1Image(volume.data, mirror))
    assert other.side == "right"
    assert other.score == pytest.approx(found().score, abs=1e-4)
    assert other.laterality_index == pytest.approx(-found().laterality_index, abs=1e-5)


def test_a_list_gives_a_list_and_upright_arrays_are_taken() -> None:
    from symbrain.single import align_scan

    mask = nib.Nifti1Image(head(1).mask.astype(np.uint8), head(1).affine)
    upright = upright_of(align_scan(read_scan(image()), mask))
    both = detector().predict([image(), image()], mask=[mask, None])
    alone = detector().predict(upright.image, mask=upright.mask, spacing_mm=1.0)
    assert isinstance(both, list)
    assert both[0].score == alone.score
    assert both[1].score == found().score
    assert alone.heat.shape == upright.image.shape


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ((np.zeros((20, 20, 20)), {}), "was given with no mask and the spacing None; an upright brain has three axes"),
        ((np.zeros((20, 20, 20)), {"mask": np.ones((20, 20)), "spacing_mm": 1.0}), r"with a mask of shape \(20, 20\)"),
        (([image(), image()], {"mask": [None]}), "1 masks for 2 images"),
        (([image()], {"mask": image()}), "one mask for 1 images; give a list"),
    ],
)
def test_what_does_not_fit_is_a_sentence(given: tuple[object, dict[str, object]], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        detector().predict(given[0], **given[1])  # type: ignore[arg-type]
