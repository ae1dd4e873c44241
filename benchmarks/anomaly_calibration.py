"""Are normals that were not seen normal? ``python benchmarks/anomaly_calibration.py benchmarks/results/….tsv``.

False alarms at the 95 % threshold, together and by age and contrast, and whether the deviations z of normals are those
of a standard normal law. Every normal is judged by the half of the normals that it is not in, and again by the norm
that a cohort gets; no network of the software has learned from any of them.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from anomaly_table import AGE_BANDS, judged_methods
from intervals import share_text
from judged import SPECIFICITY
from rows import read
from suites import FOLDER
from symbrain.atomic import write_text
from symbrain.cohort_norms import severity
from symbrain.norm_fit import out_of_fold_z

MODALITIES = ("T2w", "T1w")
ALL = "all"
FIGURE = FOLDER.parent / "docs" / "images" / "calibration.png"
_HOW = """\
Deviations z of normal heads from the norm of the half of the normals that they are not in, and alarms: beyond that
half's 95th percentile. Perfectly judged, 5 % are alarms in every row. Intervals are exact and hold with 95 % for all
rows of a method at once (Bonferroni); they are those of the heads alone, and the threshold too is an estimate, of half
of the normals. KS is the largest distance of the distribution of Φ(z) from an even one: beyond the bound, with 95 %
confidence, z is not of a standard normal law."""
_FOLDS, _MINIMUM = 5, 10
_BY_NORM = """\
The same heads judged by the norm that symbrain fits to a cohort (the logarithm of the score over age, one norm for each
contrast), each by the normals outside its fold of five. An alarm is a z above 1.64; intervals of the least and the most
hold for all ages and contrasts at once."""


@dataclass(frozen=True)
class Alarms:
    """False alarms of one method among the normals of one age and contrast."""

    name: str
    alarms: int
    heads: int


def normals_of(judged: pd.DataFrame) -> pd.DataFrame:
    """Return the normals that have a deviation."""
    return judged[(judged["cell"] == "normal") & judged["z"].notna()]


def alarms_of(normals: pd.DataFrame) -> list[Alarms]:
    """Return the alarms of all normals, then of each age and contrast that has any."""
    found = [Alarms(ALL, int(normals["alarm"].sum()), len(normals))]
    for modality in MODALITIES:
        for low, high in AGE_BANDS:
            weeks = normals["weeks"]
            part = normals[(normals["modality"] == modality) & weeks.ge(low) & weeks.lt(high)]
            if len(part):
                found.append(Alarms(f"{modality}, {low} to {high} weeks", int(part["alarm"].sum()), len(part)))
    return found


def distance(z: Sequence[float] | NDArray[np.float64]) -> float:
    """Return the largest distance between the distribution of z and the standard normal one (Kolmogorov)."""
    return float(stats.kstest(z, "norm").statistic)


def bound(count: int) -> float:
    """Return the distance that so many draws exceed with 5 % (Dvoretzky, Kiefer and Wolfowitz; Massart 1990)."""
    return float(np.sqrt(np.log(2 / 0.05) / (2 * count)))


def report(judged: dict[str, pd.DataFrame]) -> str:
    """Return the tables as Markdown."""
    normals = {name: part for name, one in judged.items() if len(part := normals_of(one))}
    lines = ["# Normals that were not seen", "", _HOW, ""]
    lines += [f"| normals | {' | '.join(normals)} |", "|---" * (len(normals) + 1) + "|"]
    columns = [{one.name: one for one in alarms_of(part)} for part in normals.values()]
    for name in dict.fromkeys(name for column in columns for name in column):
        texts = [_text(column.get(name), len(column)) for column in columns]
        lines.append(f"| {name} | {' | '.join(texts)} |")
    lines += ["", "| z of normals | mean | SD | skewness | KS | bound | highest 5 % begin at |", "|---" * 7 + "|"]
    for name, part in normals.items():
        z = part["z"].to_numpy()
        numbers = (z.mean(), z.std(), stats.skew(z), distance(z), bound(len(z)), np.quantile(z, SPECIFICITY))
        lines.append(f"| {name} | {' | '.join(f'{n:.2f}' for n in numbers)} |")
    return "\n".join(
        [*lines, "", f"The highest 5 % of a standard normal law begin at {stats.norm.ppf(SPECIFICITY):.2f}."]
    )


def by_norm(normals: pd.DataFrame) -> pd.DataFrame:
    """Return the normals judged as a cohort's are: z by symbrain's own norm of each contrast, out of five folds."""
    parts = []
    for _, part in normals.groupby("modality"):
        y, everyone = [severity(score) for score in part["score"]], np.ones(len(part), bool)
        z, _, _ = out_of_fold_z(y, part["weeks"], part["seed"] % _FOLDS, everyone, _MINIMUM)
        parts.append(part.assign(z=z, alarm=z > stats.norm.ppf(SPECIFICITY)))
    judged = pd.concat(parts)
    return judged[judged["z"].notna()]


def norm_report(normals: dict[str, pd.DataFrame]) -> str:
    """Return the table of what the software's own norms say of the normals."""
    lines = ["## By the norm that a cohort gets", "", _BY_NORM, ""]
    lines += [
        "| method | normals | alarms | least, most among ages and contrasts | in the 95 % band |",
        "|---" * 5 + "|",
    ]
    for name, part in normals.items():
        whole, *cells = alarms_of(judged := by_norm(part))
        shares = sorted(cells, key=lambda cell: cell.alarms / cell.heads)
        ends = [f"{share_text(cell.alarms, cell.heads, len(cells))} ({cell.name})" for cell in (shares[0], shares[-1])]
        band = share_text(int((judged["z"].abs() < stats.norm.ppf(0.975)).sum()), len(judged))
        text = share_text(whole.alarms, whole.heads)
        lines.append(f"| {name} | {whole.heads} | {text} | {', '.join(ends)} | {band} |")
    return "\n".join(lines)


def _text(one: Alarms | None, at_once: int) -> str:
    return "–" if one is None else share_text(one.alarms, one.heads, at_once)


def main() -> None:
    """Write table and figure."""
    from anomaly_calibration_figure import write_figure

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, nargs="+")
    parser.add_argument("--methods", default="ours,mirror_difference", help="those of the figure, by commas")
    parser.add_argument("--table", type=Path, default=FOLDER / "calibration.md")
    parser.add_argument("--figure", type=Path, default=FIGURE)
    given = parser.parse_args()
    judged = judged_methods(read(given.results)[1])
    normals = {name: normals_of(one) for name, one in judged.items()}
    enough = {name: part for name, part in normals.items() if len(part) and (part["score"] > 0).all()}
    text = f"{report(judged)}\n\n{norm_report(enough)}\n"
    write_text(given.table, text)
    shown = [name for name in given.methods.split(",") if name in judged]
    if not shown:
        parser.error(f"the results have no method {given.methods}; they have {', '.join(judged)}")
    write_figure({name: normals[name] for name in shown}, given.figure)
    print(text)


if __name__ == "__main__":
    main()
