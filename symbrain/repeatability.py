"""How much a score changes where the brain does not, and which change means more than that.

From pairs of scores of one brain under one condition (Bland and Altman 1996, BMJ 313:744; for pairs Dahlberg 1940):

* the within-subject standard deviation, sqrt(mean d²/2) over the differences d of the pairs;
* the minimal detectable change, 1.96·√2 of it, which 19 of 20 pairs of an unchanged brain stay below;
* ICC(1,1), the share of the variance that is between brains (Shrout and Fleiss 1979, Psychol Bull 86:420, case 1).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symbrain.cohort_norms import severity
from symbrain.json_file import understood

REPOSITIONED, CONTRASTS, RUNS = "repositioned", "T1w_T2w", "repeated_run"
CONDITIONS = (REPOSITIONED, CONTRASTS, RUNS)
LOG, Z = "log", "z"
UNITS = (LOG, Z)
KEY = "repeatability"
"""The key of a bundle's norms under which that of repositioned normals lies."""
LEAST_PAIRS = 5  # with fewer, no number is given
_DRAWS = 2000
_RUN = re.compile(r"_run-[^_]*")
_BEST_FIRST = ("pass", "warn")

Row = Mapping[str, Any]
Pairs = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Repeatability:
    """How far two scores of one brain lie apart: a row of repeatability.tsv.

    Parameters
    ----------
    condition
        What differs between the two: one of ``CONDITIONS``.
    unit
        ``log``: of the score's natural logarithm; ``z``: in SD of normals.
    n
        Pairs; with fewer than ``LEAST_PAIRS`` the numbers are None.
    low, high
        95 % interval of the minimal detectable change (bootstrap over the pairs).
    """

    condition: str
    unit: str
    n: int
    within_subject_sd: float | None = None
    icc: float | None = None
    minimal_detectable_change: float | None = None
    low: float | None = None
    high: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the row as plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Row) -> Repeatability:
        """Read what ``to_dict`` wrote."""
        numbers = {k: None if v is None else float(v) for k, v in record.items() if k not in ("condition", "unit", "n")}
        return cls(str(record["condition"]), str(record["unit"]), int(record["n"]), **numbers)


def measure(condition: str, unit: str, pairs: Pairs) -> Repeatability:
    """Return the repeatability of pairs of scores; pairs with a score that is missing (NaN) do not count."""
    values = np.asarray(pairs, float).reshape(-1, 2)
    values = values[np.isfinite(values).all(axis=1)]
    n = len(values)
    if n < LEAST_PAIRS:
        return Repeatability(condition, unit, n)
    drawn = values[np.random.default_rng(0).integers(n, size=(_DRAWS, n))]
    low, high = np.percentile(minimal_detectable_change(within_subject_sd(drawn)), [2.5, 97.5])
    sd = within_subject_sd(values)
    change = minimal_detectable_change(sd)
    return Repeatability(condition, unit, n, float(sd), icc(values), float(change), float(low), float(high))


def within_subject_sd(pairs: ArrayLike) -> NDArray[np.float64]:
    """Return the standard deviation within subjects of pairs, shape (…, n, 2)."""
    values = np.asarray(pairs, float)
    return np.asarray(np.sqrt(np.mean(np.diff(values)[..., 0] ** 2, axis=-1) / 2))


def minimal_detectable_change(sd: ArrayLike) -> NDArray[np.float64]:
    """Return the change that 95 % of the differences of an unchanged brain stay below."""
    return np.asarray(1.96 * math.sqrt(2) * np.asarray(sd, float))


def icc(pairs: ArrayLike) -> float | None:
    """Return ICC(1,1) of pairs, shape (n, 2); None where all values are equal."""
    values = np.asarray(pairs, float)
    between, within = 2 * float(np.var(values.mean(axis=1), ddof=1)), float(within_subject_sd(values)) ** 2
    return (between - within) / (between + within) if between + within > 0 else None


def measure_cohort(scores: Sequence[Row], known: Iterable[Repeatability] = ()) -> list[Repeatability]:
    """Return every condition in both units: of repositioned normals as the model brings it, the others measured here.

    Parameters
    ----------
    scores
        Rows of scores.tsv.
    known
        What the model brings.
    """
    brought = {(one.condition, one.unit): one for one in known}
    pairs = pairs_of(scores)
    return [
        brought.get((condition, unit)) or measure(condition, unit, _scored(pairs.get(condition, ()), unit))
        for condition in CONDITIONS
        for unit in UNITS
    ]


def pairs_of(scores: Iterable[Row]) -> dict[str, list[tuple[Row, Row]]]:
    """Return the scans of one session that show one brain: T1w with T2w, and two runs of one contrast.

    A session gives one pair of each contrast's runs and one of its contrasts, so that no scan counts twice; scans
    that failed their quality check do not count.
    """
    sessions: dict[tuple[str, Any], list[Row]] = {}
    for row in scores:
        if row["qc"] in _BEST_FIRST and row["asymmetry_score"] is not None:
            sessions.setdefault((row["participant_id"], row["session_id"]), []).append(row)
    pairs: dict[str, list[tuple[Row, Row]]] = {CONTRASTS: [], RUNS: []}
    for rows in sessions.values():
        ordered = sorted(rows, key=lambda row: (_BEST_FIRST.index(row["qc"]), row["scan_id"]))
        first = {row["modality"]: row for row in reversed(ordered)}
        if "T1w" in first and "T2w" in first:
            pairs[CONTRASTS].append((first["T1w"], first["T2w"]))
        pairs[RUNS] += _runs(rows)
    return pairs


def add_retest(scores: Iterable[dict[str, Any]], known: Iterable[Repeatability]) -> None:
    """Write beside each z how far repositioning alone moves it, where the model brings that."""
    found = next((one for one in known if (one.condition, one.unit) == (REPOSITIONED, Z)), None)
    for row in scores:
        if found is not None and row.get("asymmetry_z") is not None:
            row["asymmetry_z_retest_sd"] = found.within_subject_sd
            row["asymmetry_z_mdc"] = found.minimal_detectable_change


def known_of(norms: Mapping[str, Any]) -> list[Repeatability]:
    """Return what a bundle's norms bring; nothing where they are older.

    Raises
    ------
    BadInput
        Where it is damaged.
    """
    return understood(lambda told: [Repeatability.from_dict(one) for one in told.get(KEY, ())], norms, "norms.json")


def card(found: Sequence[Repeatability]) -> str:
    """Return a section of a model card; empty where nothing was measured."""
    if not found:
        return ""
    rows = "\n".join(
        f"| {one.condition} | {one.unit} | {one.n} | {_shown(one.within_subject_sd)} | {_shown(one.icc)} "
        f"| {_shown(one.minimal_detectable_change)} ({_shown(one.low)} to {_shown(one.high)}) |"
        for one in found
    )
    return f"""## Repeatability

Normals that the network never saw, scored once as they are and once repositioned: turned by up to 1° and shifted by up
to 1 mm against the mid-sagittal plane, with fresh noise. A smaller change than the minimal detectable one (with its
95 % interval) cannot be told from that. `log` is the score's natural logarithm, `z` is in SD of normals. T1w against
T2w, and repeated runs, are measured on the cohort that is scored: `repeatability.tsv` in its results.

| condition | unit | pairs | within-subject SD | ICC(1,1) | minimal detectable change |
|---|---|---|---|---|---|
{rows}
"""


def _shown(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.2f}"


def _runs(rows: Iterable[Row]) -> list[tuple[Row, Row]]:
    """Return the first two runs of each scan that has several: their names differ in the run alone."""
    runs: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row["scan_id"]):
        runs.setdefault(_RUN.sub("", row["scan_id"]), []).append(row)
    return [(first, second) for first, second, *_ in (those for those in runs.values() if len(those) > 1)]


def _scored(pairs: Iterable[tuple[Row, Row]], unit: str) -> list[tuple[float, float]]:
    return [(_value(one, unit), _value(other, unit)) for one, other in pairs]


def _value(row: Row, unit: str) -> float:
    value = severity(row["asymmetry_score"]) if unit == LOG else row.get("asymmetry_z")
    return math.nan if value is None else float(value)
