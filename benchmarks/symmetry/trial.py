"""One trial: a model is trained with a mechanism from a seed, for a budget, and measured on heads that it never saw.

Each network is judged twice: on heads of the *frozen* suite, which are the same whatever was learned from, and on heads
of its *own* kind, as asymmetric as those that it learned from. *Accuracy*: AUROC of changed heads (mean log-odds of the
five worst places; the suite's are judged for age and contrast, the own are the same heads with and without a change of
16 mm and 6 SD), or the median errors of the midline; each as the mechanism uses the network, and averaged over the
flips, as the product would. *Calibration*: how far probabilities, or the standard deviations of the angle, are from how
often they come true. *Equivariance*: how unlike the answer to a flipped input is to the flipped answer. *Cost*:
processor time of a step and of a use.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from intervals import auroc
from judged import judge
from symbrain.learning.asymmetry_loss import entropy_of
from symbrain.learning.line_target import angle_error, decode
from symbrain.learning.midline_net import read_line
from symbrain.learning.symmetry import Outputs, Symmetrised
from symmetry.brains import Amount, Arrays, read_brains
from symmetry.calibration import binary_error, coverage_error
from symmetry.catalogue import MECHANISMS
from symmetry.frozen import NORMAL, FrozenAmount, read_frozen
from symmetry.mechanism import Batch, Model
from symmetry.models import MODELS
from symmetry.slices import SliceAmount, read_slices
from symmetry.teaching import Budget, Taught, teach

_WORST = 5  # places whose mean is a head's score
_AT_ONCE = {"asymmetry": 16_384, "midline": 50}
_ABOUT = ("seed", "weeks", "t1w")  # of the suite's heads
_COMPARED = {"asymmetry": 40_000, "midline": 100}  # examples of the equivariance error
_CAP = 10.0  # degrees and millimetres: a lost line counts no more in the check
Row = dict[str, Any]


@dataclass(frozen=True)
class Setting:
    """What all trials of a comparison share.

    Parameters
    ----------
    asymmetry
        How asymmetric normal brains are, 0 to 1.
    heads
        Of the training set that is kept, only so many are learned from; 0 for all.
    """

    asymmetry: float = 0.0
    heads: int = 0
    brains: Amount = field(default_factory=Amount)
    slices: SliceAmount = field(default_factory=SliceAmount)
    frozen: FrozenAmount = field(default_factory=FrozenAmount)
    budgets: tuple[tuple[str, Budget], ...] = (("asymmetry", Budget(800, 2048)), ("midline", Budget(600, 16)))

    @property
    def text(self) -> str:
        """What a results file of this setting says of it."""
        budgets = "; ".join(f"{name} {b.passes} passes of {b.batch} at {b.learning_rate:g}" for name, b in self.budgets)
        return f"{self.brains}, {self.slices}, {self.frozen}, {budgets}"


SMALL = Setting(
    brains=Amount(heads=4, brains=6, check=2, told=2, judged=4),
    slices=SliceAmount(heads=2, slices=24, check=8, judged=12),
    frozen=FrozenAmount(brains=6, posed=2),
    budgets=(("asymmetry", Budget(24, 512)), ("midline", Budget(8, 8))),
)


def try_mechanism(model: str, mechanism: str, seed: int, setting: Setting) -> list[Row]:
    """Train and measure on both kinds of heads; one seed gives the same first weights, whatever the mechanism."""
    about = MODELS[model]()
    data = read_brains(setting.brains, setting.asymmetry) if model == "asymmetry" else read_slices(
        setting.slices, setting.asymmetry
    )  # fmt: skip
    learned = _kept(data["train"], setting.heads)
    budget = dict(setting.budgets)[model]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = about.make()
        way = MECHANISMS[mechanism](about)
    if model == "asymmetry":
        net.fit_scale(torch.from_numpy(learned["x"][:100_000]).float())  # type: ignore[operator]
    draw = _draw(learned, budget.batch)
    _warm_up(net, about, draw(np.random.default_rng(0)))
    start = time.process_time()
    taught, history = teach(net, way, draw, budget, _check(data["check"]), seed=seed)
    spent = time.process_time() - start
    taught.eval()
    steps = budget.steps(way) + budget.first_steps(way)
    words = " ".join(f"{key.replace(' ', '_')}={value:.4g}" for key, value in taught.mechanism.learned().items())
    measure = _judge_asymmetry if model == "asymmetry" else _judge_midline
    frozen = read_frozen(model, setting.frozen)
    common = {
        "steps": budget.steps(way),
        "best_step": history.best_step,
        "passes": way.passes,
        "step_seconds": spent / steps,
        "train_seconds": spent,
        "learned": words or "none",
    }
    own = {"judged_on": "own"} | measure(taught, about, data["judged"], data.get("told", data["judged"]))
    return [{"judged_on": "frozen"} | measure(taught, about, frozen, frozen) | common, own | common]


def _warm_up(net: nn.Module, model: Model, batch: Batch) -> None:
    """Go forward and back once, so that the first trial of a process is not charged with what loads at first use."""
    model.task(net(batch["x"]), batch).backward()  # type: ignore[no-untyped-call]
    net.zero_grad(set_to_none=True)
    torch.optim.AdamW(net.parameters()).step()  # without a gradient nothing moves


def _kept(train: Arrays, heads: int) -> Arrays:
    return {key: value[train["head"] < heads] for key, value in train.items()} if heads else train


def _draw(arrays: Arrays, count: int) -> Callable[[np.random.Generator], Batch]:
    """Return what draws batches of so many examples."""
    of = {key: torch.from_numpy(value) for key, value in arrays.items() if key not in ("head", "pixel_mm")}
    total = len(arrays["head"])

    def draw(rng: np.random.Generator) -> Batch:
        rows = torch.from_numpy(rng.integers(0, total, min(count, total)))
        return {key: value[rows].float() for key, value in of.items()}

    return draw


def _check(arrays: Arrays) -> Callable[[nn.Module], float]:
    """Return the figure that chooses the weights: cross-entropy of places, or errors of lines, capped."""
    model = "asymmetry" if "share" in arrays else "midline"

    def check(net: nn.Module) -> float:
        outputs = answers(net, arrays["x"], model)
        if model == "asymmetry":
            batch = {key: torch.from_numpy(arrays[key]) for key in ("share", "weight")}
            return float(entropy_of(outputs["logit"], batch))
        angle, offset = line_errors(line_of(outputs), arrays)
        return float(np.minimum(angle, _CAP).mean() + np.minimum(offset, _CAP).mean())

    return check


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
    few = torch.from_numpy(judged["x"][: _COMPARED[model.name]]).float()
    flipped = answers(taught, model.reflection.on_input(few), model.name)["logit"].numpy()
    return {
        "auroc": _area(found, judged),
        "auroc_averaged": _area(both, judged),
        "calibration": calibration,
        "brier": brier,
        "equivariance": float(np.abs(flipped - found[: len(few)]).mean()),
        "infer_seconds": spent,
    }


def _area(logit: NDArray[Any], judged: Arrays) -> float:
    """Return the AUROC of heads by the mean of their worst places, judged for age and contrast where these are told."""
    _, first = np.unique(judged["number"], return_index=True)
    heads = pd.DataFrame({key: judged[key][first] for key in ("number", "sick", *_ABOUT) if key in judged})
    heads["score"] = [float(np.sort(logit[judged["number"] == n])[-_WORST:].mean()) for n in heads["number"]]
    if "weeks" in heads:
        cell = np.where(heads["sick"] == 1, "changed", NORMAL)
        contrast = np.where(heads["t1w"] > 0, "T1w", "T2w")
        heads["score"] = judge(heads.assign(cell=cell, modality=contrast))["z"]
    return auroc(*(heads.loc[heads["sick"] == sick, "score"].tolist() for sick in (0, 1)))


def _judge_midline(taught: Taught, model: Model, judged: Arrays, _told: Arrays) -> Row:
    start = time.process_time()
    outputs = answers(taught, judged["x"], model.name)
    spent = time.process_time() - start
    found = line_of(outputs)
    angle, offset = line_errors(found, judged)
    # Regressed lines are averaged as they are: their first two numbers need not be of length 1 to have a direction.
    both = line_of(answers(Symmetrised(taught, model.group), judged["x"], model.name))
    flips = [
        np.degrees(angle_error(model_line(model, i, found), line_of(flipped)).numpy()).mean()
        for i, flipped in _flipped(taught, model, judged)
    ]
    sd = np.exp(outputs["numbers"][:, 0].double().numpy()) if "numbers" in outputs else None
    return {
        "angle_deg": float(np.median(angle)),
        "angle_averaged_deg": float(np.median(line_errors(_unit(both), judged)[0])),
        "offset_mm": float(np.median(offset)),
        "within_5deg": float((angle < 5).mean()),
        "calibration": float("nan") if sd is None else coverage_error(np.radians(angle) / sd),
        "equivariance": float(np.mean(flips)),
        "infer_seconds": spent,
    }


def _unit(line: Tensor) -> Tensor:
    return torch.cat([nn.functional.normalize(line[:, :2], dim=1), line[:, 2:]], 1)


def _flipped(taught: Taught, model: Model, judged: Arrays) -> list[tuple[int, Outputs]]:
    few = torch.from_numpy(judged["x"][: _COMPARED[model.name]]).float()
    flips = enumerate(model.group[1:], 1)
    return [(i, answers(taught, element.on_input(few), model.name)) for i, element in flips]


def model_line(model: Model, flip: int, lines: Tensor) -> Tensor:
    """Return the first lines as a flip moves them."""
    return model.group[flip].act_out({"line": lines[: _COMPARED[model.name]]})["line"]


def with_heads(setting: Setting, heads: int, asymmetry: float) -> Setting:
    """Return the setting with another size of the training set and another asymmetry."""
    return replace(setting, heads=heads, asymmetry=asymmetry)
