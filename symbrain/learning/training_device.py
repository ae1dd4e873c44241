"""Where a network learns, and how precisely: a graphics card in mixed precision, the processor in full."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch
from torch import Tensor

from symbrain.learning.device import device_of


@dataclass(frozen=True)
class TrainingDevice:
    """A device to learn on.

    Parameters
    ----------
    mixed
        Products in bfloat16, which needs no scaling of the loss; sums, weights and losses stay in float32
        (Micikevicius et al. 2018, 1710.03740; Kalamkar et al. 2019, 1905.12322).
    """

    device: torch.device
    mixed: bool

    @classmethod
    def of(cls, name: str) -> TrainingDevice:
        """Return the device of this name, in mixed precision where it is a card that can.

        Raises
        ------
        BadInput
            Where there is no such device.
        """
        device = device_of(name)
        if device.type == "cuda":
            os.environ.setdefault(
                "CUBLAS_WORKSPACE_CONFIG", ":4096:8"
            )  # without it, cuBLAS gives other numbers each time
        return cls(device, device.type == "cuda" and torch.cuda.is_bf16_supported())

    @property
    def precision(self) -> torch.autocast:
        """The context in which the loss is computed."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.mixed)

    def here(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return a batch on the device."""
        return {key: value.to(self.device, non_blocking=True) for key, value in batch.items()}
