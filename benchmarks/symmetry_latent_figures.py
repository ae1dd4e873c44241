"""Figures of what is asked of the numbers inside a network: moved as told, split in parts, alike on both sides."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from symbrain.figure_style import BLUE, GREEN, ORANGE, SOFT, VERMILION
from symbrain.learning.augment import Move
from symbrain.learning.line_target import decode, encode
from symbrain.learning.symmetry import Element, Outputs, flip
from symmetry.barlow import BarlowTwins, cross_correlation
from symmetry.even_odd import EvenOdd
from symmetry.flip import FlipAugmentation
from symmetry.half_embedding import HalfEmbedding
from symmetry.latent_flip import LatentFlip
from symmetry.mechanism import Batch, Mechanism, Model
from symmetry.models import MODELS
from symmetry.toys import ToyNet, flip_error, learned, pose_parts, r_squared, sign, toy
from symmetry_canvas import STROKE, bars, canvas, show, show_line, slice_of_head

SIGNS = toy(4, {"reflection": sign(0, 1, of=4)})
_PASSES, _SEEDS, _LATENT_WEIGHT, _OFF_DEG = 400, 4, 3.0, 15.0
_SHARED, _OWN, _WIDTH = 6, 8, 6
_TILTS = 1500


def draw_signs(rng: np.random.Generator) -> Batch:
    """Return few noisy examples of a function that the change of two signs leaves alone."""
    x = torch.from_numpy(rng.normal(size=(64, 4))).float()
    noise = torch.from_numpy(rng.normal(size=64)).float()
    return {"x": x, "y": x[:, 0] * x[:, 1] + x[:, 2].sin() + 0.5 * noise}


def involutions() -> list[float]:
    """Return how far moving latents twice is from leaving them, step by step."""
    way = LatentFlip(SIGNS, weight=_LATENT_WEIGHT)
    trace: list[float] = []

    def draw(rng: np.random.Generator) -> Batch:
        trace.extend(way.learned().values())
        return draw_signs(rng)

    learned(way, draw, passes=_PASSES)
    return trace[2:]  # of the examples that are kept, and before the first step, nothing is known yet


def flip_errors() -> dict[str, list[float]]:
    """Return the errors under the flip that are left, from several seeds, by what was asked for."""
    x = torch.randn(1000, 4, generator=torch.Generator().manual_seed(1))
    found: dict[str, list[float]] = {}
    for seed in range(_SEEDS):
        for way in (Mechanism(SIGNS), FlipAugmentation(SIGNS), LatentFlip(SIGNS, weight=_LATENT_WEIGHT)):
            taught = learned(way, draw_signs, passes=_PASSES, seed=seed)
            found.setdefault(way.name, []).append(flip_error(taught, SIGNS, x))
    return found


def latent_flip() -> Figure:
    """Draw how the learned map of latents becomes its own inverse, and the flip error that is left."""
    figure, (left, right) = canvas(1.3, 1)
    left.plot(involutions(), color=BLUE)
    left.set(xlabel="step", ylabel="‖T T z − z‖ / ‖z‖", ylim=(0, None))
    left.set_title("moved twice, the numbers are back")
    for row, (errors, colour) in enumerate(zip(flip_errors().values(), (SOFT, ORANGE, BLUE), strict=True)):
        right.plot([row] * len(errors), errors, "o", color=colour)
    right.set(ylabel="error under the flip", ylim=(0, 1.1 * right.get_ylim()[1]), xlim=(-0.5, 2.5))
    right.set_xticks(range(3), ["none", "flip\naugmentation", "latent\nflip"])
    right.set_title("a dot for each seed")
    return figure


class _Picture(nn.Module):
    """A network that leaves its input as it is, so that its parts are the picture's."""

    def encode(self, x: Tensor) -> Tensor:
        return x

    def read(self, latent: Tensor) -> Outputs:
        return {"y": latent}


def slice_parts() -> tuple[Tensor, Tensor, Tensor]:
    """Return a slice (96, 96) of a brain with a change on the left, at its midline, and its even and its odd part."""
    batch = slice_of_head(lesion=STROKE)
    x = batch["x"].roll(-round(float(batch["line"][0, 3])), -2)  # so that its midline lies in the middle
    model = Model(**vars(toy(1, {"reflection": Element(flip(-2))})) | {"width": 1})
    even, odd = EvenOdd(_Picture(), model).parts(x)
    return x[0, 0], even[0, 0], odd[0, 0]


def even_odd_split() -> Figure:
    """Draw a slice and its two parts."""
    figure, (*panels, scale) = canvas(1, 1, 1, 0.05, height_in=2.1)
    whole, even, odd = (part.detach() for part in slice_parts())
    show(panels[0], whole, vmin=-1.2, vmax=3)
    show(panels[1], even, vmin=-1.2, vmax=3)
    drawn = show(panels[2], odd, cmap="RdBu_r", vmin=-1.5, vmax=1.5)
    figure.colorbar(drawn, cax=scale, ticks=[-1.5, 0, 1.5])
    scale.set_yticklabels(["darker than\nthe other side", "alike", "brighter"], fontsize=7)
    for panel, name in zip(panels, ("a slice", "its even part", "its odd part"), strict=True):
        panel.set_title(name)
    return figure


def split_pose() -> Figure:
    """Draw both parts over the tilt of the view that they are of."""
    figure, panels = canvas(1, 1)
    tilt, still, moved = pose_parts(600, _TILTS)
    pose = torch.stack([tilt.cos(), tilt.sin()], 1)
    for panel, part, colour, name in zip(
        panels, (still, moved), (SOFT, BLUE), ("invariant part", "equivariant part"), strict=True
    ):
        panel.plot(torch.rad2deg(tilt), part[:, 0], ".", markersize=2, color=colour)
        told = max(r_squared(part, pose), 0.0)
        panel.set(xlabel="tilt of the view (°)", xticks=[0, 90, 180, 270, 360], ylabel="one of its numbers")
        panel.set_title(f"{name}: tells {100 * told:.0f} % of the tilt")
    return figure


def pairs(rng: np.random.Generator, count: int = 128) -> Batch:
    """Return two sides that are nearly alike where the pose is trusted, else strangers; what counts is the first."""
    straight = rng.random(count) < 0.5
    own = rng.normal(size=count)
    other = np.where(straight, own + rng.normal(0, 0.05, count), rng.normal(size=count))
    x, trust = torch.from_numpy(np.stack([own, other], 1)).float(), torch.from_numpy(straight).float() * 0.98 + 0.02
    return {"x": x, "y": torch.from_numpy(own).float(), "trust": trust}


def tilted_errors() -> tuple[float, float]:
    """Return the mean squared errors in tilted pairs of the loss with its gate, and without."""
    model = toy(2, {"reflection": Element(lambda x: x.flip(1))})
    batch = pairs(np.random.default_rng(99), 2000)
    tilted, found = batch["trust"] < 0.5, []
    for gated in (True, False):
        taught = learned(HalfEmbedding(model, weight=3.0, gated=gated), pairs, passes=300)
        with torch.no_grad():
            found.append(float((taught(batch["x"])["y"] - batch["y"])[tilted].square().mean()))
    return found[0], found[1]


def half_embedding() -> Figure:
    """Draw a slice mirrored at its midline and beside it, how far each is trusted, and what the gate is worth."""
    figure, panels = canvas(1, 1, 1, 1.2, height_in=2.0)
    model, one = MODELS["midline"](), slice_of_head(Move(8.0, (0.0, 0.0)))
    angle, offset = decode(one["line"])
    wrong = one | {"line": encode(angle + np.radians(_OFF_DEG), offset)}
    show(panels[0], one["x"][0, 0])
    show_line(panels[0], one["line"][0], color=ORANGE)
    show_line(panels[0], wrong["line"][0], color=VERMILION, linestyle="--")
    panels[0].set_title("a midline")
    for panel, batch, name in zip(
        panels[1:], (one, wrong), ("mirrored at it", f"{_OFF_DEG:.0f}° beside it"), strict=False
    ):
        show(panel, model.homologue(batch)[0, 0], sides="LR")
        panel.set_title(name)
        panel.set_xlabel(f"trust {float(model.trust(batch)[0]):.2f}")
    bars(panels[3], tilted_errors(), ("with gate", "without"), (BLUE, VERMILION), digits=3)
    panels[3].set_title("error, tilted pairs")
    return figure


def sides(rng: np.random.Generator, count: int) -> tuple[Batch, Tensor]:
    """Return places and their homologues: what both share, and what is each side's own; and the side (n, 1)."""
    shared = rng.normal(size=(count, _SHARED))
    side = rng.choice([-1.0, 1.0], count)
    own, other = 2 * rng.normal(size=(2, count, _OWN))
    own[:, 0], other[:, 0] = 3 * side, -3 * side
    x, there = (torch.from_numpy(np.concatenate([shared, part], 1)).float() for part in (own, other))
    return {"x": x, "there": there}, torch.from_numpy(side[:, None]).float()


def correlations() -> tuple[tuple[Tensor, float], tuple[Tensor, float]]:
    """Return the cross-correlation (c, c) of both views and how much tells the side, before and after the training."""
    torch.manual_seed(0)
    plain = toy(_SHARED + _OWN, {"reflection": Element(lambda x: x)})
    way = BarlowTwins(Model(**vars(plain) | {"homologue": lambda batch: batch["there"]}), _WIDTH, off_diagonal=0.5)
    net, found = ToyNet(_SHARED + _OWN), []
    optimiser = torch.optim.Adam([*net.parameters(), *way.parameters()], 3e-3)
    batch, side = sides(np.random.default_rng(2), 1200)
    for steps in (0, 500):
        for step in range(steps):
            optimiser.zero_grad()
            way.pretrain(net, sides(np.random.default_rng([1, step]), 256)[0]).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        with torch.no_grad():
            a, b = (way.projector(net.encode(batch[key])) for key in ("x", "there"))
        found.append((cross_correlation(a, b), max(r_squared(a, side), 0.0)))
    return cast(tuple[tuple[Tensor, float], tuple[Tensor, float]], tuple(found))


def barlow_twins() -> Figure:
    """Draw the correlation of the two sides' numbers before and after the training."""
    figure, (before, after, scale, bar) = canvas(1, 1, 0.05, 0.9)
    told = []
    for panel, (found, side), name in zip((before, after), correlations(), ("before", "after"), strict=True):
        drawn = panel.imshow(found, cmap="RdBu_r", vmin=-1, vmax=1)
        panel.set(xticks=[], yticks=[], xlabel="numbers of the other side", ylabel="numbers of one side")
        panel.set_title(f"correlation, {name}")
        told.append(100 * side)
    figure.colorbar(drawn, cax=scale, ticks=[-1, 0, 1])
    bars(bar, told, ("before", "after"), (SOFT, GREEN), digits=0)
    bar.set(ylabel="of the side is told (%)")
    return figure


FIGURES = {
    "latent flip": latent_flip,
    "even/odd split": even_odd_split,
    "invariant/equivariant split": split_pose,
    "half embedding": half_embedding,
    "barlow twins": barlow_twins,
}
"""By the mechanism's name."""
