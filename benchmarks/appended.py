"""Tables that grow by whole lines, so that a run can stop and go on: what the results files have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def whole_lines(path: Path, header: str, of_what: str) -> list[list[str]]:
    """Return the rows of a table; it is made where it is missing, and a last line that a stop cut off is dropped.

    Parameters
    ----------
    header
        What the file has to begin with.
    of_what
        What a file that begins otherwise holds results of.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    whole = text[: text.rfind("\n") + 1] or header
    if not whole.startswith(header):
        msg = f"{path.name} holds results of {of_what}; name another file with --out"
        raise SystemExit(msg)
    if whole != text:
        path.write_text(whole, encoding="utf-8")
    return [line.split("\t") for line in whole[len(header) :].splitlines()]


def append(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, Any]], digits: int) -> None:
    """Append rows to a table, numbers with so many digits."""
    names = list(columns)
    lines = ["\t".join(_text(row.get(name), digits) for name in names) + "\n" for row in rows]
    with path.open("a", encoding="utf-8") as file:
        file.write("".join(lines))


def _text(value: Any, digits: int) -> str:
    if value is None or value != value:
        return "n/a"
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)
