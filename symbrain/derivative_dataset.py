"""A folder of results as a derivative dataset of BIDS: what it is, what is in it, and what BIDS has no name for.

Files that belong to a scan are named after it (``<scan>_<what>``), so that T1w and T2w of a session never collide.
BIDS wants the contrast last; such names are listed in ``.bidsignore``.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from symbrain.atomic import write_json, write_text
from symbrain.columns import TABLES
from symbrain.tables import write_table
from symbrain.version import __version__

BIDS_VERSION = "1.10.0"
SOURCE = "raw"
"""The name by which URIs of BIDS call the dataset that the scans come from: ``bids:raw:sub-…``."""
ENDINGS = (
    "desc-asymmetry_heatmap.*", "midline.json", "regions.tsv", "slices.parquet",
    "space-upright_biasfield.*", "space-upright_image.*", "space-upright_labels.*", "space-upright_mask.*", "xfm.txt",
)  # fmt: skip
"""How the names of the files end that belong to a scan, but for the mask, of which BIDS has a name that ends alike."""
_MASKS = ("*_T[12]w_desc-brain_mask.*", "/*_desc-brain_mask.*")  # of a scan in its folder, of one at hand
_FOLDERS = ("chunks", "logs", "models", "notebooks", "reports")
_FILES = ("annotate.html", "config.yaml", "index.html", "ratings.*")
_DESCRIPTIONS = {
    "desc-asymmetry": "How far each place differs from its mirror image, on the side that bears the deviation; 0 "
    "outside the brain. On the scan's own grid.",
    "desc-brain": "Mask of the brain, on the scan's own grid.",
}
_README = f"""\
# How symmetric each brain is

Results of symbrain {__version__}. `index.html` shows the cohort, `reports/` each infant; `scores.tsv` has a row for
each scan, `subjects.tsv` the best scan of each session, `exclusions.tsv` the scans without a score and why. What a
column means is in the JSON file beside its table. Left and right are the subject's.
`notebooks/` teaches how to check these results, and on `annotate.html` midlines are drawn and corrected.

In `sub-*/…/anat/` files are named after their scan: `_midline.json` is the mid-sagittal plane (world, RAS+, mm),
`_space-upright_*` the scan turned so that this plane is x = 0, `_desc-asymmetry_heatmap` where the sides differ.
`phenotype/` repeats `subjects.tsv`, a file for each visit, and `code/run.json` tells what the numbers were made with.

For research, not for diagnosis.
"""


def describe(folder: Path, source: Path | None = None) -> None:
    """Write what makes a folder of results a derivative dataset.

    Parameters
    ----------
    source
        The dataset that the scans come from, linked relative to the folder, so that no absolute path is told; None for
        scans at hand, whose folder has no pages and so no README either.
    """
    link = {} if source is None else {SOURCE: Path(os.path.relpath(source.resolve(), folder.resolve())).as_posix()}
    write_json(folder / "dataset_description.json", _description(link))
    write_text(folder / ".bidsignore", "\n".join(ignored()) + "\n")
    rows = [f"{name}\t{text}" for name, text in _DESCRIPTIONS.items()]
    write_text(folder / "descriptions.tsv", "\n".join(["desc_id\tdescription", *rows]) + "\n")
    readme = folder / "README.md"
    if source is not None and (not readme.exists() or _begins_like_ours(readme)):  # somebody's own page stays
        write_text(readme, _README)


def _begins_like_ours(readme: Path) -> bool:
    with readme.open("rb") as file:
        return file.readline().strip() == _README.splitlines()[0].encode()


def describe_new(folder: Path) -> None:
    """Make a folder and describe it, unless it holds something already, which may be somebody else's dataset."""
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        describe(folder)


def ignored() -> list[str]:
    """Return the lines of ``.bidsignore``: what lies in results, and BIDS has no name for.

    Folders end without a slash, with which the validator would still see the folder itself.
    """
    tables = [f"/{name}.*" for name in TABLES]
    return [*(f"/{name}" for name in (*_FOLDERS, *_FILES)), *tables, *(f"*_{ending}" for ending in ENDINGS), *_MASKS]


def write_phenotype(results: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a copy of the rows of subjects.tsv to ``phenotype/``, a file for each visit.

    BIDS has one row for each participant there, so that a second session has its own file, ``asymmetry_visit-2.tsv``.
    """
    folder = results / "phenotype"
    for old in folder.glob("asymmetry*"):
        old.unlink()
    for number, visit in enumerate(_visits(rows) or [[]], start=1):
        name = "asymmetry.tsv" if number == 1 else f"asymmetry_visit-{number}.tsv"
        write_table(folder / name, "subjects", visit)


def _visits(rows: Iterable[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Return the rows of every participant's first session, of the second, and so on; by age, where it is known."""
    sessions: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        sessions[row["participant_id"]].append(row)
    for of_one in sessions.values():
        of_one.sort(key=_moment)
    most = max(map(len, sessions.values()), default=0)
    return [[of_one[n] for of_one in sessions.values() if n < len(of_one)] for n in range(most)]


def _moment(row: Mapping[str, Any]) -> tuple[bool, float, str]:
    age = row.get("scan_age_weeks")
    return age is None, float(age or 0.0), str(row.get("session_id") or "")


def _description(links: Mapping[str, str]) -> dict[str, Any]:
    return {
        "Name": "symbrain: symmetry of newborn brains",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "symbrain", "Version": __version__}],
        **({"DatasetLinks": dict(links)} if links else {}),
    }
