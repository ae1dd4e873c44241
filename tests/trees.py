"""Small datasets in the shapes that are found in the wild; every image is one tiny, valid file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from symbrain.volume import write_volume

LAS = np.array([[-0.5, 0, 0, 3.0], [0, 0.5, 0, -3.0], [0, 0, 0.5, -3.0], [0, 0, 0, 1]])
PREFIX = "sub-CC00050XX01/ses-7201/anat/sub-CC00050XX01_ses-7201"

REL3_ANAT = (
    "T2w desc-restore_T2w desc-biasfield_T2w T1w desc-restore_T1w desc-biasfield_T1w desc-brain_mask "
    "desc-drawem9_dseg desc-drawem87_dseg desc-ribbon_dseg"
).split()
REL2_ANAT = (
    "T2w desc-restore_T2w space-T2w_T1w desc-restore_space-T2w_T1w desc-bet_space-T2w_brainmask "
    "desc-drawem_space-T2w_brainmask desc-drawem9_space-T2w_dseg desc-drawem87_space-T2w_dseg"
).split()
REL3_RAW = "rec-SVR_T2w run-01_T2w run-01_rec-mc_T2w run-02_T2w rec-SVR_T1w run-07_T1w run-09_acq-MPRAGE_T1w".split()


@cache
def image(size: int = 8, *, compressed: bool = True) -> bytes:
    """Return the bytes of a tiny scan of size³ voxels."""
    import gzip

    with TemporaryDirectory() as folder:
        path = Path(folder) / "scan.nii.gz"
        write_volume(path, np.arange(size**3, dtype=np.float32).reshape(size, size, size), LAS)
        content = path.read_bytes()
    return content if compressed else gzip.decompress(content)


def put(root: Path, *names: str, content: bytes | None = None) -> Path:
    """Write an image under each name, compressed as the name says; return the root."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(image(compressed=name.endswith(".gz")) if content is None else content)
    return root


def session(root: Path, suffixes: Iterable[str], prefix: str = PREFIX, extension: str = ".nii.gz") -> Path:
    """Write one session's anat folder; return the root."""
    return put(root, *(f"{prefix}_{suffix}{extension}" for suffix in suffixes))


def forbid(patch: pytest.MonkeyPatch, ending: str) -> None:
    """Let nobody list the folders whose path ends so; permissions themselves would not keep root out."""
    scandir = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith(ending):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    patch.setattr(os, "scandir", refusing)


def table(path: Path, *rows: str) -> Path:
    """Write a table whose cells are separated by blanks here and by tabs there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join("\t".join(row.split(" ")) for row in rows) + "\n", encoding="utf-8")
    return path
