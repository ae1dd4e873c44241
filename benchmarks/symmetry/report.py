"""The table of the ablation: what each mechanism brings beside the reference, with intervals over the seeds."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from symmetry.catalogue import MECHANISMS, REFERENCE

RANKED = {"asymmetry": ("auroc", False), "midline": ("angle_deg", True)}
"""What mechanisms are ranked by, each as it is used by itself; and whether less is better."""
SHOWN = {
    "asymmetry": ("auroc", "auroc_averaged", "calibration", "brier", "equivariance"),
    "midline": ("angle_deg", "angle_averaged_deg", "offset_mm", "within_5deg", "calibration", "equivariance"),
}


def report(rows: pd.DataFrame) -> str:
    """Return the tables of all settings in the results."""
    lines = [
        "# Ways of teaching that left mirrors right",
        "",
        "Short trainings on synthetic newborns, from random weights that are the same for all mechanisms of a seed, of "
        "one budget: a dearer mechanism takes fewer steps. Judged on heads that none has seen: of the *frozen* suite "
        "v1 (100 normals against 100 with a change of 16 mm and 3 SD; 300 axial slices of 100 heads), and on heads of "
        "their *own* kind, as asymmetric as those that were learned from. Ranked by the first figure, each mechanism "
        "as it is used by itself; the second is averaged over the flips, as the product is used. Mean over the seeds, "
        f"and in brackets the paired difference from the reference ({REFERENCE}) with its 95 % interval (Student's t "
        "over the seeds). Cost: processor time of a step, and of a use, relative to plain training. Equivariance is "
        "the error under a flip of what the mechanism itself uses, in log-odds or degrees. None of this is a figure of "
        "the packaged weights.",
        "",
        "![What each mechanism brings](../docs/images/symmetry.png)",
    ]
    whole = rows[rows["heads"] == 0]
    for (model, asymmetry, on), mine in whole.groupby(["model", "asymmetry", "judged_on"]):
        lines += ["", f"## {model}, asymmetry {asymmetry:g}, all heads, {on}", "", *table(mine, str(model))]
    for (model, on), mine in rows.groupby(["model", "judged_on"]):
        if mine["heads"].nunique() > 1:
            lines += ["", f"## {model} by number of heads and asymmetry, {on}", "", *by_amount(mine, str(model))]
    lines += ["", "## What was learned of the symmetries", "", *strengths(rows[rows["judged_on"] == "own"])]
    lines += ["", "## No meaning", ""]
    lines += [f"- {name}, {model}: {why}." for name, kind in MECHANISMS.items() for model, why in kind.not_for.items()]
    return "\n".join(lines) + "\n"


def by_amount(rows: pd.DataFrame, model: str) -> list[str]:
    """Return the figure that counts for each amount of heads and asymmetry: a column each, a row for each mechanism."""
    by, _less = RANKED[model]
    cells = sorted(rows[["asymmetry", "heads"]].drop_duplicates().itertuples(index=False), key=_by_size)
    titles = [f"asymmetry {a:g}, {f'{h} heads' if h else 'all heads'}" for a, h in cells]
    lines = [f"| mechanism | {' | '.join(titles)} |", "|---" * (1 + len(cells)) + "|"]
    several = rows.groupby("mechanism")["heads"].nunique() > 1
    for name in several.index[several]:
        found = []
        for asymmetry, heads in cells:
            here = rows[(rows["asymmetry"] == asymmetry) & (rows["heads"] == heads)]
            mine = here[here["mechanism"] == name]
            found.append(f"{_mean(mine[by])}{difference(here, str(name), by)}" if len(mine) else "")
        lines.append(f"| {name} | {' | '.join(found)} |")
    return lines


def _by_size(cell: tuple[float, int]) -> tuple[float, float]:
    asymmetry, heads = cell
    return asymmetry, heads or np.inf


def ranked(rows: pd.DataFrame, model: str) -> list[str]:
    """Return the mechanisms, the best first."""
    by, less = RANKED[model]
    return [str(name) for name in rows.groupby("mechanism")[by].mean().sort_values(ascending=less).index]


def whole_setting(rows: pd.DataFrame, model: str) -> pd.DataFrame:
    """Return the rows that mechanisms are ranked by: all heads, symmetric ones, judged on the frozen suite."""
    least = rows["asymmetry"].min()
    chosen = (rows["model"] == model) & (rows["heads"] == 0) & (rows["asymmetry"] == least)
    return rows[chosen & (rows["judged_on"] == "frozen")]


def table(rows: pd.DataFrame, model: str) -> list[str]:
    """Return the ranked mechanisms of a model at one setting."""
    figures = SHOWN[model]
    plain = rows[rows["mechanism"] == "none"]
    titles = [name.replace("_", " ") for name in figures]
    lines = [f"| mechanism | seeds | steps | {' | '.join(titles)} | step | use |", "|---" * (5 + len(figures)) + "|"]
    for name in ranked(rows, model):
        mine = rows[rows["mechanism"] == name]
        cells = [f"{mine[figures[0]].mean():.3g}{difference(rows, name, figures[0])}"]
        cells += [_mean(mine[figure]) for figure in figures[1:]]
        cost = [_relative(mine[key], plain[key]) for key in ("step_seconds", "infer_seconds")]
        lines.append(f"| {name} | {len(mine)} | {mine['steps'].mean():.0f} | {' | '.join([*cells, *cost])} |")
    return lines


def difference(rows: pd.DataFrame, name: str, figure: str) -> str:
    """Return the paired difference from the reference with its interval, as it stands in the table."""
    if name == REFERENCE:
        return " (reference)"
    mean, low, high = interval(rows, name, figure)
    return "" if np.isnan(low) else f" ({mean:+.2g}, {low:+.2g} to {high:+.2g})"


def interval(rows: pd.DataFrame, name: str, figure: str) -> tuple[float, float, float]:
    """Return the mean paired difference from the reference and its 95 % interval; NaN with fewer than two pairs."""
    one, other = (rows[rows["mechanism"] == n].set_index("seed")[figure] for n in (name, REFERENCE))
    pairs = (one - other).dropna()
    if len(pairs) < 2:
        return (float(pairs.mean()) if len(pairs) else float("nan")), float("nan"), float("nan")
    half = stats.t.ppf(0.975, len(pairs) - 1) * pairs.std(ddof=1) / np.sqrt(len(pairs))
    return float(pairs.mean()), float(pairs.mean() - half), float(pairs.mean() + half)


def strengths(rows: pd.DataFrame) -> list[str]:
    """Return what mechanisms have learned, mean over the seeds, for each amount of true asymmetry."""
    told = rows[rows["learned"] != "none"]
    lines = ["| mechanism | model | asymmetry | heads | learned |", "|---|---|---|---|---|"]
    for key, mine in told.groupby(["mechanism", "model", "asymmetry", "heads"]):
        values = pd.DataFrame([dict(word.split("=") for word in text.split()) for text in mine["learned"]]).astype(
            float
        )
        words = ", ".join(f"{str(name).replace('_', ' ')} {value:.3g}" for name, value in values.mean().items())
        lines.append(f"| {' | '.join(f'{k:g}' if isinstance(k, float) else str(k) for k in key)} | {words} |")
    return lines


def _mean(values: pd.Series) -> str:
    return "n/a" if values.isna().all() else f"{values.mean():.3g}"


def _relative(values: pd.Series, plain: pd.Series) -> str:
    return f"×{values.mean() / plain.mean():.2g}" if len(plain) else "n/a"
