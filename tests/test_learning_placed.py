"""A network on another device: who calls it need not know."""

from __future__ import annotations

import pytest
import torch

from symbrain.learning.midline import Midline
from symbrain.learning.midline_net import GRID, MidlineNet
from symbrain.learning.placed import placed

ELSEWHERE = [name for name, there in (("cuda", torch.cuda.is_available()), ("mps", torch.backends.mps.is_available()))
             if there]  # fmt: skip


def test_what_goes_in_is_moved_there_and_what_comes_out_is_moved_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The moves are only noted, because few machines that test have a second device."""
    from symbrain.learning import placed as module

    moves: list[str] = []
    there = torch.device("meta")
    monkeypatch.setattr(module, "device_of", lambda _: there)
    to, back = torch.Tensor.to, torch.Tensor.cpu
    monkeypatch.setattr(torch.nn.Module, "to", lambda self, _: moves.append("net") or self)
    monkeypatch.setattr(
        torch.Tensor, "to", lambda self, *a: moves.append("in") or self if a == (there,) else to(self, *a)
    )
    monkeypatch.setattr(torch.Tensor, "cpu", lambda self: moves.append("out") or back(self))
    model = placed(Midline(MidlineNet()), "cuda")
    model.outputs(torch.zeros(1, 1, GRID, GRID))
    assert moves[:2] == ["net", "in"]
    assert set(moves[2:]) == {"out"}


@pytest.mark.skipif(not ELSEWHERE, reason="this machine has no second device")
def test_numbers_are_those_of_the_processor() -> None:
    torch.manual_seed(1)
    here, there = Midline(MidlineNet()), Midline(MidlineNet())
    there.net.load_state_dict(here.net.state_dict())
    images = torch.randn(2, 1, GRID, GRID)
    found, expected = placed(there, ELSEWHERE[0]).outputs(images), here.outputs(images)
    for key, value in expected.items():
        assert found[key].device.type == "cpu"
        torch.testing.assert_close(found[key], value, atol=1e-3, rtol=1e-3)
