"""Where the weights lie that come with the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Literal

from symbrain.errors import BadInput

Name = Literal["midline", "asymmetry"]


def packaged(name: Name) -> Path:
    """Return the folder of a packaged bundle.

    Raises
    ------
    BadInput
        Where this installation has none.
    """
    folder = Path(str(files("symbrain"))) / "weights" / name
    if not folder.is_dir():
        msg = (
            f"{folder} is missing: this installation has no packaged weights for {name}; install symbrain from a "
            "wheel, make them with `make weights`, or name a trained bundle with --weights"
        )
        raise BadInput(msg)
    return folder


def packaged_digests(name: Name) -> str:
    """Return the digests of a packaged bundle's files: what a training that starts from it depends on."""
    return (packaged(name) / "SHA256SUMS").read_text(encoding="utf-8")
