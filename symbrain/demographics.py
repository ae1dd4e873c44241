"""Who the infants are: age at scan and at birth, sex and radiology score, from tables of participants and sessions.

The releases name their columns differently and mark what is missing by -999, 0.0 or nothing. A value that cannot be
true (an age in days, say) counts as missing and is told in a sentence; nothing is ever converted on a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

from symbrain.errors import BadInput, one_line
from symbrain.given_file import text_given
from symbrain.radiology import read_radiology_score

SCAN_AGE_WEEKS = (20.0, 60.0)  # post-menstrual; fetal to infant
BIRTH_AGE_WEEKS = (20.0, 46.0)
_MISSING = frozenset({"", "n/a", "na", "nan", "none", "null"})
_SENTINELS = (-999.0, 0.0)
_NO_SITE = ("-999", "-999.0")
_LONGEST_SITE = 100  # characters: a page has a line for it
_LONGEST_QUOTED = 80  # characters of a table in a sentence about it
_LONGEST_LINE = 2**20  # characters; with more, it is no table
_MOST_COLUMNS = 10_000
_SEXES = {"f": "female", "female": "female", "m": "male", "male": "male"}
# Spellings without nscan_/fscan_ in front and _weeks behind. A plain "age" is years in BIDS, and not read.
_SPELLINGS = {
    "participant": {"participant_id", "participant", "subject_id", "subject", "sub", "src_subject_id"},
    "session": {"session_id", "session", "ses"},
    "scan_age_weeks": {"scan_age", "age_at_scan", "ga_at_scan", "pma_at_scan", "pma", "postmenstrual_age"},
    "birth_age_weeks": {"birth_age", "age_at_birth", "ga_at_birth", "gestational_age", "gestational_age_at_birth"},
    "sex": {"sex", "gender"},
    "radiology_score": {"radiology_score"},
    "site": {"site", "site_id", "center", "centre", "scanner", "scanner_id", "institution", "institution_name"},
}
_T = TypeVar("_T")
Key = tuple[str, str | None]


@dataclass(frozen=True)
class Infant:
    """What the tables say about an infant at one session; ages are post-menstrual, None is missing."""

    scan_age_weeks: float | None = None
    birth_age_weeks: float | None = None
    sex: str | None = None
    radiology_score: int | None = None
    site: str | None = None

    def filled_from(self, other: Infant) -> Infant:
        """Return this infant with what is missing taken from another description."""
        return Infant(*(getattr(self if getattr(self, f.name) is not None else other, f.name) for f in fields(self)))

    def contradicts(self, other: Infant) -> bool:
        """Tell whether two descriptions disagree where both say something; ages by more than a tenth of a week."""
        pairs = [(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)]
        known = [(a, b) for a, b in pairs if a is not None and b is not None]
        return any(abs(a - b) > 0.1 if isinstance(a, float) else a != b for a, b in known)


@dataclass(frozen=True)
class Demographics:
    """What all tables of a dataset say, by participant and session without prefixes, and what was wrong with them."""

    infants: dict[Key, Infant]
    notes: tuple[str, ...] = ()

    def of(self, participant_id: str, session_id: str | None, *, only_session: bool = True) -> Infant:
        """Return what is known of a session; identifiers with or without sub- and ses-.

        Age at scan and radiology score belong to a session: where a table gives them for the participant alone, they
        count only if the participant has this one session.
        """
        participant, session = _participant(participant_id), _session(session_id)
        own = self.infants.get((participant, session), Infant())
        general = self.infants.get((participant, None), Infant())
        if not only_session:
            general = Infant(birth_age_weeks=general.birth_age_weeks, sex=general.sex, site=general.site)
        return own.filled_from(general)


def read_demographics(tables: Iterable[tuple[Path, str | None]]) -> Demographics:
    """Read tables, the first one taking precedence; what is wrong with them becomes a note.

    Parameters
    ----------
    tables
        Each table with the participant that it is about; None where a column says so.
    """
    infants: dict[Key, Infant] = {}
    notes = _Notes()
    for path, participant in tables:
        try:
            for key, infant in _rows(path, participant, notes):
                known = infants.get(key, Infant())
                if known.contradicts(infant):
                    notes.add(f"{path.name} contradicts what was read before, which holds", f"for {_quoted(key[0])}")
                infants[key] = known.filled_from(infant)
        except BadInput as error:
            notes.add(str(error))
    return Demographics(infants, notes.sentences())


class _Notes:
    """Sentences about what was wrong, each told once with the first example and the number of others."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._count: dict[str, int] = {}

    def add(self, problem: str, example: str = "") -> None:
        self._first.setdefault(problem, example)
        self._count[problem] = self._count.get(problem, 0) + 1

    def sentences(self) -> tuple[str, ...]:
        return tuple(one_line(f"{problem}{self._example(problem)}") for problem in self._first)

    def _example(self, problem: str) -> str:
        if not self._first[problem]:
            return ""
        count = self._count[problem]
        return f" ({self._first[problem]}" + (f", and {count - 1} more)" if count > 1 else ")")


def _rows(path: Path, participant: str | None, notes: _Notes) -> Iterable[tuple[Key, Infant]]:
    (_, header), *lines = _lines(path)
    columns = _columns(path, header, participant)
    for number, cells in lines:
        if len(cells) > len(header):
            notes.add(f"{path.name} has rows of more cells than columns, which are left out", f"row {number}")
            continue
        row = {what: cells[i] if i < len(cells) else "" for what, i in columns.items()}
        who = _participant(participant or row["participant"])
        if who:
            yield (who, _session(row.get("session"))), _infant(row, path, number, notes)


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return the numbered rows of a tab-separated table, without trailing empty cells and without empty rows."""
    try:
        text = text_given(path)
    except OSError as error:
        msg = f"{path.name} cannot be read ({error.strerror}) and is left out; check that it is a readable file"
        raise BadInput(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{path.name} cannot be read ({error}) and is left out; save it as a tab-separated table in UTF-8"
        raise BadInput(msg) from error
    _refuse_wide(path, text)
    rows = enumerate((line.rstrip().split("\t") for line in text.split("\n")), start=1)
    lines = [(number, [cell.strip().strip('"').strip() for cell in cells]) for number, cells in rows if any(cells)]
    if not lines:
        msg = f"{path.name} is empty and is left out; save it again with its header and rows, or remove it"
        raise BadInput(msg)
    return lines


def _refuse_wide(path: Path, text: str) -> None:
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > _LONGEST_LINE or line.count("\t") >= _MOST_COLUMNS:
            msg = (
                f"{path.name} is left out: its line {number} has {len(line)} characters in {line.count(chr(9)) + 1} "
                f"columns, at most {_LONGEST_LINE} in {_MOST_COLUMNS} are expected; save it again as a table"
            )
            raise BadInput(msg)


def _columns(path: Path, header: list[str], participant: str | None) -> dict[str, int]:
    names = [re.sub(r"^[nf]scan_|_weeks$", "", name.lower().replace(" ", "_")) for name in header]
    columns = {
        what: next(i for i, name in enumerate(names) if name in spellings)
        for what, spellings in _SPELLINGS.items()
        if spellings & set(names)
    }
    needed = "participant" if participant is None else "session"
    if needed not in columns:
        msg = (
            f"{path.name} has no column {needed}_id and is left out (its first columns are "
            f"{_quoted(', '.join(header[:4]))}); it must be separated by tabs"
        )
        raise BadInput(msg)
    return columns


def _infant(row: dict[str, str], path: Path, number: int, notes: _Notes) -> Infant:
    def value(what: str, read: Callable[[str], _T | None]) -> _T | None:
        text = row.get(what, "")
        if text.lower() in _MISSING:
            return None
        try:
            return read(text)
        except ValueError as error:
            notes.add(f"{path.name}: {what} counts as missing where {error}", f"{_quoted(text)!r} in row {number}")
            return None

    return Infant(
        scan_age_weeks=value("scan_age_weeks", lambda text: _weeks(text, *SCAN_AGE_WEEKS)),
        birth_age_weeks=value("birth_age_weeks", lambda text: _weeks(text, *BIRTH_AGE_WEEKS)),
        sex=value("sex", lambda text: _SEXES.get(text.lower())),
        radiology_score=value("radiology_score", _score),
        site=value("site", _site),
    )


def _score(text: str) -> int | None:
    try:
        return read_radiology_score(text).score
    except BadInput as error:  # which names the value, of which there may be many
        msg = "it is no radiology score, 1 to 5"
        raise BadInput(msg) from error


def _site(text: str) -> str | None:
    """Return the name of a site as tables and pages may show it."""
    return None if text in _NO_SITE else _cut(one_line(text), _LONGEST_SITE)


def _quoted(text: str) -> str:
    return _cut(text, _LONGEST_QUOTED)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _weeks(text: str, low: float, high: float) -> float | None:
    try:
        weeks = float(text)
    except ValueError as error:
        msg = "it is no number of weeks"
        raise BadInput(msg) from error
    if weeks in _SENTINELS:
        return None
    if not low <= weeks <= high:
        msg = f"it is outside {low:g} to {high:g} weeks"
        raise BadInput(msg)
    return weeks


def _participant(text: str) -> str:
    return text.strip().removeprefix("sub-")


def _session(text: str | None) -> str | None:
    if text is None or text.strip().lower() in _MISSING:
        return None
    return re.sub(r"^(\d+)\.0+$", r"\1", text.strip().removeprefix("ses-"))  # spreadsheets make numbers of ids
