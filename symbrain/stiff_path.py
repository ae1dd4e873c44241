"""The likeliest course of a stiff thread through a band of evidence, as a mean over all courses.

A hidden Markov model whose state is where the thread is and which way it points: it goes where it points, and seldom
turns. So it bends broadly where the evidence asks for it and does not waver where there is none. The mean over all
courses (forward-backward algorithm) has no ties to break: a mirrored band has the mirrored course, exactly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_STEEPEST = 4  # columns gained in one row


def stiff_path(evidence: Array, turn: float, end: float) -> Array:
    """Return the mean column in each row, counted from the middle one.

    Parameters
    ----------
    evidence
        Shape (rows, odd number of columns): log-likelihood of the thread at each place.
    turn
        Standard deviation of the turn from row to row, in columns per row.
    end
        Standard deviation of both ends from the middle column, in columns.

    Examples
    --------
    >>> evidence = np.zeros((5, 3))
    >>> evidence[:, 2] = 9.0
    >>> stiff_path(evidence, turn=0.5, end=1.0).round(1)
    array([1., 1., 1., 1., 1.])
    """
    columns = np.arange(evidence.shape[1]) - evidence.shape[1] // 2
    slopes = np.arange(-_STEEPEST, _STEEPEST + 1)
    turns = np.exp(-0.5 * np.square((slopes[:, None] - slopes) / turn))
    likely = np.exp(evidence - evidence.max(axis=1, keepdims=True))[:, :, None]
    at_end = np.repeat(np.exp(-0.5 * np.square(columns / end))[:, None], len(slopes), axis=1)

    before, after = [at_end * likely[0]], [at_end]
    for row in likely[1:]:
        before.append(_scaled(_gone(before[-1] @ turns, slopes) * row))
    for row in likely[:0:-1]:
        after.append(_scaled(_gone(after[-1] * row, -slopes) @ turns))
    shares = np.stack([(b * a).sum(axis=1) for b, a in zip(before, reversed(after), strict=True)])
    return np.asarray(shares @ columns / shares.sum(axis=1))


def _gone(state: Array, slopes: NDArray[np.intp]) -> Array:
    """Return a state (columns, slopes) a row further: each slope's share has gone as many columns as it is steep."""
    wide = np.zeros((len(state) + 2 * _STEEPEST, len(slopes)))
    wide[_STEEPEST:-_STEEPEST] = state
    return np.asarray(wide[np.arange(len(state))[:, None] + _STEEPEST - slopes, np.arange(len(slopes))])


def _scaled(state: Array) -> Array:
    return np.asarray(state / state.sum())
