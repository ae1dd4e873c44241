"""A heat map cut at one threshold after another: how many clusters stand out, and how much of the lesion they hold.

All maps are cut at the same thresholds, so that heads can be counted together: the clusters of normal heads say where
there is one false alarm a scan, the cuts of lesioned heads how many lesions are hit there and how well they overlap.
A cut is kept as text in the results, a column for heads without a lesion and one for those with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Heat = NDArray[np.float32]
Mask = NDArray[np.bool_]
Counts = NDArray[np.int64]
THRESHOLDS = 0.05 * 1.12 ** np.arange(80)  # to about 390, whatever the unit of a method's heat
MOST_OF_BRAIN = 0.2  # no alarm is so large: lower thresholds are left out
_AROUND = np.ones((3, 3, 3), bool)


@dataclass(frozen=True)
class Cuts:
    """What stands out of a map at each of ``THRESHOLDS``.

    Parameters
    ----------
    clusters
        Number of connected parts (26 neighbours) above the threshold.
    hit
        Whether the peak of a cluster lies in the lesion; of no account without one.
    found, right
        Voxels above the threshold, and how many of them are lesion.
    lesion
        Voxels of the lesion; 0 without one.

    Notes
    -----
    Thresholds with more than a fifth of the brain above them are left out: all is then as at the lowest that is not.
    """

    clusters: Counts
    hit: Mask
    found: Counts
    right: Counts
    lesion: int


def cuts_of(heat: Heat, inside: Mask, changed: Mask | None = None) -> Cuts:
    """Cut a map at all thresholds.

    Parameters
    ----------
    heat
        0 or more.
    inside
        Which voxels count.
    changed
        Those of the lesion.
    """
    shown = np.where(inside, heat, 0)
    truth = np.zeros(shown.shape, bool) if changed is None else changed
    counts = np.array([int(np.count_nonzero(shown > t)) for t in THRESHOLDS])
    first = int(np.argmax(counts <= MOST_OF_BRAIN * np.count_nonzero(inside)))
    found = counts[np.maximum(np.arange(len(counts)), first)]
    order = np.argsort(-shown, axis=None, kind="stable")[: found[0]]  # the hottest first
    right = np.concatenate([[0], np.cumsum(truth.flat[order])])[found]
    clusters, hit = np.zeros(len(found), int), np.zeros(len(found), bool)
    for k in range(first, int(np.count_nonzero(found))):
        peaks = _peaks(shown, order[: found[k]], float(THRESHOLDS[k]))
        clusters[k], hit[k] = len(peaks), truth.flat[peaks].any()
    clusters[:first], hit[:first] = clusters[first], hit[first]
    return Cuts(clusters, hit, found, right, int(truth.sum()))


def _peaks(shown: Heat, order: NDArray[np.intp], threshold: float) -> NDArray[np.intp]:
    """Return where each cluster is hottest; ``order`` holds the voxels above the threshold, the hottest first."""
    labels, _ = ndimage.label(shown > threshold, _AROUND)
    _, at = np.unique(labels.flat[order], return_index=True)
    return order[at]


def clusters_text(cuts: Cuts) -> str:
    """Return the numbers of clusters up to the last threshold with any: ``4x27 3`` is 27 times 4, then 3."""
    return _packed([str(n) for n in np.trim_zeros(cuts.clusters, "b")])


def read_clusters(text: str) -> Counts:
    """Return the numbers of clusters at all thresholds."""
    return _filled([int(word) for word in _unpacked(text)])


def overlap_text(cuts: Cuts) -> str:
    """Return the lesion's voxels, then for each threshold with any above it ``found/right``, and + where it is hit."""
    count = int(np.count_nonzero(cuts.found))
    words = [f"{cuts.found[k]}/{cuts.right[k]}{'+' * int(cuts.hit[k])}" for k in range(count)]
    return f"{cuts.lesion} {_packed(words)}".rstrip()


def read_overlap(text: str) -> Cuts:
    """Return the cuts of a lesioned head; their clusters were not kept, and are 0."""
    lesion, _, rest = text.partition(" ")
    words = _unpacked(rest)
    parts = [word.rstrip("+").split("/") for word in words]
    hit = _filled([int(word.endswith("+")) for word in words]) > 0
    found, right = (_filled([int(part[i]) for part in parts]) for i in (0, 1))
    return Cuts(_filled([]), hit, found, right, int(lesion))


def _packed(words: Iterable[str]) -> str:
    runs = ((word, len(list(run))) for word, run in groupby(words))
    return " ".join(word if count == 1 else f"{word}x{count}" for word, count in runs)


def _unpacked(text: str) -> list[str]:
    runs = (run.partition("x") for run in text.split())
    return [word for word, _, count in runs for _ in range(int(count or 1))]


def _filled(values: list[int]) -> Counts:
    return np.array(values + [0] * (len(THRESHOLDS) - len(values)), np.int64)
