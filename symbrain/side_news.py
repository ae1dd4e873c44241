"""What a clinician is told about left and right in a cohort: nothing to worry about, cannot be told, or an alarm."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from symbrain.side_alarm import COHORT, LABELS, TOGETHER
from symbrain.side_evidence import odds

Row = Mapping[str, Any]

REMEDY = (
    "check a scan with a marker on one side (a vitamin capsule) or with a known one-sided lesion against what the "
    "radiologist saw, then the conversion from DICOM"
)


@dataclass(frozen=True)
class SideNews:
    """What the cohort's page says about sides.

    Parameters
    ----------
    kind
        ``pass``: nothing to worry about, ``warn``: cannot be told, ``fail``: an alarm.
    """

    kind: Literal["pass", "warn", "fail"]
    sentence: str


def side_news(rows: Sequence[Row]) -> SideNews | None:
    """Return the one sentence that the rows of sides.tsv amount to; None without rows."""
    judged = [row for row in rows if row["measure"] in (TOGETHER, LABELS)]
    if not judged:
        return None
    if alarms := [row for row in judged if row["verdict"] == "disagree"]:
        what = "; ".join(f"{_place(row)}, {row['reason']}" for row in alarms)
        return SideNews(
            "fail", f"Left and right may be exchanged: {what}. Until that is known, believe no side: {REMEDY}."
        )
    whole = next(row for row in judged if row["measure"] == TOGETHER)
    if whole["verdict"] == "agree":
        open_ = [row["group"] for row in judged if row["measure"] == TOGETHER and row["verdict"] != "agree"]
        rest = f" Of {', '.join(open_)} alone it cannot be told." if open_ else ""
        return SideNews("pass", f"Left is left: {whole['reason']}.{rest}")
    return SideNews(
        "warn", f"Whether left is left cannot be told from these scans alone: {whole['reason']}. That is no reproach."
    )


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
    return "in the whole cohort" if row["group"] == COHORT else f"at {row['group']}"
