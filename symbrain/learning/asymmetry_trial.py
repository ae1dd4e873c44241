"""The detector on trial: normals that it never saw, as they are, repositioned, and with a one-sided change put in.

What comes of it is how repeatable the score is and what an alarm is worth, both as plain numbers for ``norms.json``.
The changes have the outlines, edges and textures of the half of the generator that no training uses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from symbrain import operating, repeatability
from symbrain.cohort_norms import severity
from symbrain.learning.asymmetry_input import SPACING_MM, Working
from symbrain.learning.asymmetry_normals import KeptNormal
from symbrain.learning.asymmetry_retest import repositioned
from symbrain.operating import operating_points
from symbrain.phantom.insert import draw_change, insert, prepare
from symbrain.phantom.lesion import Side
from symbrain.repeatability import LOG, REPOSITIONED, Z, measure

MOST = 60  # normals: enough for intervals of a tenth, in a minute or two
CHANGES = ((12.0, 3.0), (16.0, 3.0))  # diameter in mm, contrast in SD: between what is missed and what is always found
KINDS = ("haemorrhage", "white_matter_injury")
_SIDES: tuple[Side, Side] = ("left", "right")

Scorer = Callable[[str, Working], float]
"""From a normal's scan_id and a version of it to its score, by the network that never saw its fold."""
Judge = Callable[[str, float], tuple[float, float]]
"""From a normal's scan_id and a score to its z, by a norm that it did not help to make, and the norm's freedom."""


@dataclass(frozen=True)
class Trial:
    """The scores of one normal.

    Parameters
    ----------
    plain
        As it is.
    again
        Repositioned.
    changed
        With each change of ``CHANGES``.
    """

    plain: float
    again: float
    changed: tuple[float, ...]


def try_out(normals: Mapping[str, tuple[KeptNormal, float]], scorer: Scorer) -> dict[str, Trial]:
    """Score some of the normals again, repositioned and changed.

    Parameters
    ----------
    normals
        By scan_id, each with its score as it is; those are taken that ``to_try`` chooses.
    """
    return {name: _tried(name, turn, *normals[name], scorer) for turn, name in enumerate(to_try(normals))}


def to_try(names: Iterable[str]) -> list[str]:
    """Return which normals are tried out: at most ``MOST``, chosen by their names alone."""
    return sorted(names, key=_digest)[:MOST]


def evidence(trials: Mapping[str, Trial], judge: Judge | None = None) -> dict[str, Any]:
    """Return the entries ``repeatability`` and ``operating`` of ``norms.json``.

    Parameters
    ----------
    judge
        None judges each normal by the others of the trial.
    """
    judge = by_the_others({name: trial.plain for name, trial in trials.items()}) if judge is None else judge
    judged = {name: _judged(name, trial, judge) for name, trial in trials.items()}
    logs = [(severity(trial.plain), severity(trial.again)) for trial in trials.values()]
    entries: dict[str, Any] = {
        repeatability.KEY: [
            measure(REPOSITIONED, LOG, logs).to_dict(),
            measure(REPOSITIONED, Z, [(z[0], z[1]) for z, _ in judged.values()]).to_dict(),
        ]
    }
    known = [(z, freedom) for z, freedom in judged.values() if np.isfinite(z).all()]
    if known:
        z = np.array([one for one, _ in known])
        changed = {change: z[:, 2 + k] for k, change in enumerate(CHANGES)}
        found = operating_points(z[:, 0], changed, float(np.median([freedom for _, freedom in known])), KINDS)
        entries |= {operating.KEY: found.to_dict()} if found else {}
    return entries


def by_the_others(scores: Mapping[str, float]) -> Judge:
    """Return the judge that holds a normal's score against those of the others, whatever their ages."""
    logs = {name: severity(score) for name, score in scores.items()}

    def judge(name: str, score: float) -> tuple[float, float]:
        others = [value for other, value in logs.items() if other != name]
        spread = float(np.std(others, ddof=1)) if len(others) > 1 else 0.0
        if spread == 0:
            return float("nan"), float("nan")
        # As of a new normal: with the doubt about the others' mean.
        return (severity(score) - float(np.mean(others))) / (spread * (1 + 1 / len(others)) ** 0.5), len(others) - 1

    return judge


def with_changes(working: Working, turn: int, seed: int) -> list[Working]:
    """Return copies of the brain, each with one of ``CHANGES``; kind and side go round with the turn."""
    there = prepare(working.image, working.mask, (SPACING_MM,) * 3)
    copies = []
    for number, (diameter, contrast) in enumerate(CHANGES):
        change = draw_change(
            there,
            np.random.default_rng([seed, number]),
            kinds=(KINDS[turn // 2 % 2],),
            diameter_mm=(diameter, diameter),
            contrast_sd=(contrast, contrast),
            half="test",
            side=_SIDES[turn % 2],
        )
        image, _ = insert(there, change)
        copies.append(Working(np.where(working.mask, image, 0).astype(np.float32), working.mask))
    return copies


def _tried(name: str, turn: int, normal: KeptNormal, plain: float, scorer: Scorer) -> Trial:
    working, seed = normal.working, int(_digest(name)[:8], 16)
    again = scorer(name, repositioned(working, np.random.default_rng(seed)))
    return Trial(plain, again, tuple(scorer(name, copy) for copy in with_changes(working, turn, seed)))


def _judged(name: str, trial: Trial, judge: Judge) -> tuple[list[float], float]:
    """Return the z of all scores of a normal, and its norm's freedom."""
    judged = [judge(name, score) for score in (trial.plain, trial.again, *trial.changed)]
    return [z for z, _ in judged], judged[0][1]


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
