"""The name of an image in a BIDS dataset: ``sub-…[_ses-…][_key-value…]_suffix.nii[.gz]``, taken apart.

Names are data: participant and session are what their folders are called, whatever the characters, and no path is
ever built from the cell of a table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_ENTITY = re.compile(r"([A-Za-z0-9]+)-(.*)", re.DOTALL)


@dataclass(frozen=True)
class Image:
    """A NIfTI file of an anat folder, by its name.

    Parameters
    ----------
    path
        Relative to the dataset, with / between folders.
    participant_id, session_id
        Names of the folders, with the prefixes sub- and ses-; without a session folder the file's own ``ses-``,
        else None.
    entities
        Key-value pairs of the name, without participant and session.
    words
        Parts of the name that are no pairs, without the suffix.
    suffix
        Last part of the name: T2w, T1w, mask, dseg …
    stranger
        ``sub-…`` or ``ses-…`` in the name that contradicts the folders.
    """

    path: str
    participant_id: str
    session_id: str | None
    entities: Mapping[str, str]
    words: tuple[str, ...]
    suffix: str
    stranger: str | None = None

    @property
    def name(self) -> str:
        """File name."""
        return self.path.rpartition("/")[2]

    @property
    def stem(self) -> str:
        """File name without .nii[.gz]."""
        return self.name.removesuffix(".gz").removesuffix(".nii")

    @property
    def folder(self) -> str:
        """Folder of the file, relative to the dataset."""
        return self.path.rpartition("/")[0]


def image_of(path: str, participant_id: str, session_id: str | None) -> Image:
    """Take the name of a file apart that lies in the folder of this participant and session.

    Examples
    --------
    >>> image = image_of("sub-01/anat/sub-01_run-2_desc-restore_T2w.nii.gz", "sub-01", None)
    >>> image.entities, image.suffix
    ({'run': '2', 'desc': 'restore'}, 'T2w')
    """
    rest = path.rpartition("/")[2].removesuffix(".gz").removesuffix(".nii")
    rest = rest.removeprefix(f"{participant_id}_")
    rest = rest.removeprefix(f"{session_id}_") if session_id else rest
    *parts, suffix = rest.split("_")
    entities = {m[1]: m[2] for m in map(_ENTITY.fullmatch, parts) if m}
    words = tuple(p for p in parts if not _ENTITY.fullmatch(p))
    participant, session = entities.pop("sub", None), entities.pop("ses", None)
    stranger = f"sub-{participant}" if participant is not None else None
    if session is not None and session_id is None:
        session_id = f"ses-{session}"
    elif session is not None:
        stranger = stranger or f"ses-{session}"
    return Image(path, participant_id, session_id, entities, words, suffix, stranger)
