"""Figures and tables of the documentation that show how the synthetic heads compare with published newborns.

Usage: ``python docs/figures.py growth`` writes ``docs/images/growth.png``; ``python docs/figures.py templates FOLDER``
prints the comparison with the fetal templates STA26 … STA37 (Gholipour 2017) in a folder, which are not part of this
repository.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from symbrain.atomic import write_bytes
from symbrain.figure_style import BLUE, GREEN, PURPLE, VERMILION, rendered, styled
from symbrain.phantom import make_head, to_drawem9
from symbrain.phantom.tissue import CEREBELLUM, CORTEX, CSF, VENTRICLE, WHITE
from symbrain.plane import Plane

TISSUES: dict[str, tuple[int, ...]] = {
    "Brain without fluid": (2, 3, 6, 7, 8, 9),
    "Cortical grey matter": (CORTEX,),
    "White matter": (WHITE,),
    "Cerebellum": (CEREBELLUM,),
    "Ventricles": (VENTRICLE,),
    "Fluid around the brain": (CSF,),
}
"""DrawEM-9 numbers of what is plotted."""

FETAL_WEEKS = (26, 28, 30, 32, 34, 36, 37)
FETAL_ML: dict[str, tuple[float, ...]] = {
    "Brain without fluid": (127.1, 148.3, 180.3, 225.5, 269.8, 299.1, 279.4),
    "Cortical grey matter": (39.1, 48.2, 61.6, 86.1, 103.0, 118.9, 115.0),
    "White matter": (67.3, 76.2, 90.0, 103.1, 124.4, 132.8, 120.3),
    "Cerebellum": (4.7, 5.9, 7.6, 10.8, 13.7, 16.4, 14.9),
    "Ventricles": (4.7, 5.5, 6.0, 6.1, 5.7, 6.5, 6.6),
    "Fluid around the brain": (69.9, 79.4, 95.9, 109.2, 117.4, 117.0, 104.5),
}
"""Counted from the label maps of the fetal atlas (Gholipour 2017, Sci Rep 7:476); subplate to ventricular zone are
white matter. An atlas is an average: no spread is known."""

TERM_ML: dict[str, tuple[float, float]] = {
    "Brain without fluid": (379.0, 72.0),
    "Cortical grey matter": (140.0, 47.0),
    "White matter": (195.0, 38.0),
    "Cerebellum": (21.0, 6.0),
}
"""Mean and standard deviation of very preterm infants at 37 to 42 weeks: Romberg 2022 (Arch Dis Child FN 107:520)."""

BANDS_ML: dict[str, dict[int, tuple[float, float]]] = {
    "Brain without fluid": {28: (120, 180), 34: (205, 300), 40: (307, 451), 44: (380, 530)},
    "Cortical grey matter": {28: (38, 60), 34: (80, 125), 40: (93, 187), 44: (120, 240)},
    "White matter": {28: (60, 95), 34: (95, 150), 40: (157, 233), 44: (170, 290)},
    "Cerebellum": {28: (4, 11), 34: (10, 20), 40: (15, 30), 44: (20, 40)},
    "Ventricles": {28: (2, 9), 34: (2, 11), 40: (2, 14), 44: (3, 16)},
    "Fluid around the brain": {28: (50, 110), 34: (65, 140), 40: (45, 130), 44: (45, 130)},
}
"""Where volumes should lie (ml). At 40 weeks mean ± SD of Romberg 2022; at 28 and 34 the fetal atlas ± about 20 %, to
be lower for infants born preterm; at 44 the volume at birth of Holland 2014 (341 ml, +1 % a day) ± about 15 %. Bands of
ventricles and fluid, and all at 44 weeks except the brain's, are approximate."""


def volumes_ml(weeks: float, seed: int) -> dict[str, float]:
    """Return the volumes of one synthetic head, counted from its labels at 2 mm."""
    head = make_head(seed, scan_age_weeks=weeks, spacing_mm=2.0, noise=0, skull=False)
    count = np.bincount(to_drawem9(head.labels).ravel(), minlength=10) * 0.008
    return {name: float(count[list(codes)].sum()) for name, codes in TISSUES.items()}


@styled
def growth(out: Path, heads: int = 40) -> None:
    """Plot the tissues' volumes of synthetic heads against age, beside published ones."""
    ages = np.linspace(26, 45, heads)
    measured = [volumes_ml(float(age), 100 + k) for k, age in enumerate(ages)]
    figure = Figure(figsize=(11, 6.6), layout="constrained")
    axes = figure.subplots(2, 3)
    for axis, name in zip(axes.flat, TISSUES, strict=True):
        band = BANDS_ML[name]
        low, high = np.transpose(list(band.values()))
        axis.fill_between(list(band), low, high, color="0.88", label="published range (approximate)")
        axis.plot(FETAL_WEEKS, FETAL_ML[name], "s", color=BLUE, ms=5, label="fetal atlas (Gholipour 2017)")
        if name in TERM_ML:
            mean, sd = TERM_ML[name]
            axis.errorbar(40, mean, sd, fmt="D", color=GREEN, capsize=3, label="preterm at term (Romberg 2022)")
        if name == "Brain without fluid":
            days = np.linspace(0, 28, 15)
            birth = 341 * np.exp(0.01 * days - 0.003 / 90 * days**2)
            axis.plot(40 + days / 7, birth, color=PURPLE, lw=2, label="from birth (Holland 2014)")
        axis.plot(ages, [m[name] for m in measured], "o", color=VERMILION, ms=3.5, label="synthetic heads")
        axis.set_title(name, fontsize=11)
        axis.set_ylim(0)
    for axis in axes[1]:
        axis.set_xlabel("post-menstrual age (weeks)")
    for axis in axes[:, 0]:
        axis.set_ylabel("volume (ml)")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, fontsize=8, frameon=False)
    write_bytes(out, rendered(figure, "png"))


@dataclass(frozen=True)
class Scan:
    """A scan to be measured: image, brain mask, cortex, white matter, affine and midline plane."""

    image: NDArray[np.float64]
    mask: NDArray[np.bool_]
    cortex: NDArray[np.bool_]
    white: NDArray[np.bool_]
    affine: NDArray[np.float64]
    plane: Plane


_TURNS = np.arange(-0.03, 0.031, 0.01)  # radians


def template(folder: Path, weeks: int) -> Scan:
    """Return a fetal template with the plane across which its sides agree best."""
    stem = folder / f"STA{weeks}"
    scan: Any = nib.load(f"{stem}.nii.gz")
    parts = [Path(f"{stem}_{name}.nii.gz") for name in ("parc", "WMZparc")]
    labels = np.asarray(nib.load(next(p for p in parts if p.exists())).dataobj)
    mask = np.asarray(nib.load(f"{stem}_mask.nii.gz").dataobj) > 0
    cortex, white = np.isin(labels, (112, 113)), (labels >= 114) & (labels <= 121)
    normal, point = np.array([1.0, 0.0, 0.0]), np.argwhere(mask).mean(0) @ scan.affine[:3, :3].T + scan.affine[:3, 3]

    def tilted(turn: float, tilt: float, shift: float) -> Scan:
        plane = Plane.through(point + shift * normal, normal + np.array([0, turn, tilt]))
        return Scan(scan.get_fdata(), mask, cortex, white, scan.affine, plane)

    best = (0.0, 0.0, 0.0)
    for axis, steps in ((2, np.arange(-2, 2.1, 0.5)), (0, _TURNS), (1, _TURNS), (2, np.arange(-0.5, 0.6, 0.25))):
        tries = [(*best[:axis], best[axis] + float(step), *best[axis + 1 :]) for step in steps]
        best = max(tries, key=lambda pose: likeness(tilted(*pose), 2.0)[1])
    return tilted(*best)


def phantom(weeks: float, seed: int, noise: float) -> Scan:
    """Return a synthetic head on the templates' grid of 0.8 mm, without bias field."""
    head = make_head(seed, scan_age_weeks=weeks, spacing_mm=0.8, noise=noise, bias=0, skull=False)
    tissue = to_drawem9(head.labels)
    return Scan(head.image.astype(float), head.mask, tissue == CORTEX, tissue == WHITE, head.affine, head.plane)


def fissure_contrast(scan: Scan) -> float:
    """Return how much brighter the fissure is than the tissue 5 to 8 mm beside it, in SD of that tissue."""
    inverse = np.linalg.inv(scan.affine)
    world = np.argwhere(scan.mask) @ scan.affine[:3, :3].T + scan.affine[:3, 3]
    distance = world @ np.asarray(scan.plane.normal) - scan.plane.offset_mm
    height = np.percentile(world[:, 2], 65)  # above the callosum
    high = (world[:, 2] > height) & (np.abs(distance) < 0.6)
    center, normal = world[high] - distance[high, None] * np.asarray(scan.plane.normal), np.asarray(scan.plane.normal)
    side = np.concatenate([center + t * normal for t in (-8, -6.5, -5, 5, 6.5, 8)])

    def at(points: NDArray[np.float64], volume: NDArray[Any], order: int = 1) -> NDArray[np.float64]:
        voxels = (points @ inverse[:3, :3].T + inverse[:3, 3]).T
        return np.asarray(map_coordinates(volume.astype(np.float32), voxels, order=order), float)

    tissue = at(side, scan.image)[at(side, scan.cortex | scan.white, 0) > 0.5]
    return float((np.median(at(center, scan.image)) - tissue.mean()) / tissue.std())


def thickness_mm(scan: Scan) -> float:
    """Return the cortex's volume per area of its border with the white matter, in mm.

    Two thirds of the voxel faces between them are taken for that area, as for a border that lies in all directions.
    """
    edge = float(np.abs(np.linalg.det(scan.affine[:3, :3])) ** (1 / 3))
    faces = 0
    for axis in range(3):
        one, next_one = (slice(None),) * axis + (slice(1, None),), (slice(None),) * axis + (slice(None, -1),)
        faces += int((scan.cortex[one] & scan.white[next_one]).sum())
        faces += int((scan.white[one] & scan.cortex[next_one]).sum())
    return float(scan.cortex.sum() * edge / (faces * 2 / 3))


def likeness(scan: Scan, spacing_mm: float, *, tissue_only: bool = False) -> tuple[float, float]:
    """Return the sides' difference as a share of the variance, and the correlation with the mirror image.

    Both within the mask, or where both sides are cortex or white matter, at a spacing in mm to which the scan is
    smoothed first.
    """
    edge = float(np.abs(np.linalg.det(scan.affine[:3, :3])) ** (1 / 3))
    image = gaussian_filter(np.where(scan.mask, scan.image, 0).astype(np.float32), 0.42 * spacing_mm / edge)
    voxels = np.argwhere(scan.mask)[:: max(1, round((spacing_mm / edge) ** 3))]
    turn = np.linalg.inv(scan.affine) @ scan.plane.mirror() @ scan.affine
    partners = (voxels @ turn[:3, :3].T + turn[:3, 3]).T
    here, there = image[tuple(voxels.T)].astype(float), map_coordinates(image, partners, order=1).astype(float)
    inside = scan.cortex | scan.white if tissue_only else scan.mask
    both = (map_coordinates(inside.astype(np.uint8), partners, order=0) > 0) & inside[tuple(voxels.T)]
    here, there = here[both], there[both]
    return float(np.var(np.abs(here - there)) / np.var(here)), float(np.corrcoef(here, there)[0, 1])


def compare(folder: Path) -> None:
    """Print fissure contrast, thickness of the cortex and likeness of the sides, templates beside synthetic heads."""
    columns = "head | fissure (SD) | cortex (mm) | var abs(L−R)/var, 1 mm | 2 mm | r mirror, 1 mm | 2 mm"
    print(f"| {columns} | r of tissue, 1 mm |")
    print("|---|---|---|---|---|---|---|---|")
    for weeks in (27, 31, 35, 37):
        _row(f"template, {weeks} weeks", [template(folder, weeks)])
        _row(f"synthetic, {weeks} weeks", [phantom(weeks, seed, 0.035) for seed in (1, 2, 3)])
    _row("synthetic, 40 weeks", [phantom(40, seed, 0.035) for seed in (1, 2, 3)])
    _row("synthetic, 44 weeks", [phantom(44, seed, 0.035) for seed in (1, 2, 3)])


def _row(name: str, scans: list[Scan]) -> None:
    rows = []
    for scan in scans:
        (one, r_one), (two, r_two) = likeness(scan, 1.0), likeness(scan, 2.0)
        tissue = likeness(scan, 1.0, tissue_only=True)[1]
        rows.append((fissure_contrast(scan), thickness_mm(scan), one, two, r_one, r_two, tissue))
    print(f"| {name} | " + " | ".join(f"{value:.2f}" for value in np.mean(rows, axis=0)) + " |", flush=True)


def main(arguments: list[str]) -> None:
    """Run ``growth`` or ``templates FOLDER``."""
    if arguments[:1] == ["growth"]:
        growth(Path(__file__).parent / "images" / "growth.png")
    elif arguments[:1] == ["templates"] and len(arguments) == 2:
        compare(Path(arguments[1]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
