"""The validator of BIDS, where there is one: ``pip install bids-validator-deno`` (120 MB: no part of ``dev``)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

NAME = "bids-validator-deno"
PLACES = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
FOUND = shutil.which(NAME, path=PLACES)
needs_validator = pytest.mark.skipif(FOUND is None, reason=f"there is no {NAME}; pip install {NAME}")


def issues(folder: Path, severity: str = "error") -> list[dict[str, Any]]:
    """Return what the validator has against a dataset."""
    assert FOUND is not None
    done = subprocess.run([FOUND, str(folder), "--format", "json"], capture_output=True, text=True, check=False)
    found: list[dict[str, Any]] = json.loads(done.stdout)["issues"]["issues"]
    return [one for one in found if one["severity"] == severity]
