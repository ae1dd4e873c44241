"""The peers' own environment: they need an older numpy than symbrain may use, and are no dependency of anything.

It is made when it is first needed, with pinned versions; where that is impossible, the peers are left out.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PINS = (
    "antspyx==0.6.3",
    "numpy==2.3.5",
    "scipy==1.15.3",
    "pandas==3.1.1",
    "scikit-learn==1.9.1",
    "statsmodels==0.15.0",
    "matplotlib==3.11.2",
)


def peers_python(folder: Path) -> Path | None:
    """Return the interpreter of the peers' environment, made where it is missing; None where it cannot be made."""
    python, made_of = folder / "bin" / "python", folder / "pins.txt"
    wanted = "\n".join(PINS) + "\n"
    if made_of.exists() and made_of.read_text(encoding="utf-8") == wanted:
        return python
    print("Installing the peers into an environment of their own; that takes a minute.", file=sys.stderr)
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PINS], check=True)
        subprocess.run([str(python), "-c", "import ants"], check=True)
    except (OSError, subprocess.CalledProcessError):
        print("ANTsPy cannot be installed here, so its methods are left out.", file=sys.stderr)
        return None
    made_of.write_text(wanted, encoding="utf-8")
    return python
