"""The ages that a person hands over with scans of their own: one, or a table of them."""

from __future__ import annotations

from pathlib import Path

from symbrain.demographics import SCAN_AGE_WEEKS
from symbrain.errors import BadInput
from symbrain.tables import read_text_table


def read_ages(path: Path) -> dict[str, float]:
    """Return the post-menstrual age in weeks of each scan, by the scan's id; the table may write a file name.

    Raises
    ------
    BadInput
        Where the table lacks ``scan_id`` or ``scan_age_weeks``, or an age is no number, or no age of a newborn.
    """
    table = read_text_table(path)
    if absent := [name for name in ("scan_id", "scan_age_weeks") if name not in table.columns]:
        msg = f"{path.name} lacks the column {absent[0]}; a table of ages has scan_id and scan_age_weeks"
        raise BadInput(msg)
    known = table.dropna(subset=["scan_id", "scan_age_weeks"])
    return {
        Path(scan).name.removesuffix(".gz").removesuffix(".nii"): _weeks(text, scan, path)
        for scan, text in zip(known["scan_id"], known["scan_age_weeks"], strict=True)
    }


def checked_age(weeks: float | str) -> float:
    """Return a post-menstrual age at the scan as a number of weeks.

    Raises
    ------
    BadInput
        Where it is no number, or one that is rather in days or months, or counted from birth.
    """
    low, high = SCAN_AGE_WEEKS
    try:
        known = low <= float(weeks) <= high
    except (TypeError, ValueError):
        known = False
    if not known:
        msg = (
            f"{weeks} is no post-menstrual age at the scan; {low:g} to {high:g} weeks are expected: the gestational "
            "age at birth plus the weeks since then"
        )
        raise BadInput(msg)
    return float(weeks)


def _weeks(text: str, scan: str, path: Path) -> float:
    try:
        return checked_age(float(text))
    except ValueError as error:  # no number, or no age
        msg = f"{path.name} has {text!r} as the age of {scan}; write the post-menstrual age in weeks, or n/a"
        raise BadInput(msg) from error
