"""Whose sides are judged together: the whole cohort, and each site where the dataset's tables name several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symbrain.side_evidence import LEAST_INFANTS
from symbrain.tables import is_missing

Row = Mapping[str, Any]

COHORT = "cohort"
"""The group of all infants."""
NO_SITE = "no site named"
"""The group of scans without a site, where others have one."""
_HEALTHY = 2  # radiology scores above may mean a one-sided lesion


@dataclass(frozen=True)
class Group:
    """Scans that one mistake would have mirrored together.

    Parameters
    ----------
    scans
        Rows of scores.tsv.
    infants
        Of them one of each infant without a known abnormality.
    """

    name: str
    scans: tuple[Row, ...]
    infants: tuple[Row, ...]

    @property
    def is_judged(self) -> bool:
        """Whether there are infants enough for a verdict; one without a chance of it needs no stricter limit."""
        return len(self.infants) >= LEAST_INFANTS


def groups_of(scans: Sequence[Row], best: Iterable[Row], sites: Mapping[str, str | None]) -> list[Group]:
    """Return the cohort and, where there are several, its sites in the order of their names.

    Parameters
    ----------
    scans, best
        Rows of scores.tsv and subjects.tsv.
    sites
        Where each scan was made, by scan; names that differ by case only are one site.
    """
    infants = _one_each(row for row in best if _is_healthy(row))
    cohort = Group(COHORT, tuple(scans), tuple(infants))
    spelled = _spellings(sites.get(row["scan_id"]) for row in sorted(scans, key=lambda row: str(row["scan_id"])))
    if len(spelled) < 2:
        return [cohort]
    ours, healthy = (_by_site(rows, sites) for rows in (scans, infants))
    names = sorted(spelled, key=lambda key: (key == "", key))
    return [cohort, *(Group(spelled[key], tuple(ours[key]), tuple(healthy.get(key, ()))) for key in names)]


def _spellings(sites: Iterable[str | None]) -> dict[str, str]:
    """Return the groups' names by what sites are compared by: the spelling that comes first."""
    spelled: dict[str, str] = {}
    for site in sites:
        spelled.setdefault(_key(site), f"site {site}" if site else NO_SITE)
    return spelled


def _by_site(rows: Iterable[Row], sites: Mapping[str, str | None]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(_key(sites.get(row["scan_id"])), []).append(row)
    return found


def _key(site: str | None) -> str:
    return (site or "").casefold()


def _is_healthy(row: Row) -> bool:
    """Tell whether no radiologist called a scan abnormal."""
    return bool(is_missing(row["radiology_score"]) or row["radiology_score"] <= _HEALTHY)


def _one_each(subjects: Iterable[Row]) -> list[Row]:
    """Return one scan of each infant: that of the first session."""
    first: dict[str, Row] = {}
    for row in subjects:
        first.setdefault(row["participant_id"], row)
    return list(first.values())
