"""Figures of symmetries that hold to some degree: strengths that are learned, and comparisons of the sides."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from numpy.typing import NDArray
from torch import Tensor

from symbrain.figure_style import BLUE, GREEN, ORANGE, PURPLE, SOFT, VERMILION
from symbrain.learning.symmetry import Element
from symmetry.bures import Floats, bures_wasserstein, log_euclidean, regional_covariances
from symmetry.constrained import InvarianceConstrained
from symmetry.mechanism import Batch
from symmetry.soft_equivariance import SoftEquivariance
from symmetry.toys import ToyNet, learned, sign, toy
from symmetry.tversky import Tversky
from symmetry_canvas import STROKE, canvas, show, slice_of_head

BREAKING = {"turn": 0.0, "reflection": 0.2, "exchange": 0.5, "shift": 1.0}
_LOOKS = dict(zip(BREAKING, (BLUE, GREEN, ORANGE, VERMILION), strict=True))
_SIX = torch.tensor([
    [0, 0, 1, 1, 0, 0], [0, 1, 0, 0, 0, 0], [0, 1, 1, 1, 0, 0],
    [0, 1, 0, 0, 1, 0], [0, 1, 0, 0, 1, 0], [0, 0, 1, 1, 0, 0],
]).float()  # fmt: skip
_PAIRS, _CHANNELS = 400, 8
_REGION_SD = 4.0  # pixels


def strengths() -> list[dict[str, float]]:
    """Return the strength of each symmetry, step by step, where each is truly broken by ``BREAKING``."""
    way = SoftEquivariance(toy(4, {name: sign(i, of=4) for i, name in enumerate(BREAKING)}), weight=0.05)
    trace: list[dict[str, float]] = []

    def draw(rng: np.random.Generator) -> Batch:
        """Draw of each input a part that its symmetry keeps, and some of one that it does not."""
        trace.append(way.learned())
        x = torch.from_numpy(rng.uniform(-2, 2, size=(128, 4))).float()
        return {"x": x, "y": (x.cos() + torch.tensor(list(BREAKING.values())) * x.sin()).sum(1)}

    learned(way, draw, passes=800, rate=1e-2)
    return trace[1:]  # the first batch is of the examples that are kept


def soft_equivariance() -> Figure:
    """Draw the learned strengths over the steps, and in the end over the true breaking."""
    figure, (left, right) = canvas(1.4, 1)
    trace = strengths()
    for name, colour in _LOOKS.items():
        left.plot([step[name] for step in trace], color=colour)
        right.plot(BREAKING[name], trace[-1][name], "o", color=colour)
        aside = (-8, -12) if name == "turn" else (6, 3)
        place = (BREAKING[name], trace[-1][name])
        right.annotate(name, place, xytext=aside, textcoords="offset points", color=colour)
    left.set(xlabel="step", ylabel="learned strength λ", yscale="log")
    right.set(xlabel="how far it is truly broken", yscale="log", xlim=(-0.1, 1.35), ylim=left.get_ylim())
    return figure


class _Digits(ToyNet):
    """It sees a picture of 36 pixels, and of two more numbers only their sum: exchanging these is met already."""

    def __init__(self) -> None:
        super().__init__(37)

    def encode(self, x: Tensor) -> Tensor:
        return super().encode(torch.cat([x[:, :36], x[:, 36:].sum(1, keepdim=True)], 1))


def multipliers() -> list[dict[str, float]]:
    """Return the multiplier of each symmetry, step by step, where sixes and nines are to be told apart."""
    turn = Element(lambda x: torch.cat([x[:, :36].flip(1), x[:, 36:]], 1))
    exchange = Element(lambda x: torch.cat([x[:, :36], x[:, 36:].flip(1)], 1))
    way = InvarianceConstrained(toy(38, {"turn": turn, "exchange": exchange}, _Digits), slack=0.5, ascent=5e-5)
    trace: list[dict[str, float]] = []

    def draw(rng: np.random.Generator) -> Batch:
        trace.append(way.learned())
        nine = torch.from_numpy(rng.integers(0, 2, 96)).bool()
        picture = torch.where(nine[:, None], _SIX.flatten().flip(0), _SIX.flatten())
        picture = picture + torch.from_numpy(rng.normal(0, 0.1, (96, 36))).float()
        return {"x": torch.cat([picture, torch.from_numpy(rng.normal(size=(96, 2))).float()], 1), "y": nine.float()}

    learned(way, draw, passes=240, batch=96, last=True)
    return trace[1:]


def constrained() -> Figure:
    """Draw a six and a nine, and the multipliers of the turn that makes one of the other and of a harmless exchange."""
    figure, (six, nine, right) = canvas(0.6, 0.6, 2)
    for panel, picture, name in ((six, _SIX, "a six"), (nine, _SIX.flip(0, 1), "turned: a nine")):
        panel.imshow(picture, cmap="gray_r")
        panel.set(xticks=[], yticks=[], title=name)
    trace = multipliers()
    for name, colour, words in (
        ("turn", VERMILION, "half turn: the task forbids it"),
        ("exchange", BLUE, "exchange of two numbers: holds already"),
    ):
        right.plot([step[name] for step in trace], color=colour, label=words, linewidth=2)
    right.set(xlabel="step", ylabel="multiplier")
    right.legend(loc="upper left")
    return figure


@torch.no_grad()
def similarities(sizes: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return S(left, right) and S(right, left), averaged over sound pairs to which a change of each size is added.

    Parameters
    ----------
    sizes
        Of the change: on the left where positive, on the right where negative.
    """
    torch.manual_seed(0)
    similarity = Tversky(_CHANNELS)
    sound = torch.randn(_PAIRS, _CHANNELS)
    change = torch.nn.functional.normalize(torch.randn(_PAIRS, _CHANNELS), dim=1)
    both: list[list[float]] = [[], []]
    for size in sizes:
        left, right = sound + max(size, 0.0) * change, sound + max(-size, 0.0) * change
        both[0].append(float(similarity(left, right).mean()))
        both[1].append(float(similarity(right, left).mean()))
    return np.array(both[0]), np.array(both[1])


def tversky_head() -> Figure:
    """Draw both similarities over a change that moves from the right to the left, and their difference."""
    figure, (one, two) = canvas(1, 1)
    sizes = np.linspace(-4, 4, 41)
    there, back = similarities(sizes)
    one.plot(sizes, there, color=BLUE, label="left to right")
    one.plot(sizes, back, color=ORANGE, linestyle="--", label="right to left")
    one.set(ylabel="similarity S")
    one.legend(loc="lower center")
    two.plot(sizes, there - back, color=PURPLE)
    two.axhline(0, color=SOFT, linewidth=0.8)
    two.set(ylabel="S(left, right) − S(right, left)")
    for panel in (one, two):
        panel.axvline(0, color=SOFT, linewidth=0.8)
        panel.set(xlabel="← on the right   change   on the left →")
    return figure


def side_covariances() -> tuple[Tensor, NDArray[np.int64], NDArray[np.float32]]:
    """Return a slice (96, 96) with a change on the left, two places on the left (2, 2), and the covariances of both.

    Of brightness and edge, around each place and around the place mirrored at the midline (place, side, 2, 2).
    """
    x = slice_of_head(lesion=STROKE)
    middle = round(47.5 + float(x["line"][0, 3]))
    pixels = x["x"][0, 0].numpy()
    steep = np.hypot(*np.gradient(pixels))
    found = regional_covariances(np.stack([pixels, steep])[..., None], np.ones((*pixels.shape, 1)), _REGION_SD)
    rows = np.array([[middle + 22, 46], [middle + 20, 66]])
    mirrored = rows * [-1, 1] + [2 * middle, 0]
    return x["x"][0, 0], rows, np.stack([found[at[:, 0], at[:, 1], 0] for at in (rows, mirrored)], 1)


def steadiness(widths: NDArray[np.float64]) -> tuple[Floats, Floats]:
    """Return the distances of covariances with these smallest variances to one with 10⁻³: Bures' and log-Euclidean."""
    flat = np.stack([np.diag([1.0, width]) for width in widths])
    one = np.broadcast_to(np.diag([1.0, 1e-3]), flat.shape)
    return bures_wasserstein(one, flat), log_euclidean(one, flat)


def bures_feature() -> Figure:
    """Draw the covariances of two places and of their homologues, and both distances of ever flatter covariances."""
    figure, (picture, ellipses, right) = canvas(1, 1, 1.1)
    pixels, rows, covariances = side_covariances()
    show(picture, pixels)
    for number, (at, (left, other)) in enumerate(zip(rows, covariances, strict=True)):
        colour, distance = (VERMILION, GREEN)[number], float(bures_wasserstein(left, other))
        picture.plot(*at, "s", markersize=9, markerfacecolor="none", color=colour)
        _draw_covariance(ellipses, left, edgecolor=colour)
        _draw_covariance(ellipses, other, edgecolor=colour, linestyle="--")
        place = {"transform": ellipses.transAxes, "va": "top"}
        ellipses.text(0.02, 0.97 - 0.1 * number, f"d = {distance:.2f}", color=colour, **place)
    ellipses.set(xlim=(-0.9, 0.9), ylim=(-0.9, 0.9), xlabel="brightness", ylabel="edge", aspect="equal")
    ellipses.set_title("left solid, right dashed")
    widths = np.logspace(-14, -3, 60)
    for distances, colour, name in zip(steadiness(widths), (BLUE, SOFT), ("Bures", "log-Euclidean"), strict=True):
        right.plot(widths, distances, color=colour, label=name)
    right.set(xscale="log", xlabel="smallest variance", ylabel="distance")
    right.legend(loc="upper right")
    return figure


def _draw_covariance(panel: Any, covariance: Floats, **look: Any) -> None:
    """Draw a covariance (2, 2) as the ellipse of one standard deviation."""
    values, vectors = np.linalg.eigh(covariance)
    width, height = 2 * np.sqrt(np.maximum(values[::-1], 0))
    angle = np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1]))
    panel.add_patch(Ellipse((0, 0), width, height, angle=angle, facecolor="none", linewidth=1.5, **look))


FIGURES = {
    "soft equivariance": soft_equivariance,
    "constrained": constrained,
    "tversky head": tversky_head,
    "bures feature": bures_feature,
}
"""By the mechanism's name."""
