"""Where a fault is made: the anat folder of one participant, and the head that a healthy one would have there.

Every participant has the same head, so that one whose fault does no harm must have the numbers of the healthy twin.
Its intensities are whole numbers up to 250, which every data type can hold exactly.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from symbrain.phantom import Phantom, make_head, to_drawem9

AGE_WEEKS = 40.0
SPACING_MM = 3.0
SESSION = "ses-1"


@cache
def head(seed: int = 1) -> Phantom:
    """Return a healthy synthetic newborn."""
    return make_head(seed, scan_age_weeks=AGE_WEEKS, spacing_mm=SPACING_MM)


def picture(seed: int = 1) -> NDArray[np.float32]:
    """Return the image of a head in whole numbers from 0 to 250."""
    image = head(seed).image
    return np.rint(image * (250 / image.max())).astype(np.float32)


def nifti(data: NDArray[Any] | None = None, affine: NDArray[Any] | None = None) -> nib.Nifti1Image:
    """Return an image of nibabel whose sform and qform agree, in millimetres; without data, the healthy head."""
    affine = head().affine if affine is None else affine
    image = nib.Nifti1Image(picture() if data is None else data, affine)
    image.header.set_xyzt_units("mm")
    image.set_sform(affine, 1)
    image.set_qform(affine, 1)
    return image


@dataclass(frozen=True)
class Site:
    """The folder of one participant's only session, in a dataset that gets broken."""

    root: Path
    participant: str

    @property
    def folder(self) -> Path:
        """The anat folder."""
        return self.root / self.participant / SESSION / "anat"

    def path(self, ending: str = "T2w.nii.gz") -> Path:
        """Return the path of a file of the session."""
        return self.folder / f"{self.participant}_{SESSION}_{ending}"

    def write(self, content: bytes, ending: str = "T2w.nii.gz") -> Path:
        """Write bytes as they are."""
        path = self.path(ending)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def store(self, image: Any, ending: str = "T2w.nii.gz") -> Path:
        """Write an image of nibabel, with the same bytes each time."""
        content = image.to_bytes()
        return self.write(gzip.compress(content, 1, mtime=0) if ending.endswith(".gz") else content, ending)

    def edit(self, change: Callable[[bytearray], None]) -> Path:
        """Write the healthy image after a change of its bytes: the header is the first 348, the data begin at 352."""
        content = bytearray(nifti().to_bytes())
        change(content)
        return self.write(gzip.compress(bytes(content), 1, mtime=0))

    def healthy(self) -> Path:
        """Write the healthy image."""
        return self.store(nifti())

    def map(self, data: NDArray[Any], ending: str, affine: NDArray[Any] | None = None) -> Path:
        """Write the healthy image with a mask or a label map beside it."""
        self.healthy()
        return self.store(nifti(data, affine), ending)

    def table(self, *rows: str, encoding: str = "utf-8") -> Path:
        """Write the healthy image, and the participant's table of sessions; cells are divided by |."""
        self.healthy()
        path = self.root / self.participant / f"{self.participant}_sessions.tsv"
        path.write_bytes("".join(row.replace("|", "\t") + "\n" for row in rows).encode(encoding))
        return path


def mask(seed: int = 1) -> NDArray[np.uint8]:
    """Return the brain of a head."""
    return np.asarray(head(seed).mask, np.uint8)


def labels() -> NDArray[np.uint8]:
    """Return the nine tissues of the healthy head."""
    return np.asarray(to_drawem9(head().labels), np.uint8)
