"""How much of a network's gain reaches the user: the midline once the slice itself has been asked.

In the product the network says where to look, and the slice where the line is (``symbrain.learning.midline_choice``).
So the midline's finalists of the ablation are trained once more, and their lines are given to that choice, on slices in
their own resolution.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import cast

import numpy as np
import pandas as pd
from torch import nn

from appended import append, whole_lines
from suites import FOLDER
from symbrain.learning.midline import FoundMidline, Midline
from symbrain.learning.midline_net import MidlineNet
from symbrain.learning.picture import Picture
from symbrain.line import Line
from symbrain.progress import track
from symmetry.difference import LOST_DEG, groups
from symmetry.judgement import Row, in_words
from symmetry.phases import finalists
from symmetry.report import difference
from symmetry.slices import Transposed, own_pictures
from symmetry.suite import other_infant, suite_cases, suite_pictures
from symmetry.trial import Setting, trained

RESULTS = FOLDER / "results" / "symmetry-chosen.tsv"
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
    lines = ["| judged on | mechanism | seeds | network alone | line chosen | 90th percentile | offset mm | lost |"]
    lines += ["|---" * 8 + "|"]
    whole = networks[(networks["model"] == "midline") & (networks["heads"] == 0) & (networks["asymmetry"] == 0)]
    networks = whole[["mechanism", "seed", "judged_on", "angle_deg"]].rename(columns={"angle_deg": "network_deg"})
    for on, mine in rows.merge(networks, how="left").groupby("judged_on"):
        for name in mine.groupby("mechanism")["network_deg"].mean().sort_values().index:
            own = mine[mine["mechanism"] == name]
            angle = f"{own['angle_deg'].mean():.3g}{difference(mine, name, 'angle_deg')}"
            lost = f"{own['lost'].mean():.3g}{difference(mine, name, 'lost')}"
            tenth = np.mean([np.percentile(np.concatenate(groups(scores)), 90) for scores in own["scores"]])
            alone, offset = (f"{own[key].mean():.3g}" for key in ("network_deg", "offset_mm"))
            lines.append(f"| {on} | {name} | {len(own)} | {alone} | {angle} | {tenth:.2g} | {offset} | {lost} |")
    return lines


def read_chosen() -> pd.DataFrame:
    """Return the rows so far."""
    return pd.read_csv(RESULTS, sep="\t", skiprows=1)


def measure_chosen(networks: pd.DataFrame) -> None:
    """Do what is missing; it goes on where it stopped.

    Parameters
    ----------
    networks
        Rows of the ablation, whose finalists are tried.
    """
    setting = Setting()
    header = f"# {setting.text}\n" + "\t".join(_COLUMNS) + "\n"
    done = {(row[0], int(row[1])) for row in whole_lines(RESULTS, header, "another setting")}
    missing = [(s, n) for s, n in product(SEEDS, finalists(networks, "midline")) if (n, s) not in done]
    if not missing:
        return
    slices = {
        "development": suite_pictures([other_infant(case) for case in suite_cases("midline", setting.suite)]),
        "own": own_pictures(setting.slices, 0.0),
    }
    for seed, name in track(missing, "chosen"):
        taught = trained("midline", name, seed, setting).taught
        about = {"mechanism": name, "seed": seed}
        rows = [about | {"judged_on": on} | judged(taught, *found) for on, found in slices.items()]
        append(RESULTS, _COLUMNS, rows, digits=6)
