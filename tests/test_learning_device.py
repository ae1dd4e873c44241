"""Where a network runs: by name, or the best there is."""

from __future__ import annotations

import pytest
import torch

from symbrain.errors import BadInput
from symbrain.learning.device import KNOWN, device_of

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
