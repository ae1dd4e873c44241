"""A trained network on a graphics card, with the interface that it has on the processor.

Whoever calls a network hands over tensors in main memory and gets such back, so that nothing else needs to know of
devices. The workflow scores on the processor, whose numbers depend on no card.
"""

from __future__ import annotations

from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from symbrain.learning.asymmetry import AsymmetryModel
from symbrain.learning.device import device_of
from symbrain.learning.midline import Midline
from symbrain.learning.symmetry import Outputs

Model = TypeVar("Model", Midline, AsymmetryModel)


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
