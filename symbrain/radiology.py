"""The dHCP's radiology score: 1 (normal for age) to 5 (likely significance), in the spellings of its releases.

It is not a label of asymmetry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from symbrain.errors import BadInput

# "1.0" comes from release 3; Q marks poor quality and stands alone, before or after the digit in release 2.
_SPELLING = re.compile(r"(?P<before>q?)(?:(?P<digit>[1-5])(?:\.0*)?)?(?P<after>q?)", re.IGNORECASE)
_MISSING = frozenset({"", "n/a", "na", "nan", "none", "null", "-999", "-999.0", "0", "0.0"})


@dataclass(frozen=True)
class RadiologyScore:
    """A score from 1 to 5 (None: not given), and whether the images were marked as of poor quality."""

    score: int | None
    poor_quality: bool = False


def read_radiology_score(text: str | None) -> RadiologyScore:
    """Read a score as the releases spell it.

    Raises
    ------
    BadInput
        Where the text is none of the known spellings.

    Examples
    --------
    >>> read_radiology_score("1.0"), read_radiology_score("3Q")
    (RadiologyScore(score=1, poor_quality=False), RadiologyScore(score=3, poor_quality=True))
    """
    spelt = (text or "").strip()
    if spelt.lower() in _MISSING:
        return RadiologyScore(None)
    match = _SPELLING.fullmatch(spelt)
    if match is None:
        msg = f"{spelt!r} is no radiology score; 1 to 5 are expected, with Q for poor quality"
        raise BadInput(msg)
    return RadiologyScore(int(match["digit"]) if match["digit"] else None, bool(match["before"] or match["after"]))
