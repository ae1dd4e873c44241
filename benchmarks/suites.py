"""A frozen suite as it lies on disk: cells of heads, each head a row of parameters that says all there is to know.

Nothing is drawn when a suite is read: every seed, age and contrast stands in the file, so that the cells of a suite
stay what they were when the code that chose them changes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
FIRST_SEED = 5_000_000  # training uses only seeds below it
_PATHS = {"v1": FOLDER / "suite-v1.json", "templates": FOLDER / "suite-v1-templates.json"}


@dataclass(frozen=True)
class Case:
    """One head of a suite.

    Parameters
    ----------
    cell, head
        Name of the cell, and number of the head within it.
    task
        ``plane`` (a posed head: its plane and slice midlines are asked for), ``score`` (an upright head: its asymmetry
        is asked for) or ``walk`` (a posed head that is aligned first and scored then).
    seed
        Of the infant; cases of one seed are the same infant.
    options
        What else the head is made of.
    """

    cell: str
    head: int
    task: str
    seed: int
    options: dict[str, Any]

    def has(self, name: str) -> bool:
        """Whether an option is given and not empty."""
        return self.options.get(name) not in (None, False, 0, 0.0, {})


@dataclass(frozen=True)
class Suite:
    """A suite's name, its digest and the whole record of its file."""

    name: str
    digest: str
    record: dict[str, Any]

    def cases(self, cells: list[str] | None = None, limit: int | None = None, normals: int | None = None) -> list[Case]:
        """Return the heads of some cells (all by default), at most ``limit`` of each; normals may be more."""
        known = [cell["name"] for cell in self.record["cells"]]
        for name in cells or []:
            if name not in known:
                msg = f"suite {self.name} has no cell {name!r}; it has {', '.join(known)}"
                raise SystemExit(msg)
        chosen = [cell for cell in self.record["cells"] if cells is None or cell["name"] in cells]
        most = {"normal": limit if normals is None else normals}
        return [case for cell in chosen for case in cases_of(cell)[: most.get(cell["name"], limit)]]


def cases_of(cell: dict[str, Any]) -> list[Case]:
    """Return the heads of a cell; a column overrides what the cell says for all its heads."""
    found = []
    for number, row in enumerate(cell["heads"]):
        options = cell["fixed"] | dict(zip(cell["columns"], row, strict=True))
        found.append(Case(cell["name"], number, cell["task"], options.pop("seed"), options))
    return found


def digest_of(record: dict[str, Any]) -> str:
    """Return the sha256 of a suite's record in canonical JSON, its own digest left out."""
    bare = {key: value for key, value in record.items() if key != "sha256"}
    text = json.dumps(bare, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def load(suite: str) -> Suite:
    """Read a suite by its name or path, and refuse one that was changed by hand."""
    path = _PATHS.get(suite, Path(suite))
    record = json.loads(path.read_text(encoding="utf-8"))
    if digest_of(record) != record["sha256"]:
        msg = f"{path.name} does not have the digest that it states; a suite is never edited: make the next version"
        raise SystemExit(msg)
    return Suite(str(record["suite"]), str(record["sha256"]), record)


def to_text(record: dict[str, Any]) -> str:
    """Return a suite as JSON with one line for each head, so that a difference can be read."""
    rest = {key: value for key, value in record.items() if key != "cells"}
    lines = json.dumps(rest, indent=1, ensure_ascii=False, allow_nan=False)[:-2].splitlines()
    lines[-1] += ","
    lines.append(' "cells": [')
    for number, cell in enumerate(record["cells"]):
        head = {key: value for key, value in cell.items() if key != "heads"}
        lines.append("  " + json.dumps(head, ensure_ascii=False)[:-1] + ', "heads": [')
        rows = ["   " + json.dumps(row, separators=(",", ":")) for row in cell["heads"]]
        lines += [row + "," for row in rows[:-1]] + rows[-1:]
        lines.append("  ]}" + ("," if number + 1 < len(record["cells"]) else ""))
    return "\n".join([*lines, " ]", "}"]) + "\n"
