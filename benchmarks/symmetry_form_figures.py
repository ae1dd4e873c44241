"""Figures of the form that an answer has: directions as numbers, and a registration's nearest reflection."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from numpy.typing import NDArray
from torch import Tensor, nn

from symbrain.figure_style import BLUE, INK, ORANGE, SOFT, VERMILION
from symbrain.learning.line_target import decode, encode
from symbrain.learning.symmetry import Element, Outputs, flip
from symmetry.direction import DoubledAngle, PlainAngle
from symmetry.mechanism import Batch, Model
from symmetry.polar import MOST_SHEAR, decompose, oblique_reflection
from symmetry.toys import learned, toy
from symmetry_canvas import canvas

_SIZE, _WIDTH = 32, 8
_KINDS = {kind.name: kind for kind in (PlainAngle, DoubledAngle)}


class _Eye(nn.Module):
    """An encoder of small pictures (n, 1, 32, 32)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, _WIDTH, 5, 2, 2), nn.SiLU(), nn.Conv2d(_WIDTH, _WIDTH, 5, 2, 2), nn.SiLU()
        )

    def encode(self, x: Tensor) -> Tensor:
        out: Tensor = self.layers(x)
        return out

    def read(self, latent: Tensor) -> Outputs:
        return {"latent": latent}


def heads(lines: Tensor) -> Tensor:
    """Return pictures (n, 1, 32, 32) of round heads with a dark fissure at lines (n, 4)."""
    at = torch.arange(_SIZE) - (_SIZE - 1) / 2
    x, y = at[None, None, :], at[None, :, None]
    c, s, foot_x, foot_y = (value[:, None, None] for value in lines.unbind(1))
    dx, dy = x - foot_x, y - foot_y
    away = ((1 - c) * dx.square() - 2 * s * dx * dy + (1 + c) * dy.square()) / 2
    inside = torch.sigmoid((13 - (x.square() + y.square()).sqrt()) * 2)
    return (inside * (1 - torch.exp(-away / 3)))[:, None]


def draw_heads(rng: np.random.Generator) -> Batch:
    """Return heads in any pose, each with its line."""
    angle, offset = rng.uniform(-np.pi / 2, np.pi / 2, 64), rng.uniform(-2, 2, 64)
    line = encode(torch.from_numpy(angle).float(), torch.from_numpy(offset).float())
    return {"x": heads(line), "line": line}


@lru_cache(maxsize=2)
def angles(name: str) -> tuple[NDArray[np.float64], NDArray[np.float64], Tensor]:
    """Return true angles in degrees, those that a network finds, and what it says of directions (n, 2)."""
    model = Model(**vars(toy(1, {"reflection": Element(flip(-1))}, _Eye)) | {"width": _WIDTH})
    taught = learned(_KINDS[name](model), draw_heads, passes=500, batch=64, last=True)
    theta = torch.linspace(-np.pi / 2, np.pi / 2, 361)
    with torch.no_grad():
        outputs = taught(heads(encode(theta, torch.zeros(len(theta)))))
    found = outputs.get("angle", decode(outputs["line"])[0])
    return np.degrees(theta.double().numpy()), np.degrees(found.double().numpy()), outputs["line"][:, :2]


def angle_errors(name: str) -> NDArray[np.float64]:
    """Return the angles between the true lines and those found, 0 to 90 degrees."""
    true, found, _ = angles(name)
    return np.asarray(np.abs((found - true + 90) % 180 - 90))


def plain_angle() -> Figure:
    """Draw two heads that are nearly alike and whose angles are not, and what a network says of all angles."""
    figure, (one, other, right) = canvas(0.7, 0.7, 1.6)
    for panel, degrees in ((one, 84.0), (other, -84.0)):
        line = encode(torch.tensor([np.radians(degrees)]), torch.zeros(1))
        panel.imshow(heads(line.float())[0, 0], cmap="gray", interpolation="bilinear")
        panel.set(xticks=[], yticks=[], title=f"θ = {degrees:.0f}°".replace("-", "−"))
    true, found, _ = angles(PlainAngle.name)
    right.plot(true, true, color=SOFT, linewidth=1, linestyle="--", label="true")
    right.plot(true, found, color=VERMILION, linewidth=2, label="answer of the network")
    ticks = [-90, -45, 0, 45, 90]
    right.set(xlabel="true angle θ (°); upright heads have ±90°", ylabel="answer (°)", xticks=ticks, yticks=ticks)
    right.legend(loc="upper left")
    right.set_title(f"worst error {angle_errors(PlainAngle.name).max():.0f}°")
    return figure


def doubled_angle() -> Figure:
    """Draw what the network says of directions, on the circle, and the errors of both."""
    figure, (left, right) = canvas(1, 1.6)
    true, _, said = angles(DoubledAngle.name)
    left.add_patch(Circle((0, 0), 1, fill=False, color=SOFT, linewidth=0.8))
    drawn = left.scatter(*said.T, c=true, s=10, cmap="twilight", vmin=-90, vmax=90)
    figure.colorbar(drawn, ax=left, ticks=[-90, 0, 90], label="true angle θ (°)", shrink=0.9)
    left.set(xlabel="cos 2θ", ylabel="sin 2θ", xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    left.set_aspect("equal")
    for name, colour in ((PlainAngle.name, VERMILION), (DoubledAngle.name, BLUE)):
        worst = angle_errors(name).max()
        right.plot(true, angle_errors(name), color=colour, label=f"{name}, worst {worst:.{0 if worst > 9 else 1}f}°")
    right.set(xlabel="true angle θ (°); upright heads have ±90°", ylabel="error (°)", xticks=[-90, -45, 0, 45, 90])
    right.legend(loc="upper center")
    return figure


def shears(errors_deg: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the errors of the plane, in degrees, and the shears that the polar decomposition finds of slanted mirrors.

    Parameters
    ----------
    errors_deg
        The slants are twice as large: the plane of the nearest reflection lies half way.
    """
    normal, found = np.array([1.0, 0.0, 0.0]), []
    for degrees in errors_deg:
        one = decompose(oblique_reflection(normal, _slanted(2 * degrees)))
        found.append((np.degrees(np.arccos(min(abs(one.normal @ normal), 1.0))), one.shear))
    turned, shear = np.array(found).T
    return turned, shear


def _slanted(degrees: float) -> NDArray[np.float64]:
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees)), 0.0])


def polar_decomposition() -> Figure:
    """Draw a round head, and what a true and a slanted mirror make of it; and shear over the error of the plane."""
    figure, (*panels, right) = canvas(1, 1, 1.8)
    turn = np.linspace(0, 2 * np.pi, 200)
    outline = np.stack([np.cos(turn), 1.1 * np.sin(turn), 0 * turn], 1)
    marks = np.array([[0.7, y, 0.0] for y in (-0.6, 0.0, 0.6)])
    for panel, slant, colour, name in zip(panels, (0.0, 14.0), (BLUE, VERMILION), ("true", "slanted"), strict=True):
        matrix = oblique_reflection(np.array([1.0, 0.0, 0.0]), _slanted(slant))
        normal = decompose(matrix).normal
        panel.plot(*outline.T[:2], color=SOFT, linewidth=1)
        panel.plot(*(outline @ matrix.T).T[:2], color=colour)
        for start, end in zip(marks, marks @ matrix.T, strict=True):
            panel.annotate("", end[:2], start[:2], arrowprops={"arrowstyle": "->", "color": colour})
        panel.plot([0, 0], [-1.3, 1.3], color=INK, linewidth=0.8)
        panel.plot(*(np.array([[-1.3], [1.3]]) * [-normal[1], normal[0]]).T, color=ORANGE, linestyle="--")
        panel.set_aspect("equal")
        panel.set_axis_off()
        panel.set_title(f"{name} mirror")
    turned, shear = shears(np.linspace(0, 14, 60))
    right.plot(turned, shear, color=VERMILION)
    right.axhline(MOST_SHEAR, color=INK, linestyle="--", linewidth=1)
    right.text(13.9, MOST_SHEAR + 0.01, "believed below", ha="right", va="bottom")
    right.set(xlabel="error of the plane (°)", ylabel="shear ‖P − 1‖", ylim=(0, None), xlim=(0, 14))
    return figure


FIGURES = {"doubled angle": doubled_angle, "plain angle": plain_angle, "polar decomposition": polar_decomposition}
"""By the mechanism's name."""
