"""What differs between two results folders, in words and a table for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from symbrain.difference import Difference, NumberChange, TableDifference, WordChange

_MOST_NAMED = 5
_DIGEST_LETTERS = 12
_HEADER = ("column", "n", "median", "largest", "beyond", "rank r", "unit")


def text_of(found: Difference) -> str:
    """Return what differs: why it may, then table by table; ``*`` marks what is beyond the tolerances.

    Numbers in brackets count rows.
    """
    lines = [*_origins(found), *_missing_tables(found)]
    for table in found.tables:
        lines += ["", *_table(table)]
    verdict = "The results differ beyond the tolerances." if found.differs else "No difference beyond the tolerances."
    return "\n".join([*lines, "", verdict]).lstrip("\n")


def _origins(found: Difference) -> Iterator[str]:
    for name, changes in found.origins.items():
        if name == "input_sha256":
            yield f"input_sha256: other files ({sum(changes.values())})"
            continue
        yield f"{name}: " + "; ".join(f"{_short(pair)} ({n})" for pair, n in changes.items())


def _short(pair: str) -> str:
    return " → ".join(value[:_DIGEST_LETTERS] for value in pair.split(" → "))


def _missing_tables(found: Difference) -> Iterator[str]:
    for which, names in (("OLD", found.tables_only_old), ("NEW", found.tables_only_new)):
        if names:
            yield f"only in {which}: {', '.join(f'{name}.tsv' for name in names)}"


def _table(table: TableDifference) -> Iterator[str]:
    yield f"{table.table}.tsv: {table.n} rows in both"
    pairs = {"rows": (table.only_old, table.only_new), "columns": (table.columns_only_old, table.columns_only_new)}
    for what, names in pairs.items():
        for which, one in zip(("OLD", "NEW"), names, strict=True):
            if one:
                yield f"  {what} only in {which}: {_named(one)}"
    changed = [column for column in table.numbers if column.largest or column.beyond]
    if changed:
        yield from _aligned([_HEADER, *(_cells(column) for column in changed)])
    words = [column for column in table.words if column.changed]
    yield from (_word(column) for column in words)
    equal = len(table.numbers) + len(table.words) - len(changed) - len(words)
    yield f"  {equal} {'other ' if changed or words else ''}columns are equal"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more} ({len(names)})"


def _cells(column: NumberChange) -> tuple[str, ...]:
    mark = "* " if column.beyond else "  "
    numbers = ("" if value is None else f"{value:.3g}" for value in (column.median, column.largest))
    rank = "" if column.rank_correlation is None else f"{column.rank_correlation:.3f}"
    gone = f" ({column.only_old} lost, {column.only_new} gained)" if column.only_old or column.only_new else ""
    return (mark + column.column, str(column.n), *numbers, f"{column.beyond}{gone}", rank, column.unit.split(" at ")[0])


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    rows = [("  " + rows[0][0], *rows[0][1:]), *rows[1:]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADER))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _word(column: WordChange) -> str:
    changes: Mapping[str, int] = column.changed
    return f"* {column.column}: " + "; ".join(f"{pair} ({n})" for pair, n in changes.items())
