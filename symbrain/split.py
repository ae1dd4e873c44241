"""Splits by family: siblings and sessions of one infant never end up on two sides of a comparison.

A split is a hash of the seed and the family, so it never depends on who else is in the cohort (law 7), and for
the same reason it is not stratified.
"""

from __future__ import annotations

import hashlib
import re
from typing import Literal

Split = Literal["train", "val", "test"]
VALIDATION_SHARE, TEST_SHARE = 0.15, 0.25

# dHCP: CC + five digits + XX, or AN/BN/CN for siblings + two digits; siblings share all the digits.
_DHCP = re.compile(r"^(?:sub-)?CC(\d{5})(?:XX|[A-Z]N)(\d{2})$")


def family_of(participant_id: str) -> str:
    """Return the family of a participant: the shared digits of a dHCP id, else the participant alone.

    >>> family_of("sub-CC00064AN10") == family_of("CC00064BN10")
    True
    >>> family_of("sub-01")
    '01'
    """
    dhcp = _DHCP.match(participant_id)
    return f"{dhcp[1]}-{dhcp[2]}" if dhcp else participant_id.removeprefix("sub-")


def _draw(seed: int, purpose: str, family_id: str) -> float:
    digest = hashlib.sha256(f"{seed}/{purpose}/{family_id}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def split_of(family_id: str, seed: int) -> Split:
    """Return the split of a family: about 60 % train, 15 % validation, 25 % test."""
    draw = _draw(seed, "split", family_id)
    if draw < TEST_SHARE:
        return "test"
    return "val" if draw < TEST_SHARE + VALIDATION_SHARE else "train"


def fold_of(family_id: str, seed: int, folds: int) -> int:
    """Return the cross-validation fold of a family, 0 to folds − 1."""
    return int(_draw(seed, "fold", family_id) * folds)


def chunk_of(participant_id: str, chunks: int) -> int:
    """Return the chunk of work that a participant's scans fall into, 0 to chunks − 1; adding others moves nobody."""
    return int(_draw(0, "chunk", participant_id) * chunks)
