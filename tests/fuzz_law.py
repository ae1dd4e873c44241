"""The law of every reader: a value, or one sentence about the file; nothing else, and in little memory."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, settings

from symbrain.errors import BadInput

T = TypeVar("T")
MOST_BYTES = 64 * 2**20  # of memory that a small file may take
_RANDOM = settings(
    derandomize=False, database=None, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck)
)


def examples(few: int) -> settings:
    """Return how often the daily run tries: the same examples each time."""
    return settings(max_examples=few, suppress_health_check=list(HealthCheck))


def soaked(many: int = 20_000) -> settings:
    """Return how often ``make soak`` tries: other examples each time; ``SOAK_EXAMPLES`` sets another number."""
    return settings(_RANDOM, max_examples=int(os.environ.get("SOAK_EXAMPLES", many)))


def value_or_sentence(read: Callable[[], T], *names: str) -> T | None:
    """Return what a reader returns, or None where it refuses in one sentence that names one of these files."""
    try:
        return read()
    except BadInput as error:
        said = str(error)
        assert said, "a refusal without a word"
        assert said.isprintable(), f"more than one line, or what a terminal obeys: {said!r}"
        assert any(name in said for name in names), f"none of {names} is named: {said}"
        return None


def in_little_memory(read: Callable[[], T], *, most: int = MOST_BYTES) -> T:
    """Return what a function returns, having watched how much memory it took at once."""
    tracemalloc.start()
    try:
        return read()
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < most, f"took {peak} bytes at once"


def put(folder: Path, name: str, content: bytes) -> Path:
    """Write a file anew, making its folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
