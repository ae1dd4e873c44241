"""The suite's heads, described once and kept: what every mechanism is judged on, whatever it was trained on.

*Brains*: normals of suite v1 and heads with one change of 16 mm and 3 SD, upright within a degree. *Slices*: three
axial slices each of posed heads, of the usual ones and of those whose lobes are twisted. Twice: the *frozen* suite
itself, and a *development* suite of the same cases, but other infants. Whoever chooses, chooses on the second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from scenes import as_aligned, render
from suites import Case, load
from symbrain.atomic import write_bytes
from symbrain.learning.asymmetry_input import Box
from symbrain.learning.picture import Picture
from symbrain.progress import track
from symbrain.settings import SlicesSettings
from symbrain.slice import cut
from symbrain.volume import Volume
from symbrain.walk import slice_indices
from symmetry.brains import Arrays, cache, described, joined, packed, told
from symmetry.slices import standing

NORMAL, CHANGED = "normal", "pooled_16mm_3sd"
POSED = ("plane_usual", "plane_torque")
_FRACTIONS = (0.4, 0.5, 0.6)
_EARLIER = 1_000_000  # by so much lie the seeds of the development suite below: no training of the laboratory has them


@dataclass(frozen=True)
class SuiteAmount:
    """How many heads of each cell: of brains, and of slices."""

    brains: int = 100
    posed: int = 50


def read_suite(model: str, amount: SuiteAmount, folder: Path | None = None, *, development: bool = True) -> Arrays:
    """Return the suite's heads as a model is judged on; described first where they are not in the folder yet."""
    suite = load("v1")
    count = amount.brains if model == "asymmetry" else amount.posed
    name = "development" if development else "frozen"
    path = (folder or cache()) / f"suite-{name}-{model}-{suite.digest[:8]}-{count}.npz"
    if not path.exists():
        make: Callable[[list[Case]], Arrays] = _brains if model == "asymmetry" else _slices
        cases = suite_cases(model, amount)
        write_bytes(path, packed(make([other_infant(case) for case in cases] if development else cases)))
    with np.load(path) as file:
        return {key: file[key] for key in file.files}


def suite_cases(model: str, amount: SuiteAmount) -> list[Case]:
    """Return the cases of the frozen suite that a model is judged on."""
    count, cells = (amount.brains, (NORMAL, CHANGED)) if model == "asymmetry" else (amount.posed, POSED)
    return [case for cell in cells for case in load("v1").cases([cell], count, count)]


def other_infant(case: Case) -> Case:
    """Return the same case of another infant, drawn by the same functions."""
    return replace(case, seed=case.seed - _EARLIER)


def _tracked(cases: list[Case], name: str) -> Iterator[Case]:
    for _, case in zip(track([f"{case.cell} {case.head}" for case in cases], name), cases, strict=True):
        yield case


def _brains(cases: list[Case]) -> Arrays:
    """Return all places of all heads, each with its head's ``number``, ``sick``, ``seed``, ``weeks`` and ``t1w``."""
    rows: list[Arrays] = []
    for number, case in enumerate(_tracked(cases, "suite, brains")):
        upright = as_aligned(render(case))
        box = Box.around(upright.mask, upright.spacing_mm)
        working = box.working(upright.image, upright.mask)
        share = np.zeros(working.mask.shape, np.float32)
        if upright.changed is not None:
            share = box.working(upright.changed.astype(np.float32), upright.mask).image
        about = told(number, case.cell == CHANGED, case.seed, upright.weeks, upright.modality == "T1w")
        rows.append(described(working, share) | about)
    return joined(rows)


def _slices(cases: list[Case]) -> Arrays:
    """Return slices ``x`` (n, 1, 96, 96), ``line`` (n, 4), the ``head`` that each is of, and ``pixel_mm``."""
    pictures, heads = suite_pictures(cases)
    return standing(pictures) | {"head": np.array(heads, np.int32)}


def suite_pictures(cases: list[Case]) -> tuple[list[Picture], list[int]]:
    """Return the slices as they are, and the head that each is of."""
    pictures, heads = [], []
    settings = SlicesSettings(fractions=_FRACTIONS, fraction_of="brain")
    for number, case in enumerate(_tracked(cases, "suite, slices")):
        scene = render(case)
        bright = np.float32(np.percentile(scene.volume.data[scene.mask], 98))
        volume = Volume(scene.volume.data / bright, scene.volume.affine)
        for index in slice_indices(scene.mask, "axial", settings).values():
            one = cut(volume, "axial", index, 0.0)
            pictures.append(Picture(one.pixels, one.spacing_mm, one.line_of(scene.plane)))
            heads.append(number)
    return pictures, heads
