r"""The one interface: what a model tells of itself, and what a mechanism may do to its training and its use.

Both models are an encoder and a reader, f = read ∘ encode, from a batch ``x`` to named outputs. A mechanism overrides
what it needs of ``Mechanism``, whose own methods do nothing: the base class is the training without any mechanism.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol, cast

import numpy as np
import torch
from torch import Tensor, nn

from symbrain.learning.symmetry import IDENTITY, Element, Outputs, consistency_loss

Batch = dict[str, Tensor]
TWINS = 0.25
"""Share of a batch that losses look at a second time, moved: the product's is a fifth."""
_ALIKE = 0.01  # answers that differ by less say nothing yet, in log-odds² or of a heat map's 1


class Coded(Protocol):
    """A network in two parts, with what lies between them open to a mechanism."""

    def encode(self, x: Tensor) -> Tensor:
        """Return what the network makes of a batch inside."""

    def read(self, latent: Tensor) -> Outputs:
        """Return the named outputs."""


@dataclass(frozen=True)
class Model:
    """What a mechanism may know of the model that it acts on.

    Parameters
    ----------
    name
        ``midline`` or ``asymmetry``.
    make
        Returns a raw network with random weights: a module that is ``Coded``.
    task
        From outputs and a batch to the supervised loss.
    said
        From outputs to what is compared between an input and the moved input.
    symmetries
        ``reflection``, ``turn`` and ``shift``: how each moves ``x``, and every output, label and ``latent`` that it
        does not leave alone. Only the reflection has to be its own inverse.
    group
        All flips, the identity first: what the product averages over.
    homologue
        From a batch to the same seen from the other side (the homologous places; the slice mirrored at its midline).
    trust
        From a batch to how far each example may be compared with its homologue, 0 to 1; 0 where something is changed.
    parity
        What exchanges the sides in the encoder's input: homologous places, or the halves of the slice.
    width
        Channels of the latent.
    weight
        Of the flip-consistency loss in the product.
    """

    name: str
    make: Callable[[], nn.Module]
    task: Callable[[Outputs, Batch], Tensor]
    said: Callable[[Outputs], Outputs]
    symmetries: Mapping[str, Element]
    group: tuple[Element, ...]
    homologue: Callable[[Batch], Tensor]
    trust: Callable[[Batch], Tensor]
    parity: Element
    width: int
    weight: float

    @property
    def reflection(self) -> Element:
        """The mirror image."""
        return self.symmetries["reflection"]

    def moved(self, batch: Batch, element: Element) -> Batch:
        """Return a batch moved by a symmetry, its labels along with it."""
        return element.act_out(batch) | {"x": element.on_input(batch["x"])}

    def relative(self, violation: Tensor, outputs: Outputs) -> Tensor:
        """Return a mean squared difference as a share of that between different examples.

        0 is exact, 1 unrelated: 1 − the correlation; more is contrary, or lies where no answer does. What it is
        divided by bears no gradient.

        Parameters
        ----------
        outputs
            Of the examples that the violation was measured on, in an order in which halves are unlike.
        """
        said = {key: value.detach() for key, value in self.said(outputs).items()}
        others = {key: value.roll(len(value) // 2, 0) for key, value in said.items()}
        return violation / consistency_loss(said, others, IDENTITY).clamp(min=_ALIKE)

    def broken(self, net: nn.Module, batch: Batch, outputs: Outputs) -> Tensor:
        """Return how far each symmetry is broken (symmetries,) by the twins, relative."""
        few = {key: value[: first(len(batch["x"]))] for key, value in outputs.items()}
        elements = self.symmetries.values()
        return torch.stack([self.relative(self.violation(net, batch, outputs, one), few) for one in elements])

    def violation(self, net: nn.Module, batch: Batch, outputs: Outputs, element: Element) -> Tensor:
        """Return the mean squared ρ(g) f(x) − f(g x) over the first ``TWINS`` of a batch."""
        few = first(len(batch["x"]))
        moved = net(element.on_input(batch["x"][:few]))
        return consistency_loss(
            self.said({key: value[:few] for key, value in outputs.items()}), self.said(moved), element
        )


class Mechanism(nn.Module):
    """No mechanism: plain training, and the raw network in use.

    Parameters
    ----------
    model
        What it acts on.
    """

    name: ClassVar[str] = "none"
    pretraining: ClassVar[float] = 0.0
    """Share of the budget that is spent before the task is learned."""
    not_for: ClassVar[Mapping[str, str]] = {}
    """Models that it has no meaning for, and why."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        if reason := self.not_for.get(model.name):
            msg = f"{self.name} has no meaning for the {model.name} model: {reason}"
            raise ValueError(msg)
        self.model = model

    @property
    def passes(self) -> float:
        """Cost of a step in passes of a batch forward and back: a budget buys fewer steps of a dearer mechanism."""
        return 1.0

    def prepare(self, net: nn.Module) -> nn.Module:
        """Return the network that is trained in place of the raw one."""
        return net

    def pretrain(self, net: nn.Module, batch: Batch) -> Tensor:
        """Return the loss of a step before the task is learned."""
        raise NotImplementedError

    def augment(self, batch: Batch, rng: np.random.Generator) -> Batch:
        """Return the batch that is learned from."""
        return batch

    def task(self, outputs: Outputs, batch: Batch) -> Tensor:
        """Return the supervised loss."""
        return self.model.task(outputs, batch)

    def loss(self, net: nn.Module, batch: Batch, outputs: Outputs) -> Tensor:
        """Return what is minimised beside the task; its own parameters are learned by it too."""
        return torch.zeros(())

    def after_step(self) -> None:
        """Follow up a step of the optimiser."""

    def infer(self, net: nn.Module, x: Tensor) -> Outputs:
        """Return the outputs in use."""
        out: Outputs = net(x)
        return out

    def learned(self) -> dict[str, float]:
        """Return what the mechanism itself has learned, to be reported."""
        return {}


def coded(net: nn.Module) -> Coded:
    """Return a network as an encoder and a reader."""
    return cast(Coded, net)


def first(count: int) -> int:
    """Return how many examples of a batch are twins."""
    return max(1, round(TWINS * count))


def vectors(latent: Tensor) -> Tensor:
    """Return latent vectors (n, channels) as they are, and maps (n, channels, h, w) as one vector for each place."""
    return latent if latent.ndim == 2 else latent.movedim(1, -1).reshape(-1, latent.shape[1])
