"""How much of a network's gain reaches the user: the midline once the slice itself has been asked.

In the product the network says where to look, and the slice where the line is (``symbrain.learning.midline_choice``).
So the midline's finalists of the ablation are trained once more, and their lines are given to that choice, on slices in
their own resolution.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
from torch import nn

from appended import append, whole_lines
from symbrain.learning.midline import FoundMidline, Midline
from symbrain.learning.midline_net import MidlineNet
from symbrain.learning.picture import Picture
from symbrain.line import Line
from symbrain.progress import track
from symmetry.difference import LOST_DEG, groups
from symmetry.flip import AsInProduct
from symmetry.judgement import Row, in_words
from symmetry.phases import finalists
from symmetry.report import difference
from symmetry.slices import Transposed, own_pictures
from symmetry.suite import other_infant, suite_cases, suite_pictures
from symmetry.trial import Setting, trained

SEEDS = (1, 2, 3)
_COLUMNS = ("mechanism", "seed", "judged_on", "angle_deg", "offset_mm", "lost", "scores")
_NOT_FOUND_DEG = 90.0


def judged(taught: nn.Module, pictures: Sequence[Picture], heads: Sequence[int]) -> Row:
    """Return the figures of the lines that the slices choose where the network points at."""
    model = Midline(MidlineNet((8, 16)), least_p=0.0)
    model.net = Transposed(taught).eval()  # type: ignore[assignment]  # averaged as the mechanism does, and no more
    errors = np.array([_error(model, picture) for picture in pictures])
    by_head = [errors[np.equal(heads, head), 0] for head in np.unique(heads)]
    figures = {"angle_deg": np.median(errors[:, 0]), "offset_mm": np.nanmedian(errors[:, 1])}
    return figures | {"lost": (errors[:, 0] > LOST_DEG).mean(), "scores": in_words(by_head)}


def _error(model: Midline, picture: Picture) -> tuple[float, float]:
    """Return the errors of angle and offset; of a line that is not found the largest, and none."""
    found = cast(FoundMidline, model.predict(picture.pixels, picture.spacing_mm))
    line = found.line(picture.shape, picture.spacing_mm)
    return (_NOT_FOUND_DEG, float("nan")) if line is None else line.error_to(cast(Line, picture.line))


def chosen_table(rows: pd.DataFrame, networks: pd.DataFrame) -> list[str]:
    """Return the table: errors in degrees of what a user gets, beside the network alone of the same trainings.

    Parameters
    ----------
    networks
        Rows of the ablation, which has the same trainings.
    """
    titles = "network alone | line chosen | 90th percentile | offset mm | lost | lost, less the product"
    lines = [f"| judged on | mechanism | seeds | {titles} |", "|---" * 9 + "|"]
    whole = networks[(networks["model"] == "midline") & (networks["heads"] == 0) & (networks["asymmetry"] == 0)]
    networks = whole[["mechanism", "seed", "judged_on", "angle_deg"]].rename(columns={"angle_deg": "network_deg"})
    for on, mine in rows.merge(networks, how="left").groupby("judged_on"):
        for name in mine.groupby("mechanism")["network_deg"].mean().sort_values().index:
            own = mine[mine["mechanism"] == name]
            angle = f"{own['angle_deg'].mean():.3g}{difference(mine, name, 'angle_deg')}"
            lost = f"{own['lost'].mean():.3g}{difference(mine, name, 'lost')}"
            tenth = np.mean([np.percentile(np.concatenate(groups(scores)), 90) for scores in own["scores"]])
            alone, offset = (f"{own[key].mean():.3g}" for key in ("network_deg", "offset_mm"))
            direct = difference(mine, name, "lost", AsInProduct.name).strip(" ()")
            cells = [on, name, len(own), alone, angle, f"{tenth:.2g}", offset, lost, direct]
            lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines


def read_chosen(path: Path) -> pd.DataFrame:
    """Return the rows so far; of a training that was stopped and done again, the last."""
    return pd.read_csv(path, sep="\t", skiprows=1).drop_duplicates(["mechanism", "seed", "judged_on"], keep="last")


class ChosenResults:
    """An append-only table of lines that users get, of one setting.

    Parameters
    ----------
    setting
        What was learned from, and for how long.
    """

    def __init__(self, path: Path, setting: Setting) -> None:
        self.path, self.setting = path, setting
        header = f"# {setting.text}\n" + "\t".join(_COLUMNS) + "\n"
        self.done = Counter((row[0], row[1]) for row in whole_lines(path, header, "another setting"))

    @cached_property
    def _slices(self) -> Mapping[str, tuple[Sequence[Picture], Sequence[int]]]:
        return {
            "development": suite_pictures([other_infant(case) for case in suite_cases("midline", self.setting.suite)]),
            "own": own_pictures(self.setting.slices, 0.0),
        }

    def holds(self, mechanism: str, seed: int) -> bool:
        """Return whether a training's lines are there, on both kinds of heads."""
        return self.done[mechanism, str(seed)] > 1

    def add(self, mechanism: str, seed: int, taught: nn.Module) -> None:
        """Measure a trained network, and append its rows."""
        about = {"mechanism": mechanism, "seed": seed}
        rows = [about | {"judged_on": on} | judged(taught, *found) for on, found in self._slices.items()]
        append(self.path, _COLUMNS, rows, digits=6)


def measure_chosen(path: Path, networks: pd.DataFrame) -> None:
    """Train once more and measure what is missing; it goes on where it stopped.

    Parameters
    ----------
    networks
        Rows of the ablation, whose finalists are tried.
    """
    setting = Setting()
    results = ChosenResults(path, setting)
    missing = [(s, n) for s, n in product(SEEDS, finalists(networks, "midline")) if not results.holds(n, s)]
    for seed, name in track(missing, "chosen"):
        results.add(name, seed, trained("midline", name, seed, setting).taught)
