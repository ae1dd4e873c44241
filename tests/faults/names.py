"""The faults of a run and of a machine, by the names that the table of faults has for them."""

from __future__ import annotations

from faults.cohort import KINDS, TABLES
from faults.small import STEPS

RUN = (
    "killed 3 times (SIGKILL of all processes)",
    "killed 20 times (SIGKILL of all processes)",
    "two at once in one folder",
    "two processes on the same scans",
)
MACHINE = (
    *("read-only dataset", "results that cannot be written to", "clock set back by years", "clock once in 1980"),
    *(f"{gib:g} GiB of memory for {step}" for step in ("train_midline", "train_asymmetry") for gib in (0.5, 1, 1.5)),
)
NAMES: dict[str, tuple[str, ...]] = {
    "Scans and tables": tuple(kind.name for kind in (*KINDS, *TABLES)),
    "Disk full": ("in phantom", *(f"in {name}" for name, *_ in STEPS)),
    "The run": RUN,
    "The machine": MACHINE,
}
"""Every fault that is injected, by the heading under which it stands."""

GAPS = {
    "Two runs with different working folders and the same results (`-w`, `pathvars`)": "each folder has its own lock, "
    "so nothing is said; what they write is the same and each file is written in one move, but tables may be "
    "gathered from half of the scans until the later run ends",
    "A run whose machine dies": "files that were being written stay as hidden `.name.number.tmp` beside their place; "
    "they are never read, and nothing removes them",
    "Address space that ends while a library is loaded (1 GiB)": "the sentence may be lacking, for nothing can be "
    "built any more: a traceback of MemoryError, exit code 1, nothing lost",
    "Memory taken away by the system (the out-of-memory killer)": "it kills as SIGKILL does: no sentence is possible; "
    "the same command goes on",
}
"""What is not handled well yet."""
