"""The lock that Snakemake leaves in a folder when it is killed: told from that of a run at work, and released.

The Snakefile does so as it is read by who starts a run, so that the same command goes on after a kill. The jobs of a
cluster read it too, on machines from which the run that started them cannot be seen: they touch no lock.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any


def is_stale(folder: Path) -> bool:
    """Tell whether a folder is locked, from this machine, although no other Snakemake works in it."""
    return any(_locks(folder)) and _is_from_here(folder) and not _is_in_use(folder)


def release_stale(folder: Path) -> None:
    """Remove the lock of a run that was killed here; that of a run at work, or on another machine, stays.

    Where no lock is left, the name of this machine is noted for the lock that Snakemake is about to make.
    """
    if is_stale(folder):
        for lock in _locks(folder):
            lock.unlink(missing_ok=True)
    if not _locks(folder):
        with suppress(OSError):  # Snakemake itself says what is wrong with a folder that cannot be written to
            _machine(folder).parent.mkdir(exist_ok=True)
            _machine(folder).write_text(socket.gethostname(), encoding="utf-8")


def _locks(folder: Path) -> list[Path]:
    return list((folder / ".snakemake" / "locks").glob("*.lock"))


def _machine(folder: Path) -> Path:
    """Return the file with the name of the machine that locks a folder; one of an older version has none."""
    return folder / ".snakemake" / "machine"


def _is_from_here(folder: Path) -> bool:
    try:
        return _machine(folder).read_text(encoding="utf-8") == socket.gethostname()
    except FileNotFoundError:
        return True


def _is_in_use(folder: Path) -> bool:
    """Look through the processes of this machine; those of another cannot be seen."""
    import psutil

    # The Snakemake that asks, and the one that started it, are no others.
    ours = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return any(_works_in(process, folder.resolve()) for process in psutil.process_iter() if process.pid not in ours)


def _works_in(process: Any, folder: Path) -> bool:
    """Tell whether a process is a Snakemake in this folder; of somebody else's, whose folder is hidden, say yes."""
    import psutil

    try:
        if not _is_snakemake(process.cmdline()):
            return False
    except (psutil.Error, OSError):  # ended meanwhile, or hidden altogether
        return False
    try:
        return Path(process.cwd()) == folder
    except psutil.AccessDenied:
        return True
    except (psutil.Error, OSError):
        return False


def _is_snakemake(command: Sequence[str]) -> bool:
    """Tell whether a command line is ``snakemake`` or ``python -m snakemake``, whatever flags Python has."""
    words = iter(command)
    for word in words:
        if word == "-m":
            return next(words, None) == "snakemake"
        if word in ("-X", "-W"):
            next(words, None)  # their value
        elif not word.startswith("-") and not Path(word).name.startswith("python"):
            return Path(word).name == "snakemake"
    return False
