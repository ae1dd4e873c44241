"""Do a scan's labels lie on the sides that their names say? One scan tells, and no cohort is needed.

DrawEM numbers its structures by side. Where the left ones lie on the right of the midline plane, the header was
changed after the segmentation, or the label map belongs to another image, or its numbers were remapped wrongly.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbrain.drawem import PAIRS_87, Atlas

_LEAST_VOXELS = 20  # of a structure, on each side
_LEAST_STRUCTURES = 5
_MOST_REVERSED, _FEW_REVERSED = 0.8, 0.1


def reversed_structures(labels: NDArray[np.integer[Any]]) -> tuple[list[str], int]:
    """Return the DrawEM-87 structures whose left label lies to the right of the right one, and how many were looked at.

    Parameters
    ----------
    labels
        On the upright grid: axis 0 runs from the subject's left to the right.
    """
    rows = np.stack([np.bincount(row.ravel(), minlength=128) for row in labels])
    counts, moments = rows.sum(axis=0), np.arange(len(rows)) @ rows
    seen = {name: pair for name, pair in PAIRS_87.items() if min(counts[list(pair)]) >= _LEAST_VOXELS}
    wrong = [
        name for name, (left, right) in seen.items() if moments[left] * counts[right] > moments[right] * counts[left]
    ]
    return wrong, len(seen)


def reversed_share(labels: NDArray[np.integer[Any]]) -> float | None:
    """Return the share of structures that lie on the other side; None where too few are there."""
    wrong, looked_at = reversed_structures(labels)
    return len(wrong) / looked_at if looked_at >= _LEAST_STRUCTURES else None


def side_warnings(labels: NDArray[np.integer[Any]], atlas: Atlas) -> tuple[str, ...]:
    """Return a sentence where the labels' sides are not those of the header; nothing for labels without sides."""
    if atlas != "drawem87":
        return ()
    wrong, looked_at = reversed_structures(labels)
    if looked_at < _LEAST_STRUCTURES or len(wrong) <= _FEW_REVERSED * looked_at:
        return ()
    told = f"of {looked_at} labelled structures {len(wrong)} lie on the other side than their labels say"
    if len(wrong) > _MOST_REVERSED * looked_at:
        return (
            f"{told}: by the header the labels' left is the subject's right, so either header or labels are mirrored; "
            "check both against the DICOM images, and segment again",
        )
    named = ", ".join(wrong[:3]) + (" …" if len(wrong) > 3 else "")
    return (f"{told} ({named}): the labels' numbers were exchanged in part; use DrawEM's own label map",)
