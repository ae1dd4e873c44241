"""What a clinician is told about left and right in a cohort: nothing to worry about, cannot be told, or an alarm."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from symbrain.side_alarm import LABELS, TOGETHER, named
from symbrain.side_evidence import LEANING, LEAST_INFANTS, odds
from symbrain.side_groups import COHORT, NO_SITE

Row = Mapping[str, Any]

MARKER = "a scan with a marker on one side (a vitamin capsule)"
REMEDY = (
    f"check {MARKER} or with a known one-sided lesion against what the radiologist saw, then the conversion from DICOM"
)
LABELS_REMEDY = (
    "look at the segmentations of these scans, which may be of another copy of the image, and segment again; "
    "the other scans are not touched by it"
)
SITES_REMEDY = "see that the tables' column of sites names hospitals or scanners, and not infants"
_MOST_TOLD = 5  # groups whose reason is told


@dataclass(frozen=True)
class SideNews:
    """What the cohort's page says about sides.

    Parameters
    ----------
    kind
        ``pass``: nothing to worry about, ``warn``: cannot be told, or something to look at, ``fail``: an alarm.
    """

    kind: Literal["pass", "warn", "fail"]
    sentence: str


def side_news(rows: Sequence[Row]) -> SideNews | None:
    """Return what the rows of sides.tsv amount to, in a few sentences; None without rows."""
    judged = [row for row in rows if row["measure"] in (TOGETHER, LABELS)]
    if not judged:
        return None
    warnings = [told for told in (_leaning(judged), _labels_in_part(judged), _small_sites(judged)) if told]
    if alarms := _alarms(judged):
        alarm = f"Left and right may be exchanged: {alarms}. Until that is known, believe no side: {REMEDY}."
        return SideNews("fail", " ".join([alarm, *warnings]))
    whole = next(row for row in judged if row["measure"] == TOGETHER)
    if whole["verdict"] != "agree":
        return SideNews("warn", " ".join([_not_told(whole), *warnings]))
    told = [f"Left is left: {whole['reason']}.", *_open_sites(judged), *warnings]
    return SideNews("warn" if warnings else "pass", " ".join(told))


def evidence_words(rows: Sequence[Row]) -> list[dict[str, str]]:
    """Return the rows that say something as a person reads them; sites with too few infants do not."""
    return [side_words(row) for row in rows if not _is_small(row)]


def _alarms(judged: Sequence[Row]) -> str:
    """Return what alarms, and where; of sites only what the row of the cohort does not say."""
    alarms = [row for row in judged if row["verdict"] == "disagree"]
    everywhere = {row["measure"] for row in alarms if row["group"] == COHORT}
    told = [row for row in alarms if row["group"] == COHORT or row["measure"] not in everywhere]
    clauses = [f"{_place(row)}, {row['reason']}" for row in told[:_MOST_TOLD]]
    if len(told) > _MOST_TOLD:
        clauses.append(f"and so at {len(told) - _MOST_TOLD} more")
    if TOGETHER in everywhere and (alone := [row for row in _sites(alarms) if row not in told]):
        clauses.append(f"the infants of {_named_groups(alone)} alone say so too")
    return "; ".join(clauses)


def _not_told(whole: Row) -> str:
    if _leans(whole):
        return (
            f"The evidence leans towards exchanged sides, though not far enough for an alarm: {whole['reason']}. "
            f"Believe no side before more infants are scanned, or {MARKER} is looked at."
        )
    return f"Whether left is left cannot be told from these scans alone: {whole['reason']}. That is no reproach."


def _leaning(judged: Sequence[Row]) -> str:
    """Return at which sites the evidence leans towards exchanged sides."""
    places = [f"{_place(row)} ({odds(row['log_likelihood_ratio'])})" for row in _sites(judged) if _leans(row)]
    if not places:
        return ""
    return (
        f"The evidence leans towards exchanged sides {named(places)}, though not far enough for an alarm: more infants "
        f"are needed there, or {MARKER}."
    )


def _labels_in_part(judged: Sequence[Row]) -> str:
    """Return which scans' labels are on the other side, unless the labels of a site are an alarm already."""
    labels = [row for row in judged if row["measure"] == LABELS]
    if any(row["verdict"] == "disagree" for row in labels):
        return ""
    told = [row["reason"] for row in labels if row["group"] == COHORT and row["verdict"] == "in part"]
    return f"But {told[0]}: {LABELS_REMEDY}." if told else ""


def _small_sites(judged: Sequence[Row]) -> str:
    """Return that most sites have too few infants."""
    sites = [row for row in _sites(judged) if row["group"] != NO_SITE]
    small = [row for row in sites if _is_small(row)]
    if 2 * len(small) <= len(sites):
        return ""
    return (
        f"Of {len(sites)} sites {len(small)} have fewer than {LEAST_INFANTS} infants without a known abnormality, so "
        f"that nothing can be told of them alone ({_named_groups(small)}): {SITES_REMEDY}."
    )


def _open_sites(judged: Sequence[Row]) -> list[str]:
    """Return of which sites it cannot be told, beside those that a warning names."""
    crowded = bool(_small_sites(judged))
    undecided = [row for row in _sites(judged) if row["verdict"] == "cannot tell" and not _leans(row)]
    undecided = [row for row in undecided if not (crowded and _is_small(row))]
    return [f"Of {_named_groups(undecided)} alone it cannot be told."] if undecided else []


def _sites(judged: Sequence[Row]) -> list[Row]:
    return [row for row in judged if row["measure"] == TOGETHER and row["group"] != COHORT]


def _is_small(row: Row) -> bool:
    return bool(row["measure"] == TOGETHER and row["group"] != COHORT and row["n"] < LEAST_INFANTS)


def _leans(row: Row) -> bool:
    ratio = row["log_likelihood_ratio"]
    return bool(row["verdict"] == "cannot tell" and ratio is not None and ratio <= -LEANING)


def _named_groups(rows: Sequence[Row]) -> str:
    return named(["scans without a site" if row["group"] == NO_SITE else row["group"] for row in rows])


def side_words(row: Row) -> dict[str, str]:
    """Return a row of sides.tsv as a person reads it: ratios in per cent, evidence as odds."""
    mean, low, high = (_percent(row[name]) for name in ("mean_log_ratio", "low", "high"))
    return {
        "group": row["group"],
        "measure": row["measure"].replace("_", " "),
        "n": f"{row['n']:.0f}",
        "larger": f"{mean} ({low} to {high})" if mean else "",
        "expected": _percent(row["expected_log_ratio"]),
        "odds": _odds(row),
        "reason": row["reason"],
    }


def _percent(log_ratio: float | None) -> str:
    return "" if log_ratio is None else f"{100 * math.expm1(log_ratio):+.1f} %".replace("-", "−")


def _odds(row: Row) -> str:
    """Return evidence in words; of the labels their verdict, which is no matter of odds."""
    ratio = row["log_likelihood_ratio"]
    if ratio is None:
        return str(row["verdict"])
    return f"{odds(ratio)} {'as given' if ratio >= 0 else 'exchanged'}"


def _place(row: Row) -> str:
    places = {COHORT: "in the whole cohort", NO_SITE: "in scans without a site"}
    return places.get(row["group"], f"at {row['group']}")
