"""The normal brains that the asymmetry network learns from, kept small: half a megabyte each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import overload

import numpy as np
from numpy.typing import NDArray

from symbrain.learning.asymmetry_input import SHAPE, SPACING_MM, Box, Image, Mask, Working
from symbrain.phantom import make_head
from symbrain.reflection import reflect

MOST_HELD = 200
PHANTOM_TILT_DEG, PHANTOM_SHIFT_MM = 1.5, 1.0  # the plane of a real scan is found no better
_PHANTOM_NOISE = 0.015  # what is left of the usual 0.035 in means over voxels of 2 mm


@dataclass(frozen=True)
class UprightNormal:
    """A normal scan, upright, that is read when it is needed.

    Parameters
    ----------
    fold
        Of its family.
    scan_age_weeks
        None where it is unknown.
    load
        Returns image, mask and voxel edge; axis 0 from left to right, its middle the mid-sagittal plane.
    """

    scan_id: str
    fold: int
    modality: str
    scan_age_weeks: float | None
    load: Callable[[], tuple[Image, Mask, float]]


@dataclass(frozen=True)
class KeptNormal:
    """A normal scan in the network's box.

    Parameters
    ----------
    image
        float16, the brain's median 1 (or of size 1), 0 outside.
    mask
        Bits of the brain mask.
    """

    scan_id: str
    image: NDArray[np.float16]
    mask: NDArray[np.uint8]

    @property
    def working(self) -> Working:
        """The scan as the input is made from it."""
        return Working(self.image.astype(np.float32), unpacked(self.mask))


def unpacked(bits: NDArray[np.uint8]) -> Mask:
    """Return a mask in the network's box from its bits."""
    return np.unpackbits(bits, count=int(np.prod(SHAPE))).reshape(SHAPE).astype(bool)


def keep(normal: UprightNormal) -> KeptNormal:
    """Read a normal scan and keep what training needs of it."""
    image, mask, spacing_mm = normal.load()
    return kept(normal.scan_id, Box.around(mask, spacing_mm).working(image, mask))


class KeptNormals(Sequence[KeptNormal]):
    """Normals in the network's box, read when they are asked for; only some are held, so that memory does not grow.

    Parameters
    ----------
    most
        So many are held, those asked for last.
    """

    def __init__(self, normals: Sequence[UprightNormal], most: int = MOST_HELD) -> None:
        self.normals = normals
        self._kept = lru_cache(most)(lambda number: keep(normals[number]))

    def __len__(self) -> int:
        return len(self.normals)

    @overload
    def __getitem__(self, number: int) -> KeptNormal: ...
    @overload
    def __getitem__(self, number: slice) -> list[KeptNormal]: ...
    def __getitem__(self, number: int | slice) -> KeptNormal | list[KeptNormal]:
        """Return a normal by its number, counted from 0."""
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        return self._kept(range(len(self))[number])


def kept(scan_id: str, working: Working) -> KeptNormal:
    """Return a working volume made small."""
    inside = working.image[working.mask]
    size = float(np.median(np.abs(inside))) if inside.size else 1.0
    image = np.clip(working.image / max(size, 1e-6), -100, 100).astype(np.float16)
    return KeptNormal(scan_id, image, np.packbits(working.mask))


def phantom_normal(seed: int, fold: int) -> UprightNormal:
    """Return a synthetic normal newborn, nearly upright, of either contrast; painted when it is loaded."""
    modality = "T1w" if seed % 3 == 0 else "T2w"

    def load() -> tuple[Image, Mask, float]:
        head = make_head(
            seed,
            modality=modality,
            spacing_mm=SPACING_MM,
            shape=SHAPE,
            max_tilt_deg=PHANTOM_TILT_DEG,
            max_shift_mm=PHANTOM_SHIFT_MM,
            noise=_PHANTOM_NOISE,
            bias=0.05,
            skull=False,
        )
        # Stored from right to left. Reversed it is no mirror image: the grid's first voxel comes to the left.
        return reflect(head.image), reflect(head.mask), SPACING_MM

    return UprightNormal(f"phantom-{seed}", fold, modality, None, load)
