"""The norm of a cohort: what is usual among its normal scans at an age, for sex and preterm birth.

A regression kept as plain numbers (``norm_fit.py`` makes it): over post-menstrual age a restricted cubic spline
(Harrell 2015, Regression Modeling Strategies, 2.4.5) or a line, beside it the traits of the infant that the normals
allow for (``traits.py``). A new scan is judged by its prediction interval (Student's t), so that a small cohort gives
cautious numbers. A scan outside the modelled ages, or coarser than the normals, is not judged at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

from symbrain.traits import Levels, Trait

Array = NDArray[np.float64]
TOLERANCE_WEEKS = 0.5  # how far outside the normals' ages a scan is still judged
COARSER = 1.5  # times the coarsest normal's voxel edge up to which a scan is still judged
LEVEL = 0.90  # of the intervals of z and percentile


@dataclass(frozen=True)
class Norm:
    """The normals' mean and spread over age.

    Parameters
    ----------
    n, freedom
        Normal scans behind it, and the degrees of freedom of their residuals.
    youngest, oldest
        The modelled ages in weeks; None where ages are unknown, and then age does not matter.
    mean_age
        Age from which the terms count.
    knots
        Of the spline, in weeks; empty for a line.
    coefficients, covariance
        Of the terms: the mean, then the slope (per week), then those of the spline, then those of the traits.
    spread, growth
        Residual standard deviation at the mean age, and the change of its logarithm per week.
    traits
        What is taken into account beside the age.
    finest_mm, coarsest_mm
        Range of the normals' largest voxel edges; None where they are unknown, and then they do not matter.
    """

    n: int
    freedom: int
    youngest: float | None
    oldest: float | None
    mean_age: float
    knots: tuple[float, ...]
    coefficients: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    spread: float
    growth: float
    traits: tuple[Trait, ...] = ()
    finest_mm: float | None = None
    coarsest_mm: float | None = None

    def z(self, values: ArrayLike, ages: ArrayLike, levels: Levels | None = None) -> Array:
        """Return deviations from the norm in standard deviations of a new normal scan; NaN where age forbids it."""
        y, t = np.broadcast_arrays(np.asarray(values, float), np.asarray(ages, float))
        mean, spread = self.predict(t, levels)
        return np.asarray(np.where(self.covers(t), (y - mean) / spread, np.nan))

    def interval(
        self, lows: ArrayLike, values: ArrayLike, highs: ArrayLike, ages: ArrayLike, levels: Levels | None = None
    ) -> tuple[Array, Array]:
        """Return the 90 % interval of z, from the value's own 90 % interval and the doubt about the norm.

        The norm may be wrong in its mean (by its standard error d) and in its spread s (with ν degrees of freedom),
        which gives z the variance d²/s² + z²/2ν (Crawford and Garthwaite 2002, Neuropsychologia 40:1196, to first
        order). The ends of both intervals are joined by recovering variances from them (Zou and Donner 2008, Stat Med
        27:1693): their distances from z add up as squares, each side for itself.
        """
        low, y, high = (np.asarray(v, float) for v in (lows, values, highs))
        z, (_, doubt, spread) = self.z(y, ages, levels), self._told(ages, levels)
        total = np.sqrt(spread**2 + doubt**2)
        reach = stdtrit(self.freedom, (1 + LEVEL) / 2) ** 2
        norm = reach * ((doubt / total) ** 2 + z**2 / (2 * self.freedom))
        below, above = (np.sqrt((end / total) ** 2 + norm) for end in (y - low, high - y))
        return z - below, z + above

    def percentile(self, z: ArrayLike) -> Array:
        """Return the percentile (0-100) of deviations among normals."""
        return np.asarray(100 * stdtr(self.freedom, np.asarray(z, float)))

    def covers(self, ages: ArrayLike) -> NDArray[np.bool_]:
        """Tell at which ages a scan can be judged: never at an unknown one, unless those of the normals are too."""
        t = np.asarray(ages, float)
        if self.youngest is None or self.oldest is None:
            return np.ones(t.shape, bool)
        return np.asarray((t >= self.youngest - TOLERANCE_WEEKS) & (t <= self.oldest + TOLERANCE_WEEKS))

    def why_not(self, age: float | None, voxel_mm: float | None = None) -> str | None:
        """Return a sentence on why a scan cannot be judged; None where it can.

        Parameters
        ----------
        age, voxel_mm
            Of the scan, in weeks, and its largest voxel edge; None where unknown. An unknown edge forbids nothing.
        """
        if not self.covers(np.nan if age is None else age):
            if age is None:
                return "the age is unknown, so there is no norm for it"
            return f"the norm is of {self.youngest:.1f} to {self.oldest:.1f} weeks, an age of {age:.1f} is outside"
        if voxel_mm is not None and self.coarsest_mm is not None and voxel_mm > COARSER * self.coarsest_mm:
            return (
                f"the norm is of scans whose voxels have edges of up to {self.coarsest_mm:.1f} mm, one of "
                f"{voxel_mm:.1f} mm is too coarse for it"
            )
        return None

    def predict(self, ages: ArrayLike, levels: Levels | None = None) -> tuple[Array, Array]:
        """Return the mean of normals at these ages, and the standard deviation of a new one.

        Parameters
        ----------
        levels
            Of the scans' traits; those of which nothing is said are unknown.
        """
        mean, doubt, spread = self._told(ages, levels)
        return mean, np.sqrt(spread**2 + doubt**2)

    def _told(self, ages: ArrayLike, levels: Levels | None) -> tuple[Array, Array, Array]:
        """Return the mean of normals, the standard error of it, and the spread of normals about it."""
        t, known = np.asarray(ages, float), levels or {}
        of_age = len(self.coefficients) - len(self.traits)
        terms = [*design(t, self.mean_age, self.knots)[:of_age], *(trait.term(known) for trait in self.traits)]
        at = np.stack(np.broadcast_arrays(*terms))
        mean = np.tensordot(self.coefficients, at, 1)
        doubt = (at * np.tensordot(self.covariance, at, 1)).sum(axis=0)
        for k, trait in enumerate(self.traits, start=of_age):  # the level may be either where it is unknown
            doubt = doubt + trait.scatter(known) * (self.coefficients[k] ** 2 + self.covariance[k][k])
        away = t - self.mean_age if self.growth else np.zeros_like(t)
        return np.asarray(mean), np.sqrt(np.maximum(doubt, 0)), self.spread * np.exp(self.growth * away)

    def to_dict(self) -> dict[str, Any]:
        """Return the norm as plain numbers, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Norm:
        """Read plain numbers; the norm read is the norm written, to the last bit.

        Norms of earlier versions know neither traits nor voxels.
        """
        norm = cls(
            n=int(record["n"]),
            freedom=int(record["freedom"]),
            youngest=_number_or_none(record["youngest"]),
            oldest=_number_or_none(record["oldest"]),
            mean_age=float(record["mean_age"]),
            knots=tuple(float(k) for k in record["knots"]),
            coefficients=tuple(float(c) for c in record["coefficients"]),
            covariance=tuple(tuple(float(c) for c in row) for row in record["covariance"]),
            spread=float(record["spread"]),
            growth=float(record["growth"]),
            traits=tuple(Trait(str(one["name"]), float(one["share"])) for one in record.get("traits", ())),
            finest_mm=_number_or_none(record.get("finest_mm")),
            coarsest_mm=_number_or_none(record.get("coarsest_mm")),
        )
        of_age = len(norm.coefficients) - len(norm.traits)
        sizes = {len(norm.covariance), len(norm.coefficients), *map(len, norm.covariance)}
        fitting = len(sizes) == 1 and 1 <= of_age <= max(2, len(norm.knots)) and len(norm.knots) not in (1, 2)
        if not fitting or not norm.spread > 0 or norm.freedom < 1:
            msg = "coefficients, covariance, knots and spread of a norm do not go together"
            raise ValueError(msg)
        return norm


def design(ages: ArrayLike, mean_age: float, knots: tuple[float, ...]) -> list[Array]:
    """Return the terms of the regression at these ages: one, the age, and the spline's beyond its line."""
    t = np.asarray(ages, float)
    terms = [np.ones_like(t), t - mean_age]
    if knots:
        *inner, before, last = knots
        cube = {k: np.maximum(t - k, 0) ** 3 for k in knots}
        gap = last - before
        terms += [
            (cube[k] - cube[before] * (last - k) / gap + cube[last] * (before - k) / gap) / (last - knots[0]) ** 2
            for k in inner
        ]
    return terms


def _number_or_none(value: Any) -> float | None:
    return None if value is None else float(value)
