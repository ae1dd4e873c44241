"""Lines as continuous numbers: there and back, flipped, and learned across the wrap."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from symbrain.learning.line_target import BOTH, COLUMNS, ROWS, angle_error, decode, encode, foot_error, transposed

ANGLES = torch.tensor([-89.0, -45.0, -10.0, 0.0, 20.0, 60.0, 89.5]).deg2rad()
OFFSETS = torch.tensor([3.0, -7.0, 0.5, 0.0, 12.0, -1.0, 4.0])


def test_there_and_back() -> None:
    angle, offset = decode(encode(ANGLES, OFFSETS))
    assert torch.allclose(angle, ANGLES, atol=1e-6)
    assert torch.allclose(offset, OFFSETS, atol=1e-5)


@pytest.mark.parametrize("number", range(4))
def test_flips_and_transpose_move_the_line_as_they_move_its_points(number: int) -> None:
    def points(line: torch.Tensor) -> torch.Tensor:
        angle, _ = decode(line)
        along = torch.stack([torch.cos(angle), torch.sin(angle)], 1)
        return torch.stack([line[:, 2:] - 9 * along, line[:, 2:] + 5 * along], 1)

    line = encode(ANGLES, OFFSETS)
    elements = [(ROWS, [1, -1]), (COLUMNS, [-1, 1]), (BOTH, [-1, -1])]
    if number < 3:
        element, signs = elements[number]
        moved, expected = element.act_out({"line": line})["line"], points(line) * torch.tensor(signs)
    else:
        moved, expected = transposed(line), points(line).flip(-1)
    angle, offset = decode(moved)
    normal = torch.stack([-torch.sin(angle), torch.cos(angle)], 1)
    assert torch.allclose((expected * normal[:, None]).sum(-1), offset[:, None].expand(-1, 2), atol=1e-4)
    assert torch.allclose(torch.linalg.norm(moved[:, 2:], dim=1), OFFSETS.abs(), atol=1e-5)


def test_no_jump_at_the_wrap() -> None:
    a, b = torch.tensor([89.99]).deg2rad(), torch.tensor([-89.99]).deg2rad()
    near, far = encode(a, torch.tensor([5.0])), encode(b, torch.tensor([-5.0]))  # almost the same line
    assert float((near - far).abs().max()) < 0.01
    assert math.degrees(float(angle_error(near, far)[0])) == pytest.approx(0.02, abs=2e-3)
    assert float(foot_error(near, far)[0]) < 0.01


def test_direct_regression_fails_at_the_wrap_and_the_doubled_angle_does_not() -> None:
    """Zhou et al., 1812.07035, for lines: the same small network, the same data, two targets."""
    torch.manual_seed(0)
    angle = torch.linspace(-math.pi, math.pi, 256)[:-1]
    # What is seen of a line: smooth functions of it, the same for θ and θ + 180°.
    seen = torch.stack([torch.cos(2 * angle), torch.sin(2 * angle)], 1)
    wrapped = torch.atan(torch.tan(angle))

    def fitted(target: torch.Tensor) -> torch.Tensor:
        net = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, target.shape[1]))
        optimiser = torch.optim.Adam(net.parameters(), 0.02)
        for _ in range(300):
            optimiser.zero_grad()
            loss = (net(seen) - target).square().mean()
            loss.backward()
            optimiser.step()
        return net(seen).detach()

    def worst(found: torch.Tensor) -> float:
        gap = torch.rad2deg(found - angle).abs() % 180
        return float(torch.minimum(gap, 180 - gap).max())

    direct, doubled = fitted(wrapped[:, None])[:, 0], fitted(seen)
    assert worst(direct) > 45
    assert worst(torch.atan2(doubled[:, 1], doubled[:, 0]) / 2) < 1.5
