"""The orbit: answers with independent errors scatter less by the root of the passes, and each pass is paid for."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from heads import few
from symbrain.learning.line_target import decode, encode
from symbrain.learning.midline_net import positions, read_line
from symbrain.learning.symmetry import Outputs
from symmetry.frame_averaging import principal_angle
from symmetry.models import MODELS
from symmetry.orbit import TURNS_DEG, Orbit
from symmetry.turning import mirrored_across, turned


class Unsteady(nn.Module):
    """It sees the long axis of a slice, and errs by some degrees, anew each time."""

    def __init__(self, sd_deg: float) -> None:
        super().__init__()
        self.sd, self.passes = np.radians(sd_deg), 0

    def forward(self, x: Tensor) -> Outputs:
        self.passes += len(x)
        angle = principal_angle(x) + self.sd * torch.randn(len(x))
        at = positions(48)
        away = at[None, None, :] * angle.sin()[:, None, None] - at[None, :, None] * angle.cos()[:, None, None]
        return {"heat": -away.square()[:, None] / 30, "numbers": torch.zeros(len(x), 3)}


def test_scatter_falls_as_one_over_the_root_of_the_passes() -> None:
    torch.manual_seed(0)
    at = torch.linspace(-1, 1, 96)
    slices = torch.exp(-(at[:, None] ** 2) / 0.2 - (at[None, :] ** 2) / 0.05)[None, None].expand(150, 1, 96, 96)
    way, net = Orbit(MODELS["midline"]()), Unsteady(3.0)
    scatter = []
    for use in (net, lambda x: way.infer(net, x)):
        angle, _ = decode(read_line(use(slices)["heat"]))
        scatter.append(float(torch.rad2deg(torch.asin((angle - torch.pi / 2).sin())).std()))
    k = 4 * len(TURNS_DEG)
    assert net.passes == 150 * (1 + k)
    assert 0.7 < scatter[0] / scatter[1] / k**0.5 < 1.4


@few
@given(st.floats(-0.3, 0.3))
def test_turning_there_and_back_is_nearly_the_identity(angle: float) -> None:
    at = torch.linspace(-1, 1, 96)
    blob = torch.exp(-(at[None, :] ** 2) / 0.1 - (at[:, None] - 0.2) ** 2 / 0.03)[None, None]
    back = turned(turned(blob, torch.tensor([angle])), torch.tensor([-angle]))
    assert float((back - blob).abs().max()) < 0.02


@few
@given(st.floats(-1.5, 1.5), st.floats(-8, 8))
def test_mirroring_at_a_line_twice_is_nearly_the_identity_and_keeps_the_line(angle: float, offset: float) -> None:
    line = encode(torch.tensor([angle]), torch.tensor([offset]))
    at = torch.arange(96) - 47.5
    blob = torch.exp(-((at[None, :] - 9) ** 2 + (at[:, None] + 5) ** 2) / 60)[None, None]
    once = mirrored_across(blob, line)
    assert float((mirrored_across(once, line) - blob).abs().max()) < 0.02
    weight = once[0, 0] / once.sum()
    found = torch.stack([(weight.sum(0) * at).sum(), (weight.sum(1) * at).sum()])
    middle = (found + torch.tensor([9.0, -5.0])) / 2  # of a point and its mirror image: on the line
    normal = torch.tensor([-np.sin(angle), np.cos(angle)], dtype=torch.float32)
    assert abs(float(middle @ normal) - offset) < 0.05
