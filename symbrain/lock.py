"""The lock that Snakemake leaves in a folder when it is killed: told from that of a run at work, and released.

The Snakefile does so as it is read, so that the same command goes on after a kill.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path


def is_stale(folder: Path) -> bool:
    """Tell whether a folder is locked although no other Snakemake works in it."""
    return any(_locks(folder)) and not _is_in_use(folder)


def release_stale(folder: Path) -> None:
    """Remove the lock of a run that was killed; that of a run at work stays."""
    if is_stale(folder):
        for lock in _locks(folder):
            lock.unlink(missing_ok=True)


def _locks(folder: Path) -> list[Path]:
    return list((folder / ".snakemake" / "locks").glob("*.lock"))


def _is_in_use(folder: Path) -> bool:
    """Look through the processes of this machine, which is why a folder shared between machines is not covered."""
    import psutil

    # The Snakemake that asks, and the one that started it, are no others.
    ours = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    for process in psutil.process_iter():
        try:
            if process.pid not in ours and _is_snakemake(process.cmdline()) and Path(process.cwd()) == folder.resolve():
                return True
        except (psutil.Error, OSError):  # ended meanwhile, or somebody else's
            continue
    return False


def _is_snakemake(command: Sequence[str]) -> bool:
    return any(Path(word).name == "snakemake" for word in command[:3])
