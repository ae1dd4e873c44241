"""A kind of bad input: how it is made, and what must happen to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from faults.site import Site
from symbrain.split import family_of, split_of

SEED = 1


class Happens(Enum):
    """What must happen to a participant."""

    EXCLUDED = "excluded"
    TWIN = "scored exactly as its healthy twin"
    CLOSE = "scored as its healthy twin, but for the rounding of its header"
    SCORED = "scored by what is there, with a warning"
    FAILED = "no score: the quality verdict is fail"
    TOLD = "no row, and a note"
    AGELESS = "used, without an age"
    AGED = "used, with its age"


@dataclass(frozen=True)
class Kind:
    """A kind of bad input, made as a participant of its own.

    Parameters
    ----------
    name
        In plain words, for the table.
    make
        Writes the participant's files.
    says
        A regular expression for the sentence that must be shown; empty where there is nothing to say.
    stage
        The stage at which a scan is excluded.
    meanwhile
        What happens to the files after the stage align has read them.
    label
        Of the participant, where its name is the fault; a number follows.
    """

    name: str
    make: Callable[[Site], object]
    happens: Happens
    says: str = ""
    stage: str = "ingest"
    meanwhile: Callable[[Site], object] | None = None
    label: str = ""

    @property
    def participant(self) -> str:
        """Name of the folder; one that falls into the test split, so that no training sees the scan."""
        words = self.label or "".join(word.capitalize() for word in re.findall(r"[a-z0-9]+", self.name.lower()))
        return next(name for k in range(100) if split_of(family_of(name := f"sub-{words}{k:02d}"), SEED) == "test")


def excluded(name: str, make: Callable[[Site], object], says: str, stage: str = "ingest") -> Kind:
    """Return a kind whose scan cannot be used."""
    return Kind(name, make, Happens.EXCLUDED, says, stage)


def harmless(name: str, make: Callable[[Site], object], says: str = "") -> Kind:
    """Return a kind whose scan has exactly the healthy numbers."""
    return Kind(name, make, Happens.TWIN, says)
