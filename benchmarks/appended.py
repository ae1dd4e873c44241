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
        What the file has to begin with; its last line names the columns.
    of_what
        What a file that begins otherwise holds results of.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = _text_of(path)
    whole = text[: text.rfind("\n") + 1]
    if not whole and header.startswith(text):
        whole = header
    if not whole.startswith(header):
        msg = f"{path} holds something else, or results of {of_what}; name another file with --out"
        raise SystemExit(msg)
    rows = [line.split("\t") for line in whole[len(header) :].split("\n")[:-1]]
    count = len(header.splitlines()[-1].split("\t"))
    for number, row in enumerate(rows, 1 + len(header.splitlines())):
        if len(row) != count:
            msg = f"{path}, line {number} has {len(row)} columns, {count} are expected; mend it, or remove the line"
            raise SystemExit(msg)
    if whole != text:
        path.write_text(whole, encoding="utf-8")
    return rows


def _text_of(path: Path) -> str:
    """Return what a file holds, nothing where there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (IsADirectoryError, UnicodeDecodeError) as error:
        msg = f"{path} is no table of text ({error}); name another file with --out"
        raise SystemExit(msg) from error


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
