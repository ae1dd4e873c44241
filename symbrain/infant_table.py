"""The sessions of a cohort as the rows of its page's table, the most unusual first, and which of them are flagged."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from symbrain import findings
from symbrain.subject_page import page_name
from symbrain.tables import MISSING, is_missing
from symbrain.thumbnails import thumbnail_name

Row = dict[str, Any]
FLAG_Z = 1.64
"""A z from which a session is flagged: 5 % of normal scans lie there."""


def is_flagged(row: Mapping[str, Any]) -> bool:
    """Tell whether a session is to be looked at: unusual for its age, or of doubtful quality."""
    return row["qc"] != "pass" or (not is_missing(row["asymmetry_z"]) and row["asymmetry_z"] >= FLAG_Z)


def page_of(row: Row) -> str:
    """Return where a session's page lies, seen from the cohort's."""
    return f"reports/{page_name(row['participant_id'], row['session_id'])}"


def infant_rows(subjects: Sequence[Row], thumbnails: Collection[str]) -> list[Row]:
    """Return the rows of the table.

    Parameters
    ----------
    thumbnails
        File names of the thumbnails that were drawn.
    """
    return [_infant(row, thumbnails) for row in most_unusual_first(subjects)]


def most_unusual_first(subjects: Sequence[Row]) -> list[Row]:
    """Return the sessions by z, then those without a norm by score, then those without a number."""

    def key(row: Row) -> tuple[float, float, str, str]:
        z, score = (-math.inf if is_missing(row[k]) else row[k] for k in ("asymmetry_z", "asymmetry_score"))
        return -z, -score, row["participant_id"], row["session_id"] or ""

    return sorted(subjects, key=key)


def in_words(row: Row) -> str:
    """Return a session in one line, as its point in the plot is called."""
    who = ", ".join(filter(None, [row["participant_id"], row["session_id"]]))
    z = "" if is_missing(row["asymmetry_z"]) else f", z {findings.shown(row['asymmetry_z'], 1, signed=True)}"
    age, score = findings.shown(row["scan_age_weeks"], 1, "weeks"), findings.shown(row["asymmetry_score"], 1, "SD")
    return f"{who}: {age}, score {score}{z}, quality {row['qc']}"


def _infant(row: Row, thumbnails: Collection[str]) -> Row:
    side, region = row["asymmetry_side"], row["deviation_region"]
    alone = row["norm_source"] == "none" and not is_missing(row["asymmetry_score"])
    thumbnail, verdict = thumbnail_name(row["scan_id"]), findings.verdict_of(row)
    return {
        "participant": row["participant_id"],
        "session": row["session_id"],
        "scan_id": row["scan_id"],
        "page": page_of(row),
        "thumbnail": f"reports/figures/{thumbnail}" if thumbnail in thumbnails else None,
        "flagged": is_flagged(row),
        "words": in_words(row),
        "reasons": "" if row["qc"] == "pass" else " ".join(verdict.sentences),
        "modality": row["modality"] or MISSING,
        "verdict": verdict,
        "interval": _interval(row),
        "z": "no norm" if alone else findings.shown(row["asymmetry_z"], 1, signed=True),
        "side": MISSING if is_missing(side) else side,
        "region": MISSING if is_missing(region) or side == "none" else region,
        "age": findings.shown(row["scan_age_weeks"]),
        "score": findings.shown(row["asymmetry_score"]),
        "volume": findings.shown(row["deviation_volume_ml"]),
        "radiology": findings.shown(row["radiology_score"], 0),
        "values": {key: _value(row[column]) for key, column in _SORTED_BY.items()},
    }


_SORTED_BY = {
    "z": "asymmetry_z",
    "score": "asymmetry_score",
    "volume": "deviation_volume_ml",
    "age": "scan_age_weeks",
    "radiology": "radiology_score",
}


def _value(number: Any) -> str:
    """Return a number as a script reads it; nothing where there is none."""
    return "" if is_missing(number) else f"{float(number):.6g}"


def _interval(row: Row) -> str:
    if is_missing(row["asymmetry_score"]):
        return ""
    return f"{findings.shown(row['asymmetry_score_low'])} to {findings.shown(row['asymmetry_score_high'])}"
