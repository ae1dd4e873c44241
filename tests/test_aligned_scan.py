"""An aligned scan hands out what its alignment knows."""

from __future__ import annotations

import numpy as np

from cohorts import alignment
from symbrain.aligned_scan import AlignedScan
from symbrain.nifti import as_image


def test_it_speaks_for_its_alignment() -> None:
    image = as_image(np.zeros((9, 9, 9)), np.eye(4))
    found = AlignedScan(alignment(), image, image)
    assert (found.plane, found.confidence) == (alignment().plane, alignment().confidence)
    assert found.to_dict() == alignment().to_dict()
    assert (found.labels, found.regions) == (None, ())
    assert "array(" not in repr(found)
