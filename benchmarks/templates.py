"""The suite from real anatomy: ``python benchmarks/templates.py build --templates DIR --out DIR``.

``DIR`` holds public templates that you fetch, each as ``NAME.nii.gz`` with a brain mask ``NAME_mask.nii.gz``; suite v1
is of the fetal templates STA21 to STA37 of gift-surg/NiftyMIC (folder data/templates). ``build`` makes them symmetric;
the heads of the suite are made from those when it is run. ``freeze`` writes the suite, once.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from design import NEVER_TRAINED, SLICES
from fingerprint import fingerprint, sample_of
from suites import FIRST_SEED, FOLDER, cases_of, digest_of, load, to_text
from symbrain.atomic import write_text
from symbrain.phantom import KINDS
from symbrain.version import __version__
from symmetrised import MANIFEST, build, check, weeks_of

PLANES, NORMALS, SENTINEL = 200, 200, 30
YOUNGEST_SCORED = 26.0  # weeks; younger brains have no folds yet, and only their planes are asked for
_PLANE_SEED, _NORMAL_SEED = FIRST_SEED + 100_000, FIRST_SEED + 110_000


def cells(names: list[str]) -> list[dict[str, Any]]:
    """Return the cells of the suite for templates of these names."""
    scored = [name for name in names if weeks_of(name) >= YOUNGEST_SCORED] or names
    posed = {"modality": "T2w", "max_tilt_deg": 20.0, "max_shift_mm": 8.0, "slices": SLICES}
    upright = {"modality": "T2w", "spacing_mm": 2.0, "max_tilt_deg": 1.0, "max_shift_mm": 0.7}
    spacing = np.random.default_rng(_PLANE_SEED).permutation(np.resize([1.0, 1.5, 2.0], PLANES)).tolist()
    columns = ["seed", "template", "weeks"]
    planes = [[*row, spacing[i]] for i, row in enumerate(_heads(_PLANE_SEED, PLANES, names))]
    normals = _heads(_NORMAL_SEED, NORMALS, scored)
    found = [
        _cell("plane", "plane", posed, [*columns, "spacing_mm"], planes, "templates' perturbed copies, any pose"),
        _cell("normal", "score", upright, columns, normals, "perturbed copies without a change"),
    ]
    for turn, kind in enumerate(KINDS):
        rows = normals[turn * SENTINEL : (turn + 1) * SENTINEL]
        heads = [[*row, "left" if i % 2 else "right"] for i, row in enumerate(rows)]
        fixed = upright | {"kind": kind, "diameter_mm": 12.0, "contrast_sd": 3.0}
        found.append(_cell(f"{kind}_12mm_3sd", "score", fixed, [*columns, "side"], heads, f"{kind}, 12 mm, 3 SD"))
    return found


def _heads(first: int, count: int, names: list[str]) -> list[list[Any]]:
    order = np.random.default_rng(first + 1).permutation(np.resize(np.arange(len(names)), count))
    return [[first + i, names[k], weeks_of(names[k])] for i, k in enumerate(order)]


def _cell(name: str, task: str, fixed: dict[str, Any], columns: list[str], heads: list[Any], about: str) -> Any:
    return {"name": name, "task": task, "about": about, "fixed": fixed, "columns": columns, "heads": heads}


def freeze(built: Path, out: Path) -> None:
    """Write the suite of the built templates, unless it is there."""
    if out.exists():
        msg = f"{out.name} is frozen: a change makes a new version, and the tables of both are shown"
        raise SystemExit(msg)
    digests = json.loads((built / MANIFEST).read_text(encoding="utf-8"))
    chosen = cells(list(digests))
    sample = sample_of([case for cell in chosen for case in cases_of(cell)])
    record = {
        "suite": "v1-templates",
        "generator": {"package": "symbrain", "version": __version__},
        "first_seed": FIRST_SEED,
        "training_seeds_below": FIRST_SEED,
        "never_trained": NEVER_TRAINED,
        "templates": digests,
        "fingerprints": {case.cell: fingerprint(case, built) for case in sample},
        "cells": chosen,
    }
    write_text(out, to_text(record | {"sha256": digest_of(record)}))


def main() -> None:
    """Build the templates, or freeze the suite."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["build", "freeze"])
    parser.add_argument(
        "--templates", type=Path, required=True, help="for build the fetched files, for freeze the built"
    )
    parser.add_argument("--out", type=Path, help="for build a folder, for freeze the suite's file")
    given = parser.parse_args()
    if given.verb == "freeze":
        freeze(given.templates, given.out or FOLDER / "suite-v1-templates.json")
        return
    if given.out is None:
        parser.error("build needs --out, a folder for the symmetric templates")
    build(given.templates, given.out)
    if (FOLDER / "suite-v1-templates.json").exists():
        check(load("templates"), given.out)


if __name__ == "__main__":
    main()
