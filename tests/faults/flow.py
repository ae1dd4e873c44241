"""The workflow over the small dataset, as a person starts it, and how it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from faults.runs import Said

REPOSITORY = Path(__file__).resolve().parents[2]
CONFIG = (
    *("chunks=1", "folds=2", 'align={"spacing_mm": 3, "bias_correction": false, "max_tilt_deg": 20}'),
    *('slices={"fractions": [0.4975]}', 'train_midline={"steps": 2, "batch": 4, "synthetic_share": 0}'),
    'report={"dpi": 40, "notebooks": false}',
)
"""The flags of ``runs.SETTINGS`` as the configuration says them."""


def words(folder: Path, dataset: Path, *more: str) -> list[str]:
    """Return the command that runs the workflow in a folder."""
    where = ["--snakefile", str(REPOSITORY / "Snakefile"), "--directory", str(folder), "--cores", "2"]
    return [sys.executable, "-m", "snakemake", *where, *more, "--config", f"bids_dir={dataset}", *CONFIG]


def start(folder: Path, dataset: Path, *more: str) -> subprocess.Popen[Any]:
    """Start the workflow, as the leader of a group of processes."""
    silent: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(words(folder, dataset, *more), start_new_session=True, **silent)


def finish(folder: Path, dataset: Path, *more: str) -> Said:
    """Run the workflow to its end."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        words(folder, dataset, *more), capture_output=True, text=True, check=False, timeout=1500, cwd=folder
    )
    return Said(done.returncode, done.stdout, done.stderr)


def kill(running: subprocess.Popen[Any]) -> bool:
    """Kill a run and all that it started, at once; return whether it was still at work."""
    if running.poll() is not None:
        return False
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    return True


def wait_for(condition: Callable[[], bool], *, seconds: float = 300) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)
