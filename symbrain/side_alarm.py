"""The left-right alarm: do labels, headers and the usual asymmetry of newborns agree about sides?

It trusts no header. The rows of sides.tsv say for the whole cohort, and for each site where the dataset names sites,
what each measure says and what they say together; and whether the labels lie on the sides that the headers give.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from symbrain.side_evidence import (
    LEAST_INFANTS,
    SURE,
    Evidence,
    Verdict,
    odds,
    probability,
    together,
    verdict_of,
    weigh_all,
)
from symbrain.tables import is_missing

Row = Mapping[str, Any]
Measured = Mapping[str, float | None]

COHORT = "cohort"
"""The group of all infants."""
TOGETHER, LABELS = "all measures", "labels against header"
_HEALTHY = 2  # radiology scores above may mean a one-sided lesion


def side_rows(
    scores: Iterable[Row], subjects: Iterable[Row], measured: Mapping[str, Measured], sites: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    """Return the rows of sides.tsv.

    Parameters
    ----------
    scores, subjects
        Rows of scores.tsv and subjects.tsv.
    measured
        What ``measure_directed`` found, by scan.
    sites
        Where each scan was made, by scan; None where that is not known.
    """
    scans, best = ([r for r in rows if r["qc"] != "fail" and r["scan_id"] in measured] for rows in (scores, subjects))
    groups = _groups(scans, _one_each(row for row in best if _healthy(row)), sites)
    rows: list[dict[str, Any]] = []
    for name, all_of_it, infants in groups:
        evidence = weigh_all(measured[row["scan_id"]] for row in infants)
        rows.append(_labels_row(name, [measured[row["scan_id"]] for row in all_of_it]))
        rows.append(_together_row(name, evidence, len(infants), len(groups)))
        rows += [_measure_row(name, one) for one in evidence]
    return rows


def _healthy(row: Row) -> bool:
    """Tell whether no radiologist called a scan abnormal."""
    return bool(is_missing(row["radiology_score"]) or row["radiology_score"] <= _HEALTHY)


def _one_each(subjects: Iterable[Row]) -> list[Row]:
    """Return one scan of each infant: that of the first session."""
    first: dict[str, Row] = {}
    for row in subjects:
        first.setdefault(row["participant_id"], row)
    return list(first.values())


def _groups(
    scans: Sequence[Row], infants: Sequence[Row], sites: Mapping[str, str | None]
) -> list[tuple[str, list[Row], list[Row]]]:
    """Return the cohort and, where there are several, its sites: name, scans, and one healthy scan of each infant."""
    named = sorted({site for row in scans if (site := sites.get(row["scan_id"]))})
    groups: list[tuple[str, list[Row], list[Row]]] = [(COHORT, list(scans), list(infants))]
    for name in named if len(named) > 1 else ():
        ours, healthy = ([row for row in rows if sites.get(row["scan_id"]) == name] for rows in (scans, infants))
        groups.append((f"site {name}", ours, healthy))
    return groups


def _labels_row(group: str, scans: Sequence[Measured]) -> dict[str, Any]:
    """Return whether labels and headers agree in each scan."""
    shares = [share for one in scans if (share := one.get("labels_reversed")) is not None]
    wrong = sum(share > 0.5 for share in shares)
    verdict: Verdict = "disagree" if wrong else "agree" if shares else "cannot tell"
    reason = {
        "disagree": f"in {wrong} of {len(shares)} scans the labels' left lies on the subject's right by the header",
        "agree": f"in all of {len(shares)} scans the labels' left lies on the subject's left by the header",
        "cannot tell": "no scan has labels that name sides (DrawEM-87)",
    }[verdict]
    return {"group": group, "measure": LABELS, "n": len(shares), "verdict": verdict, "reason": reason}


def _together_row(group: str, evidence: Sequence[Evidence], infants: int, groups: int) -> dict[str, Any]:
    ratio = together(evidence)
    verdict = verdict_of(ratio, groups)
    way = "as given" if ratio >= 0 else "exchanged"
    asked = math.exp(SURE + math.log(groups))
    reason = {
        "agree": f"{infants} infants are asymmetric as newborns usually are: {odds(ratio)} for sides as given",
        "disagree": f"{infants} infants are asymmetric the other way round than newborns usually are: {odds(ratio)} "
        "for sides exchanged",
        "cannot tell": f"the asymmetry of {infants} infants says {odds(ratio)} for sides {way}; {asked:.0f} to 1 is "
        "asked for",
    }[verdict]
    if infants < LEAST_INFANTS:
        reason = f"{infants} infants without a known abnormality are too few; {LEAST_INFANTS} are the least"
    return {
        "group": group,
        "measure": TOGETHER,
        "n": infants,
        "log_likelihood_ratio": ratio,
        "probability": probability(ratio),
        "verdict": verdict,
        "reason": reason,
    }


def _measure_row(group: str, one: Evidence) -> dict[str, Any]:
    counted = one.expected is not None
    return {
        "group": group,
        "measure": one.usual.measure,
        "n": one.n,
        "mean_log_ratio": one.mean,
        "low": one.low,
        "high": one.high,
        "expected_log_ratio": one.expected,
        "log_likelihood_ratio": one.ratio if counted else None,
        "probability": probability(one.ratio) if counted else None,
        "verdict": verdict_of(one.ratio),
        "reason": f"usually larger on the {one.usual.larger}: {one.usual.source}",
    }
