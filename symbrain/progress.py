"""A progress bar with an estimate, on the standard error, for work that takes long."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def track(things: Sequence[T], title: str) -> Iterator[T]:
    """Yield the things with a bar on a terminal, or one line a thing in a log."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import track as rich_track

        yield from rich_track(things, title, console=Console(stderr=True))
        return
    for number, thing in enumerate(things, 1):
        name = thing.get("scan_id", thing) if isinstance(thing, dict) else thing
        print(f"{title}: {number}/{len(things)} {name}", file=sys.stderr, flush=True)
        yield thing


def steps(start: int, stop: int, title: str) -> Iterator[int]:
    """Yield the numbers of many small steps, with a bar on a terminal and nothing in a log."""
    if not sys.stderr.isatty():
        yield from range(start, stop)
        return
    from rich.console import Console
    from rich.progress import track as rich_track

    yield from rich_track(range(start, stop), title, console=Console(stderr=True))
