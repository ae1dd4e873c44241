"""Where a network runs: by name, or the best there is; who calls it need not know."""

from __future__ import annotations

import pytest
import torch

from symbrain.errors import BadInput
from symbrain.learning.device import KNOWN, device_of, placed
from symbrain.learning.midline import Midline
from symbrain.learning.midline_net import GRID, MidlineNet

ELSEWHERE = [name for name, there in (("cuda", torch.cuda.is_available()), ("mps", torch.backends.mps.is_available()))
             if there]  # fmt: skip


def test_auto_is_the_best_there_is() -> None:
    assert device_of("auto").type == (ELSEWHERE or ["cpu"])[0]
    assert device_of("cpu").type == "cpu"


@pytest.mark.parametrize("name", ["gpu", "", "cuda:x", "cpu:one", None, 1])
def test_what_is_no_device_is_a_sentence(name: object) -> None:
    with pytest.raises(BadInput, match="'auto', 'cpu', 'cuda', 'mps' is expected"):
        device_of(name)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [name for name in KNOWN[2:] if name not in ELSEWHERE] + ["cuda:99"])
def test_a_device_that_is_not_there_is_a_sentence(name: str) -> None:
    with pytest.raises(BadInput, match=f"this machine has no device '{name}'"):
        device_of(name)


def test_what_goes_in_is_moved_there_and_what_comes_out_is_moved_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The moves are only noted, because few machines that test have a second device."""
    from symbrain.learning import device

    moves: list[str] = []
    there = torch.device("meta")
    monkeypatch.setattr(device, "device_of", lambda _: there)
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
