"""Notebooks, run on results: the executed copy, and a page of it that opens without a network."""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

from symbrain.atomic import write_bytes, write_json, write_text
from symbrain.errors import BadInput
from symbrain.page import render
from symbrain.source import read_source
from symbrain.version import __version__

FOLDER = "notebooks"
_LIMIT_S = 600
_FOLDERS = ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR", "MPLCONFIGDIR")


def run_notebook(notebook: Path, results: Path) -> list[Path]:
    """Execute a notebook with the Python that runs now, and write the copy and its page to ``results/notebooks``.

    Raises
    ------
    BadInput
        Where there is no such notebook, or no results.
    """
    if not notebook.is_file():
        msg = f"there is no notebook {notebook}; those of symbrain are in its folder notebooks"
        raise BadInput(msg)
    if not (results / "scans.tsv").is_file():
        msg = f"{results} has no scans.tsv, so it is no folder of results; name the one that the workflow wrote to"
        raise BadInput(msg)
    done = results / FOLDER / notebook.name
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Jupyter's own packages about each other
        copy = Path(folder) / notebook.name
        executed = _execute(notebook, copy, results.resolve(), Path(folder))
        write_bytes(done, copy.read_bytes())
        page = render("notebook.html", source=read_source(results), version=__version__, **_body(executed))
    write_text(done.with_suffix(".html"), page)
    return [done, done.with_suffix(".html")]


def _execute(notebook: Path, copy: Path, results: Path, folder: Path) -> Any:
    """Run a notebook in a kernel of this very Python, which reads and leaves nothing in the person's home."""
    import papermill

    spec = folder / "kernels" / "python3"
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    write_json(spec / "kernel.json", {"argv": argv, "display_name": "Python 3", "language": "python"})
    before = dict(os.environ)
    os.environ.update({name: folder.as_posix() for name in _FOLDERS} | {"JUPYTER_PATH": folder.as_posix()})
    try:
        return papermill.execute_notebook(
            notebook,
            copy,
            {"results": results.as_posix()},
            kernel_name="python3",
            progress_bar=False,
            log_output=False,
            execution_timeout=_LIMIT_S,
        )
    finally:
        os.environ.clear()
        os.environ.update(before)


def _body(executed: Any) -> dict[str, Any]:
    """Return title (the first line of the first cell) and content of a notebook's page, without the code."""
    from markupsafe import Markup
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(template_name="basic", exclude_input=True, exclude_input_prompt=True)
    exporter.exclude_output_prompt = exporter.exclude_anchor_links = True
    title, _, executed.cells[0].source = executed.cells[0].source.partition("\n")
    body, _ = exporter.from_notebook_node(executed)
    # nbconvert's own markup; what our exhibits put into it is escaped, and the page lets no script of it run.
    return {"title": title.lstrip("# "), "body": Markup(body)}  # noqa: S704
