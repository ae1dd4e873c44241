"""The table of what was never trained on: two kinds of lesion, apart from those that training inserts."""

from __future__ import annotations

import pandas as pd

from anomaly_table import Table, by_base, lesion_cells, over_seeds
from intervals import Estimate, auroc_estimate, difference
from suites import load

SENTINEL = "_12mm_3sd"
HOW = """\
Training inserts four kinds of lesion into normal heads, all under one law of outline, edge and texture. The two other
kinds are shown here apart. No lesion in these rows follows that law: the synthetic heads paint theirs with their
anatomy, and templates and scans get theirs under a second law that training never uses. The two laws are compared on
the same places of the same heads in frontier.md. Kinds differ of themselves too: what a method that never learns loses
between the rows is not for want of training."""


def never_trained() -> tuple[str, ...]:
    """Return the kinds of lesion that the suite keeps from training."""
    return tuple(load("v1").record["never_trained"])


def unseen_table(rows: pd.DataFrame, judged: dict[str, pd.DataFrame]) -> Table:
    """Return AUROC of the kinds that training inserts, of those it never saw, and the difference."""
    cells = [cell for cell in lesion_cells(rows) if cell.endswith(SENTINEL) and not cell.startswith("pooled")]
    unseen = [cell for cell in cells if cell.removesuffix(SENTINEL) in never_trained()]
    seen = [cell for cell in cells if cell not in unseen]
    if not seen or not unseen:
        return []
    groups = by_base(judged)
    lines = [f"| kinds, 12 mm, 3 SD | heads | {' | '.join(groups)} |", "|---|---|" + "---|" * len(groups)]
    for name, chosen in (("trained", seen), ("never trained", unseen)):
        heads = rows[rows["cell"].isin(chosen)].groupby(["cell", "head"]).ngroups
        texts = [over_seeds(labels, lambda n, c=chosen: _pooled(judged[n], c, cells)) for labels in groups.values()]  # type: ignore[misc]
        kinds = ", ".join(cell.removesuffix(SENTINEL).replace("_", " ") for cell in chosen)
        lines.append(f"| {name}: {kinds} | {heads} | {' | '.join(texts)} |")
    texts = [over_seeds(labels, lambda n: _loss(judged[n], seen, unseen)) for labels in groups.values()]
    return [*lines, f"| never trained less trained | | {' | '.join(texts)} |"]


def _pooled(judged: pd.DataFrame, cells: list[str], among: list[str]) -> Estimate | None:
    """Return the AUROC of some cells together, drawn from the infants of more."""
    known = judged[judged["z"].notna()]
    normal, sick = known[known["cell"] == "normal"], known[known["cell"].isin(cells)]
    if normal.empty or sick.empty:
        return None
    others = known[known["cell"].isin(among)]["seed"]
    return auroc_estimate(normal["z"], normal["seed"], sick["z"], sick["seed"], others)


def _loss(judged: pd.DataFrame, seen: list[str], unseen: list[str]) -> Estimate | None:
    one, other = (_pooled(judged, cells, seen + unseen) for cells in (unseen, seen))
    return None if one is None or other is None else difference(one, other)
