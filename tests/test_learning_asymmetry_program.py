from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from symbrain.deviation import summarise
from symbrain.learning.asymmetry import AsymmetryModel
from symbrain.learning.asymmetry_calibration import DEVIANT_SD, EDGES_MM, compared
from symbrain.learning.asymmetry_input import SHAPE, SPACING_MM, Box, normalised
from symbrain.learning.asymmetry_net import AsymmetryMap
from symbrain.learning.asymmetry_program import AsymmetryProgram, _depth_class, _normalised, _summary
from symbrain.learning.packaged import packaged
from symbrain.phantom import Lesion, make_head
from symbrain.reflection import reflect

MODEL = AsymmetryModel.load(packaged("asymmetry"))


def program() -> AsymmetryProgram:
    net = AsymmetryMap()
    net.load_state_dict(MODEL.net.state_dict())
    return AsymmetryProgram(net, MODEL.calibration).eval()


def brain(seed: int, spacing_mm: float, lesion: Lesion | None) -> tuple[np.ndarray, np.ndarray]:
    head = make_head(seed, spacing_mm=spacing_mm, lesion=lesion, max_tilt_deg=0.0, max_shift_mm=0.0)
    return np.ascontiguousarray(reflect(head.image)), np.ascontiguousarray(reflect(head.mask))


def ask(image: np.ndarray, mask: np.ndarray, spacing_mm: float) -> list[np.ndarray]:
    with torch.inference_mode():
        found = program()(torch.from_numpy(image), torch.from_numpy(mask).float(), torch.tensor([spacing_mm]))
    return [one.numpy() for one in found]


@pytest.mark.parametrize(
    ("seed", "spacing_mm", "lesion"),
    [
        (1, 2.0, None),
        (2, 2.0, Lesion("haemorrhage", "left", diameter_mm=18.0, contrast_sd=6.0)),
        (3, 1.3, Lesion("white_matter_injury", "right", diameter_mm=16.0, contrast_sd=6.0)),
    ],
)
def test_the_program_says_what_symbrain_says(seed: int, spacing_mm: float, lesion: Lesion | None) -> None:
    image, mask = brain(seed, spacing_mm, lesion)
    ours = MODEL.compare(image, mask, spacing_mm)
    score, laterality, side, volume, heat = ask(image, mask, spacing_mm)
    assert score.item() == pytest.approx(ours.score, abs=1e-4)
    assert laterality.item() == pytest.approx(ours.laterality_index, abs=1e-4)
    assert ("left", "none", "right")[int(side.item()) + 1] == ours.side
    assert volume.item() == pytest.approx(ours.volume_ml, abs=0.01)
    np.testing.assert_allclose(heat, ours.heat, atol=2e-4)


def test_the_mirror_image_has_its_side_swapped() -> None:
    image, mask = brain(2, 2.0, Lesion("haemorrhage", "left", diameter_mm=18.0, contrast_sd=6.0))
    plain = ask(image, mask, 2.0)
    mirrored = ask(np.ascontiguousarray(reflect(image)), np.ascontiguousarray(reflect(mask)), 2.0)
    assert (plain[2].item(), mirrored[2].item()) == (-1, 1)
    assert mirrored[0].item() == pytest.approx(plain[0].item(), abs=1e-4)
    np.testing.assert_allclose(mirrored[4], reflect(plain[4]), atol=2e-4)


def test_an_empty_brain_has_no_score() -> None:
    nothing = ask(np.zeros((30, 32, 28), np.float32), np.zeros((30, 32, 28), bool), 2.0)
    assert [one.max() for one in nothing] == [0, 0, 0, 0, 0]


@pytest.mark.parametrize("seed", range(3))
def test_depth_is_the_distance_to_what_lies_outside(seed: int) -> None:
    rng = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(rng.normal(size=SHAPE), 9)
    inside = smooth > np.quantile(smooth, 0.3)
    both = np.pad(inside & reflect(inside), 1)
    depth = ndimage.distance_transform_edt(both, sampling=SPACING_MM)[1:-1, 1:-1, 1:-1]
    found = _depth_class(torch.from_numpy(inside)).numpy()
    np.testing.assert_array_equal(found, np.digitize(depth, EDGES_MM))
    np.testing.assert_array_equal(found > 0, compared(inside))


def test_brightness_is_scaled_as_before_training() -> None:
    image, mask = brain(1, 2.0, None)
    working = Box.around(mask, 2.0).working(image, mask)
    found = _normalised(torch.from_numpy(working.image), torch.from_numpy(working.mask)).numpy()
    np.testing.assert_allclose(found, normalised(working), atol=1e-5)


@pytest.mark.parametrize("hot", [0, 60, 4000])
def test_the_summary_is_that_of_every_detector(hot: int) -> None:
    rng = np.random.default_rng(hot)
    heat, where = np.zeros(SHAPE, np.float32), np.zeros(SHAPE, bool)
    where[8:-8, 10:-10, 8:-8] = True
    places = rng.choice(np.flatnonzero(where), hot, replace=False)
    heat.flat[places] = rng.gamma(2.0, 2.0, hot)
    ours = summarise(heat, where, SPACING_MM, deviant_sd=DEVIANT_SD)
    score, laterality, side, volume = _summary(torch.from_numpy(heat), torch.from_numpy(where))
    assert score.item() == pytest.approx(ours.score, rel=1e-5)
    assert laterality.item() == pytest.approx(ours.laterality_index, abs=1e-5)
    assert ("left", "none", "right")[int(side.item()) + 1] == ours.side
    assert volume.item() == pytest.approx(ours.volume_ml, abs=1e-4)
