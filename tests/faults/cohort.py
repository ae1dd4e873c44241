"""A dataset of healthy newborns, and the same with a participant of every kind of bad input among them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from faults import change_kinds, header_kinds, image_kinds, map_kinds, name_kinds, table_kinds
from faults.kind import Kind
from faults.site import AGE_WEEKS, Site, nifti, picture

KINDS: tuple[Kind, ...] = (
    *image_kinds.KINDS,
    *header_kinds.KINDS,
    *map_kinds.KINDS,
    *name_kinds.KINDS,
    *change_kinds.KINDS,
)
"""Kinds that go through all stages."""
TABLES: tuple[Kind, ...] = table_kinds.KINDS
"""Kinds that ingest alone has to do with: what it writes is all that the others know."""
TWIN = "sub-00"
HEALTHY = (TWIN, "sub-01", "sub-02")


def write_healthy(root: Path) -> Path:
    """Write three healthy participants with their ages; the first is the twin of every bad one."""
    for seed, participant in enumerate(HEALTHY, start=1):
        Site(root, participant).store(nifti(picture(seed)))
    rows = [f"{name}\t{AGE_WEEKS + seed}" for seed, name in enumerate(HEALTHY)]
    table = "\n".join(["participant_id\tscan_age", *rows]) + "\n"
    (root / "participants.tsv").write_text(table, encoding="utf-8")
    return root


def write_bad(root: Path, kinds: Iterable[Kind] = KINDS) -> Path:
    """Write the healthy participants, and one of each of these kinds."""
    write_healthy(root)
    for kind in kinds:
        kind.make(site_of(kind, root))
    return root


def site_of(kind: Kind, root: Path) -> Site:
    """Return where a kind is made."""
    return Site(root, kind.participant)


def meddle(root: Path) -> None:
    """Do what happens to files during the run."""
    for kind in KINDS:
        if kind.meanwhile:
            kind.meanwhile(site_of(kind, root))
