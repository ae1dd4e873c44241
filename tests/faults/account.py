"""What happened to each fault, told line by line while tests run, for the table of faults.

Where the environment names a file in FAULTS_ACCOUNT, each test writes there what it has seen and asserted.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

ACCOUNT = "FAULTS_ACCOUNT"


@dataclass(frozen=True)
class Row:
    """What happened to one kind of fault.

    Parameters
    ----------
    group
        Heading under which it stands.
    nothing_lost
        Whether all that was whole before, and all that had nothing to do with the fault, was there afterwards.
    """

    group: str
    kind: str
    happened: str
    sentence: str = ""
    nothing_lost: bool = True


def tell(row: Row) -> None:
    """Write a row down, where somebody wants to know."""
    if path := os.environ.get(ACCOUNT):
        with Path(path).open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")


def told(path: Path) -> list[Row]:
    """Return the rows that were written down."""
    return [Row(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def placeless(text: str) -> str:
    """Return a sentence without the folders of the machine on which it was said."""
    return re.sub(r"(/[\w.+=-]+)+/(?=[\w.])", "…/", text)
