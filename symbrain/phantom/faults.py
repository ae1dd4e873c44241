"""Scans that are broken on purpose, as a cohort has a few."""

from __future__ import annotations

import nibabel as nib
import numpy as np
from isal import igzip
from numpy.typing import NDArray

from symbrain.phantom.cohort import Fault

Affine = NDArray[np.float64]


def broken_file(fault: Fault, image: NDArray[np.float32], affine: Affine, seed: int) -> bytes:
    """Return the bytes of a compressed NIfTI file that is broken in one way.

    Parameters
    ----------
    fault
        ``truncated`` (the file ends too early), ``constant`` (no picture in it), ``series`` (three volumes), ``sides``
        (sform and qform say opposite sides), ``sideless`` (neither gives a side) or ``motion`` (readable, but ruined).
    """
    if fault == "constant":
        image = np.full_like(image, 7)
    if fault == "series":
        image = np.stack([image, image, image], axis=-1)
    if fault == "motion":
        image = _ruined(image, seed)
    nifti = nib.Nifti1Image(image, affine)
    nifti.header.set_xyzt_units("mm")
    code = 0 if fault == "sideless" else 1
    nifti.set_sform(affine, code)
    nifti.set_qform(_mirrored(affine, image.shape[0]) if fault == "sides" else affine, code)
    packed: bytes = igzip.compress(nifti.to_bytes(), 2, mtime=0)
    return packed[: len(packed) // 2] if fault == "truncated" else packed


def _mirrored(affine: Affine, count: int) -> Affine:
    """Return the affine under which the first axis runs the other way."""
    flip = np.diag([-1.0, 1, 1, 1])
    flip[0, 3] = count - 1
    return np.asarray(affine @ flip)


def _ruined(image: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """Return an image with ghosts of a moving head and heavy noise."""
    rng = np.random.default_rng([seed, 200])
    ghosts = sum(
        np.roll(image, tuple(rng.integers(-n // 3, n // 3 + 1) for n in image.shape), (0, 1, 2)) for _ in range(5)
    )
    noise = rng.standard_normal((2, *image.shape), np.float32) * np.float32(1.2 * image.std())
    return np.asarray(np.hypot(0.2 * image + 0.2 * ghosts + noise[0], noise[1]), np.float32)
