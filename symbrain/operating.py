"""Operating points: what an alarm is worth, at a threshold of z and at the prevalence where it is used.

A threshold is set on the norm, so that a share of normal scans stays below it. How many normals that the detector
never saw do so, and how many of their copies with a simulated change lie above it, is counted. Predictive values
follow from both by Bayes' rule, and so do their intervals, from the ends of the two: both values rise with sensitivity
and specificity, so that the ends belong to the ends, and such an interval is rather too wide.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from symbrain.json_file import understood
from symbrain.share import Share, exact_share

KEY = "operating"
"""The key of a bundle's norms under which its operating points lie."""
SPECIFICITIES = (0.90, 0.95, 0.99)
PREVALENCE = 0.05


@dataclass(frozen=True)
class Change:
    """A kind of simulated change, and how many copies of normals have it."""

    diameter_mm: float
    contrast_sd: float
    n: int

    def __str__(self) -> str:
        return f"{self.diameter_mm:g} mm, {self.contrast_sd:g} SD"


@dataclass(frozen=True)
class Point:
    """What was counted at one threshold.

    Parameters
    ----------
    meant
        The specificity that the norm promises there.
    threshold_z
        An alarm is a z of this or more.
    quiet
        Normals below it.
    found
        Copies at or above it, of each change.
    """

    meant: float
    threshold_z: float
    quiet: int
    found: tuple[int, ...]


@dataclass(frozen=True)
class Reading:
    """What an alarm means for one change: a row of the table of operating points."""

    threshold_z: float
    specificity: Share
    change: Change
    sensitivity: Share
    positive: Share
    negative: Share


@dataclass(frozen=True)
class Operating:
    """Counts of normals and of changed copies at each threshold.

    Parameters
    ----------
    n
        Normals that the detector never saw.
    kinds
        Of the changes.
    """

    n: int
    kinds: tuple[str, ...]
    changes: tuple[Change, ...]
    points: tuple[Point, ...]

    def readings(self, prevalence: float) -> Iterator[Reading]:
        """Yield the rows of the table, at a share of changed brains among those that are scanned."""
        for point in self.points:
            specificity = exact_share(point.quiet, self.n)
            for change, found in zip(self.changes, point.found, strict=True):
                sensitivity = exact_share(found, change.n)
                positive, negative = predictive_shares(sensitivity, specificity, prevalence)
                yield Reading(point.threshold_z, specificity, change, sensitivity, positive, negative)

    def to_dict(self) -> dict[str, Any]:
        """Return plain counts, for ``norms.json``."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Operating:
        """Read what ``to_dict`` wrote."""
        changes = tuple(
            Change(float(one["diameter_mm"]), float(one["contrast_sd"]), int(one["n"])) for one in record["changes"]
        )
        points = tuple(
            Point(float(one["meant"]), float(one["threshold_z"]), int(one["quiet"]), tuple(map(int, one["found"])))
            for one in record["points"]
        )
        n, kinds = int(record["n"]), tuple(map(str, record["kinds"]))
        sizes = [change.n for change in changes]
        counted = all(
            0 <= one.quiet <= n
            and len(one.found) == len(sizes)
            and all(0 <= found <= size for found, size in zip(one.found, sizes, strict=True))
            for one in points
        )
        if not counted or min(n, *sizes) < 1:
            msg = "operating points have a count for each change, of as many as there are"
            raise ValueError(msg)
        return cls(n, kinds, changes, points)


def operating_points(
    normals: ArrayLike, changed: Mapping[tuple[float, float], ArrayLike], freedom: float, kinds: Sequence[str]
) -> Operating | None:
    """Count normals and changed copies at the thresholds of the norm; None where either has no z.

    Parameters
    ----------
    normals
        z of normals, each by a detector and a norm that never saw it; NaN where there is none.
    changed
        z of copies of them with a change, by its diameter (mm) and contrast (SD).
    freedom
        Degrees of freedom of the norm, whose z follows Student's law.
    kinds
        What the changes are.
    """
    quiet, copies = _finite(normals), {change: _finite(z) for change, z in changed.items()}
    if not len(quiet) or not all(map(len, copies.values())):
        return None
    points = []
    for meant in SPECIFICITIES:
        z = float(stdtrit(freedom, meant))
        found = tuple(int(np.count_nonzero(those >= z)) for those in copies.values())
        points.append(Point(meant, z, int(np.count_nonzero(quiet < z)), found))
    changes = tuple(Change(*change, len(those)) for change, those in copies.items())
    return Operating(len(quiet), tuple(kinds), changes, tuple(points))


def operating_of(norms: Mapping[str, Any]) -> Operating | None:
    """Return the operating points that a bundle's norms bring; None where they bring none.

    Raises
    ------
    BadInput
        Where they are damaged.
    """
    return understood(Operating.from_dict, norms[KEY], "norms.json", "train anew") if norms.get(KEY) else None


def card(found: Operating | None, prevalence: float = PREVALENCE) -> str:
    """Return a section of a model card; empty where there are no operating points."""
    if found is None:
        return ""
    rows = "\n".join(
        f"| {one.threshold_z:.2f} | {one.specificity} | {one.change} | {one.sensitivity} | {one.positive} "
        f"| {one.negative} |"
        for one in found.readings(prevalence)
    )
    return f"""## Operating points

An alarm is a z at or above the threshold, which the norm sets for a specificity of {_listed(SPECIFICITIES)}. Counted on
{found.n} normals that neither network nor norm saw, and on copies of them with a simulated one-sided change
({" or ".join(found.kinds).replace("_", " ")}); no patients. Exact 95 % intervals. The predictive values are for a
prevalence of {100 * prevalence:g} %:

| z | specificity | change | sensitivity | changed, if alarm (PPV) | unchanged, if none (NPV) |
|---|---|---|---|---|---|
{rows}

For another prevalence p, PPV = sens·p / (sens·p + (1 − spec)·(1 − p)) and NPV = spec·(1 − p) / (spec·(1 − p) +
(1 − sens)·p): `symbrain.operating.predictive_values(sens, spec, p)`, or set `report.prevalence` for the cohort's page.
"""


def predictive_shares(sensitivity: Share, specificity: Share, prevalence: float) -> tuple[Share, Share]:
    """Return the positive and the negative predictive value with the intervals that follow.

    Where no wrong verdict was counted there is no value, only a lower end: a few dozen scans make nothing certain.
    """
    values, lows, highs = (
        predictive_values(getattr(sensitivity, end), getattr(specificity, end), prevalence)
        for end in ("value", "low", "high")
    )
    positive, negative = (
        Share(math.nan if value == 1 else value, low, high)
        for value, low, high in zip(values, lows, highs, strict=True)
    )
    return positive, negative


def predictive_values(sensitivity: float, specificity: float, prevalence: float) -> tuple[float, float]:
    """Return how likely a change is after an alarm, and how likely none is without one (Bayes).

    NaN where there is no alarm at all, or nothing but alarms.

    Examples
    --------
    >>> positive, negative = predictive_values(0.9, 0.95, 1 / 3000)
    >>> f"{positive:.1%}"
    '0.6%'
    """
    ill, well = prevalence, 1 - prevalence
    return (
        _ratio(sensitivity * ill, (1 - specificity) * well),
        _ratio(specificity * well, (1 - sensitivity) * ill),
    )


def _listed(shares: Sequence[float]) -> str:
    return ", ".join(f"{100 * share:g}" for share in shares) + " %"


def _ratio(right: float, wrong: float) -> float:
    return right / (right + wrong) if right + wrong > 0 else math.nan


def _finite(values: ArrayLike) -> Any:
    z = np.asarray(values, float)
    return z[np.isfinite(z)]
