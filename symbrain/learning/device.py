"""Where a trained network runs: on the processor, or on a graphics card, with the same interface.

Whoever calls a network hands over tensors in main memory and gets such back, so that nothing else needs to know of
devices. Training and the workflow stay on the processor, whose numbers depend on no card.
"""

from __future__ import annotations

from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from symbrain.errors import BadInput
from symbrain.learning.asymmetry import AsymmetryModel
from symbrain.learning.midline import Midline
from symbrain.learning.symmetry import Outputs

KNOWN = ("auto", "cpu", "cuda", "mps")
Model = TypeVar("Model", Midline, AsymmetryModel)


def device_of(name: str) -> torch.device:
    """Return the device of this name; ``auto`` is the first there is of cuda, mps and cpu.

    Raises
    ------
    BadInput
        Where there is no such device, here or at all.

    Examples
    --------
    >>> device_of("cpu")
    device(type='cpu')
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind, is_there in there.items() if is_there))
    kind, _, number = str(name).partition(":")
    if kind not in there or (number and not number.isdecimal()):
        msg = f"{name!r} was given as device; {', '.join(map(repr, KNOWN))} is expected"
        raise BadInput(msg)
    if not there[kind] or (kind == "cuda" and int(number or 0) >= torch.cuda.device_count()):
        msg = f"this machine has no device {name!r} that PyTorch can use; choose 'cpu', or 'auto' for the best there is"
        raise BadInput(msg)
    return torch.device(name)


def placed(model: Model, device: str) -> Model:
    """Return a trained model whose networks were put on a device; what goes in and comes out stays in main memory."""
    chosen = device_of(device)
    if chosen.type != "cpu":
        nets = [model.net, *model.by_fold.values()] if isinstance(model, AsymmetryModel) else [model.net]
        for net in nets:
            _place(net, chosen)
    return model


def _place(net: nn.Module, device: torch.device) -> None:
    def there(_: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return tuple(x.to(device) for x in inputs)

    def back(_: nn.Module, __: Any, outputs: Outputs) -> Outputs:
        return {key: value.cpu() for key, value in outputs.items()}

    net.to(device)
    net.register_forward_pre_hook(there)
    net.register_forward_hook(back)
