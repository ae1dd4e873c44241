"""Which participants and sessions of a dataset are wanted, by their labels, with or without ``sub-`` and ``ses-``."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from symbrain.bids import Dataset
from symbrain.bids_name import Image
from symbrain.errors import BadInput

_SHOWN = 5  # labels that a sentence names


def select(dataset: Dataset, participants: Sequence[str], sessions: Sequence[str]) -> Dataset:
    """Return what a dataset holds of these participants and sessions; of all of them where none is named.

    Raises
    ------
    BadInput
        Where the dataset has no such participant, or none of the participants such a session.
    """
    dataset = _of_participants(dataset, participants) if participants else dataset
    return _of_sessions(dataset, sessions) if sessions else dataset


def _of_participants(dataset: Dataset, labels: Sequence[str]) -> Dataset:
    there = {image.participant_id for image in dataset.images} | {_part(path, "sub") for path in dataset.sessions}
    wanted = _known(labels, "sub", there, f"{dataset.root} has no participant")
    return _kept(dataset, "participant_id", "sub", wanted)


def _of_sessions(dataset: Dataset, labels: Sequence[str]) -> Dataset:
    there = {image.session_id for image in dataset.images} | {_part(path, "ses") for path in dataset.sessions}
    wanted = _known(labels, "ses", there, f"{dataset.root} has, of the participants that were named, no session")
    return _kept(dataset, "session_id", "ses", wanted)


def _known(labels: Sequence[str], prefix: str, there: Collection[str | None], sentence: str) -> set[str]:
    """Return the labels with their prefix, all of which are there."""
    known = sorted(label for label in there if label)
    wanted = [label if label.startswith(f"{prefix}-") else f"{prefix}-{label}" for label in labels]
    for label in wanted:
        if label not in known:
            near = difflib.get_close_matches(label[4:], [one[4:] for one in known], n=1)
            named = ", ".join(known[:_SHOWN]) + (" …" if len(known) > _SHOWN else "")
            remedy = f"did you mean {prefix}-{near[0]}?" if near else f"it has {named or 'none'} ({len(known)} in all)"
            msg = f"{sentence} {label}; {remedy}"
            raise BadInput(msg)
    return set(wanted)


def _kept(dataset: Dataset, attribute: str, prefix: str, wanted: set[str]) -> Dataset:
    def those(images: tuple[Image, ...]) -> tuple[Image, ...]:
        return tuple(image for image in images if getattr(image, attribute) in wanted)

    sessions = tuple(path for path in dataset.sessions if _part(path, prefix) in wanted)
    return replace(dataset, images=those(dataset.images), diffusion=those(dataset.diffusion), sessions=sessions)


def _part(path: str, prefix: str) -> str | None:
    """Return the part of a path that starts with ``sub-`` or ``ses-``."""
    return next((part for part in path.split("/") if re.match(f"{prefix}-.", part)), None)
