"""Write suite v1 once: ``python benchmarks/freeze.py``; a suite that is there is never written over."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from design import NEVER_TRAINED, cells
from fingerprint import fingerprint, sample_of
from suites import FIRST_SEED, FOLDER, cases_of, digest_of, to_text
from symbrain.atomic import write_text
from symbrain.progress import track
from symbrain.version import __version__


def record_of(chosen: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the suite's record: what it holds, how its heads look, and its digest."""
    sample = {case.cell: case for case in sample_of([case for cell in chosen for case in cases_of(cell)])}
    record = {
        "suite": "v1",
        "generator": {"package": "symbrain", "version": __version__},
        "first_seed": FIRST_SEED,
        "training_seeds_below": FIRST_SEED,
        "never_trained": NEVER_TRAINED,
        "fingerprints": {name: fingerprint(sample[name]) for name in track(list(sample), "cell")},
        "cells": chosen,
    }
    return record | {"sha256": digest_of(record)}


def main(words: list[str] | None = None) -> None:
    """Freeze, or refuse to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER / "suite-v1.json")
    out = parser.parse_args(words).out
    if out.exists():
        msg = f"{out.name} is frozen: a change makes a new version, and the tables of both are shown"
        raise SystemExit(msg)
    write_text(out, to_text(record_of(cells())))
    print(f"wrote {out}")


if __name__ == "__main__":
    main()
