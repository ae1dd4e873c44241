"""What a head looks like in a few numbers: the same head on any computer, another head if the generator changed.

A digest of the voxels would differ with the last bit of a processor's arithmetic. So a head is projected on some fixed
random patterns, and the projections are compared with a tolerance: rounding moves them by a millionth, any visible
change of anatomy, contrast or texture by thousandths.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from scenes import render
from suites import Case, Suite

PATTERNS = 6
Print = dict[str, list[float]]
_TOLERANCE = {"image": 5e-4, "plane": 2e-3, "log_voxels": 5e-3}
_COARSE_MM = 3.0  # these heads are rendered coarsely, to be had at once


def fingerprint(case: Case, folder: Path | None = None) -> Print:
    """Return the projections of a head's image, its plane, and the logarithm of the size of mask and lesion."""
    coarse = {"spacing_mm": _COARSE_MM} if case.has("spacing_mm") else {}
    scene = render(replace(case, options=case.options | coarse), folder)
    image = np.asarray(scene.volume.data, float)
    patterns = (np.random.default_rng(number).standard_normal(image.shape) for number in range(PATTERNS))
    length = float(np.sqrt((image**2).sum()))
    masks = [scene.mask] if scene.changed is None else [scene.mask, scene.changed]
    return {
        "image": [round(float((pattern * image).sum()) / length, 5) for pattern in patterns],
        "plane": [round(v, 4) for v in (*scene.plane.normal, scene.plane.offset_mm)],
        "log_voxels": [round(float(np.log(mask.sum() + 100)), 4) for mask in masks],
    }


def same(now: Print, then: Print) -> bool:
    """Whether two fingerprints are of the same head."""
    return all(
        len(now[name]) == len(then[name]) and bool(np.abs(np.subtract(now[name], then[name])).max() <= tolerance)
        for name, tolerance in _TOLERANCE.items()
    )


def sample_of(cases: list[Case]) -> list[Case]:
    """Return the heads that stand for a suite: the first of each cell."""
    return [case for case in cases if case.head == 0]


def differences(suite: Suite, folder: Path | None = None, limit: int | None = None) -> list[str]:
    """Return the cells whose first head is no longer the one that was frozen."""
    frozen: dict[str, Any] = suite.record["fingerprints"]
    sample = sample_of(suite.cases())[:limit]
    return [case.cell for case in sample if not same(fingerprint(case, folder), frozen[case.cell])]
