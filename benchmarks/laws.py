"""The laws of plane and line on real images: ``python benchmarks/laws.py IMAGE…``.

Each image is mirrored in the world, stored along other axes, made brighter, and moved by known rigid motions (up to 20°
about every axis and 10 mm, one cubic interpolation); what is found in it has to be mirrored, stay, and move with it. A
mirrored or otherwise stored image holds the same numbers, so that only the last test has errors of interpolation. None
of this needs a truth: an answer that is always wrong alike passes.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

import symbrain
from motion import motion, moved
from symbrain.learning.augment import Move
from symbrain.learning.picture import Picture
from symbrain.line import Line
from symbrain.mask import find_brain
from symbrain.midplane import Midplane, find_midplane
from symbrain.plane import Plane
from symbrain.progress import track
from symbrain.reflection import reflect
from symbrain.slice import Slice, cut
from symbrain.symmetry import find_symmetry_plane
from symbrain.volume import Volume, canonical, read_scan

MOTIONS, TURN_DEG, SHIFT_MM = 6, 20.0, 10.0
SHARES = (0.4, 0.5, 0.6)
Errors = Iterator[tuple[str, float, float]]


def planes(path: Path) -> Errors:
    """Yield law, degrees and millimetres for the plane of an image."""
    volume = read_scan(path).volume
    still, center = found(volume)
    middle = Plane.through(center, (1.0, 0.1, -0.05))
    flipped = reflect(volume, across=middle)
    one, _ = found(canonical(flipped.data, flipped.affine))
    yield "plane, mirrored", *away(one.plane, reflect(still.plane, across=middle), _mirrored(center, middle))
    with tempfile.TemporaryDirectory() as folder:
        for axes in ("PIR", "LAS", "SRA"):
            stored = Path(folder) / f"{axes}.nii.gz"
            image = nib.load(path)
            turn = nib.orientations.ornt_transform(
                nib.orientations.io_orientation(image.affine), nib.orientations.axcodes2ornt(axes)
            )
            image.as_reoriented(turn).to_filename(stored)
            yield "plane, stored otherwise", *away(found(read_scan(stored).volume)[0].plane, still.plane, center)
    brighter = replace(volume, data=volume.data * np.float32(7) + np.float32(3))
    yield "plane, brighter", *away(found(brighter)[0].plane, still.plane, center)
    rng = np.random.default_rng(0)
    for _ in range(MOTIONS):
        matrix = motion(center, rng, TURN_DEG, SHIFT_MM)
        one, _ = found(moved(volume, matrix, SHIFT_MM))
        yield "plane, moved", *away(one.plane, still.plane.moved(matrix), (matrix @ [*center, 1.0])[:3])


def lines(path: Path) -> Errors:
    """Yield law, degrees and millimetres for the lines of some slices of an image."""
    model = symbrain.load("midline")
    for image in slices(path):
        pixels, spacing = image.pixels, image.spacing_mm
        still = model.predict(pixels, spacing).line(pixels.shape, spacing)
        if still is None:
            yield "line, none found", 0.0, 0.0
            continue
        for axis, mirror in ((0, _upside_down), (1, _back_to_front)):
            one = model.predict(np.flip(pixels, axis).copy(), spacing).line(pixels.shape, spacing)
            yield "line, mirrored", *apart(one, mirror(still))
        one = model.predict(pixels * 7 + 3, spacing).line(pixels.shape, spacing)
        yield "line, brighter", *apart(one, still)
        rng = np.random.default_rng(0)
        for _ in range(MOTIONS):
            turn, x, y = rng.uniform(-TURN_DEG, TURN_DEG), *rng.uniform(-SHIFT_MM, SHIFT_MM, 2)
            posed = Move(float(turn), (float(x), float(y))).apply(Picture(pixels, spacing, still))
            one = model.predict(posed.pixels, posed.spacing_mm).line(posed.shape, posed.spacing_mm)
            yield "line, moved", *apart(one, posed.line)


def slices(path: Path) -> list[Slice]:
    """Return axial slices at some portions of the brain's height."""
    volume = read_scan(path).volume
    filled = np.flatnonzero(find_brain(volume).data.any(axis=(0, 1)))
    return [cut(volume, "axial", round(filled[0] + share * (filled[-1] - filled[0])), share) for share in SHARES]


def found(volume: Volume) -> tuple[Midplane, NDArray[np.float64]]:
    """Return the anatomical plane, and the centre of the brain."""
    brain = find_brain(volume).data
    start = find_symmetry_plane(volume, brain)
    return find_midplane(volume, brain, start.plane, start.center_mm), np.asarray(start.center_mm)


def away(one: Plane, other: Plane, center: NDArray[np.float64]) -> tuple[float, float]:
    """Return the angle between planes, and their gap at a centre."""
    return one.angle_to_deg(other), one.gap_mm(other, center)


def apart(one: Line | None, other: Line | None) -> tuple[float, float]:
    """Return the angle between lines and their gap; 90° and 99 mm where there is none."""
    return (90.0, 99.0) if one is None or other is None else one.error_to(other)


def _mirrored(point: NDArray[np.float64], across: Plane) -> NDArray[np.float64]:
    return point - 2 * across.distance_mm(point) * across.unit_normal


def _upside_down(line: Line) -> Line:
    last = line.shape[0] - 1
    return replace(line, start=(line.start[0], last - line.start[1]), end=(line.end[0], last - line.end[1]))


def _back_to_front(line: Line) -> Line:
    last = line.shape[1] - 1
    return replace(line, start=(last - line.start[0], line.start[1]), end=(last - line.end[0], line.end[1]))


def main() -> None:
    """Print a row for each law: how many times it was tried, and the errors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", type=Path, nargs="+")
    given = parser.parse_args()
    errors: dict[str, list[tuple[float, float]]] = {}
    for path in track(given.images, "laws"):
        for law, angle, gap in (*planes(path), *lines(path)):
            errors.setdefault(law, []).append((angle, gap))
    print("| law | n | angle (°): median, 95 %, worst | offset (mm): median, 95 %, worst |\n|---|---|---|---|")
    for law, values in errors.items():
        spread = [
            ", ".join(f"{v:.3f}" for v in np.percentile(column, (50, 95, 100))) for column in zip(*values, strict=True)
        ]
        print(f"| {law} | {len(values)} | {spread[0]} | {spread[1]} |")


if __name__ == "__main__":
    main()
