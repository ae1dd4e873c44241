"""Whether the lock that Snakemake left in a folder is stale: there, but of a run that was killed.

``python -m symbrain.lock`` exits with 0 where the folder that it is called in has one, and with 1 where it has not.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path


def is_stale(folder: Path) -> bool:
    """Tell whether a folder is locked although no Snakemake works in it."""
    locks = folder / ".snakemake" / "locks"
    return locks.is_dir() and any(locks.iterdir()) and not _is_in_use(folder)


def _is_in_use(folder: Path) -> bool:
    """Look through the processes of this machine, which is why a folder shared between machines is not covered."""
    import psutil

    for process in psutil.process_iter():
        try:
            if _is_snakemake(process.cmdline()) and Path(process.cwd()) == folder.resolve():
                return True
        except (psutil.Error, OSError):  # ended meanwhile, or somebody else's
            continue
    return False


def _is_snakemake(command: Sequence[str]) -> bool:
    return any(Path(word).name == "snakemake" for word in command[:3])


if __name__ == "__main__":
    sys.exit(0 if is_stale(Path.cwd()) else 1)
