"""How far the network's lines are from the true ones, beside a constant line, raw and symmetrised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from symbrain.learning.ahead import Batch
from symbrain.learning.line_target import FLIPS, angle_error, decode
from symbrain.learning.midline import Midline
from symbrain.learning.midline_choice import MOST_LEAD
from symbrain.learning.midline_input import prepare
from symbrain.learning.midline_net import MidlineNet, read_line
from symbrain.learning.midline_slices import collate
from symbrain.learning.picture import Picture
from symbrain.learning.symmetry import Outputs, Symmetrised

Floats = NDArray[np.float64]
_LEADS = 6  # groups of slices, by lead, below the greatest
_TWO_THIRDS = 68.27  # percentile of a normal error that is one standard deviation


def errors(outputs: Outputs, batch: Batch, pixel_mm: Floats) -> tuple[Floats, Floats]:
    """Return errors of angle (degrees) and of offset at the grid's centre (mm), of slices with a midline."""
    there = batch["exists"] > 0.5
    found, truth = read_line(outputs["heat"])[there], batch["line"][there]
    angle = np.degrees(angle_error(found, truth).double().numpy())
    # The foot's way along the true normal, which is what is left of the offset where the angle is right.
    theta, offset = decode(truth)
    reached = found[:, 3] * torch.cos(theta) - found[:, 2] * torch.sin(theta)
    return angle, np.abs((reached - offset).double().numpy()) * pixel_mm[there.numpy()]


def evaluated(net: nn.Module, pictures: Sequence[Picture], constant_deg: float | None = None) -> dict[str, Any]:
    """Return medians and 95th percentiles on slices: raw, symmetrised, of what a user gets, and of a constant line.

    Parameters
    ----------
    constant_deg
        Angle of the constant line; None leaves it out.
    """
    batch, pixel_mm = collate(pictures), pixel_sizes(pictures)
    there = batch["exists"].numpy() > 0.5
    result: dict[str, Any] = {"slices": len(pictures), "with_midline": int(there.sum())}
    for name, one in (("raw", net), ("symmetrised", Symmetrised(net, FLIPS))):
        outputs = forward(one, batch)
        result[name] = _summary(*errors(outputs, batch, pixel_mm))
        said = outputs["numbers"][:, 2].numpy() > 0
        result[name]["exists_accuracy"] = round(float((said == there).mean()), 4)
    result["chosen"] = _summary(*chosen_errors(net, pictures)[:2])
    if constant_deg is not None:
        lines = [p.line for p, t in zip(pictures, there, strict=True) if t and p.line is not None]
        turn = np.array([abs(line.angle_deg - constant_deg) % 180 for line in lines])
        result["constant_line"] = _summary(np.minimum(turn, 180 - turn), np.array([abs(ln.offset_mm) for ln in lines]))
    return result


def sd_factors(net: nn.Module, pictures: Sequence[Picture]) -> dict[str, float]:
    """Return what to multiply the symmetrised standard deviations with, so that two thirds of errors are within."""
    batch = collate(pictures)
    outputs = forward(Symmetrised(net, FLIPS), batch)
    there = batch["exists"] > 0.5
    if int(there.sum()) < 20:
        return {"angle_sd_factor": 1.0, "offset_sd_factor": 1.0}
    ones = np.ones(len(pictures))
    angle, offset = errors(outputs, batch, ones)
    sd = torch.exp(outputs["numbers"][there, :2]).double().numpy()
    ratios = np.radians(angle) / sd[:, 0], offset / sd[:, 1]
    factors = [float(np.clip(np.percentile(r, _TWO_THIRDS), 0.05, 20)) for r in ratios]
    return {"angle_sd_factor": round(factors[0], 4), "offset_sd_factor": round(factors[1], 4)}


def chosen_errors(net: nn.Module, pictures: Sequence[Picture]) -> tuple[Floats, Floats, Floats]:
    """Return errors of angle (degrees) and offset (mm) of what a user gets, and its lead.

    Slices in which no midline is found, or none is to be seen, do not count.
    """
    model = Midline(cast(MidlineNet, net), least_p=0.0)
    rows: list[tuple[float, float, float]] = []
    for picture in pictures:
        if picture.line is None:
            continue
        found = model.predict(picture.pixels, picture.spacing_mm)
        line = None if isinstance(found, list) else found.line(picture.shape, picture.spacing_mm)
        if line is not None and not isinstance(found, list):
            rows.append((*line.error_to(picture.line), found.lead))
    table = np.array(rows, float).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def sds_by_lead(net: nn.Module, pictures: Sequence[Picture]) -> dict[str, list[float]]:
    """Return the standard deviations of what a user gets, at leads from small to large; none from too few slices."""
    angle, offset, lead = chosen_errors(net, pictures)
    led = np.flatnonzero(lead < MOST_LEAD)
    clear = np.flatnonzero(lead >= MOST_LEAD)
    if len(led) < _LEADS * 15 or len(clear) < 15:
        return {}
    parts = [*np.array_split(led[np.argsort(lead[led])], _LEADS), clear]
    sds = [[max(float(np.percentile(e[part], _TWO_THIRDS)), 0.05) for part in parts] for e in (angle, offset)]
    falling = [np.minimum.accumulate(sd).tolist() for sd in sds]
    leads = [float(np.median(lead[part])) for part in parts]
    found = {"lead": leads, "angle_sd_deg": falling[0], "offset_sd_mm": falling[1]}
    return {name: [round(value, 4) for value in values] for name, values in found.items()}


def check_of(pictures: Sequence[Picture]) -> Callable[[nn.Module], float]:
    """Return the figure that decides when training stops: mean of the errors, each capped, and of wrong verdicts."""
    batch, pixel_mm = collate(pictures), pixel_sizes(pictures)

    def check(net: nn.Module) -> float:
        outputs = forward(net, batch)
        angle, offset = errors(outputs, batch, pixel_mm)
        wrong = (outputs["numbers"][:, 2] > 0) != (batch["exists"] > 0.5)
        capped = [np.minimum(e, 10).mean() if e.size else 0.0 for e in (angle, offset)]
        return float(sum(capped)) + float(wrong.double().mean())

    return check


@torch.inference_mode()
def forward(net: nn.Module, batch: Batch) -> Outputs:
    """Return the outputs of a large batch, in parts."""
    parts = [net(part) for part in torch.split(batch["image"], 32)]
    return {key: torch.cat([part[key] for part in parts]) for key in parts[0]}


def pixel_sizes(pictures: Sequence[Picture]) -> Floats:
    """Return the pixel's edge of each slice's working grid in millimetres; 1 where the slice shows nothing."""
    prepared = [prepare(p.pixels, p.spacing_mm) for p in pictures]
    return np.array([1.0 if one is None else one[1].pixel_mm for one in prepared])


def _summary(angle: Floats, offset: Floats) -> dict[str, float]:
    figures = {"angle_deg": angle, "offset_mm": offset}
    return {
        f"{name}_{label}": round(float(np.percentile(values, share)), 4)
        for name, values in figures.items()
        if values.size
        for label, share in (("median", 50), ("p95", 95))
    }
