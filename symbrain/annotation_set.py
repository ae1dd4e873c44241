"""What raters are asked and what they have said: the annotation page, and how well its raters agree, as files."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from symbrain import agreement_figures
from symbrain.agreement import differences, summaries
from symbrain.annotation_page import FIGURES, annotation_page, sheet_of, to_annotate
from symbrain.annotations import read_annotations
from symbrain.atomic import write_bytes, write_text
from symbrain.cohort import scans_of
from symbrain.figure_style import save
from symbrain.line_sources import known_slices, rated_lines
from symbrain.result_table import table_of
from symbrain.source import read_source
from symbrain.tables import records, write_table

PAGE = "annotate.html"
_PLOT = f"{FIGURES}/agreement"
_MOST_TOLD = 5
_TABLES = ("agreement", "agreement_slices")

Row = dict[str, Any]


def write_annotation_page(results: Path, sessions: int) -> None:
    """Write the page, and the pictures of its slices.

    Parameters
    ----------
    sessions
        How many sessions are on it, at most; of each its best scan.
    """
    subjects, seen = records(table_of(results, "subjects")), _slice_scores(results)
    chosen = to_annotate(subjects, sessions)
    sheets = []
    for row in chosen:
        for known in known_slices(results, row, seen.get(row["scan_id"], ())):
            sheet, picture = sheet_of(known)
            write_bytes(results / sheet.file, picture)
            sheets.append(sheet)
    told = agreement_figures.summary(results)
    page = annotation_page(sheets, read_source(results), len(subjects) - len(chosen), told, f"{_PLOT}.svg")
    write_text(results / PAGE, page)


def write_agreement(results: Path, annotations: Path | None) -> None:
    """Write the tables of agreement and their plot; without annotations, remove those of an earlier run.

    Raises
    ------
    BadInput
        Where the annotations cannot be read.
    """
    drawn = {} if annotations is None else read_annotations(annotations)
    lines = rated_lines(results, scans_of(results), _slice_scores(results), drawn) if drawn else {}
    if annotations is not None and (left := [key for key in drawn if key not in lines]):
        named = "; ".join(" ".join(map(str, filter(None, key[:4]))) + f" slice {key[4]}" for key in left[:_MOST_TOLD])
        what = f"{len(left)} slices with annotations are not among the slices that were cut, or their lines leave them"
        print(f"{annotations.name}: {what}: {named}{' …' if len(left) > _MOST_TOLD else ''}", file=sys.stderr)
    rows = list(differences(lines))
    if not rows:
        for path in [results / f"{name}.{end}" for name in _TABLES for end in ("tsv", "json")]:
            path.unlink(missing_ok=True)
        return
    for name, those in zip(_TABLES, (summaries(rows), rows), strict=True):
        write_table(results / f"{name}.tsv", name, those)
    figure = agreement_figures.bland_altman(results).figure
    if figure is not None:
        save(figure, results / _PLOT)


def _slice_scores(results: Path) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in records(table_of(results, "slice_scores")):
        rows[row["scan_id"]].append(row)
    return rows
