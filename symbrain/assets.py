"""What the pages load beside their pictures: scripts of our own and well-kept libraries, all of them plain files.

``pages/vendor`` holds the libraries as they were published, each with its licence, listed with digests in
``libraries.tsv``; ``make vendor`` builds the folder anew. ``pages/script`` holds our own classic scripts. Browsers load
neither modules nor data from a disk, so all of it is plain files that a page names in ``<script src>``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from symbrain.atomic import write_bytes

ASSETS = Path("reports") / "assets"
PAGES = Path(str(files("symbrain"))) / "pages"
_KINDS = (".js", ".css")


@dataclass(frozen=True)
class VendoredFile:
    """One file of a library that is not ours.

    Parameters
    ----------
    library, version, licence
        As its package on npm names them; the licence as SPDX does.
    file
        Its path in ``pages/vendor``.
    sha256
        Digest of its bytes.
    """

    library: str
    version: str
    licence: str
    file: str
    sha256: str


def vendored() -> list[VendoredFile]:
    """Return the list of the libraries' files."""
    with (PAGES / "vendor" / "libraries.tsv").open(encoding="utf-8", newline="") as lines:
        return [VendoredFile(**row) for row in csv.DictReader(lines, delimiter="\t")]


def copy_assets(results: Path) -> None:
    """Write scripts and libraries to ``results/reports/assets``: each file once, and again only where it changed."""
    for name, source in _assets():
        content, target = source.read_bytes(), results / ASSETS / name
        if not (target.is_file() and target.read_bytes() == content):
            write_bytes(target, content)


def _assets() -> Iterator[tuple[str, Path]]:
    """Yield each asset's path in the folder of assets, and its file here; a licence goes where its library goes."""
    for one in vendored():
        yield one.file, PAGES / "vendor" / one.file
    for source in sorted((PAGES / "script").iterdir()):
        if source.suffix in _KINDS:
            yield f"script/{source.name}", source
