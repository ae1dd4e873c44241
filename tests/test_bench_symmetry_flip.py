"""Flips: the label goes with the picture, the loss sees what is not equivariant, the average is exact."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from heads import few
from symbrain.learning.line_target import encode
from symmetry.flip import AsInProduct, ExactAtInference, FlipAugmentation, FlipConsistency
from symmetry.models import MODELS
from symmetry.teaching import Taught
from symmetry_toys import flip_error, learned, sign, toy

CUBE = toy(3, {"reflection": sign(0, of=3)})


def drawn(lines: Tensor, size: int = 48) -> Tensor:
    """Return pictures (n, 1, size, size) of lines: brightness by the distance."""
    at = torch.arange(size) - (size - 1) / 2
    x, y = at[None, None, :], at[None, :, None]
    c, s, fx, fy = (value[:, None, None] for value in lines.unbind(1))
    away = (1 - c) * (x - fx).square() - 2 * s * (x - fx) * (y - fy) + (1 + c) * (y - fy).square()
    return torch.exp(-away / 8)[:, None]


@few
@given(st.lists(st.tuples(st.floats(-1.5, 1.5), st.floats(-10, 10)), min_size=4, max_size=9), st.integers(0, 99))
def test_augmentation_moves_the_line_with_the_slice(lines: list[tuple[float, float]], seed: int) -> None:
    angle, offset = (torch.tensor(v) for v in zip(*lines, strict=True))
    truth = encode(angle, offset)
    batch = FlipAugmentation(MODELS["midline"]()).augment(
        {"x": drawn(truth), "line": truth}, np.random.default_rng(seed)
    )
    torch.testing.assert_close(batch["x"], drawn(batch["line"]), atol=1e-4, rtol=0)


def test_augmentation_keeps_every_example_and_gives_each_flip_its_share() -> None:
    x = torch.randn(40, 3)
    batch = FlipAugmentation(CUBE).augment({"x": x, "y": x[:, 1]}, np.random.default_rng(0))
    torch.testing.assert_close(batch["x"][:, 1], batch["y"])
    order = batch["y"].argsort()
    kept, before = batch["x"][order], x[x[:, 1].argsort()]
    torch.testing.assert_close(kept[:, 1:], before[:, 1:])
    assert int((kept[:, 0] * before[:, 0] < 0).sum()) == 20


def test_consistency_vanishes_for_an_equivariant_network_only() -> None:
    model = toy(3, {"reflection": sign(0, of=3)})
    way, batch = FlipConsistency(model), {"x": torch.randn(64, 3), "y": torch.zeros(64)}
    net = model.make()

    def symmetric(x: Tensor) -> dict[str, Tensor]:
        return {"y": x[:, 0].square() + x[:, 1]}

    assert float(way.loss(symmetric, batch, symmetric(batch["x"]))) == 0  # type: ignore[arg-type]
    assert float(way.loss(net, batch, net(batch["x"])).detach()) > 0


def test_consistency_lowers_the_flip_error_below_that_of_plain_training() -> None:
    from symmetry.mechanism import Mechanism

    def draw(rng: np.random.Generator) -> dict[str, Tensor]:
        x = torch.from_numpy(rng.normal(size=(32, 3))).float()
        return {"x": x, "y": x[:, 0].cos() + 0.3 * torch.from_numpy(rng.normal(size=32)).float()}

    x = torch.randn(500, 3, generator=torch.Generator().manual_seed(3))
    plain, asked = (
        flip_error(learned(way, draw, passes=300), CUBE, x) for way in (Mechanism(CUBE), FlipConsistency(CUBE))
    )
    assert asked < 0.8 * plain


@pytest.mark.parametrize("name", ["midline", "asymmetry"])
def test_the_average_is_exact_for_random_weights(name: str) -> None:
    torch.manual_seed(0)
    model = MODELS[name]()
    way, net = ExactAtInference(model), model.make().eval()
    for parameter in net.parameters():  # the last layer is 0 at the start
        torch.nn.init.normal_(parameter, std=0.1)
    x = torch.randn(6, 1, 96, 96) if name == "midline" else torch.randn(50, 64)
    with torch.no_grad():
        here = way.infer(net, x)
        for element in model.group:
            there, moved = way.infer(net, element.on_input(x)), element.act_out(here)
            for key in here:
                assert float((there[key] - moved[key]).abs().max()) <= 1e-5 * max(1.0, float(here[key].abs().max()))
    assert math.isfinite(float(sum(v.sum() for v in here.values())))


def test_as_in_the_product_is_all_three_at_once() -> None:
    torch.manual_seed(0)
    parts = [kind(CUBE) for kind in (AsInProduct, FlipAugmentation, FlipConsistency, ExactAtInference)]
    way, augmentation, consistency, exact = parts
    x, net = torch.randn(40, 3), CUBE.make()
    batch = {"x": x, "y": x[:, 1]}
    mine, other = (one.augment(batch, np.random.default_rng(1)) for one in (way, augmentation))
    assert torch.equal(mine["x"], other["x"])
    assert not torch.equal(mine["x"], x)
    with torch.no_grad():
        assert float(way.loss(net, batch, net(x))) == float(consistency.loss(net, batch, net(x))) > 0
        assert torch.equal(way.infer(net, x)["y"], exact.infer(net, x)["y"])
        assert flip_error(Taught(net, way), CUBE, x) < 1e-6 < flip_error(net, CUBE, x)
    assert way.passes == consistency.passes
