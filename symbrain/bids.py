"""A BIDS dataset as it lies on disk: its folder, its images by their names, its tables.

Only names are read, so that ten thousand files take a fraction of a second.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from symbrain.bids_name import Image, image_of
from symbrain.errors import BadInput

OWN_RECORD = Path("chunks") / "ingest.json"  # marks a folder as results of symbrain
ROOT_TABLES = ("sessions.tsv", "combined.tsv", "participants.tsv")  # the more specific first


@dataclass(frozen=True)
class Dataset:
    """What a dataset holds.

    Parameters
    ----------
    root
        The folder that was named; all paths are relative to it.
    images
        NIfTI files of all anat folders, sorted by path, and whatever else but a folder has the name of one.
    tables
        Tables of participants and sessions, relative to the root, with the participant that a table is about
        (None: about all); the more specific ones first.
    sessions
        Folders of sessions, and of participants that have none, with or without images; relative to the root.
    notes
        Sentences about folders that could not be read.
    diffusion
        NIfTI files of all dwi folders, sorted by path.
    unread
        The folders that could not be read, relative to the root.
    """

    root: Path
    images: tuple[Image, ...]
    tables: tuple[tuple[str, str | None], ...]
    sessions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    diffusion: tuple[Image, ...] = ()
    unread: tuple[str, ...] = ()


def read_dataset(root: Path) -> Dataset:
    """List a dataset that has ``sub-*/[ses-*/]anat``, at its root or one or two folders below.

    Raises
    ------
    BadInput
        Where there is no such folder, or several.
    """
    walk = _Walk(root)
    walk.dataset(find_base(root))
    images, diffusion = (tuple(image_of(*found) for found in walk.files[folder]) for folder in ("anat", "dwi"))
    notes, unread = tuple(walk.unread.values()), tuple(map(walk.relative, walk.unread))
    return Dataset(root, images, tuple(walk.tables), tuple(walk.sessions), notes, diffusion, unread)


def inventory(root: Path) -> str:
    """Return a digest of the names, sizes and times of all files that ingest looks at.

    A link counts with the file that it leads to; ``derivatives/`` below the dataset does not count.
    """
    walk = _Walk(root)
    walk.dataset(find_base(root))
    images = (path for files in walk.files.values() for path, _, _ in files)
    paths = sorted([*images, *(path for path, _ in walk.tables)])
    digest = hashlib.sha256()
    for path in paths:
        try:
            status = os.stat(f"{root}/{path}")  # noqa: PTH116 (ten thousand of them; Path is slow)
            size, time = status.st_size, status.st_mtime_ns
        except OSError:
            size, time = -1, -1
        digest.update(f"{path}\0{size}\0{time}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def find_base(root: Path) -> Path:
    """Return the folder that holds ``sub-*/[ses-*/]anat``: the root itself, or the only one just below it.

    Raises
    ------
    BadInput
        Where the root is no folder or is a results folder of symbrain, or where none or several are found.
    """
    if not root.is_dir():
        msg = f"{root} is not a folder; name the folder that holds the participants' folders sub-*"
        raise BadInput(msg)
    if is_own(root):
        msg = f"{root} holds results of symbrain ({OWN_RECORD.as_posix()}); name the dataset that they come from"
        raise BadInput(msg)
    unread: dict[str, str] = {}
    if has_anat(root, unread):
        return root
    found = list(_bases_below(root, 2, unread))
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(sorted(path.relative_to(root).as_posix() for path in found))
        msg = f"{root} holds {len(found)} datasets ({names}); name the one that is meant"
    else:
        msg = (
            f"{root} has no folders sub-*/[ses-*/]anat, nor has any folder up to two levels below; {_first(unread)}"
            "name the folder that holds the participants' folders sub-*"
        )
    raise BadInput(msg)


def _first(unread: dict[str, str]) -> str:
    """Return the first of the sentences about folders that could not be read, to be gone on with."""
    more = f" (and {len(unread) - 1} more cannot be read)" if len(unread) > 1 else ""
    return "".join(f"{sentence}{more}, or " for sentence in list(unread.values())[:1])


def _bases_below(folder: Path, depth: int, unread: dict[str, str]) -> Iterable[Path]:
    for entry in _folders(_entries(str(folder), unread)):
        below = folder / entry.name
        if entry.name.startswith("sub-") or is_own(below):
            continue
        if has_anat(below, unread):
            yield below
        elif depth > 1:
            yield from _bases_below(below, depth - 1, unread)


def is_own(folder: Path) -> bool:
    """Tell whether a folder holds results of symbrain."""
    try:
        return (folder / OWN_RECORD).exists()
    except OSError:  # a folder without permission is nobody's
        return False


def has_anat(folder: Path, unread: dict[str, str] | None = None) -> bool:
    """Tell whether a folder holds ``sub-*/[ses-*/]anat``; what cannot be read goes into ``unread``."""
    unread = {} if unread is None else unread
    for participant in _folders(_entries(str(folder), unread), "sub-"):
        inside = _folders(_entries(participant.path, unread))
        sessions = [e.path for e in inside if e.name.startswith("ses-")]
        deeper = (_folders(_entries(s, unread)) for s in sessions)
        if any(e.name == "anat" for entries in (inside, *deeper) for e in entries):
            return True
    return False


class _Walk:
    """One pass over a dataset: ``(path, participant, session)`` of its images, its tables, and what was in the way."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.prefix = os.path.join(str(root), "")  # noqa: PTH118 (with its separator at the end)
        self.files: dict[str, list[tuple[str, str, str | None]]] = {"anat": [], "dwi": []}
        self.tables: list[tuple[str, str | None]] = []
        self.sessions: list[str] = []
        self.unread: dict[str, str] = {}

    def dataset(self, base: Path) -> None:
        for participant in _folders(_entries(str(base), self.unread), "sub-"):
            self._participant(participant)
        for folder in dict.fromkeys([base, self.root]):
            entries = {e.name: e for e in _entries(str(folder), self.unread)}
            self.tables += [(self.relative(entries[name].path), None) for name in ROOT_TABLES if name in entries]

    def _participant(self, participant: os.DirEntry[str]) -> None:
        entries = _entries(participant.path, self.unread)
        self.tables += [(self.relative(e.path), participant.name) for e in entries if e.name.endswith("_sessions.tsv")]
        self._images(entries, participant.name, None)
        sessions = _folders(entries, "ses-")
        self.sessions += [self.relative(e.path) for e in sessions or [participant]]
        for session in sessions:
            self._images(_entries(session.path, self.unread), participant.name, session.name)

    def _images(self, entries: list[os.DirEntry[str]], participant: str, session: str | None) -> None:
        for folder in _folders(entries):
            if folder.name not in self.files:
                continue
            self.files[folder.name] += [
                (self.relative(e.path), participant, session)
                for e in _entries(folder.path, self.unread)
                if e.name.endswith((".nii", ".nii.gz")) and not _is_dir(e)
            ]

    def relative(self, path: str) -> str:
        return path.removeprefix(self.prefix).replace(os.sep, "/")


def _entries(folder: str, unread: dict[str, str]) -> list[os.DirEntry[str]]:
    """Return what a folder holds, sorted, without hidden files (macOS leaves ``._…`` beside every image)."""
    try:
        with os.scandir(folder) as entries:
            return sorted((e for e in entries if not e.name.startswith(".")), key=lambda e: e.name)
    except OSError as error:
        unread[folder] = f"{folder} cannot be read ({error.strerror}) and is left out; check its permissions"
        return []


def _folders(entries: Iterable[os.DirEntry[str]], prefix: str = "") -> list[os.DirEntry[str]]:
    return [e for e in entries if e.name.startswith(prefix) and len(e.name) > len(prefix) and _is_dir(e)]


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False
