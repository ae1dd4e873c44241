"""A file that somebody gave, read whole: only if it is a plain file, of a size that can be meant.

A dataset may hold anything under the name of an image or a table: a pipe, from which nobody ever reads to the end, or
a link to a device that has no end.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

MOST_TEXT = 2**28
"""Bytes of the largest table or JSON file that is read."""


def open_given(path: Path) -> BinaryIO:
    """Open a plain file for reading its bytes; never wait for one that is none.

    Raises
    ------
    OSError
        Where it cannot be opened, or is a folder, a pipe or a device.
    """
    # A pipe would be waited for until somebody writes to it; where there is no such flag, there are no such pipes.
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    kind = os.fstat(number).st_mode
    if stat.S_ISREG(kind):
        return os.fdopen(number, "rb")
    os.close(number)
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise OSError(errno.EINVAL, "it is no plain file", str(path))


def read_given(path: Path, most: int = MOST_TEXT) -> bytes:
    """Return the bytes of a plain file.

    Parameters
    ----------
    most
        Bytes that such a file has at most.

    Raises
    ------
    OSError
        Where it cannot be read, is no plain file, or is larger.
    """
    with open_given(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            raise OSError(errno.EFBIG, f"it has {size} bytes, at most {most} are expected", str(path))
        return file.read(size)  # no more, lest memory be taken for what is not there


def text_given(path: Path, most: int = MOST_TEXT) -> str:
    """Return the text of a plain file in UTF-8, without a byte order mark, its lines ending as everywhere.

    Raises
    ------
    OSError
        As ``read_given``.
    UnicodeDecodeError
        Where it is no UTF-8.
    """
    return read_given(path, most).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
