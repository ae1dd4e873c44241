"""One trial: a model is trained with a mechanism from a seed, for a budget, and measured on heads that it never saw.

Each network is judged twice: on heads of the *development* suite, which are the same whatever was learned from, and on
heads of its *own* kind, as asymmetric as those that it learned from; once all is chosen, on the *frozen* suite.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import nn

from symbrain.learning.asymmetry_loss import entropy_of
from symmetry.brains import Amount, Arrays, read_brains
from symmetry.catalogue import MECHANISMS
from symmetry.judgement import Row, answers, line_errors, line_of, measure
from symmetry.mechanism import Batch, Model
from symmetry.models import asymmetry_model, midline_model
from symmetry.slices import SliceAmount, read_slices
from symmetry.suite import SuiteAmount, read_suite
from symmetry.teaching import Budget, Taught, teach

_KEPT = 0.8  # of the heads, another part for each seed: what is asked is how a training goes, and not this one set
_CAP = 10.0  # degrees and millimetres: a lost line counts no more in the check


@dataclass(frozen=True)
class Setting:
    """What all trials of a comparison share.

    Parameters
    ----------
    asymmetry
        How asymmetric normal brains are, 0 to 1.
    heads
        How many of the training set are learned from, drawn by the seed; 0 for four fifths.
    side
        Whether the asymmetry model sees the side that a place lies on, which the product's does not.
    """

    asymmetry: float = 0.0
    heads: int = 0
    side: bool = False
    brains: Amount = field(default_factory=Amount)
    slices: SliceAmount = field(default_factory=SliceAmount)
    suite: SuiteAmount = field(default_factory=SuiteAmount)
    budgets: tuple[tuple[str, Budget], ...] = (("asymmetry", Budget(800, 2048, 1e-3)), ("midline", Budget(600, 16)))

    @property
    def text(self) -> str:
        """What a results file of this setting says of it."""
        budgets = "; ".join(f"{name} {b.passes} passes of {b.batch} at {b.learning_rate:g}" for name, b in self.budgets)
        side = "the side is seen" if self.side else "the side is not seen"
        return f"{self.brains}, {self.slices}, {self.suite}, {budgets}; {side}"


LONGER = 4


def longer(setting: Setting) -> Setting:
    """Return the same with so many times the budget."""
    budgets = tuple((name, replace(b, passes=LONGER * b.passes)) for name, b in setting.budgets)
    return replace(setting, budgets=budgets)


_FULL_HEADS, _FULL_BRAINS, _FULL_PASSES, _FULL_RATE = 5, 14, 15, 3e-3


def full(setting: Setting) -> Setting:
    """Return the same at the size of the packaged asymmetry network's training: 600 heads, 5,000 changed brains."""
    there = setting.brains
    brains = replace(there, heads=_FULL_HEADS * there.heads, brains=_FULL_BRAINS * there.brains)
    budgets = dict(setting.budgets)
    passes = _FULL_PASSES * budgets["asymmetry"].passes
    budgets["asymmetry"] = replace(budgets["asymmetry"], passes=passes, learning_rate=_FULL_RATE)
    return replace(setting, brains=brains, budgets=tuple(budgets.items()))


_FULL_SLICES, BUDGET = 5, 16


def full_midline(setting: Setting) -> Setting:
    """Return the same nearer to the size of the packaged midline network's training, as far as hours allow."""
    there = setting.slices
    slices = replace(there, heads=_FULL_SLICES * there.heads, slices=_FULL_SLICES * there.slices)
    budgets = dict(setting.budgets)
    budgets["midline"] = replace(budgets["midline"], passes=BUDGET * budgets["midline"].passes)
    return replace(setting, slices=slices, budgets=tuple(budgets.items()))


SMALL = Setting(
    brains=Amount(heads=4, brains=6, check=2, told=2, judged=6),
    slices=SliceAmount(heads=2, slices=24, check=8, judged=12),
    suite=SuiteAmount(brains=6, posed=2),
    budgets=(("asymmetry", Budget(24, 512)), ("midline", Budget(8, 8))),
)


CHOSEN_ON: tuple[str, ...] = ("development", "own")
FINAL: tuple[str, ...] = ("frozen",)


@dataclass(frozen=True)
class Trained:
    """What came of a training.

    Parameters
    ----------
    history
        Its cost, its budget, and what the mechanism has learned: the figures that no judged head is needed for.
    data
        The parts of what was learned from, and of heads of its own kind.
    """

    taught: Taught
    about: Model
    history: Row
    data: Mapping[str, Arrays]


def trained(model: str, mechanism: str, seed: int, setting: Setting) -> Trained:
    """Train with a mechanism; one seed gives the same first weights, whatever the mechanism."""
    about = asymmetry_model(side=setting.side) if model == "asymmetry" else midline_model()
    data = read_brains(setting.brains, setting.asymmetry) if model == "asymmetry" else read_slices(
        setting.slices, setting.asymmetry
    )  # fmt: skip
    learned = _kept(data["train"], setting.heads, seed)
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
    told = {
        "steps": budget.steps(way),
        "best_step": history.best_step,
        "passes": way.passes,
        "step_seconds": spent / steps,
        "train_seconds": spent,
        "learned": words or "none",
    }
    return Trained(taught, about, told, data)


def judged_rows(found: Trained, setting: Setting, judged_on: tuple[str, ...] = CHOSEN_ON) -> list[Row]:
    """Measure on these kinds of heads."""
    rows = []
    for on in judged_on:
        judged = found.data["judged"] if on == "own" else read_suite(
            found.about.name, setting.suite, development=on == "development"
        )  # fmt: skip
        told = found.data.get("told", judged) if on == "own" else judged
        rows.append({"judged_on": on} | measure(found.taught, found.about, judged, told) | found.history)
    return rows


def _warm_up(net: nn.Module, model: Model, batch: Batch) -> None:
    """Go forward and back once, so that the first trial of a process is not charged with what loads at first use."""
    model.task(net(batch["x"]), batch).backward()  # type: ignore[no-untyped-call]
    net.zero_grad(set_to_none=True)
    torch.optim.AdamW(net.parameters()).step()  # without a gradient nothing moves


def _kept(train: Arrays, heads: int, seed: int) -> Arrays:
    """Return the examples of some heads, drawn by the seed: so many, or at 0 four fifths."""
    there = np.unique(train["head"])
    count = min(heads, len(there)) if heads else max(1, round(_KEPT * len(there)))
    chosen = np.random.default_rng([seed, 23]).choice(there, count, replace=False)
    return {key: value[np.isin(train["head"], chosen)] for key, value in train.items()}


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
