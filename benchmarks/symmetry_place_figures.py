"""Figures of what a network says of the places of a brain and of its mirror image: plain, asked to agree, averaged."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from symbrain.figure_style import BLUE, SKY, SOFT
from symbrain.learning.asymmetry_features import NAMES
from symmetry.brains import FIRST_SEED, Amount, described, normal_brain, read_brains, with_change
from symmetry.flip import AsInProduct, ExactAtInference, FlipConsistency
from symmetry.mechanism import Batch, Mechanism, Model
from symmetry.models import MODELS, SIDE, PlaceNet
from symmetry.teaching import Budget, Taught, teach
from symmetry_canvas import canvas

_STEPS, _PLACES, _WEIGHT = 250, 512, 1.0
_CONTRAST_SD = 6.0  # to be seen at a glance
_IS_CHANGED = 0.3  # share of a place
_WAYS: dict[str, Callable[[Model], Mechanism]] = {
    "none": Mechanism,
    "flip consistency": partial(FlipConsistency, weight=_WEIGHT),
    "as in the product": partial(AsInProduct, weight=_WEIGHT),
}
_LONGER = 1.25  # a brain is longer than wide


@lru_cache(maxsize=1)
def places() -> dict[str, dict[str, NDArray[Any]]]:
    """Return places of a few brains whose left ventricle is usually wider: to learn from, and of a changed brain."""
    amount = Amount(heads=10, brains=14, check=1, told=1, judged=1)
    with TemporaryDirectory() as folder:
        parts = read_brains(amount, 1.0, Path(folder))
    sick, share = with_change(normal_brain(FIRST_SEED["judged"], 1.0).working, 0, _CONTRAST_SD)
    return {"train": parts["train"], "shown": described(sick, share)}


@lru_cache(maxsize=4)
def taught(name: str) -> Taught:
    """Return the network of places, which sees the side here, after a short training with a mechanism."""
    model, arrays = MODELS["asymmetry"](), places()["train"]
    learned = {key: torch.from_numpy(arrays[key]).float() for key in ("x", "share", "weight", "trust")}

    def draw(rng: np.random.Generator) -> Batch:
        rows = torch.from_numpy(rng.integers(0, len(learned["x"]), _PLACES))
        return {key: value[rows] for key, value in learned.items()}

    torch.manual_seed(0)
    net = PlaceNet(side=True)
    net.fit_scale(learned["x"])
    turn = count()  # the last weights are taken
    found, _ = teach(net, _WAYS[name](model), draw, Budget(_STEPS, _PLACES), lambda _: -next(turn), seed=0)
    return found.eval()


@torch.no_grad()
def said_twice(use: Any) -> tuple[Tensor, Tensor]:
    """Return the log-odds of the changed brain's places, and those of the same places of its mirror image."""
    x = torch.from_numpy(places()["shown"]["x"]).float()
    return use(x)["logit"], use(MODELS["asymmetry"]().reflection.on_input(x))["logit"]


def none() -> Figure:
    """Draw what a plainly trained network says of a brain and of its mirror image."""
    return _twice(taught("none"), "the network, trained plainly")


def flip_consistency() -> Figure:
    """Draw the same of a network that was asked for consistency."""
    return _twice(taught("flip consistency"), "the network, asked to be consistent")


def exact_at_inference() -> Figure:
    """Draw the same of the plainly trained network, averaged over the flips."""
    net = taught("none").net
    way = ExactAtInference(MODELS["asymmetry"]())
    return _twice(lambda x: way.infer(net, x), "the plain network, averaged")


def as_in_the_product() -> Figure:
    """Draw the same of a network that was shown mirror images, asked for consistency and averaged."""
    return _twice(taught("as in the product"), "the network, taught and averaged")


def _twice(use: Any, name: str) -> Figure:
    figure, (first, second, both) = canvas(1, 1, 1.15)
    here, there = said_twice(use)
    for panel, said, title in ((first, here, "the brain"), (second, there, "mirror image, turned back")):
        _show_places(panel, said)
        panel.set_title(title)
    both.plot([-12, 6], [-12, 6], color=SOFT, linewidth=0.8)
    both.scatter(here, there, s=2, color=BLUE, alpha=0.4, linewidths=0)
    gap = float((here - there).abs().mean())
    both.set(xlabel="log-odds, the brain", ylabel="log-odds, its mirror image", xlim=(-11, 5), ylim=(-11, 5))
    both.set_title(f"{gap:.2f} apart on average" if gap > 0.005 else "0 apart, to rounding")
    both.set_aspect("equal")
    words = f"{name}: bright where a change is seen; blue frames: the change"
    figure.supxlabel(words, fontsize=8.5, x=0.01, ha="left")
    return figure


def _show_places(panel: Any, logit: Tensor) -> None:
    """Draw the height of the change, ringed; the subject's right on the viewer's left, anterior above."""
    arrays = places()["shown"]
    x, changed = arrays["x"].astype(float), arrays["share"] > _IS_CHANGED
    up = x[:, NAMES.index("upward")]
    at = np.abs(up - np.median(up[changed])) < 1e-3
    across, forward = -x[:, SIDE] * x[:, NAMES.index("from the midline")], x[:, NAMES.index("forward")]
    said = logit[torch.from_numpy(at)]
    panel.scatter(across[at], forward[at], c=said, s=21, marker="s", linewidths=0, cmap="magma", vmin=-11, vmax=2)
    ring = at & changed
    panel.scatter(across[ring], forward[ring], s=21, marker="s", facecolors="none", edgecolors=SKY, linewidths=0.9)
    panel.set_aspect(np.ptp(across[at]) / np.ptp(forward[at]) * _LONGER)
    panel.set_axis_off()
    for side, letter in ((0.0, "R"), (1.0, "L")):
        panel.text(side, 0.97, letter, transform=panel.transAxes, weight="bold", ha="left" if side == 0 else "right")


FIGURES = {
    "none": none,
    "flip consistency": flip_consistency,
    "exact at inference": exact_at_inference,
    "as in the product": as_in_the_product,
}
"""By the mechanism's name."""
