"""Figures of flips and turns of slices: shown in training, averaged over, or taken away by the slice's own axes."""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor, nn

from symbrain.figure_style import BLUE, INK, ORANGE, SOFT, VERMILION
from symbrain.learning.augment import Move
from symbrain.learning.line_target import FLIPS, decode
from symbrain.learning.midline_net import positions, read_line
from symbrain.learning.symmetry import Outputs
from symmetry.flip import FlipAugmentation
from symmetry.frame_averaging import FrameAveraging, MirrorAveraging, over_principal_frames, principal_angle
from symmetry.models import MODELS
from symmetry.orbit import TURNS_DEG, Orbit
from symmetry.turning import turned
from symmetry_canvas import STROKE, canvas, show, show_line, slice_of_head
from symmetry_place_figures import places

_RANDOM_NETS, _REPEATS, _ERR_DEG = 12, 200, 3.0
_ZERO = 3e-9  # where errors of exactly 0 are drawn on a logarithmic axis


def flip_augmentation() -> Figure:
    """Draw a batch of one slice, each copy moved by another flip, its midline along with it."""
    figure, panels = canvas(1, 1, 1, 1, height_in=2.1)
    one = slice_of_head(Move(14.0, (4.0, 5.0)), lesion=STROKE)
    batch = FlipAugmentation(MODELS["midline"]()).augment(
        {key: value.repeat(len(FLIPS), *(1,) * (value.ndim - 1)) for key, value in one.items()},
        np.random.default_rng(0),
    )
    titles = ("as it is", "sides exchanged", "front to back", "both")
    for panel, x, line, title, sides in zip(panels, batch["x"], batch["line"], titles, ("RL", "LR") * 2, strict=True):
        show(panel, x[0], sides=sides)
        show_line(panel, line, color=ORANGE)
        panel.set_title(title)
    return figure


@torch.no_grad()
def equivariance_errors(
    name: str, kind: type[FrameAveraging] = FrameAveraging, flip: int | None = None
) -> tuple[list[float], list[float]]:
    """Return the errors under a flip, relative to the output, of random networks: raw, and averaged.

    Parameters
    ----------
    flip
        Number of the flip in the model's group; None is the reflection.
    """
    model = MODELS[name]()
    element = model.reflection if flip is None else model.group[flip]
    x = slice_of_head()["x"] if name == "midline" else torch.from_numpy(places()["shown"]["x"][:500]).float()
    errors: tuple[list[float], list[float]] = [], []
    for seed in range(_RANDOM_NETS):
        torch.manual_seed(seed)
        net = model.make().eval()
        for parameter in net.parameters():  # the last layer is 0 at the start
            nn.init.normal_(parameter, std=0.1)
        for found, use in zip(errors, (net, kind(model).prepare(net)), strict=True):
            key = "heat" if name == "midline" else "logit"
            here, there = element.act_out(use(x))[key], use(element.on_input(x))[key]
            found.append(float((here - there).abs().max() / here.abs().max()))
    return errors


@torch.no_grad()
def cube_outputs() -> tuple[list[float], list[float]]:
    """Return what a random network says of a cloud of points in 48 poses: raw, and averaged over principal frames."""
    torch.manual_seed(0)
    cloud = torch.randn(40, 3, dtype=torch.double) * torch.tensor([3.0, 2.0, 1.0])
    net = nn.Sequential(nn.Flatten(), nn.Linear(120, 32), nn.SiLU(), nn.Linear(32, 1)).double()
    raw, averaged = [], []
    for order, signs in product(permutations(range(3)), product((1.0, -1.0), repeat=3)):
        moved = cloud[:, list(order)] * torch.tensor(signs, dtype=torch.double)
        raw.append(float(net(moved[None])[0, 0]))
        averaged.append(float(over_principal_frames(net, moved)[0]))
    return raw, averaged


def frame_averaging() -> Figure:
    """Draw the errors of random networks before and after the average, and a cloud's answers in 48 poses."""
    figure, (left, right) = canvas(1, 1.1)
    _show_errors(left, {"slices": equivariance_errors("midline"), "places": equivariance_errors("asymmetry")})
    left.set(xlabel="error under the mirror, share of the answer")
    left.set_title(f"{_RANDOM_NETS} random networks of each model")
    raw, averaged = cube_outputs()
    right.plot(raw, "o", markersize=3.5, color=VERMILION, label="raw")
    right.plot(averaged, "o", markersize=3.5, color=BLUE, label="averaged over principal axes")
    right.set(xlabel="pose: 48 turns and mirror images", ylabel="answer", ylim=(min(raw) - 0.1, max(raw) + 0.45))
    right.legend(loc="upper left", ncols=2, handletextpad=0.1, columnspacing=1)
    right.set_title("one cloud of points, one network")
    return figure


def _show_errors(panel: Any, rows: dict[str, tuple[list[float], list[float]]]) -> None:
    """Draw a row of errors for each name, raw and averaged, on a logarithmic axis with a place for 0."""
    rng = np.random.default_rng(0)
    for row, both in enumerate(rows.values()):
        for colour, errors in zip((VERMILION, BLUE), both, strict=True):
            aside = rng.uniform(-0.15, 0.15, len(errors))
            panel.scatter(np.maximum(errors, _ZERO), row + aside, s=14, color=colour, alpha=0.8)
    panel.set(xscale="log", xlim=(1e-9, 10), ylim=(-0.5, len(rows) - 0.2))
    panel.set_xticks([_ZERO, 1e-6, 1e-3, 1], ["0", "10⁻⁶", "10⁻³", "1"], minor=False)
    panel.minorticks_off()
    panel.set_yticks(range(len(rows)), rows)
    for x, colour, word in ((3e-7, BLUE, "averaged"), (0.3, VERMILION, "raw")):
        panel.text(x, len(rows) - 0.55, word, color=colour, ha="center")


def mirror_averaging() -> Figure:
    """Draw the errors of random networks of slices under each flip, averaged over the mirror alone and over all."""
    figure, panels = canvas(1, 1)
    names = {"sides exchanged": None, "front to back": 1, "both": 3}
    for panel, kind, title in zip(
        panels, (MirrorAveraging, FrameAveraging), ("over the mirror alone", "over all four flips"), strict=True
    ):
        _show_errors(panel, {name: equivariance_errors("midline", kind, flip) for name, flip in names.items()})
        panel.set(xlabel="error, share of the answer", title=f"averaged {title}")
    panels[1].set_yticklabels([])
    return figure


def principal_frame() -> Figure:
    """Draw a slice in four poses above, and along its own long axis below."""
    figure, panels = canvas(1, 1, 1, rows=2, height_in=2.45)
    angles = (-25.0, 5.0, 40.0)
    x = slice_of_head(*(Move(angle, (0.0, 0.0)) for angle in angles))["x"]
    own = turned(x, -principal_angle(x))
    for column, (angle, scanned, posed) in enumerate(zip(angles, x, own, strict=True)):
        show(panels[0, column], scanned[0])
        show(panels[1, column], posed[0])
        panels[0, column].set_title(f"turned by {angle:.0f}°".replace("-", "−"))
    for panel, name in zip(panels[:, 0], ("as it lies", "in its own axes"), strict=True):
        panel.set_ylabel(name)
    return figure


class _Unsteady(nn.Module):
    """It sees the long axis of slices and errs by some degrees: in part anew each time, for the rest with the slice.

    What errs with the slice, as for a lesion that draws the line to itself, turns over where the slice is turned over.
    """

    def __init__(self, common: float, count: int) -> None:
        super().__init__()
        self.own, self.common = _ERR_DEG * (1 - common) ** 0.5, _ERR_DEG * common**0.5 * torch.randn(count)

    def forward(self, x: Tensor) -> Outputs:
        turned_over = torch.tensor([1.0, -1.0, -1.0, 1.0])[: len(x) // len(self.common)]  # in the order of FLIPS
        errors = torch.outer(turned_over, self.common).flatten() + self.own * torch.randn(len(x))
        angle = principal_angle(x) + torch.deg2rad(errors)
        at = positions(48)
        away = at[None, None, :] * angle.sin()[:, None, None] - at[None, :, None] * angle.cos()[:, None, None]
        return {"heat": -away.square()[:, None] / 30}


def orbit_errors(common: float, turns_deg: tuple[float, ...] = ()) -> NDArray[Any]:
    """Return errors of the angle, in degrees: of one pass, or averaged over an orbit of all flips and these turns.

    Parameters
    ----------
    common
        Share of the error's variance that goes with the slice.
    """
    torch.manual_seed(1)
    at = torch.linspace(-1, 1, 96)
    blob = torch.exp(-(at[:, None] ** 2) / 0.2 - (at[None, :] ** 2) / 0.05)[None, None].expand(_REPEATS, 1, 96, 96)
    net = _Unsteady(common, _REPEATS)
    heat = (Orbit(MODELS["midline"](), turns_deg).infer(net, blob) if turns_deg else net(blob))["heat"]
    angle, _ = decode(read_line(heat))
    return np.asarray(torch.rad2deg(angle % torch.pi - torch.pi / 2))


def orbit_at_inference() -> Figure:
    """Draw the errors of an unsteady observer before and after, and their scatter over the size of the orbit."""
    figure, (left, right) = canvas(1, 1.4)
    bins = np.linspace(-6, 6, 25)
    for turns, colour, name in (((), SOFT, "1 pass"), (TURNS_DEG, BLUE, "12 passes")):
        left.hist(orbit_errors(0.0, turns), bins, color=colour, histtype="stepfilled", alpha=0.6, label=name)
    left.set(xlabel="error of the angle (°)", ylabel=f"of {_REPEATS} slices")
    left.legend(loc="upper left", handlelength=1)
    orbits = ((), (0.0,), (-6.0, 6.0), TURNS_DEG, (-6.0, -3.0, 0.0, 3.0, 6.0))
    passes = np.array([max(1, len(FLIPS) * len(turns)) for turns in orbits])
    for common, colour, name in (
        (0.5, ORANGE, "half of it goes with the slice"),
        (0.0, BLUE, "each pass errs by itself"),
    ):
        scatter = [float(orbit_errors(common, turns).std()) for turns in orbits]
        right.plot(passes, scatter, "o-", color=colour, markersize=4, label=name)
    steps = np.linspace(1, passes.max(), 100)
    right.plot(steps, scatter[0] / np.sqrt(steps), "--", color=INK, linewidth=1, label="1 / √passes")
    right.set(
        xlabel="passes through the network",
        ylabel="scatter of the angle (°)",
        ylim=(0, 1.45 * scatter[0]),
        xticks=passes,
    )
    right.legend(loc="upper right")
    return figure


FIGURES = {
    "flip augmentation": flip_augmentation,
    "frame averaging": frame_averaging,
    "mirror averaging": mirror_averaging,
    "principal frame": principal_frame,
    "orbit at inference": orbit_at_inference,
}
"""By the mechanism's name."""
