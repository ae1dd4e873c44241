"""How far the plane is off under known rigid motions of real images: ``python benchmarks/motion.py BIDS_DIR``.

Each usable scan is moved (rotated by up to 20° about every axis, shifted by up to 10 mm, one cubic interpolation, on a
grid that holds all of it), and the plane of the moved image is compared with the moved plane of the original. This
measures repeatability, not truth: both planes can be wrong alike.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

from symbrain import walk
from symbrain.cohort import scans_of
from symbrain.progress import track
from symbrain.settings import AlignSettings, IngestSettings
from symbrain.stages import ingest
from symbrain.volume import Volume, read_scan


def motion(center: np.ndarray, rng: np.random.Generator, turn_deg: float, shift_mm: float) -> np.ndarray:
    """Return a random rigid motion of the world (4×4) about a point."""
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", rng.uniform(-turn_deg, turn_deg, 3), degrees=True).as_matrix()
    matrix[:3, 3] = center - matrix[:3, :3] @ center + rng.uniform(-shift_mm, shift_mm, 3)
    return matrix


def moved(volume: Volume, matrix: np.ndarray, margin_mm: float) -> Volume:
    """Return the moved head on the same grid, widened by a margin."""
    pad = np.ceil(margin_mm / volume.spacing_mm).astype(int)
    affine = volume.affine.copy()
    affine[:3, 3] = volume.to_world(-pad)
    shape = np.array(volume.shape) + 2 * pad
    back = np.linalg.inv(volume.affine) @ np.linalg.inv(matrix) @ affine
    outside = float(np.median(volume.data[0]))
    data = ndimage.affine_transform(volume.data, back[:3, :3], back[:3, 3], tuple(shape), order=3, cval=outside)
    return Volume(np.asarray(data, np.float32), affine)


def main() -> None:
    """Measure each scan of a dataset and print one row for each, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bids_dir", type=Path)
    parser.add_argument("--motions", type=int, default=4)
    parser.add_argument("--turn-deg", type=float, default=20.0)
    parser.add_argument("--shift-mm", type=float, default=10.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ingest.run(given.bids_dir, Path(folder), IngestSettings(), seed=1, folds=2, chunks=1)
        scans = scans_of(Path(folder))
    rng = np.random.default_rng(0)
    settings = AlignSettings(bias_correction=False)
    print("scan\tangle_deg\toffset_mm\tconfidence")
    every: list[tuple[float, float]] = []
    for scan in track(scans, "motion"):
        volume = read_scan(given.bids_dir / scan["path"]).volume
        still = walk.align(volume, settings)
        errors = []
        for _ in range(given.motions):
            matrix = motion(np.array(still.symmetry.center_mm), rng, given.turn_deg, given.shift_mm)
            found = walk.align(moved(volume, matrix, given.shift_mm), settings)
            truth = still.plane.moved(matrix)
            center = (matrix @ [*still.symmetry.center_mm, 1.0])[:3]
            errors.append((found.plane.angle_to_deg(truth), found.plane.gap_mm(truth, center)))
        every += errors
        angle, gap = np.median(errors, axis=0)
        print(f"{scan['scan_id']}\t{angle:.3f}\t{gap:.3f}\t{still.confidence:.2f}", flush=True)
    angle, gap = np.median(every, axis=0)
    worst_angle, worst_gap = np.max(every, axis=0)
    print(f"median of {len(every)}\t{angle:.3f}\t{gap:.3f}\nworst\t{worst_angle:.3f}\t{worst_gap:.3f}")


if __name__ == "__main__":
    main()
