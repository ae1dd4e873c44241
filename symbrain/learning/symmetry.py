r"""Symmetry in three strengths: a flip of the data, a loss that asks for it, and an average that guarantees it.

A group element g acts on a network's input and, in its own way, on its output ρ(g). A map f is equivariant where
f(g x) = ρ(g) f(x): a network for the midline turns the line over when the slice is turned over.

* the *loss* ``consistency_loss`` asks the raw network for it: mean of (ρ(g) f(x) − f(g x))²;
* the *average* over the group (Puny et al., Frame Averaging, 2110.03336, equation 4, with the whole group as frame)

  .. math:: \hat f(x) = \frac{1}{|G|} \sum_{g \in G} \rho(g)\, f(g^{-1} x)

  has it exactly, whatever the weights, because the sum only changes its order when x is replaced by h x.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

Outputs = dict[str, Tensor]
Act = Callable[[Tensor], Tensor]


def flip(*axes: int) -> Act:
    """Return the reversal of some axes of a batch, counted from the end (−1 columns, −2 rows)."""

    def act(x: Tensor) -> Tensor:
        return torch.flip(x, axes) if axes else x

    return act


def negated(x: Tensor) -> Tensor:
    """Return what changes its sign: the action on an odd output."""
    return -x


@dataclass(frozen=True)
class Element:
    """A group element that is its own inverse, as reflections are, and the half turn that two of them make.

    Parameters
    ----------
    on_input
        Its action on a batch of inputs.
    on_output
        Its action on each named output, batch first; an output that is not named stays as it is.
    """

    on_input: Act
    on_output: Mapping[str, Act] = field(default_factory=dict)

    def act_out(self, outputs: Outputs) -> Outputs:
        """Return the outputs as the element moves them."""
        return {key: self.on_output[key](value) if key in self.on_output else value for key, value in outputs.items()}


IDENTITY = Element(flip())


class Symmetrised(nn.Module):
    """A network made exactly equivariant by averaging over a group; all its elements go through in one batch.

    Parameters
    ----------
    net
        From a batch (n, …) to named outputs (n, …).
    group
        All elements, the identity among them. Together they must be closed under composition.
    """

    def __init__(self, net: nn.Module, group: Sequence[Element]) -> None:
        super().__init__()
        self.net = net
        self.group = tuple(group)

    def forward(self, x: Tensor) -> Outputs:
        """Return the mean over the group of the outputs, each brought back by its element."""
        together: Outputs = self.net(torch.cat([g.on_input(x) for g in self.group]))
        parts = {key: value.chunk(len(self.group)) for key, value in together.items()}
        back = [g.act_out({key: part[i] for key, part in parts.items()}) for i, g in enumerate(self.group)]
        return {key: torch.stack([one[key] for one in back]).mean(0) for key in together}


def consistency_loss(outputs: Outputs, flipped: Outputs, element: Element) -> Tensor:
    """Return the mean over outputs of the mean squared ρ(g) f(x) − f(g x).

    Parameters
    ----------
    outputs, flipped
        What the raw network says of x, and of g x.
    """
    moved = element.act_out(outputs)
    return torch.stack([(moved[key] - flipped[key]).square().mean() for key in outputs]).mean()
