"""What a training was made from, so that the same training is not done twice.

A training has a record beside it, ``chunks/<stage>/<name>.json``: a digest of everything that it depends on and the
digests of the files that came of it. An abnormal scan that is added changes neither, and trains no detector anew.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from symbrain.atomic import write_json
from symbrain.cohort import file_digest
from symbrain.errors import BadInput
from symbrain.json_file import read_object


def record_path(results: Path, stage: str, name: str) -> Path:
    """Return where the record of a training lies."""
    return results / "chunks" / stage / f"{name}.json"


def train_once(record: Path, digest: str, outputs: Sequence[Path], train: Callable[[], dict[str, Any]]) -> None:
    """Train, unless the record says that the same was done and its files are as they were.

    Parameters
    ----------
    digest
        Of everything that the training depends on.
    outputs
        The files that it writes; those that are fresh are only touched, lest they be older than what they came from.
    train
        Does the work, and returns what is worth noting in the record.
    """
    if _is_fresh(record, digest, outputs):
        print(f"{record.stem}: nothing that it was trained on has changed", file=sys.stderr)
    else:
        record.unlink(missing_ok=True)
        told = train()
        files = {path.name: file_digest(path) for path in outputs if path.exists()}
        write_json(record, {"digest": digest, "files": files, **told})
    for path in (*outputs, record):
        if path.exists():
            path.touch()


def read_training(record: Path) -> dict[str, Any]:
    """Return what a training noted."""
    return read_object(record, "remove it, and train again")


def _is_fresh(record: Path, digest: str, outputs: Sequence[Path]) -> bool:
    if not record.exists():
        return False
    try:
        old = read_training(record)
    except BadInput:  # damaged, so that nobody knows
        return False
    files = {path.name: file_digest(path) for path in outputs if path.exists()}
    return bool(old.get("digest") == digest and old.get("files") == files)
