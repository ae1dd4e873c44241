"""The two models that every mechanism is tried on: small, with the product's inputs and losses, open in the middle.

*midline*: the product's U-Net with half its channels, from slices to heat maps. *asymmetry*: the product's perceptron
on the descriptions of places, a little narrower, with two more descriptions. The first is the side that a place lies
on, which the product's does not see, nor this one unless told to: with it a network breaks the reflection easily, and
more can be learned about how far it holds. The second is that of ``bures.py``, which all but one mechanism do not see.
"""

from __future__ import annotations

from functools import partial
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from symbrain.learning.asymmetry_features import MIRRORED, NAMES
from symbrain.learning.asymmetry_loss import entropy_of
from symbrain.learning.asymmetry_net import RARE
from symbrain.learning.line_target import FLIPS
from symbrain.learning.midline_loss import MidlineLoss
from symbrain.learning.midline_net import GRID, HEAT, MidlineNet
from symbrain.learning.symmetry import IDENTITY, Act, Element, Outputs, flip
from symmetry.mechanism import Batch, Model
from symmetry.turning import mirrored_across

SIDE, SPREAD = len(NAMES), len(NAMES) + 1
"""Columns of the side (−1 the subject's left, +1 the right) and of the Bures–Wasserstein distance."""
DESCRIPTIONS = len(NAMES) + 2
_MOST_SD = 8.0
_CHANNELS = (8, 16, 32, 64)
_SHIFT = 4  # pixels of the slice, two cells of its heat map
_SOUND = 0.01  # less of a place is changed


class PlaceNet(nn.Module):
    """From descriptions of places (n, 64) to ``logit`` (n,): the log-odds that a place is changed.

    Parameters
    ----------
    side
        Whether it sees the side that a place lies on.
    """

    middle: Tensor
    spread: Tensor
    seen: Tensor

    def __init__(self, width: int = 128, *, side: bool = False) -> None:
        super().__init__()
        self.register_buffer("middle", torch.zeros(DESCRIPTIONS))
        self.register_buffer("spread", torch.ones(DESCRIPTIONS))
        hidden = [SPREAD] if side else [SIDE, SPREAD]
        self.register_buffer("seen", torch.ones(DESCRIPTIONS).index_fill(0, torch.tensor(hidden), 0.0))
        self.hidden = nn.Sequential(
            nn.Linear(DESCRIPTIONS, width), nn.SiLU(),
            nn.Linear(width, width), nn.SiLU(),
            nn.Linear(width, width // 2), nn.SiLU(),
        )  # fmt: skip
        self.head = nn.Linear(width // 2, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.constant_(self.head.bias, RARE)

    def encode(self, x: Tensor) -> Tensor:
        """Return the last hidden layer (n, width / 2)."""
        standard = ((x - self.middle) / self.spread).clamp(-_MOST_SD, _MOST_SD)
        out: Tensor = self.hidden(standard * self.seen)
        return out

    def read(self, latent: Tensor) -> Outputs:
        """Return the log-odds."""
        return {"logit": self.head(latent)[..., 0]}

    def forward(self, x: Tensor) -> Outputs:
        """Return the log-odds."""
        return self.read(self.encode(x))

    @torch.no_grad()
    def fit_scale(self, x: Tensor) -> None:
        """Take mean and standard deviation of the descriptions from examples; the side keeps its sign."""
        self.middle.copy_(x.mean(0)).index_fill_(0, torch.tensor([SIDE]), 0.0)
        self.spread.copy_(x.std(0).clamp(min=1e-3)).index_fill_(0, torch.tensor([SIDE]), 1.0)


class SliceNet(MidlineNet):
    """The product's network for the midline, smaller, and open before its last layer."""

    def __init__(self) -> None:
        super().__init__(_CHANNELS)

    @property
    def _layers(self) -> nn.Sequential:
        """What MONAI's U-Net is made of: the way down, all that lies below, the way up."""
        return cast(nn.Sequential, self.body.model)

    def encode(self, x: Tensor) -> Tensor:
        """Return the latent map (n, 16, 24, 24)."""
        out: Tensor = self._layers[:2](functional.pixel_unshuffle(x, GRID // HEAT))
        return out

    def read(self, latent: Tensor) -> Outputs:
        """Return heat map and numbers."""
        return self.from_painted(self._layers[2](latent))

    def forward(self, x: Tensor) -> Outputs:
        """Return heat map and numbers."""
        return self.read(self.encode(x))


def asymmetry_model(*, side: bool = False) -> Model:
    """Return what the asymmetry network tells of itself, which may see the side that a place lies on."""
    reflection = Element(_reordered(list(MIRRORED), negated=(SIDE,)))
    exchange = Element(_reordered(_exchanged(), negated=(SIDE,)))

    def homologue(batch: Batch) -> Tensor:
        return exchange.on_input(batch["x"])

    def trust(batch: Batch) -> Tensor:
        return batch["trust"] * (torch.maximum(batch["share"], batch["other"]) < _SOUND)

    return Model(
        "asymmetry",
        partial(PlaceNet, side=side),
        lambda outputs, batch: 10 * entropy_of(outputs["logit"], batch),  # few places are changed
        lambda outputs: {"logit": outputs["logit"]},
        {"reflection": reflection, "turn": Element(_half_turn()), "shift": Element(_along())},
        (IDENTITY, reflection),
        homologue,
        trust,
        exchange,
        width=64,
        weight=0.02,
    )


def midline_model() -> Model:
    """Return what the network for the midline tells of itself."""

    def trust(batch: Batch) -> Tensor:
        a, b = (x.flatten(1) - x.flatten(1).mean(1, keepdim=True) for x in (batch["x"], homologue(batch)))
        return functional.cosine_similarity(a, b).clamp(min=0)

    def homologue(batch: Batch) -> Tensor:
        return mirrored_across(batch["x"], batch["line"])

    axes = ((), (-2,), (-1,), (-2, -1))  # in the order of FLIPS
    group = tuple(
        Element(g.on_input, dict(g.on_output) | {"latent": flip(*a)}) for g, a in zip(FLIPS, axes, strict=True)
    )
    return Model(
        "midline",
        SliceNet,
        _line_task,
        _line_said,
        {"reflection": group[2], "turn": _QUARTER, "shift": _ASIDE},
        group,
        homologue,
        trust,
        group[2],
        width=_CHANNELS[0] * 2,
        weight=0.1,
    )


def _line_task(outputs: Outputs, batch: Batch) -> Tensor:
    """Return the product's loss without its flips; every slice has a midline."""
    count = len(batch["x"])
    about = {"image": batch["x"], "line": batch["line"], "exists": torch.ones(count)}
    return MidlineLoss(0.0)(_Said(outputs), about | {"flip": torch.tensor(0), "twins": torch.tensor(1)})["loss"]


class _Said(nn.Module):
    """What a network has said already, where a loss asks a network."""

    def __init__(self, outputs: Outputs) -> None:
        super().__init__()
        self.outputs = outputs

    def forward(self, x: Tensor) -> Outputs:
        return self.outputs


def _line_said(outputs: Outputs) -> Outputs:
    """Return the roots of the painted distribution, as the product compares them; else the line, its foot in 10 px."""
    if "heat" not in outputs:
        return {"line": outputs["line"] * torch.tensor([1.0, 1.0, 0.1, 0.1])}
    heat = outputs["heat"]
    return {"heat": heat.flatten(2).softmax(-1).reshape(heat.shape).add(1e-8).sqrt() * HEAT}


def _reordered(sources: list[int], negated: tuple[int, ...] = ()) -> Act:
    """Return an action on descriptions that takes each from another place, and turns the sign of some."""
    order = torch.tensor([*sources, *range(len(sources), DESCRIPTIONS)])
    signs = torch.ones(DESCRIPTIONS).index_fill(0, torch.tensor(negated, dtype=torch.long), -1.0)
    return lambda x: x[:, order] * signs


def _exchanged() -> list[int]:
    """Return where each description of the homologous place of the same brain comes from.

    Depth is not known of the other side, and is taken to be the same.
    """
    across = {"left neighbour": "right neighbour", "right neighbour": "left neighbour"}
    sources = []
    for name in NAMES:
        plain = name.removeprefix("mirrored ")
        plain = across.get(plain, plain)
        other = plain if name.startswith("mirrored ") else f"mirrored {plain}"
        sources.append(NAMES.index(other) if other in NAMES else NAMES.index(name))
    return sources


def _half_turn() -> Act:
    """Return the half turn about the axis from left to right: what lay forward and above lies behind and below."""
    opposite = {"back": "front", "front": "back", "below": "above", "above": "below"}
    sources = []
    for name in NAMES:
        words = [opposite.get(word, word) if name.endswith("neighbour") else word for word in name.split()]
        sources.append(NAMES.index(" ".join(words)))
    return _reordered(sources, negated=(NAMES.index("forward"), NAMES.index("upward")))


def _along() -> Act:
    """Return a shift along the brain, by half of its own spread forward: what is usual elsewhere is asked for here."""
    step = torch.zeros(DESCRIPTIONS).index_fill(0, torch.tensor([NAMES.index("forward")]), 0.5)
    return lambda x: x + step


_QUARTER = Element(
    lambda x: torch.rot90(x, 1, (-2, -1)),
    {
        "heat": lambda x: torch.rot90(x, 1, (-2, -1)),
        "line": lambda line: torch.stack([-line[:, 0], -line[:, 1], line[:, 3], -line[:, 2]], 1),
    },
)


def _aside_line(line: Tensor) -> Tensor:
    """Return lines moved along +x: the foot moves by the part of the way that is across the line."""
    step = _SHIFT * 0.1  # the line's foot comes in units of 10 pixels, see ``_line_said``
    across = torch.stack([(1 - line[:, 0]) / 2, -line[:, 1] / 2], 1) * step
    return torch.cat([line[:, :2], line[:, 2:] + across], 1)


_ASIDE = Element(
    lambda x: torch.roll(x, _SHIFT, -1),
    {"heat": lambda x: torch.roll(x, _SHIFT * HEAT // GRID, -1), "line": _aside_line},
)
MODELS = {"midline": midline_model, "asymmetry": asymmetry_model}
