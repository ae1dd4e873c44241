"""The heads that the midline benchmark asks about: of the frozen suites, of a dataset, and one of full size.

Each head comes as it is, and moved by known rigid motions, each with the truth moved along.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from design import SLICES
from midline_labels import plane_of_labels
from motion import motion, moved
from scenes import Scene, render
from suites import FIRST_SEED, Case, Suite
from symbrain.mask import find_brain
from symbrain.plane import Plane
from symbrain.settings import IngestSettings, SlicesSettings
from symbrain.volume import Volume, read_labels, read_scan
from symbrain.walk import slice_indices

TURN_DEG, SHIFT_MM = 20.0, 10.0
FULL_SIZE_MM = 0.5
_FULL_SIZE_SEED = FIRST_SEED + 200_000


@dataclass(frozen=True)
class Posed:
    """A head in a pose.

    Parameters
    ----------
    truth
        The true plane, None where nobody knows it.
    center_mm
        Centre of the brain in the world.
    motion
        4×4 map of the world from the head as it was found.
    """

    volume: Volume
    mask: NDArray[np.bool_]
    truth: Plane | None
    center_mm: NDArray[np.float64]
    motion: NDArray[np.float64]

    @property
    def slices(self) -> list[int]:
        """Numbers of the axial slices that are asked for."""
        settings = SlicesSettings(fractions=tuple(SLICES), fraction_of="brain")
        return list(slice_indices(self.mask, "axial", settings).values())


@dataclass(frozen=True)
class Head:
    """A head that can be made, and where it belongs."""

    source: str
    cell: str
    number: int
    seed: int
    make: Callable[[], Posed]

    def poses(self, count: int) -> Iterator[tuple[int, Posed]]:
        """Yield the head as it is, then ``count`` times moved."""
        still = self.make()
        yield 0, still
        for pose in range(1, count + 1):
            rng = np.random.default_rng([self.seed, pose])
            yield pose, _moved(still, motion(still.center_mm, rng, TURN_DEG, SHIFT_MM))


def _moved(still: Posed, matrix: NDArray[np.float64]) -> Posed:
    return Posed(
        volume=moved(still.volume, matrix, SHIFT_MM),
        mask=moved(replace(still.volume, data=still.mask.astype(np.float32)), matrix, SHIFT_MM).data > 0.5,
        truth=None if still.truth is None else still.truth.moved(matrix),
        center_mm=(matrix @ [*still.center_mm, 1.0])[:3],
        motion=matrix,
    )


def of_suite(suite: Suite, limit: int | None, templates: Path | None = None) -> list[Head]:
    """Return the heads of a suite whose plane is asked for and which have one."""
    names = [c["name"] for c in suite.record["cells"] if c["task"] == "plane" and c["name"].startswith("plane")]
    source = f"{suite.name}-{suite.digest[:8]}"
    return [_of_case(source, case, templates) for case in suite.cases(names, limit)]


def _of_case(source: str, case: Case, templates: Path | None) -> Head:
    return Head(source, case.cell, case.head, case.seed, lambda: _of_scene(render(case, templates)))


def _of_scene(scene: Scene) -> Posed:
    return Posed(scene.volume, scene.mask, scene.plane, np.array(scene.center_mm), np.eye(4))


def of_full_size(count: int) -> list[Head]:
    """Return usual synthetic heads on the dHCP's grid, 290×290×203 voxels of 0.5 mm."""
    options = {"weeks": 40.0, "modality": "T2w", "spacing_mm": FULL_SIZE_MM, "max_tilt_deg": 20.0, "max_shift_mm": 8.0}
    cases = [Case("full_size", k, "plane", _FULL_SIZE_SEED + k, options) for k in range(count)]
    return [_of_case("full size", case, None) for case in cases]


def of_dataset(root: Path, limit: int | None) -> list[Head]:
    """Return the usable scans of a BIDS dataset, by number: results hold no participant's name."""
    from symbrain.cohort import scans_of
    from symbrain.stages import ingest

    with tempfile.TemporaryDirectory() as folder:
        ingest.run(root, Path(folder), IngestSettings(), seed=1, folds=2, chunks=1)
        scans = scans_of(Path(folder))
    digest = hashlib.sha256("\n".join(scan["path"] for scan in scans).encode()).hexdigest()

    def head(number: int) -> Head:
        path, labels = (scans[number][k] and root / scans[number][k] for k in ("path", "labels_path"))
        return Head(f"bids-{digest[:8]}", "scans", number, number, lambda: _of_scan(path, labels))

    return [head(number) for number in range(len(scans))][:limit]


def _of_scan(path: Path, labels_path: Path | None) -> Posed:
    scan = read_scan(path)
    truth = plane_of_labels(read_labels(labels_path, scan), scan.volume) if labels_path else None
    mask = find_brain(scan.volume).data
    center = scan.volume.to_world(np.argwhere(mask).mean(axis=0))
    return Posed(scan.volume, mask, truth, center, np.eye(4))
