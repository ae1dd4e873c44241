"""What a results folder was made with, as a page tells it: versions, settings, and commands that anyone can paste."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symbrain.findings import Fact
from symbrain.json_file import read_object, understood
from symbrain.run_record import RECORD
from symbrain.settings import STAGES, flags

_PER_CHUNK = ("align", "slices", "score")


@dataclass(frozen=True)
class Provenance:
    """What the numbers of a results folder were made with.

    Parameters
    ----------
    versions
        Of the software and of its libraries.
    commands
        Of the stages that work on one chunk's scans, to be given in the folder that holds the results.
    settings
        Of all stages, as JSON.
    """

    versions: tuple[Fact, ...] = ()
    commands: tuple[str, ...] = ()
    settings: str = ""


def read_provenance(results: Path, chunk: int) -> Provenance:
    """Return what ``code/run.json`` says, and the commands of a chunk; nothing where there is no such record."""
    path = results / RECORD
    if not path.exists():
        return Provenance()
    again = "run the stage score again"
    return understood(lambda record: _told(record, results, chunk), read_object(path, again), path.name, again)


def _told(record: Mapping[str, Any], results: Path, chunk: int) -> Provenance:
    settings = record.get("settings") or {}
    libraries = ", ".join(f"{name} {version}" for name, version in (record.get("libraries") or {}).items())
    versions = (
        Fact("Tables written by symbrain", str(record.get("symbrain_version"))),
        Fact("Python", str(record.get("python_version"))),
        Fact("Libraries", libraries),
        Fact("Seed", str(record.get("seed"))),
    )
    where = ["--results", results.name, "--chunk", str(chunk)]
    commands = tuple(
        shlex.join(["symbrain", stage, *where, *flags(stage, settings[stage])])
        for stage in _PER_CHUNK
        if stage in STAGES and settings.get(stage)
    )
    return Provenance(versions, commands, json.dumps(settings, indent=2, ensure_ascii=False))
