"""The notebooks: stripped in the repository, and executed on results of every kind."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest

from rated import write_rated
from results import listed, scan_row
from symbrain.errors import BadInput
from symbrain.notebook import run_notebook
from symbrain.tables import write_table

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
NAMES = ["qc_alignment", "qc_asymmetry", "qc_cohort", "qc_midline"]


def test_these_are_the_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS] == NAMES


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_is_stripped_and_thin(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    (parameters,) = [cell for cell in code if "parameters" in cell.metadata.get("tags", [])]
    assert parameters.source == 'results = "results"'
    for cell in code[2:]:  # each shows one exhibit
        assert re.fullmatch(r"\w+_figures\.\w+\(results\)", cell.source)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    for before, cell in zip(notebook.cells, notebook.cells[1:], strict=False):
        if cell in code[2:]:
            assert before.cell_type == "markdown"
            assert len(before.source) > 60


def one(results: Path) -> Path:
    """Write the results of a cohort of one."""
    write_table(results / "scans.tsv", "scans", [scan_row(1)])
    return listed(results, [scan_row(1)])


def complete(results: Path) -> Path:
    write_rated(results)
    return results


def unknown(results: Path) -> Path:
    """Write the results of infants without ages and radiology scores."""
    write_rated(results, scan_age_weeks=None, radiology_score=None, sex=None)
    return results


def excluded(results: Path) -> Path:
    """Write the results of a cohort of which every scan was excluded."""
    rows = [scan_row(k, usable=False, reason="It is <b>empty</b>.") for k in (1, 2)]
    listed(results, rows)
    keys = ("participant_id", "session_id", "scan_id", "path", "reason")
    write_table(
        results / "exclusions.tsv", "exclusions", [{k: row[k] for k in keys} | {"stage": "ingest"} for row in rows]
    )
    for name in ("scores", "subjects", "regions", "slice_scores"):
        write_table(results / f"{name}.tsv", name, [])
    return results


def run(notebook: Path, results: Path) -> tuple[Path, Path]:
    """Run a notebook as the workflow does; return the executed copy and its page."""
    words = [sys.executable, "-m", "symbrain", "notebook", str(notebook), "--results", str(results)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    copy = results / "notebooks" / notebook.name
    return copy, copy.with_suffix(".html")


@pytest.mark.slow
@pytest.mark.parametrize("write", [one, complete, unknown, excluded])
def test_notebooks_run_on_any_results(write: Any, tmp_path: Path) -> None:
    results = write(tmp_path / "results with a space")
    with ThreadPoolExecutor(2) as pool:
        written = list(pool.map(lambda path: run(path, results), NOTEBOOKS))
    for copy, page in written:
        text = page.read_text(encoding="utf-8")
        assert copy.exists()
        assert "http://" not in text
        assert "https://" not in text
        assert "<script" not in text
        assert "<b>empty" not in text
        assert "Traceback" not in text
        assert f"<h1>{json.loads(copy.read_text())['cells'][0]['source'][0].strip('# ').strip()}</h1>" in text
    pages = {page.stem: page.read_text(encoding="utf-8") for _, page in written}
    if write is excluded:
        assert pages["qc_alignment"].count("Nothing to show") == 3
        assert "It is &lt;b&gt;empty" in pages["qc_cohort"]
    if write is complete:
        assert "least sure" in pages["qc_alignment"]
        assert pages["qc_alignment"].count("<img") == 3
    if write is unknown:
        assert "no scan that was scored has a known age" in pages["qc_cohort"]


def test_a_wrong_place_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no notebook"):
        run_notebook(tmp_path / "a.ipynb", tmp_path)
    with pytest.raises(BadInput, match=r"has no scans.tsv, so it is no folder of results"):
        run_notebook(NOTEBOOKS[0], tmp_path)
