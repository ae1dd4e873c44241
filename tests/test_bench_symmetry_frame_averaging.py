"""Frame averaging: exact for random weights, over flips and over principal axes; no worse than augmentation."""

from __future__ import annotations

import sys
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from heads import few
from symmetry.flip import FlipAugmentation
from symmetry.frame_averaging import (
    FrameAveraging,
    MirrorAveraging,
    PrincipalFrame,
    over_principal_frames,
    principal_angle,
)
from symmetry.models import MODELS
from symmetry.turning import turned
from symmetry_toys import flip_error, learned, sign, toy

MODEL = toy(4, {"reflection": sign(0, 1, of=4)})


@few
@given(st.integers(0, 10_000))
def test_flips_are_exact_for_random_weights(seed: int) -> None:
    torch.manual_seed(seed)
    net = FrameAveraging(MODEL).prepare(MODEL.make())
    assert flip_error(net, MODEL, torch.randn(20, 4)) <= 1e-5


def test_mirror_averaging_has_the_mirror_and_no_other_flip() -> None:
    torch.manual_seed(0)
    model = MODELS["midline"]()
    net = MirrorAveraging(model).prepare(model.make().eval())
    for parameter in net.parameters():  # the last layer is 0 at the start
        nn.init.normal_(parameter, std=0.1)
    x = torch.randn(3, 1, 96, 96)
    with torch.no_grad():
        here, errors = net(x)["heat"], []
        for element in model.group:
            moved = element.act_out({"heat": here})["heat"]
            errors.append(float((net(element.on_input(x))["heat"] - moved).abs().max() / here.abs().max()))
    mirror = model.group.index(model.reflection)
    assert max(errors[0], errors[mirror]) < 1e-5
    assert min(error for i, error in enumerate(errors) if i not in (0, mirror)) > 1e-2
    with pytest.raises(ValueError, match="no meaning for the asymmetry model"):
        MirrorAveraging(MODELS["asymmetry"]())


def cube_group(determinant: int) -> list[Tensor]:
    """Return the 24 rotations of a cube, or the 24 others that mirror it."""
    found = []
    for order, signs in product(permutations(range(3)), product((1.0, -1.0), repeat=3)):
        matrix = torch.zeros(3, 3, dtype=torch.double)
        matrix[range(3), order] = torch.tensor(signs, dtype=torch.double)
        if round(float(torch.linalg.det(matrix))) == determinant:
            found.append(matrix)
    return found


@pytest.mark.parametrize("determinant", [1, -1])
def test_principal_frames_are_invariant_under_the_cube_group_and_shifts(determinant: int) -> None:
    torch.manual_seed(0)
    cloud = torch.randn(40, 3, dtype=torch.double) * torch.tensor([3.0, 2.0, 1.0]) + 5
    body = nn.Sequential(nn.Flatten(), nn.Linear(120, 32), nn.Tanh(), nn.Linear(32, 4)).double()
    group = cube_group(determinant)
    assert len(group) == 24
    with torch.no_grad():
        wanted = over_principal_frames(body, cloud)
        raw = body(cloud[None])
        for matrix in group:
            moved = cloud @ matrix.T + torch.tensor([1.0, -2.0, 3.0], dtype=torch.double)
            torch.testing.assert_close(over_principal_frames(body, moved), wanted, atol=1e-10, rtol=0)
            assert float((body(moved[None]) - raw).abs().max()) > 1e-3 or torch.equal(matrix, torch.eye(3))


@pytest.mark.slow
def test_no_worse_than_augmentation_at_equal_passes() -> None:
    """Few examples, a target with the symmetry: the frame has it, augmentation has to learn it."""
    data = np.random.default_rng(5)
    few_x = torch.from_numpy(data.normal(size=(60, 4))).float()
    few_y = few_x[:, 0] * few_x[:, 1] + few_x[:, 2].sin() + 0.2 * torch.from_numpy(data.normal(size=60)).float()

    def draw(rng: np.random.Generator) -> dict[str, Tensor]:
        rows = torch.from_numpy(rng.integers(0, 60, 60))
        return {"x": few_x[rows], "y": few_y[rows]}

    x = torch.randn(1000, 4, generator=torch.Generator().manual_seed(2))
    y = x[:, 0] * x[:, 1] + x[:, 2].sin()
    errors = {}
    for way in (FlipAugmentation(MODEL), FrameAveraging(MODEL)):
        found = [learned(way, draw, passes=300, seed=seed) for seed in (1, 2)]
        with torch.no_grad():
            errors[way.name] = float(np.mean([float((one(x)["y"] - y).square().mean()) for one in found]))
    assert errors["frame averaging"] <= errors["flip augmentation"]


@few
@given(st.floats(-1.4, 1.4), st.integers(0, 50))
def test_principal_angle_turns_with_the_slice(angle: float, seed: int) -> None:
    at = torch.linspace(-1, 1, 96)
    blob = torch.exp(-(at[None, :] ** 2) / 0.08 - (at[:, None] ** 2) / 0.02)[None, None]
    found = principal_angle(turned(blob, torch.tensor([angle])))
    assert abs(np.sin(float(found[0]) - angle)) < 0.01


def test_principal_frame_has_no_meaning_for_places() -> None:
    with pytest.raises(ValueError, match="no meaning for the asymmetry model"):
        PrincipalFrame(MODELS["asymmetry"]())
