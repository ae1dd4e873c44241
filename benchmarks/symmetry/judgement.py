"""What is measured of a trained network, on heads that it never saw.

*Accuracy*: AUROC of changed heads (mean log-odds of the five worst places, judged for age and contrast; the own are the
same heads with and without a change), or the median errors of the midline; each as the mechanism uses the network, and
averaged over the flips, as the product would. *Calibration*: how far probabilities, or the standard deviations of the
angle, are from how often they come true. *Equivariance*: how unlike the answer to a mirrored input is to the mirrored
answer; *broken*: the same, squared, of what the flip-consistency loss compares. *Cost*: processor time of a use.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from intervals import auroc
from judged import judge
from symbrain.learning.line_target import angle_error, decode
from symbrain.learning.midline_net import read_line
from symbrain.learning.symmetry import Outputs, Symmetrised, consistency_loss
from symmetry.brains import Arrays
from symmetry.calibration import binary_error, coverage_error
from symmetry.mechanism import Model
from symmetry.suite import NORMAL
from symmetry.teaching import Taught

_WORST = 5  # places whose mean is a head's score
_AT_ONCE = {"asymmetry": 16_384, "midline": 50}
_ABOUT = ("seed", "weeks", "t1w")  # a judged head
_COMPARED = {"asymmetry": 40_000, "midline": 100}  # examples of the equivariance error
Row = dict[str, Any]


def measure(taught: Taught, model: Model, judged: Arrays, told: Arrays) -> Row:
    """Return the figures of a network on judged heads; the calibration of places is that of ``told`` ones."""
    if model.name == "asymmetry":
        return _judge_asymmetry(taught, model, judged, told)
    return _judge_midline(taught, model, judged)


@torch.inference_mode()
def answers(net: nn.Module, x: NDArray[Any] | Tensor, model: str) -> Outputs:
    """Return the outputs of many examples, in parts."""
    parts = [net(part.float()) for part in torch.split(torch.as_tensor(x), _AT_ONCE[model])]
    return {key: torch.cat([part[key] for part in parts]) for key in parts[0]}


def line_of(outputs: Outputs) -> Tensor:
    """Return lines (n, 4) that were regressed, or are read off a heat map."""
    return outputs["line"] if "line" in outputs else read_line(outputs["heat"])


def line_errors(found: Tensor, arrays: Arrays) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the errors of lines: angles in degrees, offsets at the grid's centre in millimetres."""
    truth = torch.from_numpy(arrays["line"])
    theta, offset = decode(truth)
    reached = found[:, 3] * torch.cos(theta) - found[:, 2] * torch.sin(theta)
    angle = np.degrees(angle_error(found, truth).numpy())
    return angle, np.asarray((reached - offset).abs().numpy() * arrays["pixel_mm"])


def _judge_asymmetry(taught: Taught, model: Model, judged: Arrays, told: Arrays) -> Row:
    """Measure on all places of heads, and calibration on places of brains, each of which may stand for several."""
    start = time.process_time()
    found = answers(taught, judged["x"], model.name)["logit"].numpy()
    spent = time.process_time() - start
    both = answers(Symmetrised(taught, model.group), judged["x"], model.name)["logit"].numpy()
    p = torch.sigmoid(answers(taught, told["x"], model.name)["logit"]).double().numpy()
    weight = told.get("weight", np.ones(len(p))).astype(float)
    calibration, brier = binary_error(p, told["share"].astype(float), weight)
    few, flipped = _reflected(taught, model, judged)
    gap = (few["logit"] - flipped["logit"]).abs().mean()
    normal, sick = _scores(found, judged)
    return {
        "auroc": auroc(normal, sick),
        "auroc_averaged": auroc(*_scores(both, judged)),
        "scores": in_words([normal, sick]),
        "calibration": calibration,
        "brier": brier,
        "equivariance": float(gap / (few["logit"] - _others(few)["logit"]).std().clamp(min=1e-6)),
        "broken": _broken(model, few, flipped),
        "infer_seconds": spent,
    }


def _scores(logit: NDArray[Any], judged: Arrays) -> tuple[list[float], list[float]]:
    """Return scores of normal and of changed heads: the mean of their worst places, judged for age and contrast."""
    _, first = np.unique(judged["number"], return_index=True)
    heads = pd.DataFrame({key: judged[key][first] for key in ("number", "sick", *_ABOUT)})
    heads["score"] = [float(np.sort(logit[judged["number"] == n])[-_WORST:].mean()) for n in heads["number"]]
    cell = np.where(heads["sick"] == 1, "changed", NORMAL)
    contrast = np.where(heads["t1w"] > 0, "T1w", "T2w")
    z = judge(heads.assign(cell=cell, modality=contrast))["z"]
    return z[heads["sick"] == 0].tolist(), z[heads["sick"] == 1].tolist()


@torch.inference_mode()
def _reflected(taught: Taught, model: Model, judged: Arrays) -> tuple[Outputs, Outputs]:
    """Return the answers to some examples and to the same mirrored, as the mechanism uses the network."""
    x = torch.from_numpy(judged["x"][: _COMPARED[model.name]]).float()
    return answers(taught, x, model.name), answers(taught, model.reflection.on_input(x), model.name)


def _broken(model: Model, few: Outputs, flipped: Outputs) -> float:
    """Return how far the reflection is broken: 0 exact, 1 as unlike as the answers to different examples."""
    violation = consistency_loss(model.said(few), model.said(flipped), model.reflection)
    return float(model.relative(violation, few))


def _others(outputs: Outputs) -> Outputs:
    """Return the answers to other examples: half of them further on, which are of other heads."""
    return {key: value.roll(len(value) // 2, 0) for key, value in outputs.items()}


def in_words(groups: Iterable[Iterable[float]]) -> str:
    """Return figures of heads as a table holds them: groups behind a bar, three digits."""
    return " | ".join(" ".join(f"{value:.3g}" for value in group) for group in groups)


def _judge_midline(taught: Taught, model: Model, judged: Arrays) -> Row:
    start = time.process_time()
    outputs = answers(taught, judged["x"], model.name)
    spent = time.process_time() - start
    found = line_of(outputs)
    angle, offset = line_errors(found, judged)
    # Regressed lines are averaged as they are: their first two numbers need not be of length 1 to have a direction.
    both = line_of(answers(Symmetrised(taught, model.group), judged["x"], model.name))
    few, flipped = _reflected(taught, model, judged)
    mirrored = model.reflection.act_out({"line": line_of(few)})["line"]
    sd = np.exp(outputs["numbers"][:, 0].double().numpy()) if "numbers" in outputs else None
    return {
        "angle_deg": float(np.median(angle)),
        "scores": in_words(angle[judged["head"] == head] for head in np.unique(judged["head"])),
        "angle_averaged_deg": float(np.median(line_errors(_unit(both), judged)[0])),
        "offset_mm": float(np.median(offset)),
        "within_5deg": float((angle < 5).mean()),
        "calibration": float("nan") if sd is None else coverage_error(np.radians(angle) / sd),
        "equivariance": float(angle_error(mirrored, line_of(flipped)).rad2deg().mean()),
        "broken": _broken(model, few, flipped),
        "infer_seconds": spent,
    }


def _unit(line: Tensor) -> Tensor:
    return torch.cat([nn.functional.normalize(line[:, :2], dim=1), line[:, 2:]], 1)
