"""What people say of scans that they have looked at, from a table ``ratings.tsv``: accept, doubtful or reject.

The cohort's page writes such a table. A person's word counts beside the measured quality verdict, and the worse of all
words counts: a rejected scan fails, whatever was measured.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from symbrain.errors import BadInput
from symbrain.tables import MISSING, is_missing, read_table, records

Word = Literal["accept", "doubtful", "reject"]
VERDICTS: Mapping[Word, str] = {"accept": "pass", "doubtful": "warn", "reject": "fail"}
"""The quality verdict that a word asks for."""
_SAID: Mapping[Word, str] = {"accept": "accepted", "doubtful": "called doubtful", "reject": "rejected"}
_MOST_TOLD = 5


@dataclass(frozen=True)
class Rating:
    """What one person said of one scan; rater and comment are None where they are not given."""

    word: Word
    rater: str | None = None
    comment: str | None = None
    participant_id: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        """Return it as a reason: ``rejected by RATER: comment``."""
        by = f"{_SAID[self.word]} by {self.rater or 'a rater without a name'}"
        return f"{by}: {self.comment}" if self.comment else by


Ratings = Mapping[str, Sequence[Rating]]
"""Ratings by scan_id, in the order of the table."""


def read_ratings(path: Path) -> dict[str, list[Rating]]:
    """Read a table of ratings, its columns as in the registry; of one person's rows for a scan the last counts.

    Raises
    ------
    BadInput
        Where the table cannot be read or lacks a column, or where rows are wrong; then it names them.
    """
    said: dict[str, dict[str | int, Rating]] = {}
    problems: list[str] = []
    for number, row in enumerate(records(read_table(path, "ratings")), start=2):
        if problem := _problem(row):
            problems.append(f"row {number} {problem}")
            continue
        rating = Rating(row["rating"].lower(), row["rater"], row["comment"], row["participant_id"])
        who = number if rating.rater is None else rating.rater.lower()  # those without a name may be several people
        said.setdefault(row["scan_id"], {})[who] = rating
    if problems:
        more = f"; {len(problems) - _MOST_TOLD} more rows are wrong" if len(problems) > _MOST_TOLD else ""
        msg = f"{path.name}: {'; '.join(problems[:_MOST_TOLD])}{more}. Correct or remove them"
        raise BadInput(msg)
    return {scan_id: list(by_rater.values()) for scan_id, by_rater in said.items()}


def unknown_scans(ratings: Ratings, known: Container[str]) -> str | None:
    """Return a sentence on ratings of scans that have no score; None where all of them have one."""
    strange = [scan_id for scan_id in ratings if scan_id not in known]
    if not strange:
        return None
    named = ", ".join(strange[:_MOST_TOLD]) + (" …" if len(strange) > _MOST_TOLD else "")
    return f"{len(strange)} rated scans have no row in scores.tsv, and their ratings are left out: {named}"


def mistaken(ratings: Ratings, participants: Mapping[str, str]) -> str | None:
    """Return a sentence on ratings that name another participant than their scan's (by scan_id); None without such."""
    wrong = [
        f"{scan_id} of {one.participant_id}"
        for scan_id, those in ratings.items()
        for one in those
        if scan_id in participants and one.participant_id is not None
        if one.participant_id.removeprefix("sub-") != participants[scan_id].removeprefix("sub-")
    ]
    if not wrong:
        return None
    return f"{len(wrong)} ratings name a scan of another participant: {', '.join(wrong[:_MOST_TOLD])}. Correct them"


def worst(ratings: Sequence[Rating]) -> tuple[str, list[str]]:
    """Return the worst verdict that people ask for, and what those said who ask for more than a pass."""
    order = [VERDICTS[word] for word in get_args(Word)]
    verdict = max((VERDICTS[one.word] for one in ratings), key=order.index, default="pass")
    return verdict, [str(one) for one in ratings if one.word != "accept"]


def _problem(row: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a row, to be read after its number."""
    if is_missing(row["scan_id"]):
        return "names no scan_id"
    word = row["rating"]
    if is_missing(word) or word.lower() not in VERDICTS:
        return f"has the rating {MISSING if word is None else word!r}; {', '.join(VERDICTS)} is expected"
    return None
