"""The page on faults names every fault that is injected, and no other."""

from __future__ import annotations

import re

from faults.account import Row, placeless
from faults.names import GAPS, NAMES
from faults.table import PAGE, _cell, page


def rows(text: str) -> list[tuple[str, str]]:
    """Return heading and fault of each row of the page."""
    found, heading = [], ""
    for line in text.splitlines():
        if line.startswith("## "):
            heading = line[3:]
        elif line.startswith("| ") and not line.startswith("| fault"):
            found.append((heading, re.split(r"(?<!\\) \| ", line[2:])[0]))
    return found


def test_the_page_has_a_row_for_every_fault() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert rows(text) == [(group, _cell(kind)) for group, kinds in NAMES.items() for kind in kinds]
    assert all(f"**{what}**" in text for what in GAPS)


def test_what_was_lost_or_not_tried_is_seen() -> None:
    group, (first, second, *_) = next(iter(NAMES.items()))
    text = page([Row(group, first, "excluded", "a|b <i> is *bad*; mend it", nothing_lost=False)])
    assert f"| {_cell(first)} | excluded | a\\|b &lt;i> is \\*bad\\*; mend it | NO |" in text
    assert f"| {_cell(second)} | not tried in this run |  |  |" in text


def test_no_folder_of_the_machine_is_told() -> None:
    said = "there is no space left for /tmp/pytest-of-me/disk/results/scans.tsv; free some"
    assert placeless(said) == "there is no space left for …/scans.tsv; free some"
