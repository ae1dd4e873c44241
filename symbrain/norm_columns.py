"""How unusual a scan is: the columns that the norms add to rows of scores.tsv and regions.tsv."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from symbrain.cohort_norms import LATERALITY, REGIONAL, SCORE, CohortNorms, severity
from symbrain.norms import Norm
from symbrain.traits import NAMES, levels_of

Row = dict[str, Any]
NO_NORM = "no network was trained on normal scans of its cohort, so there is no norm for it"
FAILED = "the scan failed its quality check"


def add_norms(rows: Sequence[Row], norms: CohortNorms, *, synthetic: bool = False) -> None:
    """Judge each scan by the normals of its contrast, without its own fold where the cohort learned from its split.

    Where the cohort is ``synthetic``, the norm says so, and nobody gets a percentile: phantoms rank no infant. A scan
    that cannot be judged is told why, in ``norm_reason``; one outside the modelled ages, or coarser than the normals,
    is warned about too.
    """
    for row in rows:
        norm, row["norm_reason"] = _norm_of(row, norms)
        if norm is None:
            continue
        if why := norm.why_not(row["scan_age_weeks"], row.get("voxel_mm")):
            row |= {"norm_reason": why, "qc": "warn", "qc_reason": "; ".join(filter(None, [row["qc_reason"], why]))}
            continue
        side = norms.of(LATERALITY, row["modality"], _fold_left_out(row))
        row |= _deviation(row, norm, ranked=not synthetic) | {
            "laterality_z": _z(side, row["laterality_index"], row),
            "norm_source": "phantom" if synthetic else "cohort",
            "norm_n": norm.n,
        }


def add_regional_norms(regions: Sequence[Row], rows: Iterable[Row], norms: CohortNorms) -> None:
    """Judge each structure's volumes and mean intensities by the same rule."""
    of_scan = {row["scan_id"]: row for row in rows}
    # All that one norm judges is judged at once: a scan has seventy values, and a call takes longer than a sum.
    together: dict[int, tuple[Norm, list[tuple[Row, str]]]] = {}
    for region in regions:
        scan = of_scan[region["scan_id"]]
        for column, measure in REGIONAL.items():
            region[f"{column}_z"] = None
            norm = norms.of(measure(region["region"]), scan["modality"], _fold_left_out(scan))
            if norm is not None and scan["qc"] != "fail" and _is_judged(norm, region.get(column), scan):
                together.setdefault(id(norm), (norm, []))[1].append((region, column))
    for norm, those in together.values():
        scans = [of_scan[region["scan_id"]] for region, _ in those]
        levels = {name: [levels_of(scan)[name] for scan in scans] for name in NAMES}
        values = np.array([region[column] for region, column in those], float)
        found = norm.z(values, [_age(scan) for scan in scans], levels)
        for (region, column), z in zip(those, found.tolist(), strict=True):
            region[f"{column}_z"] = z


def _norm_of(row: Row, norms: CohortNorms) -> tuple[Norm | None, str | None]:
    """Return the norm of a scan's score, or why there is none."""
    modality, norm = row["modality"], norms.of(SCORE, row["modality"], _fold_left_out(row))
    if row["qc"] == "fail":
        return None, FAILED
    if norm is not None:
        return norm, None
    if not norms.norms:
        return None, NO_NORM
    if modality is None:
        return None, "its contrast is not known to be T1w or T2w, so there is no norm for it"
    if norms.of(SCORE, modality, None) is None:
        return None, f"too few {modality} scans of the cohort are known to be normal for a norm of this contrast"
    return None, "too few normal scans are left for a norm without its own fold of families"


def _deviation(row: Row, norm: Norm, *, ranked: bool) -> Row:
    """Return the deviation of a scan's score with its 90 % interval, and the percentiles where it is ``ranked``."""
    age, levels = _age(row), levels_of(row)
    score, low, high = (severity(row[f"asymmetry_score{end}"]) for end in ("", "_low", "_high"))
    ends = norm.interval(low, score, high, age, levels)
    z = dict(zip(("", "_low", "_high"), (norm.z(score, age, levels), *ends), strict=True))
    return {f"asymmetry_z{end}": float(value) for end, value in z.items()} | {
        f"asymmetry_percentile{end}": float(norm.percentile(value)) if ranked else None for end, value in z.items()
    }


def _z(norm: Norm | None, value: float | None, row: Row) -> float | None:
    if norm is None or value is None or not _is_judged(norm, value, row):
        return None
    return float(norm.z(value, _age(row), levels_of(row)))


def _is_judged(norm: Norm, value: float | None, row: Row) -> bool:
    return value is not None and not norm.why_not(row["scan_age_weeks"], row.get("voxel_mm"))


def _age(row: Mapping[str, Any]) -> float:
    age = row["scan_age_weeks"]
    return float("nan") if age is None else float(age)


def _fold_left_out(row: Mapping[str, Any]) -> int | None:
    return int(row["fold"]) if row["scored_by"] == "out_of_fold" else None
