"""The tables of the frontier: the smallest size that is caught, and the law of outline that was never trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from anomaly_table import cell_estimate, judged_methods
from frontier_fit import CAUGHT, Frontier
from intervals import difference, share_text

_LAW = r"law_(train|test)_.*"
_HOW = f"""\
The smallest lesion, in millimetres, of which {CAUGHT * 100:.0f} % are caught at 95 % specificity, with 95 % intervals
(infants drawn with replacement, lesioned and normal alike): where a logistic curve of sensitivity over the logarithm of
size crosses it; > 20 where no size that was tried reaches it. Contrast is in standard deviations of the tissue at the
lesion. Lesions are white matter injury and haemorrhage in equal parts, on either side, under the law of outline, edge
and texture that training never uses. They are put into normal heads of suite v1, those first whose turn in its cells of
lesions comes last. Scores are judged for age and contrast by the half of the normals that the infant is not in; the
threshold is the 95th percentile of what all normals get that way."""
_HOW_LAW = """\
The same lesions at the same places of the same heads, once under the law that training uses and once under the law that
it never uses: rounder outlines with crisper edges, and streaks grown together with softer edges and another texture."""


def report(rows: pd.DataFrame, found: Sequence[Frontier]) -> str:
    """Return the tables as Markdown."""
    normal = rows[rows["cell"] == "normal"]
    sick = rows[rows["cell"].str.startswith("pooled_")]
    about = (
        f"{sick['seed'].nunique()} synthetic heads with {sick.groupby(['cell', 'head']).ngroups} lesions, among "
        f"{normal['seed'].nunique()} normals: figures of simulated changes, not of infants."
    )
    lines = ["# The smallest lesion that is caught", "", about, "", _HOW, "", *size_table(found)]
    lines += ["", "## The law that was never trained on", "", _HOW_LAW, "", *law_table(rows)]
    return "\n".join(lines) + "\n"


def size_table(found: Sequence[Frontier]) -> list[str]:
    """Return the smallest size by method and contrast."""
    contrasts = sorted({one.contrast_sd for one in found})
    lines = [f"| method | {' | '.join(f'{c:g} SD' for c in contrasts)} |", "|---" * (len(contrasts) + 1) + "|"]
    for name in dict.fromkeys(one.method for one in found):
        mine = {one.contrast_sd: one for one in found if one.method == name}
        lines.append(f"| {name} | {' | '.join(_size(mine[c]) if c in mine else '–' for c in contrasts)} |")
    return lines


def _size(one: Frontier) -> str:
    def shown(mm: float) -> str:
        if not np.isfinite(mm):
            return f"> {one.sizes_mm[-1]:g}"
        return f"{mm:.1f}" if mm else f"< {one.sizes_mm[0]:g}"

    return f"{shown(one.size_mm)} ({shown(one.low_mm)} to {shown(one.high_mm)})"


def law_table(rows: pd.DataFrame) -> list[str]:
    """Return AUROC and sensitivity under either law, and the paired difference."""
    lines = [
        "| lesions | method | AUROC, trained law | never trained | difference | found, trained law | never trained |"
    ]
    lines.append("|---" * 7 + "|")
    for name, judged in judged_methods(rows).items():
        for test in sorted({c for c in judged["cell"] if c.startswith("law_test_")}):
            cells = (test.replace("test", "train"), test)
            estimates = [cell_estimate(judged, cell) for cell in cells]
            if any(one is None for one in estimates):
                continue
            trained, other = (one for one in estimates if one is not None)
            parts = [judged[(judged["cell"] == cell) & judged["z"].notna()]["alarm"] for cell in cells]
            shares = " | ".join(share_text(int(part.sum()), len(part)) for part in parts)
            size = test.removeprefix("law_test_").replace("_", ", ").replace("mm", " mm").replace("sd", " SD")
            lines.append(f"| {size} | {name} | {trained} | {other} | {difference(other, trained)} | {shares} |")
    return lines
