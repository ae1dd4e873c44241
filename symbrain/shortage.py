"""What a machine may lack while the input is good: memory, or space on a disk. Told in a sentence, not a traceback.

Libraries say it each in their own way: Python and numpy raise a MemoryError, torch a RuntimeError, the system's loader
an ImportError.
"""

from __future__ import annotations

import errno

_NO_MEMORY = ("allocate memory", "std::bad_alloc", "out of memory", "failed to map segment", "start new thread")
_NO_SPACE = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


def shortage_of(error: BaseException) -> str | None:
    """Return what the machine lacks, and the remedy; None where it is another error.

    >>> shortage_of(MemoryError())
    'there is not enough memory; close other programs, or run it where there is more: what is done stays done'
    """
    if isinstance(error, OSError) and error.errno in _NO_SPACE:
        where = f" for {error.filename}" if error.filename else ""
        return f"there is no space left{where}; free some, and run the same command again: what is done stays done"
    if isinstance(error, MemoryError) or _says_so(error):
        return (
            "there is not enough memory; close other programs, or run it where there is more: what is done stays done"
        )
    return None


def _says_so(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    kinds = (OSError, RuntimeError, ImportError)  # the loader's, through ctypes, are OSErrors without a number
    return isinstance(error, kinds) and any(words in str(error).lower() for words in _NO_MEMORY)
