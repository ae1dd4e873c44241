"""The page of the ablation: every table, the variants and what was measured beside, and the figure."""

from __future__ import annotations

import os
from pathlib import Path

from suites import FOLDER
from symbrain.atomic import write_text
from symmetry.chosen import chosen_table, read_chosen
from symmetry.difference import LOST_DEG
from symmetry.figure import write_figure
from symmetry.packaged import packaged_table, read_packaged
from symmetry.report import report
from symmetry.results import of_variant, read_rows, with_part
from symmetry.trial import BUDGET, LONGER

DOCS = FOLDER.parent / "docs"
TABLE, FIGURE = FOLDER / "symmetry.md", DOCS / "images" / "symmetry.png"
VARIANTS = {
    "side": "The asymmetry model sees the side",
    "longer": f"{LONGER} times the budget",
    "full": "As many heads and passes as the packaged network",
    "full-midline": f"{BUDGET} times the budget, five times the heads",
}
_LOST = f"Degrees; *lost*: more than {LOST_DEG:g}° off."
_SMALL = "**A small run**: a few heads and steps. It shows that everything runs, and says nothing else."


def write_page(results: Path, table: Path, figure: Path, *, small: bool = False) -> None:
    """Write the table and the figure of results, and of what lies beside them: variants, lines, packaged weights."""
    rows = read_rows(results)
    paths = {title: of_variant(results, name) for name, title in VARIANTS.items()}
    beside = {title: read_rows(path) for title, path in paths.items() if path.exists()}
    text = report(rows, {title: some for title, some in beside.items() if len(some)})
    lines = [text.replace("../docs/images/symmetry.png", _from(table, figure)).replace("../docs", _from(table, DOCS))]
    if small:
        lines = [lines[0].replace("\n\n", f"\n\n{_SMALL}\n\n", 1)]
    for name, title in {"": "Usual setting", **VARIANTS}.items():
        path = of_variant(with_part(results, "chosen"), name)
        if path.exists():
            networks = read_rows(of_variant(results, name))
            lines += [f"## {title}: the midline, once the slice itself has been asked", "", _LOST, ""]
            lines += [*chosen_table(read_chosen(path), networks), ""]
    path = with_part(results, "packaged")
    if path.exists():
        lines += ["## The packaged networks, own heads, by their asymmetry", ""]
        lines += [*packaged_table(read_packaged(path)), ""]
    write_text(table, "\n".join(lines))
    write_figure(rows, figure, beside.get(VARIANTS["side"]), beside.get(VARIANTS["full"]))


def _from(table: Path, path: Path) -> str:
    """Return how a page leads to a path."""
    return Path(os.path.relpath(path.resolve(), table.resolve().parent)).as_posix()
