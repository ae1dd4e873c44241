r"""The orbit at test time: the answers to the flipped and slightly turned input, brought back and averaged.

Dieleman, Willett and Dambre (Rotation-invariant convolutional neural networks for galaxy morphology prediction,
1503.07077) show a galaxy from 16 sides to one stack of layers, and average the answers over turns and flips once more.
Here only the average in use: k = flips × turns passes, nothing learned. Were the errors of the answers independent,
their spread would fall as 1/√k; they are not, and it falls by less.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from symbrain.learning.symmetry import Outputs, Symmetrised
from symmetry.mechanism import Mechanism, Model
from symmetry.turning import turned

TURNS_DEG = (-6.0, 0.0, 6.0)


class Orbit(Mechanism):
    """Plain training; flips and turns in use.

    Parameters
    ----------
    turns_deg
        Turns in the slice's plane.
    """

    name: ClassVar[str] = "orbit at inference"
    not_for: ClassVar[Mapping[str, str]] = {
        "asymmetry": "places would have to be described anew in the turned brain; what is left of the orbit are the "
        "flips, and these are 'exact at inference'"
    }

    def __init__(self, model: Model, turns_deg: tuple[float, ...] = TURNS_DEG) -> None:
        super().__init__(model)
        self.turns_deg = turns_deg

    def infer(self, net: nn.Module, x: Tensor) -> Outputs:
        """Return the outputs averaged over the orbit, heat maps turned back."""
        each = Symmetrised(net, self.model.group)
        found: list[Outputs] = []
        for degrees in self.turns_deg:
            angle = torch.full((len(x),), degrees).deg2rad()
            outputs: Outputs = each(turned(x, angle) if degrees else x)
            found.append(outputs | {"heat": turned(outputs["heat"], -angle)} if degrees else outputs)
        return {key: torch.stack([one[key] for one in found]).mean(0) for key in found[0]}
