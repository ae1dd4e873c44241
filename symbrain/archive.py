"""A compressed image, inflated no further than its own header says.

A file of a megabyte can inflate to a gigabyte, and one of a gigabyte to more than any machine holds. So the header is
inflated first, and then as much as it announces.
"""

from __future__ import annotations

import io
import zlib
from pathlib import Path

from isal import igzip, igzip_lib

from symbrain.errors import BadInput
from symbrain.header import MOST_INFLATED, length_of

_DAMAGED: tuple[type[Exception], ...] = (EOFError, OSError, zlib.error, igzip_lib.IsalError)  # type: ignore[assignment]
HEADER = 540
"""Bytes of the longest header."""
SPARE = 2**20
"""Bytes behind the voxels that nobody needs, and some tools write."""


def inflated(path: Path, raw: bytes) -> bytes:
    """Return the bytes of an image, from those of its file, which may be compressed.

    Parameters
    ----------
    path
        Of the file, for messages.

    Raises
    ------
    BadInput
        Where they are damaged, are no image of plausible size, or are more or fewer than the header says.
    """
    if not is_compressed(raw):
        return raw
    try:
        return _as_announced(path, raw)
    except _DAMAGED as error:
        msg = f"{path.name} is truncated or damaged ({error}); copy it again from its source"
        raise BadInput(msg) from error


def is_compressed(raw: bytes) -> bool:
    """Tell whether the bytes of a file, or its first ones, are those of a gzip file."""
    return raw[:2] == b"\x1f\x8b"


def _as_announced(path: Path, raw: bytes) -> bytes:
    with igzip.IGzipFile(fileobj=io.BytesIO(raw)) as file:
        beginning = file.read(HEADER)
        expected = length_of(path, beginning, MOST_INFLATED * len(raw), "inflates to at most")
        most = min(expected + SPARE, MOST_INFLATED * len(raw))
        plain = beginning + file.read(max(most + 1 - len(beginning), 0))
    if len(plain) > expected + SPARE:
        msg = f"{path.name} inflates to more than the {expected} bytes that its header says; copy it from its source"
        raise BadInput(msg)
    return bytes(plain)
