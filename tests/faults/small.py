"""The smallest whole run: three healthy newborns through all stages in this process, with little to learn from."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from faults.runs import Said, command, digests
from symbrain.cli import main

STEPS = (
    ("ingest", "ingest", ()),
    ("align", "align", ()),
    ("slices", "slices", ()),
    ("train_midline", "train_midline", ()),
    *((f"train_asymmetry, fold {fold}", "train_asymmetry", ("--fold", fold)) for fold in ("0", "1", "all")),
    ("train_asymmetry", "train_asymmetry", ()),
    ("score", "score", ()),
    ("score, its tables", "score_gather", ()),
    ("report", "report", ()),
    ("report, its index", "report_gather", ()),
)
"""Name, step and further flags of each command of the workflow, in order."""


@contextmanager
def little_to_check() -> Iterator[None]:
    """Let the midline network be judged on a few slices, which else takes most of the time, and tell no hours."""
    from symbrain.learning import midline_training

    usual = midline_training._several
    few = mock.patch.object(midline_training, "_several", lambda pictures, _: usual(pictures, 4))
    still = mock.patch("symbrain.learning.metadata.time", SimpleNamespace(process_time=lambda: 0.0))
    with few, still, mock.patch.dict(midline_training.train_midline.__kwdefaults__, heads=2, held_out=4):
        yield


def do(step: str, results: Path, dataset: Path, further: Iterable[str] = ()) -> Said:
    """Run one step in this process."""
    err = StringIO()
    with little_to_check(), redirect_stderr(err):
        code = main(command(step, results, dataset, *further))
    return Said(code, "", err.getvalue())


def do_all(results: Path, dataset: Path, until: str = "report, its index") -> dict[str, dict[str, str]]:
    """Run the steps in their order; return the digests of all files after each of them."""
    after = {}
    for name, step, further in STEPS:
        said = do(step, results, dataset, further)
        assert said.code == 0, said.err
        after[name] = digests(results)
        if name == until:
            break
    return after


def copy_training(source: Path, target: Path) -> None:
    """Bring along the midline network that was trained, with its record, so that a run need not train it again."""
    shutil.copytree(source / "models" / "midline", target / "models" / "midline")
    record = Path("chunks", "train_midline", "midline.json")
    (target / record).parent.mkdir(parents=True)
    shutil.copyfile(source / record, target / record)
