"""The page of the ablation leads from where it lies to its figure and to the documentation."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

from symmetry.page import FIGURE, TABLE, VARIANTS, write_page
from symmetry.phases import PHASES, Job
from symmetry.results import SymmetryResults, of_variant


def some(path: Path) -> None:
    """Write results of two mechanisms."""
    results = SymmetryResults(path, "one setting")
    row = {"angle_deg": 1.25, "angle_averaged_deg": 1.25, "steps": 10, "best_step": 5, "infer_seconds": 1.0}
    row |= {"learned": "none", "scores": " | ".join(["1 2"] * 4), "broken": 0.1}
    for name in ("none", "flip consistency"):
        results.add(Job("midline", name, 1, 0.0, 0), [row | {"judged_on": on} for on in ("development", "own")])


@pytest.mark.parametrize("small", [False, True])
def test_links_lead_to_what_there_is(tmp_path: Path, small: bool) -> None:
    path = tmp_path / "rows.tsv"
    some(path)
    some(of_variant(path, "longer"))
    page = tmp_path / "pages" / "page.md"
    page.parent.mkdir()
    write_page(path, page, tmp_path / "rows.png", small=small)
    text = page.read_text()
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) >= 3
    assert all((page.parent / link).exists() for link in links)
    assert ("A small run" in text) == small
    assert f"## {VARIANTS['longer']}: midline model" in text
    assert "nan" not in text


def test_every_variant_of_the_phases_has_a_title_and_the_page_is_the_committed_one() -> None:
    assert {phase.variant for phase in PHASES} - {""} == set(VARIANTS)
    text = TABLE.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert all((TABLE.parent / link).exists() for link in links)
    assert FIGURE.exists()
