"""The results of the tiny dataset with their pages: once in a process, to be read and not written to."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from results import results
from symbrain.settings import ReportSettings
from symbrain.stages import report

HEALTHY, ILL = "sub-01_ses-1", "sub-02_ses-1"
_folders: list[TemporaryDirectory[str]] = []


@cache
def reported() -> Path:
    """Return a copy of the results with the pages of all sessions."""
    _folders.append(TemporaryDirectory())
    folder = shutil.copytree(results(), Path(_folders[-1].name) / "results")
    report.run(folder, 0, ReportSettings(dpi=60))
    return folder
