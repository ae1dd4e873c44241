"""Lesions put into upright brains that are there already: many into one, so that it is rendered or aligned only once.

They are drawn by ``symbrain.phantom.insert``. The bias field is that of the brain without the lesion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from measure import answers, place_row, score_row
from methods import Method
from norm_baselines import Norms, rows_of
from norm_maps import map_of
from observers import Told
from rows import Row
from scenes import Upright
from suites import Case
from symbrain.phantom.insert import Insertable, draw_change, insert, prepare

_STREAM = 92  # of this purpose, beside those of the suites


@dataclass(frozen=True)
class Brain:
    """An upright brain without a lesion, made ready for lesions when the first is asked for."""

    upright: Upright

    @cached_property
    def ready(self) -> Insertable:
        """What is needed to insert changes."""
        mm = self.upright.spacing_mm
        bright = self.upright.modality == "T2w"
        return prepare(self.upright.image, self.upright.mask, (mm, mm, mm), bright_fluid=bright)

    def with_lesion(self, case: Case) -> Upright:
        """Return the brain with the lesion of a case, as it is for a case without one.

        Parameters
        ----------
        case
            Its options say kind, side, diameter_mm, contrast_sd and half. ``place`` chooses the place and the outline:
            lesions with equal places differ in what else is asked for alone.
        """
        if not case.has("kind"):
            return self.upright
        asked = case.options
        change = draw_change(
            self.ready,
            np.random.default_rng([case.seed, _STREAM, asked["place"]]),
            kinds=(asked["kind"],),
            diameter_mm=(asked["diameter_mm"],) * 2,
            contrast_sd=(asked["contrast_sd"],) * 2,
            half=asked["half"],
            side=asked["side"],
        )
        image, share = insert(self.ready, change)
        return replace(self.upright, image=image, changed=np.asarray(share >= 0.5))


def rows_of_brain(
    brain: Brain,
    cases: Iterable[Case],
    methods: Sequence[Method],
    norms: dict[int, Norms],
    is_done: Callable[[Case, str], bool],
    *,
    places: bool,
) -> Iterator[list[Row]]:
    """Yield the rows of each case of one brain that are still missing.

    Parameters
    ----------
    norms
        By parity of the infant's seed; empty where none are asked.
    is_done
        Whether the row of a case and a method is there.
    places
        Whether the heat maps are compared with the lesions.
    """
    for case in cases:
        asked = [method for method in methods if answers(case, method) and not is_done(case, method.name)]
        known = {name: ask for name, ask in norms.get(case.seed % 2, {}).items() if not is_done(case, name)}
        if not asked and not known:
            continue
        upright = brain.with_lesion(case)
        rows = [_row(case, method, brain, upright, places=places) for method in asked]
        if known:
            rows += rows_of(case, map_of(upright, case.seed), {case.seed % 2: known})
        yield rows


def _row(case: Case, method: Method, brain: Brain, upright: Upright, *, places: bool) -> Row:
    told = Told(upright.image - brain.upright.image) if method.told else None
    row, heat = score_row(method, upright, told)
    if told is not None:
        row["reference"] = score_row(method, brain.upright, told)[0]["score"]
    if places and heat is not None:
        row |= place_row(heat, upright)
    about = {"cell": case.cell, "head": case.head, "slice": -1, "seed": case.seed}
    return row | about | {"side_true": case.options.get("side")}
