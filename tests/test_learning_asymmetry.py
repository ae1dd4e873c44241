"""The asymmetry network's laws, on small random brains and random weights: nothing here depends on training."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from symbrain.errors import BadInput
from symbrain.learning.asymmetry import AsymmetryModel, fold_file, logit_map
from symbrain.learning.asymmetry_bundle import write_asymmetry_bundle
from symbrain.learning.asymmetry_calibration import Calibration, _percentiles, compared, fit_calibration
from symbrain.learning.asymmetry_input import CHANNELS, SHAPE, SPACING_MM, Box, Working, network_input
from symbrain.learning.asymmetry_net import REFLECTION, AsymmetryNet
from symbrain.learning.loop import History
from symbrain.learning.symmetry import IDENTITY, Symmetrised
from symbrain.reflection import reflect

torch.set_num_threads(1)
CALIBRATION = Calibration((4.0, 8.0, 14.0, 22.0), (-0.05, 0.0, 0.02, 0.0), (0.2, 0.25, 0.3, 0.3), 10)


def upright(seed: int = 1, shape: tuple[int, int, int] = (41, 46, 40)) -> tuple[np.ndarray, np.ndarray]:
    """An ellipsoid of texture on an odd grid of 2 mm, off the grid's middle along the other axes."""
    at = np.moveaxis(np.indices(shape), 0, -1) - [shape[0] // 2, 24, 18]
    mask = np.linalg.norm(at / [17, 20, 15], axis=-1) < 1
    rng = np.random.default_rng(seed)
    noise = ndimage.gaussian_filter(rng.normal(size=shape), 1.5)
    return np.where(mask, 100 + 300 * noise, 0).astype(np.float32), mask


def working(seed: int = 1) -> Working:
    image, mask = upright(seed)
    return Box.around(mask, SPACING_MM).working(image, mask)


@cache
def net(seed: int = 0) -> AsymmetryNet:
    """Random weights that say something: the head of a fresh network is 0."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        one = AsymmetryNet()
        torch.nn.init.normal_(one.head.weight)
        torch.nn.init.zeros_(one.head.bias)
    return one.eval().requires_grad_(False)


@cache
def model() -> AsymmetryModel:
    return AsymmetryModel(net(0), {0: net(1), 1: net(2)}, CALIBRATION, "none")


def test_the_input_of_a_mirrored_brain_is_the_mirrored_input() -> None:
    image, mask = upright()
    there, mirrored = (Box.around(m, SPACING_MM).working(i, m) for i, m in ((image, mask), map(reflect, (image, mask))))
    np.testing.assert_array_equal(mirrored.mask, reflect(there.mask))
    np.testing.assert_allclose(mirrored.image, reflect(there.image), rtol=1e-6)
    x, mirrored_x = network_input(there), network_input(mirrored)
    assert x.shape == (len(CHANNELS), *SHAPE)
    np.testing.assert_allclose(mirrored_x, x[:, ::-1], atol=1e-5)
    assert not x[:, ~there.mask].any()


def test_brightness_does_not_matter_to_the_input() -> None:
    one = working()
    np.testing.assert_allclose(network_input(Working(one.image * 7, one.mask)), network_input(one), atol=1e-4)


@pytest.mark.parametrize("spacing_mm", [0.7, 1.0, 2.0, 3.0])
def test_a_map_comes_back_to_the_grid_it_came_from(spacing_mm: float) -> None:
    shape = tuple(2 * int(n / spacing_mm) + 1 for n in (44, 50, 40))
    at = (np.moveaxis(np.indices(shape), 0, -1) - (np.array(shape) - 1) / 2) * spacing_mm
    mask = np.linalg.norm(at / [40, 46, 36], axis=-1) < 1
    ramp = np.where(mask, 50 + at[..., 0] + 0.5 * at[..., 1] - 0.25 * at[..., 2], 0).astype(np.float32)
    box = Box.around(mask, spacing_mm)
    back = box.back(box.working(ramp, mask).image)
    inside = ndimage.binary_erosion(mask, iterations=max(2, round(5 / spacing_mm)))
    np.testing.assert_allclose(back[inside], ramp[inside], atol=0.35 * spacing_mm)
    assert box.working(ramp, mask).mask.sum() * 0.008 == pytest.approx(mask.sum() * spacing_mm**3 / 1000, rel=0.03)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_average_over_the_reflection_is_exactly_symmetric(seed: int) -> None:
    x = torch.from_numpy(network_input(working()))[None]
    average = Symmetrised(net(seed), (IDENTITY, REFLECTION))
    with torch.inference_mode():
        plain, mirrored = average(x)["logit"], average(REFLECTION.on_input(x))["logit"]
        quick = net(seed).averaged(x)["logit"]
        raw, raw_mirrored = net(seed)(x)["logit"], net(seed)(REFLECTION.on_input(x))["logit"]
    turned = plain.flip(-3)
    torch.testing.assert_close((mirrored + mirrored.flip(-3)) / 2, (plain + turned) / 2, atol=1e-5, rtol=0)
    torch.testing.assert_close((mirrored - mirrored.flip(-3)) / 2, (turned - plain) / 2, atol=1e-5, rtol=0)
    torch.testing.assert_close(quick, plain, atol=1e-5, rtol=0)
    assert (raw_mirrored - raw.flip(-3)).abs().max() > 1e-3, "the raw network is not symmetric by itself"


def test_mirroring_keeps_the_score_and_swaps_the_side() -> None:
    image, mask = upright()
    plain, mirrored = (model().compare(i, m, SPACING_MM) for i, m in ((image, mask), map(reflect, (image, mask))))
    assert plain.score > 0
    assert mirrored.score == pytest.approx(plain.score, rel=1e-4)
    assert (mirrored.low, mirrored.high) == pytest.approx((plain.low, plain.high), rel=1e-3)
    assert mirrored.laterality_index == pytest.approx(-plain.laterality_index, abs=1e-3)
    assert mirrored.side == {"left": "right", "right": "left", "none": "none"}[plain.side]
    np.testing.assert_allclose(mirrored.heat, reflect(plain.heat), atol=2e-3)


def test_heat_lies_in_the_brain_on_one_of_two_mirrored_places() -> None:
    image, mask = upright()
    heat = model().compare(image, mask, SPACING_MM).heat
    assert heat.shape == image.shape
    assert heat.min() >= 0
    assert not heat[~mask].any()
    one = working()
    boxed = CALIBRATION.heat(logit_map(net(0), one), one.mask)
    assert not (boxed > 0)[reflect(boxed) > 0].any()
    assert not boxed[~compared(one.mask)].any()


def test_each_fold_is_judged_by_its_own_copy() -> None:
    image, mask = upright()
    scores = [model().compare(image, mask, SPACING_MM, fold=k).score for k in (None, 0, 1)]
    assert len(set(scores)) == 3
    with pytest.raises(KeyError):
        model().compare(image, mask, SPACING_MM, fold=7)


def test_neither_order_nor_company_changes_a_number() -> None:
    brains = [working(seed) for seed in (1, 2, 3)]
    alone = [logit_map(net(0), brain) for brain in brains]
    for brain, before in zip(reversed(brains), reversed(alone), strict=True):
        np.testing.assert_array_equal(logit_map(net(0), brain), before)
    together = torch.from_numpy(np.stack([network_input(brain) for brain in brains]))
    with torch.inference_mode():
        batch = net(0).averaged(together)["logit"]
        single = torch.cat([net(0).averaged(x[None])["logit"] for x in together])
    torch.testing.assert_close(batch, single, atol=1e-5, rtol=0)


def test_an_empty_or_tiny_brain_has_no_score() -> None:
    image, mask = upright()
    tiny = np.zeros_like(mask)
    tiny[19:22, 23:26, 17:20] = True
    for brain in (np.zeros_like(mask), tiny):
        nothing = model().compare(image, brain, SPACING_MM)
        assert (nothing.score, nothing.side, nothing.volume_ml) == (0, "none", 0)


@given(st.integers(0, 10_000), st.integers(1, 400))
def test_counted_percentiles_are_those_of_the_values(seed: int, n: int) -> None:
    values = np.random.default_rng(seed).normal(-1, 3, n).round(seed % 4).astype(np.float16)
    count = np.bincount(values.view(np.uint16), minlength=2**16)
    expected = np.percentile(values.astype(float), [50, 97.725])
    np.testing.assert_allclose(_percentiles(count, (50, 97.725)), expected, rtol=1e-12, atol=1e-12)


def test_the_calibration_is_that_of_the_normals_at_each_depth() -> None:
    mask = working().mask
    logits = [np.random.default_rng(k).normal(-3, 2, SHAPE).astype(np.float32) for k in range(3)]
    found = fit_calibration((logit, mask) for logit in logits)
    assert found.n == 3
    np.testing.assert_allclose(found.middle, -3, atol=0.2)
    np.testing.assert_allclose(found.spread, 2, atol=0.2)
    assert Calibration.from_dict(found.as_dict()) == found
    heat = found.heat(np.full(SHAPE, 1.0, np.float32) + (np.indices(SHAPE)[0] < 32), mask)
    assert heat[:32].max() == pytest.approx(2.5, abs=0.3), "the left is (2 + 3) / 2 SD above normal"
    assert not heat[32:].any()


def test_a_bundle_gives_the_same_numbers_and_a_changed_one_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import save as to_bytes

    folds = {
        fold_file(k): to_bytes({n: v.clone().contiguous() for n, v in net(k + 1).state_dict().items()}) for k in (0, 1)
    }
    write_asymmetry_bundle(
        tmp_path / "asymmetry", net(0), folds, CALIBRATION, {"voxels": CALIBRATION.as_dict()},
        seed=1, history=asdict(History()), settings={}, data_source="Nothing.",
    )  # fmt: skip
    read = AsymmetryModel.load(tmp_path / "asymmetry")
    assert read.calibration == CALIBRATION
    image, mask = upright()
    for fold in (None, 0, 1):
        before, after = (m.compare(image, mask, SPACING_MM, fold=fold) for m in (model(), read))
        assert after.score == before.score
        np.testing.assert_array_equal(after.heat, before.heat)
    path = tmp_path / "asymmetry" / fold_file(1)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(BadInput, match="fold-1"):
        AsymmetryModel.load(tmp_path / "asymmetry")
