"""What the ablation consists of, in the order in which it is done; later phases choose from the rows of the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import pandas as pd

from symmetry.catalogue import FEW, MECHANISMS, REFERENCE, for_model
from symmetry.constrained import InvarianceConstrained
from symmetry.flip import AsInProduct
from symmetry.models import MODELS
from symmetry.report import ranked, whole_setting
from symmetry.soft_equivariance import SoftEquivariance
from symmetry.trial import CHOSEN_ON, FINAL, Setting, full, full_midline, longer

MIRROR = ("none", REFERENCE, SoftEquivariance.name)
"""Whose reflection is looked at over the true asymmetry: left alone, asked for, and asked for as far as it holds."""
PRODUCT = AsInProduct.name
_BEST = 4
_FIRST_SEEDS = (1, 2, 3)  # by which the best are chosen: later seeds are there for some alone
_ALL_SEEDS = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Job:
    """One training."""

    model: str
    mechanism: str
    seed: int
    asymmetry: float
    heads: int


_VARIANTS: dict[str, Callable[[Setting], Setting]] = {
    "": lambda usual: usual,
    "side": lambda usual: replace(usual, side=True),
    "longer": longer,
    "full": full,
    "full-midline": full_midline,
}
Chooser = Callable[[pd.DataFrame, str], Sequence[str]]


def everyone(_rows: pd.DataFrame, model: str) -> Sequence[str]:
    """Return every mechanism that has a meaning for the model."""
    return for_model(model)


def finalists(rows: pd.DataFrame, model: str) -> Sequence[str]:
    """Return the best four of the first phase, the reference, plain training, and what the product does."""
    first = rows[rows["seed"].isin(_FIRST_SEEDS)]
    chosen = {*ranked(whole_setting(first, model), model)[:_BEST], REFERENCE, "none", PRODUCT}
    return [name for name in MECHANISMS if name in chosen]


def winner(rows: pd.DataFrame, model: str) -> Sequence[str]:
    """Return the best of the first phase, the reference, and what the product does."""
    best = ranked(whole_setting(rows[rows["seed"].isin(_FIRST_SEEDS)], model), model)[0]
    return [name for name in MECHANISMS if name in {best, REFERENCE, PRODUCT}]


def contenders(rows: pd.DataFrame, model: str) -> Sequence[str]:
    """Return the best two of the first phase, the reference, and what the product does."""
    best = ranked(whole_setting(rows[rows["seed"].isin(_FIRST_SEEDS)], model), model)[:2]
    return [name for name in MECHANISMS if name in {*best, REFERENCE, PRODUCT}]


def by_consistency(_rows: pd.DataFrame, _model: str) -> Sequence[str]:
    """Return the reference and what the product does."""
    return (REFERENCE, PRODUCT)


def of_the_mirror(_rows: pd.DataFrame, _model: str) -> Sequence[str]:
    """Return whose reflection is looked at, and who has multipliers to tell."""
    return (*MIRROR, InvarianceConstrained.name)


@dataclass(frozen=True)
class Phase:
    """One question, and the trainings that answer it.

    Parameters
    ----------
    mechanisms
        Who takes part, from the rows so far and the model.
    variant
        Its results are kept apart under this name, because its setting is another one.
    lines
        Whether the line that a user gets is measured too.
    """

    name: str
    mechanisms: Chooser
    seeds: tuple[int, ...] = _ALL_SEEDS
    asymmetries: tuple[float, ...] = (0.0,)
    heads: tuple[int, ...] = (0,)
    models: tuple[str, ...] = tuple(MODELS)
    judged_on: tuple[str, ...] = CHOSEN_ON
    variant: str = ""
    lines: bool = False

    def setting(self, usual: Setting) -> Setting:
        """Return the setting of its trainings."""
        return _VARIANTS[self.variant](usual)

    def jobs(self, rows: pd.DataFrame) -> Iterator[Job]:
        """Yield its trainings, so that the first seed of all is there early."""
        taking_part = {model: self.mechanisms(rows, model) for model in self.models}
        for asymmetry, heads, seed, model in product(self.asymmetries, self.heads, self.seeds, self.models):
            for mechanism in taking_part[model]:
                yield Job(model, mechanism, seed, asymmetry, heads)

    def of(self, mechanisms: Sequence[str]) -> Phase:
        """Return the same of these mechanisms, where they have a meaning."""
        return replace(self, mechanisms=lambda _rows, model: [n for n in for_model(model) if n in mechanisms])

    def ready(self, rows: pd.DataFrame) -> bool:
        """Return whether there is what it chooses by: all of the first phase, on the development suite."""
        if self.mechanisms not in (finalists, winner, contenders):
            return True
        there = rows[(rows["judged_on"] == "development") & (rows["heads"] == 0) & (rows["asymmetry"] == 0)]
        done = set(zip(there["model"], there["mechanism"], there["seed"], strict=True))
        return {(m, n, s) for m in self.models for n in for_model(m) for s in _FIRST_SEEDS} <= done

    def small(self) -> Phase:
        """Return the same of one seed, two mechanisms and few heads."""
        heads = tuple(dict.fromkeys(min(count, 2) for count in self.heads))
        return replace(self, mechanisms=lambda _rows, _model: FEW, seeds=self.seeds[:1], heads=heads)


PHASES = (
    Phase("first", everyone, seeds=_FIRST_SEEDS),
    Phase("mirror", of_the_mirror, asymmetries=(0.0, 0.5, 1.0)),
    Phase("side", of_the_mirror, asymmetries=(0.0, 0.5, 1.0), models=("asymmetry",), variant="side"),
    Phase("longer", finalists, seeds=_FIRST_SEEDS, variant="longer"),
    Phase("amounts", finalists, asymmetries=(0.0, 0.5, 1.0), heads=(0, 24, 6)),
    Phase("full", winner, models=("asymmetry",), variant="full"),
    Phase("lopsided", by_consistency, asymmetries=(0.5,), models=("asymmetry",), variant="full"),
    Phase("lines", contenders, models=("midline",), variant="full-midline", lines=True),
    Phase("final", winner, judged_on=FINAL),
    Phase("final-full", winner, _FIRST_SEEDS, models=("asymmetry",), judged_on=FINAL, variant="full"),
)
