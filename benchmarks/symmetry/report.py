"""The table of the ablation: what each mechanism brings beside the reference, with intervals over the seeds."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from symmetry.catalogue import MECHANISMS, REFERENCE

RANKED = {"asymmetry": ("auroc_averaged", False), "midline": ("angle_averaged_deg", True)}
"""What mechanisms are ranked by, averaged over the flips as the product would; and whether less is better."""
SHOWN = {
    "asymmetry": ("auroc_averaged", "auroc", "calibration", "brier", "equivariance"),
    "midline": ("angle_averaged_deg", "angle_deg", "offset_mm", "within_5deg", "calibration", "equivariance"),
}


def report(rows: pd.DataFrame) -> str:
    """Return the tables of all settings in the results."""
    lines = [
        "# Ways of teaching that left mirrors right",
        "",
        "Short trainings on synthetic newborns, from random weights that are the same for all mechanisms of a seed, of "
        "one budget: a dearer mechanism takes fewer steps. Judged on heads that none has seen. Ranked by the first "
        "figure, averaged over the flips as the product would; mean over the seeds, and in brackets the paired "
        f"difference from the reference ({REFERENCE}) with its 95 % interval (Student's t). Cost: processor time of a "
        "step, and of a use, relative to plain training. Equivariance is the error under a flip of what the mechanism "
        "itself uses, in log-odds or degrees. None of this is a figure of the packaged weights.",
    ]
    for (model, asymmetry, heads), mine in rows.groupby(["model", "asymmetry", "heads"]):
        many = "all heads" if heads == 0 else f"{heads} heads"
        lines += ["", f"## {model}, asymmetry {asymmetry:g}, {many}", "", *table(mine, str(model))]
    lines += ["", "## What was learned of the symmetries", "", *strengths(rows)]
    lines += ["", "## No meaning", ""]
    lines += [f"- {name}, {model}: {why}." for name, kind in MECHANISMS.items() for model, why in kind.not_for.items()]
    return "\n".join(lines) + "\n"


def table(rows: pd.DataFrame, model: str) -> list[str]:
    """Return the ranked mechanisms of a model at one setting."""
    by, less = RANKED[model]
    figures = SHOWN[model]
    order = rows.groupby("mechanism")[by].mean().sort_values(ascending=less).index
    plain = rows[rows["mechanism"] == "none"]
    titles = [name.replace("_", " ") for name in figures]
    lines = [f"| mechanism | seeds | steps | {' | '.join(titles)} | step | use |", "|---" * (5 + len(figures)) + "|"]
    for name in order:
        mine = rows[rows["mechanism"] == name]
        cells = [f"{mine[figures[0]].mean():.3g}{difference(rows, str(name), figures[0])}"]
        cells += [_mean(mine[figure]) for figure in figures[1:]]
        cost = [_relative(mine[key], plain[key]) for key in ("step_seconds", "infer_seconds")]
        lines.append(f"| {name} | {len(mine)} | {mine['steps'].mean():.0f} | {' | '.join([*cells, *cost])} |")
    return lines


def difference(rows: pd.DataFrame, name: str, figure: str) -> str:
    """Return the paired difference from the reference with its interval, as it stands in the table."""
    if name == REFERENCE:
        return " (reference)"
    one, other = (rows[rows["mechanism"] == n].set_index("seed")[figure] for n in (name, REFERENCE))
    pairs = (one - other).dropna()
    if len(pairs) < 2:
        return ""
    half = stats.t.ppf(0.975, len(pairs) - 1) * pairs.std(ddof=1) / np.sqrt(len(pairs))
    return f" ({pairs.mean():+.2g}, {pairs.mean() - half:+.2g} to {pairs.mean() + half:+.2g})"


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
