"""What ``symbrain.align`` gives: a scan's midline plane, and the scan turned upright, as images of nibabel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symbrain.alignment import Alignment
from symbrain.nifti import Image
from symbrain.plane import Plane
from symbrain.regions import Region


@dataclass(frozen=True, eq=False, repr=False)
class AlignedScan:
    """A scan whose midline is known.

    Parameters
    ----------
    alignment
        All that is known about the plane, with its provenance.
    image, mask, labels
        The scan, its brain mask and its labels turned upright, 1 mm: the middle of the first axis is the midline plane,
        so that reversing that axis gives the mirror image. None where no labels were given.
    regions
        Left and right of each structure; empty without labels.
    """

    alignment: Alignment
    image: Image
    mask: Image
    labels: Image | None = None
    regions: tuple[Region, ...] = ()

    @property
    def plane(self) -> Plane:
        """The anatomical midline plane, in the scan's world (RAS+, mm)."""
        return self.alignment.plane

    @property
    def confidence(self) -> float:
        """How far to trust the plane, 0 to 1; below 0.2 it is lost."""
        return self.alignment.confidence

    def __repr__(self) -> str:
        return f"AlignedScan(plane={self.plane}, confidence={self.confidence:.2f})"

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers: the content of ``_midline.json``."""
        return self.alignment.to_dict()
