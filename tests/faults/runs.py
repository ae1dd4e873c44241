"""Running the stages as an ordinary user does, in processes of their own, and comparing what they leave."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

WALK = """
import json, sys
from symbrain.cli import main
sys.exit(next((code for words in json.loads(sys.argv[1]) if (code := main(words))), 0))
"""
SETTINGS = {
    "ingest": ["--folds", "2", "--chunks", "1"],
    "align": ["--chunk", "0", "--spacing-mm", "3", "--no-bias-correction", "--max-tilt-deg", "20"],
    "slices": ["--chunk", "0", "--fractions", "0.4975"],
    "train_midline": ["--steps", "2", "--batch", "4", "--synthetic-share", "0"],
    "train_asymmetry": [],
    "score": ["--chunk", "0"],
    "score_gather": [],
    "report": ["--chunk", "0", "--dpi", "40"],
    "report_gather": [],
}
"""The flags of each step, few enough to be quick."""


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """What a person reads last, without the name of the command."""
        lines = [line for line in self.err.splitlines() if line.strip()]
        return lines[-1] if lines else ""


@cache
def ordinary() -> tuple[str, ...]:
    """Return what makes root an ordinary user, to whom permissions apply; nothing for who is one already."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return ()
    return ("setpriv", "--bounding-set=-all", "--inh-caps=-all")


def permissions_apply() -> bool:
    """Tell whether a file that nobody may read cannot be read."""
    return os.geteuid() != 0 or bool(ordinary())


def command(step: str, results: Path, dataset: Path, *more: str) -> list[str]:
    """Return the words of one step, as the workflow calls it."""
    verb = step.removesuffix("_gather")
    where = [str(dataset), "--out", str(results)] if verb == "ingest" else ["--results", str(results)]
    return [verb, *where, *SETTINGS[step], *more]


def run(words: Sequence[str], *, before: Sequence[str] = (), limit_bytes: int | None = None) -> Said:
    """Run one verb of symbrain as an ordinary user.

    Parameters
    ----------
    limit_bytes
        Of address space.
    """
    limit = ["bash", "-c", f'ulimit -v {limit_bytes // 1024}; exec "$@"', "bash"] if limit_bytes else []
    return _done([*before, *ordinary(), *limit, sys.executable, "-m", "symbrain", *words])


def walk(commands: Iterable[Sequence[str]]) -> Said:
    """Run several verbs in one process, as an ordinary user, until one fails."""
    return _done([*ordinary(), sys.executable, "-c", WALK, json.dumps([list(words) for words in commands])])


def _done(words: Sequence[str]) -> Said:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment, timeout=1200)
    return Said(done.returncode, done.stdout, done.stderr)


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of every file that counts.

    Not the logs, nor what is hidden (Snakemake's, and what is unfinished), nor the description of the dataset, which
    says how one comes from here to the scans.
    """
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in names
        if not any(part.startswith(".") for part in Path(name).parts)
        and not name.startswith("logs/")
        and name != "dataset_description.json"
    }
