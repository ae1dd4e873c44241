"""The page of the ablation: what each mechanism brings beside the reference, with intervals over seeds and heads."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from symmetry.catalogue import MECHANISMS, REFERENCE
from symmetry.difference import interval, paired
from symmetry.flip import AsInProduct

RANKED = {"asymmetry": ("auroc", False), "midline": ("angle_deg", True)}
"""What mechanisms are ranked by, each as it is used by itself; and whether less is better."""
SHOWN = {
    "asymmetry": ("auroc", "auroc_averaged", "calibration", "brier", "equivariance", "broken"),
    "midline": ("angle_deg", "angle_averaged_deg", "offset_mm", "within_5deg", "calibration", "equivariance", "broken"),
}
_ON = {"development": "development suite", "own": "own heads", "frozen": "frozen suite"}
_NOTHING = 1e-4  # smaller figures are rounding
_INTRODUCTION = f"""# Ways of teaching that left mirrors right

What it says in words: [what symmetry brings](../docs/concepts/symmetry-results.md). What each mechanism is: [ways to
use symmetry](../docs/concepts/symmetry-mechanisms.md).

![What each mechanism brings, how much data it takes, and what is learned of the mirror](../docs/images/symmetry.png)

Above, the difference of each mechanism from the reference. In the middle, the same over the number of heads that were
learned from (in brackets what the reference reaches with them). Below, how far networks break the reflection, and the
strength that soft equivariance gives it, which is 1 / (broken in training + 0.01). The trainings from 480 heads are
those as large as the packaged network's, with fifteen times the passes, at three times the rate of learning.

- **Trainings** are short, of small networks, on synthetic newborns, from random weights that are the same for all
  mechanisms of a seed, and of one budget: a dearer mechanism takes fewer steps. Each seed learns from four fifths
  of the heads, drawn anew. None of this is a figure of the packaged weights, but for the last table.
- **Judged on** heads that none has seen: of a *development* suite, always the same (100 normals against 100 with a
  change of 16 mm and 3 SD; 300 axial slices of 100 heads: the cases of suite v1, but other infants), and on heads
  of their *own* kind, as asymmetric as those that were learned from (80 brains, each as it is and with a change;
  300 slices of 30 heads, axial and coronal, turned by up to 20°). Suite v1 itself, *frozen*, is for the winner, the
  reference and what the product does alone, once the winner is known; but early runs of one or two seeds had been
  judged there, all mechanisms of the asymmetry network among them, with the even/odd split 0.08 ahead (rows that only
  the repository's history has).
- **True asymmetry** is that of the normal heads that are learned from. 0: no side is favoured, but for the usual
  newborn ventricles of slices (the left wider by 6 % of their mean, SD 7 %). 1, in brains: the left ventricle wider
  by 50 %, lobes twisted by 5 %; in slices: lobes twisted by 10 %, the left hemisphere larger by 4 %. So 0.5 and 1
  are far more than newborns usually have.
- **Ranked** by the paired difference from the reference ({REFERENCE}), each mechanism as it is used by itself; beside
  it that from what the product does (*less the product*), the mean, which may be over other seeds, and the same
  averaged over the flips, as the product is used. Intervals are 95 %, by a bootstrap over seeds and heads together,
  for one comparison alone; with three seeds they are too narrow where the luck of seeds outweighs that of heads. Once
  all mechanisms are compared, only what the figure colours is beyond chance.
- *Equivariance*: the error under the reflection of what the mechanism itself uses, for log-odds as a share of their
  spread between examples, for lines in degrees. *Broken*: the squared error as a share of that between examples, 0
  exact, 1 unrelated. *Use*: processor time in use, relative to plain training's, on a machine that did other work
  too.
- The weights of the mechanisms' losses are guesses. Those of soft equivariance and of the constraint were changed
  once, after an early run; the reference has the product's. A mechanism that loses here may win with another
  weight.
"""


def report(rows: pd.DataFrame, beside: Mapping[str, pd.DataFrame] | None = None) -> str:
    """Return the page: the tables of the results, and of the variants ``beside`` them, by title."""
    lines = [_INTRODUCTION.rstrip("\n"), *tables(rows, "", rows)]
    for title, others in (beside or {}).items():
        tells = others if AsInProduct.name in set(others["mechanism"]) else rows
        lines += tables(others, f"{title}: ", tells)
    lines += ["", "## No meaning", ""]
    lines += [f"- {name}, {model}: {why}." for name, kind in MECHANISMS.items() for model, why in kind.not_for.items()]
    return "\n".join(lines) + "\n"


def tables(rows: pd.DataFrame, title: str, usual: pd.DataFrame) -> list[str]:
    """Return the tables of all settings in some results, each under a title that begins so.

    Parameters
    ----------
    usual
        Rows that tell what the product does: the same, or those of the usual setting.
    """
    lines = []
    whole = rows[rows["heads"] == 0]
    for (model, asymmetry, on), mine in whole.groupby(["model", "asymmetry", "judged_on"]):
        words = f"{model} model, learned from heads of asymmetry {asymmetry:g}, judged on {_ON[str(on)]}"
        lines += ["", f"## {title}{words}", "", *table(mine, str(model))]
    for (model, on), mine in rows.groupby(["model", "judged_on"]):
        if mine["heads"].nunique() > 1:
            words = f"{model} model by heads and asymmetry learned from, judged on {_ON[str(on)]}"
            lines += ["", f"## {title}{words}", "", *by_amount(mine, str(model))]
    for model in sorted(whole["model"].unique()):
        lines_of_model = lopsided(whole, model)
        if lines_of_model:
            words = f"{model} model, what more lopsided heads to learn from bring on the development suite"
            lines += ["", f"## {title}{words}", "", *lines_of_model]
    if "none" in set(whole["mechanism"]):
        lines += ["", f"## {title}averaging over all flips what was not trained for it", "", *averaging(whole, usual)]
    learned = rows[(rows["judged_on"] == "own") & (rows["learned"] != "none")]
    if len(learned):
        lines += ["", f"## {title}what was learned of the symmetries", "", *strengths(learned)]
    return lines


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
    lines = [f"| mechanism | seeds | steps | difference | less the product | {' | '.join(titles)} | use |"]
    lines += ["|---" * (6 + len(figures)) + "|"]
    for name in ranked(rows, model):
        mine = rows[rows["mechanism"] == name]
        gaps = [difference(rows, name, figures[0], other).strip(" ()") for other in (REFERENCE, AsInProduct.name)]
        cells = [_mean(mine[figure]) for figure in figures]
        use = f"×{mine['infer_seconds'].median() / plain['infer_seconds'].median():.2g}" if len(plain) else "n/a"
        lines.append(f"| {name} | {len(mine)} | {mine['steps'].mean():.0f} | {' | '.join([*gaps, *cells, use])} |")
    return lines


def difference(rows: pd.DataFrame, name: str, figure: str, reference: str = REFERENCE) -> str:
    """Return the paired difference from the reference with its interval, as it stands in the table."""
    if name == reference:
        return " (reference)"
    return _in_words(interval(rows, name, figure, reference=reference))


def _in_words(found: tuple[float, float, float]) -> str:
    if np.isnan(found).any():
        return ""
    mean, low, high = (value if abs(value) > _NOTHING else 0.0 for value in found)
    return f" ({mean:+.2g}, {low:+.2g} to {high:+.2g})"


def lopsided(rows: pd.DataFrame, model: str) -> list[str]:
    """Return what it brings on the development suite to learn from more lopsided heads; empty where none did."""
    by, _less = RANKED[model]
    mine = rows[(rows["model"] == model) & (rows["judged_on"] == "development")]
    lines = []
    for name, own in mine.groupby("mechanism"):
        usual = own[own["asymmetry"] == 0]
        for asymmetry, there in own[own["asymmetry"] > 0].groupby("asymmetry"):
            gain = _in_words(paired(there, usual, by)).strip(" ()")
            cells = [name, f"{asymmetry:g}", len(there), _mean(usual[by]), _mean(there[by]), gain]
            lines.append(f"| {' | '.join(map(str, cells))} |")
    titles = "| mechanism | asymmetry | seeds | learned from asymmetry 0 | learned from this | difference |"
    return [titles, "|---" * 6 + "|", *lines] if lines else []


def averaging(rows: pd.DataFrame, usual: pd.DataFrame) -> list[str]:
    """Return what averaging over all flips does to plainly trained networks, and what a trained average reaches.

    The interval is Student's over the seeds, of the same networks on the same heads, and says nothing of other heads.
    """
    lines = ["| model | learned from | judged on | seeds | raw | averaged | averaged, less raw | as in the product |"]
    lines += ["|---" * 8 + "|"]
    keys = ["model", "asymmetry", "judged_on"]
    product = usual[(usual["heads"] == 0) & (usual["mechanism"] == AsInProduct.name)]
    for (model, asymmetry, on), mine in rows[rows["mechanism"] == "none"].groupby(keys):
        figure = RANKED[str(model)][0]
        raw, averaged = mine[figure], mine[SHOWN[str(model)][1]]
        change = f"{(averaged - raw).mean():+.2g}"
        if len(mine) > 1:
            low, high = stats.ttest_1samp(averaged - raw, 0).confidence_interval()
            change += f" ({low:+.2g} to {high:+.2g})"
        same = product[(product["model"] == model) & (product["asymmetry"] == asymmetry) & (product["judged_on"] == on)]
        cells = [model, f"asymmetry {asymmetry:g}", _ON[str(on)], len(mine), _mean(raw), _mean(averaged), change]
        lines.append(f"| {' | '.join(map(str, [*cells, _mean(same[figure])]))} |")
    return lines


def strengths(rows: pd.DataFrame) -> list[str]:
    """Return what mechanisms have learned, mean over the seeds, for each amount of true asymmetry."""
    lines = ["| mechanism | model | asymmetry | heads | learned |", "|---|---|---|---|---|"]
    for (name, model, asymmetry, heads), mine in rows.groupby(["mechanism", "model", "asymmetry", "heads"]):
        values = pd.DataFrame([dict(word.split("=") for word in text.split()) for text in mine["learned"]]).astype(
            float
        )
        words = ", ".join(f"{str(key).replace('_', ' ')} {value:.3g}" for key, value in values.mean().items())
        lines.append(f"| {name} | {model} | {asymmetry:g} | {heads or 'four fifths'} | {words} |")
    return lines


def _mean(values: pd.Series) -> str:
    mean = float(values.mean())
    return "n/a" if np.isnan(mean) else f"{mean if abs(mean) > _NOTHING else 0:.3g}"
