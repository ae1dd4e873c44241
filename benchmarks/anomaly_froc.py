"""How many lesions are hit where normal heads have one false alarm a scan, and how well the best cut overlaps them.

As for the alarms of whole heads, the normals of one half set the threshold for the infants of the other
(Bunch et al. 1977 for the free-response curve; Baur et al. 2021 for the best Dice over thresholds).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from anomaly_cuts import Counts, Cuts, read_clusters, read_overlap

ALARMS = 1.0
"""False alarms a scan, the mean over normal heads, at which hits are counted."""


def with_hits(rows: pd.DataFrame, normal_cell: str = "normal") -> pd.DataFrame:
    """Return the rows of one method with ``hit_at_one``: 1 where the lesion is hit at one false alarm a scan."""
    marked = rows.assign(hit_at_one=np.nan)
    half = rows["seed"].to_numpy() % 2
    for parity in (0, 1):
        normals = rows[(rows["cell"] == normal_cell) & (half != parity) & rows["clusters"].notna()]
        mine = rows[(half == parity) & rows["overlap"].notna()]
        if normals.empty or mine.empty:
            continue
        at = threshold_at([read_clusters(text) for text in normals["clusters"]])
        hits = [read_overlap(text).hit[at:][:1].any() for text in mine["overlap"]]
        marked.loc[mine.index, "hit_at_one"] = np.asarray(hits, float)
    return marked


def threshold_at(normals: Sequence[Counts], alarms: float = ALARMS) -> int:
    """Return the number of the lowest threshold from which on normals have no more clusters than so many a scan.

    It is beyond the last where they have more at any.
    """
    too_many = np.flatnonzero(np.mean(normals, axis=0) > alarms)
    return int(too_many[-1]) + 1 if len(too_many) else 0


def best_dice(overlaps: Sequence[str]) -> float:
    """Return the best Dice coefficient of a cell: all voxels of all heads pooled, one threshold for all of them."""
    return float(dice_curve([read_overlap(text) for text in overlaps]).max()) if len(overlaps) else float("nan")


def dice_curve(cuts: Sequence[Cuts]) -> NDArray[np.float64]:
    """Return the Dice coefficient of pooled voxels at each threshold."""
    found, right = (np.sum([getattr(cut, name) for cut in cuts], axis=0) for name in ("found", "right"))
    lesion = sum(cut.lesion for cut in cuts)
    return np.asarray(2 * right / np.maximum(found + lesion, 1))
