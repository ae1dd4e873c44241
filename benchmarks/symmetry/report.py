"""The table of the ablation: what each mechanism brings beside the reference, with intervals over the seeds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from symmetry.catalogue import MECHANISMS, REFERENCE
from symmetry.difference import interval

RANKED = {"asymmetry": ("auroc", False), "midline": ("angle_deg", True)}
"""What mechanisms are ranked by, each as it is used by itself; and whether less is better."""
SHOWN = {
    "asymmetry": ("auroc", "auroc_averaged", "calibration", "brier", "equivariance", "broken"),
    "midline": ("angle_deg", "angle_averaged_deg", "offset_mm", "within_5deg", "calibration", "equivariance", "broken"),
}

_ON = {"development": "development suite", "own": "own heads", "frozen": "frozen suite"}


def report(rows: pd.DataFrame, beside: Mapping[str, pd.DataFrame] | None = None) -> str:
    """Return the page: the tables of the results, and of the variants ``beside`` them, by title."""
    lines = [
        "# Ways of teaching that left mirrors right",
        "",
        "Short trainings on synthetic newborns, from random weights that are the same for all mechanisms of a seed, of "
        "one budget: a dearer mechanism takes fewer steps. Each seed learns from four fifths of the heads, drawn anew. "
        "Judged on heads that none has seen: of a *development* suite (100 normals against 100 with a change of 16 mm "
        "and 3 SD; 300 axial slices of 100 heads: the cases of suite v1, but other infants), and on heads of their "
        "*own* kind, as asymmetric as those that were learned from. Suite v1 itself, *frozen*, is for the winners and "
        "the reference alone, once these are known. Ranked by the first figure (its difference, since some have more "
        "seeds), each mechanism as it is used by itself; the second is averaged over the flips, as the product is "
        "used. Mean over the seeds, and in brackets "
        f"the paired difference from the reference ({REFERENCE}) with its 95 % interval (a bootstrap over seeds and "
        "heads together). Cost: processor time of a step, and of a use, relative to plain training. Equivariance is "
        "the error under the reflection of what the mechanism itself uses: for log-odds as a share of their spread "
        "between examples, for lines in degrees; *broken* the squared error as a share of that between examples, 0 "
        "exact, 1 unrelated.",
        "",
        "The weights of the mechanisms' losses are guesses that were not tuned, while the reference has the product's: "
        "a mechanism that loses here may win with another weight. None of this is a figure of the packaged weights.",
        "",
        "![What each mechanism brings](../docs/images/symmetry.png)",
    ]
    lines += tables(rows, "")
    for title, others in (beside or {}).items():
        lines += tables(others, f"{title}: ")
    lines += ["", "## No meaning", ""]
    lines += [f"- {name}, {model}: {why}." for name, kind in MECHANISMS.items() for model, why in kind.not_for.items()]
    return "\n".join(lines) + "\n"


def tables(rows: pd.DataFrame, title: str) -> list[str]:
    """Return the tables of all settings in some results, each under a title that begins so."""
    lines = []
    whole = rows[rows["heads"] == 0]
    for (model, asymmetry, on), mine in whole.groupby(["model", "asymmetry", "judged_on"]):
        lines += [
            "",
            f"## {title}{model} model, true asymmetry {asymmetry:g}, {_ON[str(on)]}",
            "",
            *table(mine, str(model)),
        ]
    for (model, on), mine in rows.groupby(["model", "judged_on"]):
        if mine["heads"].nunique() > 1:
            lines += [
                "",
                f"## {title}{model} model by heads and true asymmetry, {_ON[str(on)]}",
                "",
                *by_amount(mine, str(model)),
            ]
    exact = exactness(rows[(rows["judged_on"] == "own") & (rows["heads"] == 0) & (rows["mechanism"] == "none")])
    lines += ["", f"## {title}what exactness costs plain training, own heads", "", *exact]
    learned = rows[(rows["judged_on"] == "own") & (rows["learned"] != "none")]
    return lines + (
        ["", f"## {title}what was learned of the symmetries", "", *strengths(learned)] if len(learned) else []
    )


def by_amount(rows: pd.DataFrame, model: str) -> list[str]:
    """Return the figure that counts for each amount of heads and asymmetry: a column each, a row for each mechanism."""
    by, _less = RANKED[model]
    cells = sorted(rows[["asymmetry", "heads"]].drop_duplicates().itertuples(index=False), key=_by_size)
    titles = [f"asymmetry {a:g}, {f'{h} heads' if h else 'four fifths'}" for a, h in cells]
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
    """Return the mechanisms, the best first, by the mean difference from the reference: some have more seeds."""
    by, less = RANKED[model]
    mean = {str(name): interval(rows, str(name), by)[0] for name in rows["mechanism"].unique()}
    return sorted(mean, key=lambda name: mean[name] if less else -mean[name])


def whole_setting(rows: pd.DataFrame, model: str) -> pd.DataFrame:
    """Return the rows that mechanisms are ranked by: of symmetric brains, judged on the development suite."""
    least = rows["asymmetry"].min()
    chosen = (rows["model"] == model) & (rows["heads"] == 0) & (rows["asymmetry"] == least)
    found: pd.DataFrame = rows[chosen & (rows["judged_on"] == "development")]
    return found


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


def exactness(rows: pd.DataFrame) -> list[str]:
    """Return what averaging over the flips in use changes, for each amount of true asymmetry.

    The interval is Student's over the seeds: the same networks on the same heads.
    """
    lines = ["| model | asymmetry | seeds | raw | averaged | averaged, less raw |", "|---" * 6 + "|"]
    for (model, asymmetry), mine in rows.groupby(["model", "asymmetry"]):
        figure = RANKED[str(model)][0]
        raw, averaged = mine[figure], mine[figure.replace("_deg", "_averaged_deg").replace("auroc", "auroc_averaged")]
        found = stats.ttest_1samp(averaged - raw, 0).confidence_interval() if len(mine) > 1 else (np.nan, np.nan)
        change = f"{(averaged - raw).mean():+.2g} ({found[0]:+.2g} to {found[1]:+.2g})"
        lines.append(f"| {model} | {asymmetry:g} | {len(mine)} | {_mean(raw)} | {_mean(averaged)} | {change} |")
    return lines


def strengths(rows: pd.DataFrame) -> list[str]:
    """Return what mechanisms have learned, mean over the seeds, for each amount of true asymmetry."""
    lines = ["| mechanism | model | asymmetry | heads | learned |", "|---|---|---|---|---|"]
    for key, mine in rows.groupby(["mechanism", "model", "asymmetry", "heads"]):
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
