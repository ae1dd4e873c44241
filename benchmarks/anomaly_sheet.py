"""Sheets of heat maps: ``python benchmarks/anomaly_sheet.py benchmarks/results/v1-baselines.tsv``.

Ten lesions that were missed, the lowest deviation of each kind of lesion first, and the ten normal heads with the
highest false alarms. The heads are rendered and scored again, so that the sheets show what the results speak of.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage

from anomaly_sheet_figure import Item, write_sheet
from anomaly_table import is_lesion_cell, judged_methods
from methods import Method, get
from rows import read
from scenes import Upright, as_aligned, render
from suites import FOLDER, Case, load
from symbrain.progress import track

COUNT = 10
IMAGES = FOLDER.parent / "docs" / "images"
_SAME = 0.02  # relative: what scores differ by between machines


@dataclass(frozen=True)
class Chosen:
    """A head of a sheet: its case, and its row of the results with the deviation."""

    case: Case
    row: pd.Series


def misses(judged: pd.DataFrame, count: int = COUNT) -> pd.DataFrame:
    """Return the lesions without an alarm: of each cell that of the lowest deviation, then of each the next."""
    missed = judged[is_lesion_cell(judged) & judged["z"].notna() & ~judged["alarm"]]
    missed = missed[~missed["cell"].str.startswith("walk")].sort_values("z", kind="stable")
    turn = missed.groupby("cell", sort=False).cumcount()
    return missed.assign(turn=turn).sort_values(["turn", "z"], kind="stable")[:count]


def false_alarms(judged: pd.DataFrame, count: int = COUNT) -> pd.DataFrame:
    """Return the normals with the highest deviations among those that are alarms."""
    return judged[(judged["cell"] == "normal") & judged["alarm"]].sort_values("z", ascending=False)[:count]


def item_of(chosen: Chosen, method: Method, templates: Path | None) -> Item:
    """Render and score a head again, and say what is seen.

    Raises
    ------
    SystemExit
        Where the score is another than that of the results.
    """
    upright = as_aligned(render(chosen.case, templates))
    score, heat = _scored(method, upright)
    if abs(score - chosen.row["score"]) > _SAME * max(score, 1.0):
        msg = (
            f"{chosen.case.cell} {chosen.case.head} scores {score:.2f} and not {chosen.row['score']:.2f} as in the "
            f"results: they are of other weights; measure them anew with run.py --again {chosen.row['method']}"
        )
        raise SystemExit(msg)
    changed = upright.changed if upright.changed is not None and upright.changed.any() else None
    where = _hottest(heat) if changed is None else _middle(changed)
    lines = (_what(chosen.case), f"score {score:.1f}, z {chosen.row['z']:+.1f}; {_place(heat, changed, upright)}")
    return Item(upright.image, heat, changed, where, upright.spacing_mm, "\n".join(lines))


def _scored(method: Method, upright: Upright) -> tuple[float, NDArray[np.float32]]:
    if method.score is None:
        msg = f"{method.name} scores no heads, so that it has no heat maps"
        raise SystemExit(msg)
    score, _, heat = method.score(upright.image, upright.mask, upright.spacing_mm, upright.weeks, upright.modality)
    if heat is None:
        msg = f"{method.name} has no heat maps"
        raise SystemExit(msg)
    return score, heat


def _what(case: Case) -> str:
    asked = case.options
    about = f"{asked['modality']}, {asked['weeks']:.1f} weeks"
    if not case.has("kind"):
        return f"normal, {about}"
    size = f"{asked['diameter_mm']:g} mm, {asked['contrast_sd']:g} SD"
    return f"{str(asked['kind']).replace('_', ' ')}, {asked['side']}, {size}; {about}"


def _place(heat: NDArray[np.float32], changed: NDArray[np.bool_] | None, upright: Upright) -> str:
    """Return where the hottest place is: of a lesioned head how far from the lesion, else on which side."""
    peak = _hottest(heat)
    if changed is not None:
        away = float(ndimage.distance_transform_edt(~changed, sampling=upright.spacing_mm)[peak])
        return f"hottest place {away:.0f} mm away" if away else "hottest place in the lesion"
    lateral = 2 * peak[0] - (heat.shape[0] - 1)
    return f"hottest place {'on the right' if lateral > 0 else 'on the left' if lateral else 'in the middle'}"


def _hottest(heat: NDArray[np.float32]) -> tuple[int, int, int]:
    x, y, z = np.unravel_index(int(heat.argmax()), heat.shape)
    return int(x), int(y), int(z)


def _middle(changed: NDArray[np.bool_]) -> tuple[int, int, int]:
    """Return the voxel of a lesion that is nearest to its centroid."""
    voxels = np.argwhere(changed)
    nearest = np.square(voxels - voxels.mean(axis=0)).sum(axis=1).argmin()
    x, y, z = voxels[nearest]
    return int(x), int(y), int(z)


def _chosen(suite: str, rows: pd.DataFrame) -> Iterator[Chosen]:
    cases = {(case.cell, case.head): case for case in load(suite).cases()}
    return (Chosen(cases[row["cell"], row["head"]], row) for _, row in rows.iterrows())


def main() -> None:
    """Write both sheets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, nargs="+")
    parser.add_argument("--method", default=f"ours=network:{FOLDER.parent}/symbrain/weights/asymmetry")
    parser.add_argument("--templates", type=Path, help="the folder that templates.py build has written")
    parser.add_argument("--out", type=Path, default=IMAGES, help="folder of misses.png and false_alarms.png")
    given = parser.parse_args()
    name, rows = read(given.results)
    method = get(given.method)
    judged = judged_methods(rows[rows["method"] == method.name]).get(method.name)
    if judged is None:
        parser.error(f"the results have no scores of {method.name}")
    suite = name.split()[0].removeprefix("v1-") if name.startswith("v1-templates") else name.split()[0]
    sheets = (
        ("misses", misses(judged), "missed"),
        ("false_alarms", false_alarms(judged), "normal heads with an alarm"),
    )
    for file, part, what in sheets:
        chosen = list(_chosen(suite, part))
        names = track([f"{one.case.cell} {one.case.head}" for one in chosen], file)
        items = [item_of(one, method, given.templates) for one, _ in zip(chosen, names, strict=True)]
        write_sheet(items, f"{method.name}: {what}", given.out / f"{file}.png")
    print(f"wrote misses.png and false_alarms.png to {given.out}")


if __name__ == "__main__":
    main()
