"""Which of the lines that a slice may be symmetric about is its midline, and how sure that is.

The network points at a line, and the slice itself at others: those across which it is most nearly its own mirror image
(``line_search``). Each is fitted to the fissure (``line_fit``). The best supported one is taken: its surroundings are
mirror images (clearness), so is the slice as a whole (likeness), and the network sees it there, within its own doubt.
How far it is ahead of the best other line, its lead, says whether it can be another one; that tells large errors from
small ones better than any of the three alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symbrain.learning.midline_input import Grid
from symbrain.line import Line
from symbrain.line_fit import FittedLine, fit_line, fit_lines
from symbrain.line_search import MirrorLikeness, mirror_likeness

_CLEAR, _SURE_DEG = 0.75, 5.0  # where the fissure is that clear along a line of which the network is that sure,
# no other is looked for.
MOST_LEAD = 0.5
"""The greatest lead, also where no other line was looked for."""
_RIVALS = 8  # lines that are tried beside the network's
_LIKENESS, _PRIOR = 0.5, 0.35  # weights beside the clearness's; the second is that of a line which is far from the
_FAR_SD = 12.0  # network's, by so many of its standard deviations or more
_AS_SEEN = 0.45  # clearness that the network's own line counts as
_LEAST_SD = 1.0, 1.0  # degrees and millimetres: no network is trusted to less
_OTHER_DEG, _OTHER_MM = 5.0, 4.0  # lines that differ by less, in both, are one
_NO_LINE = 0.4  # support that anything has


@dataclass(frozen=True)
class ChosenLine:
    """The best supported line of a slice.

    Parameters
    ----------
    clearness
        0 to 1: how clearly the fissure is seen along it; 0.45 of the network's own line.
    lead
        By how much it is better supported than any other line, 0 to 0.5; 0.5 also where no other was looked for.
    """

    line: Line
    clearness: float
    lead: float


def choose_line(
    pixels: NDArray[np.float32], square: NDArray[np.float32], grid: Grid, seen: Line, sd: tuple[float, float]
) -> ChosenLine | None:
    """Return the midline of a slice; None where the slice shows too little along any line.

    Parameters
    ----------
    pixels, square, grid
        The slice, finite, and what it was prepared to.
    seen, sd
        The network's line, and its standard deviations of angle (degrees) and offset (mm).
    """
    first = fit_line(pixels, seen)
    if first is not None and first.clearness >= _CLEAR and sd[0] <= _SURE_DEG:
        return ChosenLine(first.line, first.clearness, MOST_LEAD)
    likeness = mirror_likeness(square)
    rivals = [grid.line(rival.angle, rival.offset) for rival in likeness.best(_RIVALS)]
    tried = [first, *fit_lines(pixels, [rival for rival in rivals if rival is not None])]
    fits = [fit for fit in tried if fit is not None]
    if not fits:
        return None
    # Where no fissure is to be seen, a line that is fitted to nothing is worse than the network's as it is.
    fits.append(FittedLine(seen, _AS_SEEN))
    supports = [_support(fit, likeness, grid, seen, sd) for fit in fits]
    best = int(np.argmax(supports))
    chosen = fits[best]
    others = [s for fit, s in zip(fits, supports, strict=True) if _differ(fit.line, chosen.line)]
    lead = supports[best] - max(others, default=_NO_LINE)
    return ChosenLine(chosen.line, chosen.clearness, min(max(lead, 0.0), MOST_LEAD))


def _support(fit: FittedLine, likeness: MirrorLikeness, grid: Grid, seen: Line, sd: tuple[float, float]) -> float:
    turn, gap = (e / max(s, least) for e, s, least in zip(fit.line.error_to(seen), sd, _LEAST_SD, strict=True))
    far = min(math.hypot(turn, gap) / _FAR_SD, 1.0)
    angle = math.radians(fit.line.angle_deg)
    alike = likeness.at(angle, grid.offset_here(angle, fit.line.offset_mm))
    return fit.clearness + _LIKENESS * alike - _PRIOR * far


def _differ(one: Line, other: Line) -> bool:
    angle, gap = one.error_to(other)
    return angle > _OTHER_DEG or gap > _OTHER_MM
