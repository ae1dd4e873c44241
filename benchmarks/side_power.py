"""How many infants tell that left and right were exchanged? ``python benchmarks/side_power.py``

Cohorts are drawn at the effects of the literature (``symbrain.usual_sides``), at half of them, at none, and at effects
that differ from cohort to cohort by as much as they are doubted; the measures of one infant are correlated as
``side_evidence`` reckons with. Each cohort is judged by the alarm's own formula. A mirrored cohort has exactly the
negated evidence, so that one draw counts twice: *told* is a cohort of exchanged sides that is called so, *false* one of
right sides that is called exchanged. It takes ten seconds.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from intervals import share, share_text
from side_power_figure import write_figure
from suites import FOLDER
from symbrain.atomic import write_text
from symbrain.progress import track
from symbrain.side_evidence import SURE, in_spreads, likelihood_ratio, overlap
from symbrain.usual_sides import CORRELATION, DOUBT, USUAL_SIDES, UsualSide

RESULTS, TABLE = FOLDER / "results" / "side-power.tsv", FOLDER / "side-power.md"
FIGURE = FOLDER.parent / "docs" / "images" / "side-power.png"
INFANTS = (5, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200, 300, 500, 1000)
TRUTHS = {"literature": 1.0, "half": 0.5, "none": 0.0, "drawn": 1.0}
SETS = {kind: [one for one in USUAL_SIDES if one.of == kind] for kind in ("labels", "image")}
POWER = 0.95
_AT_ONCE = 100  # cohorts in memory


@dataclass(frozen=True)
class Count:
    """What became of the cohorts of one size: how many, how many were told when exchanged, how many falsely alarmed."""

    truth: str
    measures: str
    infants: int
    cohorts: int
    told: int
    false: int


def cohorts(
    measures: Sequence[UsualSide], infants: int, truth: str, draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return cohorts whose sides are right, in standard deviations, shape (draws, infants, measures)."""
    effects = np.broadcast_to(TRUTHS[truth] * np.array([one.effect for one in measures]), (draws, 1, len(measures)))
    if truth == "drawn":
        effects = rng.normal(effects, DOUBT * effects)
    shared = rng.normal(size=(draws, infants, 1))
    own = rng.normal(size=(draws, infants, len(measures)))
    noise = np.sqrt(CORRELATION) * shared + np.sqrt(1 - CORRELATION) * own
    return np.asarray((effects + noise) * np.array([one.sign for one in measures]))


def evidence(measures: Sequence[UsualSide], drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log-likelihood ratio of each measure of cohorts, shape (draws, measures)."""
    means = [in_spreads(one, drawn[..., k]).mean(axis=-1) for k, one in enumerate(measures)]
    ratios = [likelihood_ratio(one, mean, drawn.shape[1]) for one, mean in zip(measures, means, strict=True)]
    return np.stack(ratios, axis=-1)


def counts(measures: Sequence[UsualSide], kind: str, infants: int, truth: str, draws: int) -> Iterator[Count]:
    """Yield what becomes of cohorts of one size by all measures together, and by each alone."""
    rng = np.random.default_rng([infants, sorted(TRUTHS).index(truth), sorted(SETS).index(kind)])
    parts = [min(_AT_ONCE, draws - done) for done in range(0, draws, _AT_ONCE)]
    alone = np.concatenate([evidence(measures, cohorts(measures, infants, truth, part, rng)) for part in parts])
    shared = alone.sum(axis=-1) / overlap(len(measures))
    for name, found in [(f"all of {kind}", shared), *zip([one.measure for one in measures], alone.T, strict=True)]:
        told, false = int((found >= SURE).sum()), int((found <= -SURE).sum())
        yield Count(truth, name, infants, draws, told, false)


def measure(draws: int) -> pd.DataFrame:
    """Return the counts of every size, truth and measure."""
    cells = [(kind, n, truth) for kind in SETS for n in INFANTS for truth in TRUTHS]
    rows = [one for kind, n, truth in track(cells, "power") for one in counts(SETS[kind], kind, n, truth, draws)]
    return pd.DataFrame([vars(one) for one in rows])


def enough(rows: pd.DataFrame, measures: str, truth: str) -> str:
    """Return the least size from which on 95 % of exchanged cohorts are told, in words."""
    mine = rows[(rows.measures == measures) & (rows.truth == truth)].sort_values("infants")
    short = mine[mine.told < POWER * mine.cohorts].infants
    if short.empty:
        return f"{mine.infants.min()} or fewer"
    more = mine[mine.infants > short.max()].infants
    return f"more than {mine.infants.max()}" if more.empty else f"{more.min()}"


def report(rows: pd.DataFrame) -> str:
    """Return the tables as Markdown."""
    sets = [f"all of {kind}" for kind in SETS]
    effects = {one.measure: f"{one.effect:.2f}, larger on the {one.larger}" for one in USUAL_SIDES}
    text = ["# How many infants tell that left and right were exchanged", "", _HOW.format(draws=rows.cohorts.iloc[0])]
    text += ["", "![Share of exchanged cohorts that are told, by the number of infants](../docs/images/side-power.png)"]
    text += ["", "## Infants for 95 % power", "", "| measures | effect | by the literature | at half of its effects |"]
    text += ["|---|---|---|---|"]
    for name in [*sets, *effects]:
        sizes = [enough(rows, name, truth) for truth in ("literature", "half")]
        text.append(f"| {' | '.join([name.replace('_', ' '), effects.get(name, ''), *sizes])} |")
    for name in sets:
        text += ["", f"## {name.capitalize()} together", "", _table(rows[rows.measures == name])]
    text += ["", _worst(rows[rows.truth != "drawn"]), "", _SOURCES, ""]
    text += [f"* {one.measure.replace('_', ' ')}: {one.source}" for one in USUAL_SIDES]
    return "\n".join(text) + "\n"


def _worst(rows: pd.DataFrame) -> str:
    """Return the highest rate of false alarms, in words; of many rows the highest is high by chance too."""
    worst = rows.assign(rate=rows.false / rows.cohorts).sort_values("rate").iloc[-1]
    value, low, high = (100 * v for v in share(int(worst.false), int(worst.cohorts)))
    return (
        f"The highest of all {len(rows)} rates of false alarms at fixed effects, single measures included: "
        f"{value:.1f} % ({low:.1f} to {high:.1f}), by {worst.measures.replace('_', ' ')} in {worst.infants} infants, "
        f"effects: {worst.truth}."
    )


def _table(rows: pd.DataFrame) -> str:
    names = (
        "told: literature",
        "told: half",
        "told: drawn",
        "false: literature",
        "false: half",
        "false: none",
        "false: drawn",
    )
    lines = [f"| infants | {' | '.join(names)} |", "|---" * (1 + len(names)) + "|"]
    for infants, mine in rows.groupby("infants"):
        of = {row["truth"]: row for row in mine.to_dict("records")}
        cells = []
        for name in names:
            what, truth = name.split(": ")
            cells.append(share_text(of[truth][what], of[truth]["cohorts"]).rsplit(" of ", 1)[0])
        lines.append(f"| {infants} | {' | '.join(cells)} |")
    return "\n".join(lines)


_HOW = """\
Of {draws} drawn cohorts of each size: how many of those with exchanged sides are *told*, and how many of those with
right sides raise a *false* alarm, with exact 95 % intervals of the drawing. An alarm takes 999 to 1. *Literature*:
the effects are as published; *half*: all of them are half as large; *none*: these infants have no usual asymmetry;
*drawn*: the effects differ from cohort to cohort by half of their size (SD). Measures of one infant are correlated by
0.3, in the direction of their effects. What the effects rest on is below: few of them were published as such."""
_SOURCES = "Where the effects come from:"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohorts", type=int, default=1000, help="of each size and truth (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--table", type=Path, default=TABLE)
    parser.add_argument("--figure", type=Path, default=FIGURE)
    parser.add_argument("--again", action="store_true", help="write table and figure from what was counted before")
    given = parser.parse_args()
    rows = pd.read_csv(given.out, sep="\t") if given.again else measure(given.cohorts)
    write_text(given.out, rows.to_csv(sep="\t", index=False))
    write_text(given.table, text := report(rows))
    write_figure(rows, given.figure)
    print(text)


if __name__ == "__main__":
    main()
