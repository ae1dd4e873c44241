"""The asymmetry network: for every place of a brain, the evidence that this place, on this side, is changed.

One multilayer perceptron judges each place by its description (``asymmetry_features``). Places are many, so it learns
from a few hundred brains in minutes on one core. What each kind of description adds: ``benchmarks/detectors.py``.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from symbrain.learning.asymmetry_features import MIRRORED, NAMES, STRIDE, describe
from symbrain.learning.symmetry import Element, Outputs, flip

REFLECTION = Element(flip(-3), {"logit": flip(-3)})
RARE = -4.0  # log-odds of a change before anything is seen
_MOST_SD = 8.0  # descriptions beyond are cut off: nothing was learned from such


class AsymmetryNet(nn.Module):
    """From image and mask of ``asymmetry_input`` (n, 2, 64, 72, 56) to ``logit`` (n, 1, 32, 36, 28).

    Parameters
    ----------
    width
        Of the hidden layers.
    """

    middle: Tensor
    spread: Tensor

    def __init__(self, width: int = 192) -> None:
        super().__init__()
        self.register_buffer("middle", torch.zeros(len(NAMES)))
        self.register_buffer("spread", torch.ones(len(NAMES)))
        self.hidden = nn.Sequential(
            nn.Linear(len(NAMES), width), nn.SiLU(),
            nn.Linear(width, width), nn.SiLU(),
            nn.Linear(width, width // 2), nn.SiLU(),
        )  # fmt: skip
        self.head = nn.Linear(width // 2, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.constant_(self.head.bias, RARE)

    def forward(self, x: Tensor) -> Outputs:
        """Return the log-odds that each place is changed; rare where there is no brain."""
        logit = self.judge(describe(x).movedim(1, -1))[:, None]
        return {"logit": torch.where(self._brain(x), logit, torch.full_like(logit, RARE))}

    def averaged(self, x: Tensor) -> Outputs:
        """Return the same averaged over the reflection, exactly: M(F x) = F M(x), whatever the weights.

        The mirrored brain is not described anew, because a place is described there as ``MIRRORED`` says.
        """
        brain = self._brain(x)[:, 0]
        places = describe(x).movedim(1, -1)[brain]
        logit = torch.full(brain.shape, RARE, dtype=x.dtype, device=x.device)
        logit[brain] = (self.judge(places) + self.judge(places[:, list(MIRRORED)])) / 2
        return {"logit": logit[:, None]}

    def judge(self, places: Tensor) -> Tensor:
        """Return the log-odds (…) of places by their descriptions (…, 62)."""
        standard = ((places - self.middle) / self.spread).clamp(-_MOST_SD, _MOST_SD)
        out: Tensor = self.head(self.hidden(standard))[..., 0]
        return out

    @staticmethod
    def _brain(x: Tensor) -> Tensor:
        return nn.functional.avg_pool3d(x[:, 1:2], STRIDE) > 0.5

    @torch.no_grad()
    def fit_scale(self, places: Tensor) -> None:
        """Take mean and standard deviation of the descriptions from examples (n, 62)."""
        self.middle.copy_(places.mean(0))
        self.spread.copy_(places.std(0).clamp(min=1e-3))


class AsymmetryMap(AsymmetryNet):
    """The same averaged over the reflection, with log-odds (n, 1, 32, 36, 28) as its one output: as others run it."""

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        """Return what ``averaged`` gives, judged at every place of the box: a program has no room for a choice."""
        places = describe(x).movedim(1, -1)
        logit = (self.judge(places) + self.judge(places[..., list(MIRRORED)]))[:, None] / 2
        return torch.where(self._brain(x), logit, torch.full_like(logit, RARE))
