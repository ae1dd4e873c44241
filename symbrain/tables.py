"""Tables as the BIDS writes them: tab-separated, ``n/a`` for what is missing, a JSON dictionary beside each.

What is read is data: nothing in a table is evaluated, and identifiers stay text.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from symbrain.atomic import write_json, write_text
from symbrain.columns import TABLES, Column
from symbrain.errors import BadInput
from symbrain.given_file import text_given

MISSING = "n/a"


def write_table(path: Path, name: str, rows: Iterable[Mapping[str, Any]], *, dictionary: bool = True) -> None:
    """Write rows as the registered table ``name``, in its column order; missing values become n/a.

    Raises
    ------
    KeyError
        Where a row has a column that the registry does not know.
    """
    columns = TABLES[name]
    known = {c.name for c in columns}
    lines = ["\t".join(c.name for c in columns)]
    for row in rows:
        if unknown := set(row) - known:
            msg = f"the table {name} has no column {sorted(unknown)}"
            raise KeyError(msg)
        lines.append("\t".join(_shown(row.get(c.name), c) for c in columns))
    write_text(path, "\n".join(lines) + "\n")
    if dictionary:
        write_json(path.with_suffix(".json"), {c.name: c.to_dict() for c in columns})


def read_table(path: Path, name: str, *, partial: bool = False) -> pd.DataFrame:
    """Read a registered table: numbers as float (NaN where missing), booleans as bool, the rest as text or None.

    Parameters
    ----------
    partial
        Columns may be lacking, as in a table of another version.

    Raises
    ------
    BadInput
        Where the file is missing, lacks a column, or holds something else than a number in a column of numbers.
    """
    return _as_registered(read_text_table(path), path, name, partial=partial)


def read_parts(paths: Sequence[Path], name: str) -> pd.DataFrame:
    """Read many registered tables of one kind as one, in the order given: a thousand of them take one reading.

    Raises
    ------
    BadInput
        As ``read_table``, of the first table that cannot be read.
    """
    texts = [text_given(path).removeprefix("\ufeff").split("\n", 1) for path in paths]
    heads = {text[0] for text in texts}
    if len(heads) == 1 and all(len(text) == 2 and text[1].endswith("\n") for text in texts):
        try:
            whole = "\n".join([*heads, "".join(body for _, body in texts)])
            return _as_registered(read_text_table(paths[0], whole), paths[0], name, partial=False)
        except BadInput:  # of one of them: which one is told when each is read for itself
            pass
    return pd.concat([read_table(path, name) for path in paths], ignore_index=True)


def _as_registered(frame: pd.DataFrame, path: Path, name: str, *, partial: bool) -> pd.DataFrame:
    """Return the columns as the registry has them."""
    columns = TABLES[name]
    frame = frame.assign(**{c.name: None for c in columns if c.optional and c.name not in frame.columns})
    absent = [c.name for c in columns if c.name not in frame.columns]
    if absent and not partial:
        msg = f"{path.name} lacks the column {absent[0]}; a table of {name} has {', '.join(c.name for c in columns)}"
        raise BadInput(msg)
    for column in columns:
        if column.name in frame.columns:
            frame[column.name] = _typed(frame[column.name], column, path)
    return frame


def read_text_table(path: Path, text: str | None = None) -> pd.DataFrame:
    """Read any tab-separated table as text; missing values (n/a, empty) become None.

    Parameters
    ----------
    text
        What the file holds, where that is known.
    """
    try:
        text = text_given(path) if text is None else text
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # rows of more cells than columns
            frame = pd.read_csv(
                io.StringIO(text), sep="\t", dtype=str, keep_default_na=False, quoting=3, index_col=False
            )
    except OSError as error:
        msg = f"{path.name} cannot be read ({error.strerror}); check that it is a readable file"
        raise BadInput(msg) from error
    except pd.errors.EmptyDataError as error:
        msg = f"{path.name} is empty; a tab-separated table with a header is expected: save it again, or do not name it"
        raise BadInput(msg) from error
    except (ValueError, pd.errors.ParserWarning) as error:
        msg = f"{path.name} cannot be read as a tab-separated table ({error}); save it as .tsv in UTF-8"
        raise BadInput(msg) from error
    frame.columns = [str(c).strip() for c in frame.columns]
    stripped: pd.DataFrame = frame.apply(lambda column: column.str.strip())
    return stripped.astype(object).where(~stripped.isin(["", MISSING]), None)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as dictionaries; what is missing is None."""
    return [{str(k): None if is_missing(v) else v for k, v in row.items()} for row in frame.to_dict("records")]


def is_missing(value: Any) -> bool:
    """Tell whether a cell is empty: None, NaN."""
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _shown(value: Any, column: Column) -> str:
    if is_missing(value):
        return MISSING
    if column.kind == "boolean":
        return "true" if value else "false"
    if column.kind == "integer":
        return str(int(value))
    if column.kind == "number":
        return format(float(value), ".6g") if math.isfinite(float(value)) else MISSING
    return " ".join(str(value).split()) or MISSING  # a tab or a line break would break the table


def _typed(cells: pd.Series[Any], column: Column, path: Path) -> pd.Series[Any]:
    if column.kind == "text":
        return cells
    if column.kind == "boolean":
        spelt = cells.str.lower()  # spreadsheets write TRUE
        wrong = cells[~spelt.isin(["true", "false"]) & cells.notna()]
        _refuse(wrong, column, path, "true, false or n/a")
        return spelt == "true"
    numbers = pd.to_numeric(cells, errors="coerce")
    _refuse(cells[numbers.isna() & cells.notna()], column, path, "a number or n/a")
    return numbers.astype(float)


def _refuse(wrong: pd.Series[Any], column: Column, path: Path, expected: str) -> None:
    if len(wrong):
        msg = (
            f"{path.name} has {wrong.iloc[0]!r} in the column {column.name}, row {wrong.index[0] + 2}; "
            f"{expected} is expected"
        )
        raise BadInput(msg)
