"""The left-right alarm: do labels, headers and the usual asymmetry of newborns agree about sides?

It trusts no header. The rows of sides.tsv say for the whole cohort, and for each site where the dataset names sites,
what each measure says and what they say together; and whether the labels lie on the sides that the headers give.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from symbrain.side_evidence import LEAST_INFANTS, Evidence, limit, odds, probability, together, verdict_of, weigh_all
from symbrain.side_groups import COHORT, Group, groups_of

Row = Mapping[str, Any]
Measured = Mapping[str, float | None]

TOGETHER, LABELS = "all measures", "labels against header"
_MOST_NAMED = 5


def side_rows(
    scores: Iterable[Row], subjects: Iterable[Row], measured: Mapping[str, Measured], sites: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    """Return the rows of sides.tsv; one only of a site with too few infants.

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
    groups = groups_of(scans, best, sites)
    judged = max(1, sum(group.is_judged for group in groups))
    return [row for group in groups for row in _rows_of(group, measured, judged)]


def named(names: Sequence[str]) -> str:
    """Return names as a sentence bears them: the first five, and how many more."""
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"


def _rows_of(group: Group, measured: Mapping[str, Measured], judged: int) -> list[dict[str, Any]]:
    evidence = weigh_all(measured[row["scan_id"]] for row in group.infants)
    whole = _together_row(group.name, evidence, len(group.infants), judged)
    if group.name != COHORT and not group.is_judged:
        return [whole]
    labels = _labels_row(group.name, {row["scan_id"]: measured[row["scan_id"]] for row in group.scans})
    told = group.name == COHORT or labels["n"] >= LEAST_INFANTS  # a few scans do not tell of a site
    return [*([labels] if told else ()), whole, *(_measure_row(group.name, one) for one in evidence)]


def _labels_row(group: str, scans: Mapping[str, Measured]) -> dict[str, Any]:
    """Return whether labels and headers agree in each scan; it is an alarm where they do not in half of them."""
    shares = {scan: share for scan, one in scans.items() if (share := one.get("labels_reversed")) is not None}
    wrong = sorted(scan for scan, share in shares.items() if share > 0.5)
    verdict = _of_labels(len(wrong), len(shares))
    told = (
        f"in {len(wrong)} of {len(shares)} scans the labels' left lies on the subject's right by the header "
        f"({named(wrong)})"
    )
    reason = {
        "disagree": told,
        "in part": told,
        "agree": f"in all of {len(shares)} scans the labels' left lies on the subject's left by the header",
        "cannot tell": "no scan has labels that name sides (DrawEM-87)",
    }[verdict]
    return {"group": group, "measure": LABELS, "n": len(shares), "verdict": verdict, "reason": reason}


def _of_labels(wrong: int, scans: int) -> Literal["agree", "in part", "cannot tell", "disagree"]:
    """Return the verdict; a few wrong ones are mistakes of segmentation, most of them one of conversion."""
    if not scans:
        return "cannot tell"
    return "agree" if not wrong else "in part" if 2 * wrong < scans else "disagree"


def _together_row(group: str, evidence: Sequence[Evidence], infants: int, judged: int) -> dict[str, Any]:
    ratio = together(evidence)
    verdict = verdict_of(ratio, judged)
    way = "as given" if ratio >= 0 else "exchanged"
    asked = math.exp(limit(judged))
    reason = {
        "agree": f"{infants} infants are asymmetric as newborns usually are: {odds(ratio)} for sides as given",
        "disagree": f"{infants} infants are asymmetric the other way round than newborns usually are: {odds(ratio)} "
        "for sides exchanged",
        "cannot tell": f"the asymmetry of {infants} infants says {odds(ratio, most=asked)} for sides {way}; "
        f"{asked:.0f} to 1 is asked for",
    }[verdict]
    if infants < LEAST_INFANTS:
        few = f"{infants} infant{'s' if infants != 1 else ''} without a known abnormality"
        reason = f"{few} {'are' if infants != 1 else 'is'} too few; {LEAST_INFANTS} are the least"
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
