"""The tables of scores: lesion cells, false alarms, and what is no lesion at all."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from anomaly_froc import best_dice, with_hits
from intervals import Estimate, auroc_estimate, difference, mean_estimate, share_text
from judged import judge

AGE_BANDS = ((26, 30), (30, 34), (34, 38), (38, 42), (42, 46))
ORACLES = ("oracle", "oracle_local")
Table = list[str]


def base_of(method: str) -> str:
    """Return a method's name without the seed of its training: ``ours#2`` is a seed of ``ours``."""
    return method.split("#", 1)[0]


def judged_methods(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the judged rows of each method that scores heads; observers are not judged, they are told."""
    scores = rows[rows["score"].notna()]
    parts = {str(name): part for name, part in scores.groupby("method", sort=False) if name not in ORACLES}
    return {name: with_hits(judge(part)) for name, part in parts.items()}


def is_lesion_cell(rows: pd.DataFrame) -> pd.Series:
    """Return which rows are of heads with a lesion on one side."""
    return rows["side_true"].isin(["left", "right"])


def lesion_cells(rows: pd.DataFrame) -> list[str]:
    """Return the names of the cells with lesions that have normals beside them."""
    chosen = rows[is_lesion_cell(rows) & rows["score"].notna() & ~rows["cell"].str.startswith("walk")]
    return list(dict.fromkeys(chosen["cell"]))


def cell_estimate(judged: pd.DataFrame, cell: str) -> Estimate | None:
    """Return the AUROC of a cell's deviations against those of all normals."""
    normal, sick = (
        part[part["z"].notna()] for part in (judged[judged["cell"] == "normal"], judged[judged["cell"] == cell])
    )
    if normal.empty or sick.empty:
        return None
    return auroc_estimate(normal["z"], normal["seed"], sick["z"], sick["seed"])


def oracle_estimate(rows: pd.DataFrame, cell: str) -> Estimate | None:
    """Return the better observer's AUROC: the lesioned against the same places of the same infants, well."""
    found = []
    for name in ORACLES:
        part = rows[(rows["cell"] == cell) & (rows["method"] == name) & rows["reference"].notna()]
        if len(part):
            found.append(auroc_estimate(part["reference"], part["seed"], part["score"], part["seed"]))
    return max(found, key=lambda e: e.value, default=None)


def by_base(judged: dict[str, pd.DataFrame]) -> dict[str, list[str]]:
    """Return the labels of each method, one for each seed of its training."""
    groups: dict[str, list[str]] = {}
    for name in judged:
        groups.setdefault(base_of(name), []).append(name)
    return groups


def over_seeds(labels: list[str], value: Callable[[str], Estimate | None]) -> str:
    """Return an estimate, or of several seeds of training the mean with its range."""
    found = [e for label in labels if (e := value(label)) is not None]
    if not found:
        return "–"
    if len(found) == 1:
        return str(found[0])
    values = [e.value for e in found]
    return f"{np.mean(values):.2f} ({min(values):.2f} to {max(values):.2f} over {len(values)} seeds)"


def pooled(judged: dict[str, pd.DataFrame], labels: list[str]) -> pd.DataFrame:
    """Return the rows of all seeds of a method."""
    return pd.concat([judged[label] for label in labels])


def auroc_table(rows: pd.DataFrame, judged: dict[str, pd.DataFrame]) -> Table:
    """Return AUROC by cell: that of the observer who is told, and each method."""
    groups = by_base(judged)
    lines = [f"| lesions | heads | oracle | {' | '.join(groups)} |", "|---|---|---|" + "---|" * len(groups)]
    for cell in lesion_cells(rows):
        heads = _heads_text([part.loc[part["cell"] == cell, "head"].nunique() for part in judged.values()])
        columns = [over_seeds(ls, lambda n, c=cell: cell_estimate(judged[n], c)) for ls in groups.values()]  # type: ignore[misc]
        lines.append(f"| {cell} | {heads} | {oracle_estimate(rows, cell) or '–'} | {' | '.join(columns)} |")
    return lines


def _heads_text(counts: list[int]) -> str:
    """Return how many heads the methods were asked: one number, or the least and the most."""
    least, most = min(counts), max(counts)
    return str(most) if least == most else f"{least} to {most}"


def shared_heads(one: pd.DataFrame, other: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of the heads that both methods judged, so that a difference is of the same infants."""
    key = ["cell", "head"]
    one, other = one[one["z"].notna()], other[other["z"].notna()]
    return one.merge(other[key]), other.merge(one[key])


def difference_table(rows: pd.DataFrame, judged: dict[str, pd.DataFrame], against: str) -> Table:
    """Return the paired difference of each method's AUROC to one method's, by cell, on the heads that both judged."""
    if against not in judged:
        return []
    others = [name for name in judged if name != against]
    lines = [f"| AUROC less {against}'s | {' | '.join(others)} |", "|---|" + "---|" * len(others)]
    pairs = [shared_heads(judged[name], judged[against]) for name in others]
    for cell in lesion_cells(rows):
        estimates = [(cell_estimate(one, cell), cell_estimate(base, cell)) for one, base in pairs]
        texts = ["–" if one is None or base is None else str(difference(one, base)) for one, base in estimates]
        lines.append(f"| {cell} | {' | '.join(texts)} |")
    return lines if others else []


def found_table(rows: pd.DataFrame, judged: dict[str, pd.DataFrame]) -> Table:
    """Return sensitivity at the alarm threshold, side among detections, and how well the place is found."""
    names = ["lesions", "method", "found", "side right when found", "hottest place in the lesion"]
    names += ["hit at one false alarm a scan", "pixel average precision", "best Dice"]
    lines = [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    for cell in lesion_cells(rows):
        for base, labels in by_base(judged).items():
            parts = [part[(part["cell"] == cell) & part["z"].notna()] for part in (judged[label] for label in labels)]
            if any(len(part) for part in parts):
                lines.append(f"| {cell} | {base} | {' | '.join(_found(parts))} |")
    return lines


def _found(parts: list[pd.DataFrame]) -> list[str]:
    """Return the cells of the table for one method; parts are of the seeds of its training."""
    part = pd.concat(parts)
    found = part[part["alarm"]]
    sided = found[found["side"].notna() & (found["side"] != "none")]
    knows = (part["side"].notna() & (part["side"] != "none")).any()
    side = share_text(int((sided["side"] == sided["side_true"]).sum()), len(found)) if knows else "–"
    hits = [_share_of(part[name].dropna()) for name in ("hit", "hit_at_one")]
    precision = f"{part['pixel_ap'].mean():.2f}" if part["pixel_ap"].notna().any() else "–"
    overlaps = [list(one["overlap"].dropna()) for one in parts if one["overlap"].notna().any()]
    dice = f"{np.mean([best_dice(one) for one in overlaps]):.2f}" if overlaps else "–"
    return [share_text(len(found), len(part)), side, *hits, precision, dice]


def _share_of(ones: pd.Series) -> str:
    return share_text(int(ones.sum()), len(ones)) if len(ones) else "–"


def alarm_table(judged: dict[str, pd.DataFrame]) -> Table:
    """Return false alarms among normals: pooled, by age band, and by contrast."""
    groups = by_base(judged)
    lines = [f"| normals | {' | '.join(groups)} |", "|---|" + "---|" * len(groups)]
    kinds: list[tuple[str, Callable[[pd.DataFrame], pd.Series]]] = [("all", lambda d: d["z"].notna())]
    for low, high in AGE_BANDS:
        kinds.append((f"{low} to {high} weeks", lambda d, a=low, b=high: d["weeks"].ge(a) & d["weeks"].lt(b)))  # type: ignore[misc]
    kinds += [(name, lambda d, m=name: d["modality"] == m) for name in ("T2w", "T1w")]  # type: ignore[misc]
    for name, of in kinds:
        columns = []
        for labels in groups.values():
            part = pooled(judged, labels)
            part = part[(part["cell"] == "normal") & part["z"].notna()]
            chosen = part[of(part)]
            columns.append(share_text(int(chosen["alarm"].sum()), len(chosen)))
        if any(c != "none" for c in columns):
            lines.append(f"| {name} | {' | '.join(columns)} |")
    return lines


def control_table(rows: pd.DataFrame, judged: dict[str, pd.DataFrame]) -> Table:
    """Return alarms on what is no lesion, and by how much it changes z of the same infant."""
    chosen = rows[rows["score"].notna() & ~is_lesion_cell(rows) & ~rows["cell"].isin(["normal", "walk_normal"])]
    lines = [
        "| no lesion, but | method | alarms | change of z, mean | change of z, 95 % of heads |",
        "|---|---|---|---|---|",
    ]
    for cell in dict.fromkeys(chosen["cell"]):
        for base, labels in by_base(judged).items():
            part = pooled(judged, labels)
            part = part[(part["cell"] == cell) & part["z"].notna()]
            if part.empty:
                continue
            change = paired_change(judged, labels, cell)
            spread = f"{mean_estimate(change)} | ±{np.percentile(np.abs(change), 95):.2f}" if len(change) else "– | –"
            lines.append(f"| {cell} | {base} | {share_text(int(part['alarm'].sum()), len(part))} | {spread} |")
    return lines if len(lines) > 2 else []


def paired_change(judged: dict[str, pd.DataFrame], labels: list[str], cell: str, other: str = "normal") -> np.ndarray:
    """Return z of a cell less z of the same infants in another, by infant (the mean over seeds of training)."""
    found = []
    for label in labels:
        z = judged[label].pivot_table(index="seed", columns="cell", values="z")
        if {cell, other} <= set(z.columns):
            found.append((z[cell] - z[other]).dropna())
    return pd.concat(found, axis=1).mean(axis=1).to_numpy() if found else np.zeros(0)


def walk_table(judged: dict[str, pd.DataFrame]) -> Table:
    """Return what the whole walk changes against the upright heads that the other cells are made of."""
    pairs = (("walk_normal", "normal"), ("walk_lesion", "pooled_12mm_6sd"))
    lines = ["| whole walk | method | heads | change of z, mean | correlation of z |", "|---|---|---|---|---|"]
    for cell, other in pairs:
        for label, part in judged.items():
            z = part.pivot_table(index="seed", columns="cell", values="z")
            if not {cell, other} <= set(z.columns):
                continue
            both = z[[cell, other]].dropna()
            if len(both) > 2:
                r = float(np.corrcoef(both[cell], both[other])[0, 1])
                change = mean_estimate(both[cell] - both[other])
                lines.append(f"| {cell} against {other} | {label} | {len(both)} | {change} | {r:.2f} |")
    return lines if len(lines) > 2 else []
