"""What a command has cost, for its log: seconds, processor time and memory."""

from __future__ import annotations

import os
import sys
import time


def tell_costs(verb: str) -> None:
    """Write one line with the costs of this process to a log; a terminal has seen them."""
    if sys.stderr.isatty():
        return
    import psutil

    times = os.times()
    busy = times.user + times.system + times.children_user + times.children_system  # a notebook's kernel is a child
    elapsed = time.time() - psutil.Process().create_time()
    print(f"{verb}: took {elapsed:.1f} s, {busy:.1f} s of processor time, {peak_mb():.0f} MB at most", file=sys.stderr)


def peak_mb() -> float:
    """Return the most memory that this process has held, in MB (10⁶ bytes); NaN where the system does not tell."""
    try:
        import resource
    except ImportError:  # not on Windows
        return float("nan")
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
