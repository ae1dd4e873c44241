"""Tables from anybody: rows, or a sentence; a cell is never more than a cell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz_files import CELLS, changed, tables
from fuzz_law import examples, put, soaked, value_or_sentence
from symbrain.ages import read_ages
from symbrain.annotations import read_annotations
from symbrain.columns import TABLES
from symbrain.demographics import read_demographics
from symbrain.published_scan import published_scans, sessions_of
from symbrain.ratings import read_ratings
from symbrain.tables import read_table, read_text_table, records


def names(table: str) -> list[str]:
    return [column.name for column in TABLES[table]]


def demographics(path: Path) -> object:
    found = read_demographics([(path, None), (path, "sub-1")])
    assert all(note.isprintable() for note in found.notes), found.notes
    return found.of("sub-1", "ses-1")


READERS: dict[str, tuple[Callable[[Path], Any], list[str]]] = {
    "participants.tsv": (demographics, ["participant_id", "session_id", "scan_age", "sex", "radiology_score"]),
    "annotations.tsv": (read_annotations, names("annotations")),
    "ratings.tsv": (read_ratings, names("ratings")),
    "ages.tsv": (read_ages, ["scan_id", "scan_age_weeks"]),
    "sessions.tsv": (sessions_of, ["participant_id", "session_id", "session"]),
    "scans.tsv": (lambda path: records(read_table(path, "scans")), names("scans")),
    "scores.tsv": (lambda path: records(read_table(path, "scores", partial=True)), names("scores")[:12]),
    "text.tsv": (lambda path: records(read_text_table(path)), ["a", "b"]),
    "lines.tsv": (lambda path: list(published_scans(path, "T2w")), ["line", "rad_score", "session"]),
}
LINE = "[{'x': 30.53, 'y': 137.73} {'x': 246.75, 'y': 147.18}]"
LIKELY = st.sampled_from([LINE, "1", "1Q", "accept", "12.5,80 100,82.3", "true", "0", "sub-1", "ses-1"])


@st.composite
def given_tables(draw: st.DrawFn) -> tuple[str, bytes]:
    name = draw(st.sampled_from(sorted(READERS)))
    content = draw(tables(READERS[name][1], LIKELY | CELLS))
    return name, draw(st.just(content) | changed(content))


def check(folder: Path, name: str, content: bytes) -> None:
    path = put(folder, name, content)
    value_or_sentence(lambda: READERS[name][0](path), name)


@examples(200)
@given(given_tables())
def test_a_table_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, drawn: tuple[str, bytes]) -> None:
    check(tmp_path_factory.getbasetemp() / "tables", *drawn)


@pytest.mark.soak
@soaked()
@given(given_tables())
def test_soak_tables(tmp_path_factory: pytest.TempPathFactory, drawn: tuple[str, bytes]) -> None:
    check(tmp_path_factory.getbasetemp() / "tables", *drawn)
