"""The tables of the Siamese benchmark."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from intervals import Estimate, mean_estimate, share
from siamese_nets import BACKBONES
from siamese_rows import read_counts
from siamese_slices import SIZES_PX

SIMPLE = ("constant windows", "largest difference")
BY_INFANT, BY_PAIR = "by infant", "by row pair"
Table = list[str]

_ABOUT = """\
**Figures of synthetic heads. They are not comparable with the published ones, and nothing of symbrain is tuned to this
task.** Gucciardi et al. (Zenodo 15401010) taught Siamese networks to tell slices with a patch of constant grey in one
half from slices without, and report 76 % right at patches of "7 mm" and 99 % above "13.5 mm" for the best of five
(VGG); a log of theirs, of patches of one size, has the same network right in 51 % at 6 pixels, 68 % at 14, 84 % at 23,
88 % at 31 and 99.5 % at 40. Sizes here are edges in pixels of their 224 grid. So are those millimetres: half of the
number of pixels, although a pixel of that grid is 0.65 mm. Here the protocol is repeated once.

**The task is solved by counting windows of constant grey**: tissue has next to none, so that the share of 3 by 3
windows whose greys are equal tells the two apart at every size but the smallest. Whoever solves it has shown nothing
about lesions, which keep the texture of tissue: the tables of [suite v1](suite-v1.md) are for that."""
_HOW = """\
Heads of 26 to 45 weeks, T1w and T2w, thirteen axial slices each, 2 mm apart, between the heights of SymBrain's lowest
and highest, which has three of more infants: theirs learned from 1,400 to 2,000 rows. The slices are turned and cut by
the true midline, the left half mirrored, each half in a square of 224 by 224. Every row of odd number has a square or
disc of constant grey (140 to 215 of 255) in one half, within the published bounds, in the brain or not.

The networks are the published five, built anew and narrow: ResNet-18, ResNeXt-26, MobileNet-V2 and EfficientNet-B0 with
a quarter of the usual channels, VGG-11 with an eighth. Their weights are random at first, where three of theirs began
with weights of ImageNet. They see both halves averaged to 112 by 112, less the rows that are always black. They learn
for {epochs} epochs, by AdamW, where theirs had five of Adadelta; of the weights after each epoch those are taken that
do best on infants that are neither learned from nor judged on. The simple ones learn one threshold. Each fold has
its own infants to judge on, its own patches and its own random weights. Shares are means over infants, of all folds
together; 95 % intervals by bootstrap, infants drawn with replacement, each with all its slices (an exact binomial one
where all rows of all infants are right)."""
_HOW_SIZES = """\
The largest difference is that of the two halves within the brain, smoothed by 8 mm (full width at half maximum): it
does not know that the patch is of one grey, and normal asymmetry, which differs as much as many of these patches,
stands against it. Chance is 50 %."""
_HOW_ACROSS = """\
Right in per cent, on the same infants, whatever the size that was learned from."""
_HOW_LEAK = """\
The published split keeps pairs of neighbouring rows together, not infants: of those that it judges by, {known} were
learned from. The same network, sizes and about as many rows, split both ways; the difference is of the infants that
both judge by. An infant's rows are altered by turns here, so that who knows the infant knows little about the label,
and the next slice of the same infant has the other one; where the label belongs to the infant, as a diagnosis does,
such a leak adds 29 to 55 per cent (Yagis et al. 2021, Sci Rep 11:22544)."""


def report(infants: int, epochs: int, rows: pd.DataFrame, *, missing: int = 0) -> str:
    """Return the tables as Markdown.

    Parameters
    ----------
    missing
        How many learnings have not been done yet.
    """
    safe = rows[rows["split"] == BY_INFANT]
    same = safe[safe["train_size"] == safe["test_size"]]
    parts = [
        ("Right by size of the patch, the same in learning and judging", _HOW_SIZES, by_size(same)),
        ("Learned from one size, judged on others", _HOW_ACROSS, across_sizes(safe)),
        ("What the published split adds", _HOW_LEAK.format(known=_known(rows)), leak_table(rows)),
    ]
    lines = ["# The published Siamese protocol, repeated", "", _ABOUT, "", "## How", "", _HOW.format(epochs=epochs)]
    lines += ["", counts(infants, same)]
    if missing:
        lines += ["", f"**Not complete: {missing} learnings are still to be done, and their cells are empty.**"]
    for heading, how, table in parts:
        if len(table) > 2:
            lines += ["", f"## {heading}", "", how, "", *table]
    lines += ["", "![Halves with patches, and how often each method is right](../docs/images/bench-siamese.png)"]
    return "\n".join(lines) + "\n"


def counts(infants: int, rows: pd.DataFrame) -> str:
    """Return how much was learned from and judged on, and how long that took."""
    folds = rows.drop_duplicates("fold")
    judged = len(shares(folds))
    seconds = rows.loc[rows["method"].isin(BACKBONES), "seconds"]
    text = (
        f"{infants} infants. Folds: {len(folds)}, each learned from about {folds['learned_rows'].mean():.0f} rows; "
        f"together they judged {int(folds['rows'].sum())} rows of {judged} infants."
    )
    return f"{text}\nA training took {seconds.median():.0f} s of one core (median)." if len(seconds) else text


def by_size(rows: pd.DataFrame) -> Table:
    """Return share of right rows and AUROC of each method by size."""
    sizes = sorted(rows["test_size"].unique())
    lines = [f"| right (%), AUROC | {' | '.join(f'{SIZES_PX[k]} px' for k in sizes)} |", "|---|" + "---|" * len(sizes)]
    for method in _in_order(rows):
        mine = rows[rows["method"] == method]
        cells = [_cell(mine[mine["test_size"] == k]) for k in sizes]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    return lines


def across_sizes(rows: pd.DataFrame) -> Table:
    """Return share of right rows by the size that was learned from, of each network that learned from several."""
    networks = rows[~rows["method"].isin(SIMPLE)]
    sizes = sorted(networks["test_size"].unique())
    px = " | ".join(f"{SIZES_PX[k]} px" for k in sizes)
    lines = [f"| network, learned from | {px} |", "|---|" + "---|" * len(sizes)]
    for method in _in_order(networks):
        mine = networks[networks["method"] == method]
        learned_from = sorted(mine["train_size"].unique())
        for size in learned_from if len(learned_from) > 1 else []:
            one = mine[mine["train_size"] == size]
            cells = [f"{100 * shares(one[one['test_size'] == k]).mean():.0f}" for k in sizes]
            lines.append(f"| {method}, {SIZES_PX[size]} px | {' | '.join(cells)} |")
    return lines


def leak_table(rows: pd.DataFrame) -> Table:
    """Return share of right rows by split, of the networks that were split both ways, and the difference."""
    same = rows[rows["train_size"] == rows["test_size"]]
    lines = [f"| right (%) | {BY_INFANT} | {BY_PAIR} | difference |", "|---|---|---|---|"]
    for method in same.loc[same["split"] == BY_PAIR, "method"].unique():
        mine = same[same["method"] == method]
        both_ways = mine.groupby("test_size")["split"].nunique() == 2
        sizes = [int(k) for k in both_ways.index[both_ways]]
        for chosen, name in [*(([k], f"{SIZES_PX[k]} px") for k in sizes), (sizes, "all of these")]:
            of_size = mine[mine["test_size"].isin(chosen)]
            safe, leaky = (shares(of_size[of_size["split"] == split]) for split in (BY_INFANT, BY_PAIR))
            more = (leaky - safe).dropna()
            if len(more):
                texts = (*(percent(estimate(one)) for one in (safe, leaky)), percent(mean_estimate(more), "+"))
                lines.append(f"| {method}, {name} | {' | '.join(texts)} |")
    return lines


def shares(rows: pd.DataFrame) -> pd.Series:
    """Return for each infant, in order of their numbers, which share of its rows was judged rightly, from 0 to 1."""
    found: dict[int, list[int]] = {}
    for text in rows["by_infant"]:
        for infant, (right, count) in read_counts(text).items():
            so_far = found.setdefault(infant, [0, 0])
            found[infant] = [so_far[0] + right, so_far[1] + count]
    return pd.Series({infant: right / count for infant, (right, count) in sorted(found.items())}, dtype=float)


def estimate(right: pd.Series) -> Estimate:
    """Return the mean share of right rows, one value for each infant, with its 95 % interval."""
    found = mean_estimate(right)
    all_right = int((right == 1).sum()) == len(right)
    return replace(found, low=share(len(right), len(right))[1]) if all_right else found


def percent(found: Estimate, sign: str = "") -> str:
    """Return an estimate of a share in per cent with its interval."""
    value, low, high = (100 * v for v in (found.value, found.low, found.high))
    digits = 1 if sign else 0
    return f"{value:{sign}.{digits}f} ({low:{sign}.{digits}f} to {high:{sign}.{digits}f})"


def _cell(rows: pd.DataFrame) -> str:
    if rows.empty:
        return "–"
    return f"{percent(estimate(shares(rows)))}, {np.average(rows['auroc'], weights=rows['rows']):.2f}"


def _known(rows: pd.DataFrame) -> str:
    """Return which share of the infants that the published split judges by were learned from."""
    leaky = rows[rows["split"] == BY_PAIR].drop_duplicates("fold")
    judged = sum(len(read_counts(text)) for text in leaky["by_infant"])
    return f"{leaky['known_infants'].sum() / judged:.0%}" if judged else "most"


def _in_order(rows: pd.DataFrame) -> list[str]:
    return [name for name in (*SIMPLE, *BACKBONES) if name in set(rows["method"])]
