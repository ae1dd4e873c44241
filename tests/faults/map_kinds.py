"""Masks and label maps that do not belong to their scan, or are none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from faults.kind import Happens, Kind, harmless
from faults.site import Site, head, labels, mask

MASK, LABELS = "desc-brain_mask.nii.gz", "desc-drawem9_dseg.nii.gz"


def _mask_in_another_space(site: Site) -> object:
    affine = head().affine.copy()
    affine[:3, 3] += 12
    return site.map(mask(), MASK, affine)


def _cut(ending: str) -> Callable[[Site], object]:
    def make(site: Site) -> object:
        path = site.map(mask(), ending)
        return path.write_bytes(path.read_bytes()[:-400])

    return make


KINDS = (
    harmless("mask in another space", _mask_in_another_space, "is left out: it has another grid than its scan"),
    harmless("mask of another shape", lambda site: site.map(mask()[1:], MASK), "another grid than its scan"),
    harmless("truncated mask", _cut(MASK), "the brain mask was left out: .*truncated or damaged"),
    harmless(
        "mask of probabilities",
        lambda site: site.map(mask() * np.float32(0.7), MASK),
        "the brain mask was left out: .*not whole numbers",
    ),
    Kind("mask that is empty", lambda site: site.map(mask() * 0, MASK), Happens.EXCLUDED, "at least .* ml", "align"),
    Kind(
        "mask that is full",
        lambda site: site.map(mask() * 0 + 1, MASK),
        Happens.FAILED,
        "the brain mask has 2204 ml, 20 to 850 ml are expected",
    ),
    harmless(
        "labels from another atlas",
        lambda site: site.map(labels().astype("i2") * 1000 + 7, LABELS),
        "the labels are not DrawEM's, so there are no regions",
    ),
    harmless(
        "labels that are no whole numbers",
        lambda site: site.map(labels() + np.float32(0.5), LABELS),
        "the label map was left out: .*not whole numbers",
    ),
    harmless("truncated labels", _cut(LABELS), "the label map was left out: .*truncated or damaged"),
)
