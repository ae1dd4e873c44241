"""Figures of docs/concepts: two planes, what a flip does, a norm.

Usage: ``python docs/concept_figures.py`` writes them to ``docs/images``. Heads are synthetic; the scores of the
third are drawn by chance, to explain how a norm is made, and say nothing about any detector.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import matplotlib.pyplot as plt
import nibabel as nib
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

import symbrain
from symbrain.norm_fit import fit_norm
from symbrain.norms import Norm
from symbrain.phantom import Lesion, make_head
from symbrain.phantom.anatomy import Asymmetry
from symbrain.single import align_scan, upright_of
from symbrain.volume import read_scan

IMAGES = Path(__file__).resolve().parent / "images"
BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#777777"
_DRAWN, _PER_WEEK, _SPREAD = 150, 0.03, 0.2  # of the scores that are drawn


def two_planes() -> None:
    """Draw both planes in an axial slice of a head with a larger left hemisphere."""
    head = make_head(4, spacing_mm=1.25, asymmetry=Asymmetry(hemisphere=0.06, torque=0.08), max_tilt_deg=4.0)
    found = symbrain.align(nib.Nifti1Image(head.image, head.affine))
    anatomical, symmetric = found.plane, found.alignment.symmetry_plane
    image = nib.as_closest_canonical(nib.Nifti1Image(head.image, head.affine))
    voxels, height = np.asarray(image.dataobj), int(image.shape[2] * 0.55)
    figure, (panel, close) = plt.subplots(1, 2, figsize=(7, 5.2), width_ratios=(5, 2))
    rows = np.array([0, voxels.shape[1] - 1])
    for plane, colour, style, name in (
        (anatomical, ORANGE, "-", "anatomical midline plane"),
        (symmetric, BLUE, "--", f"plane of greatest symmetry, {anatomical.angle_to_deg(symmetric):.1f}° off"),
    ):
        line = [_crossing(image.affine, plane, row, height) for row in rows]
        for one in (panel, close):
            one.plot([voxels.shape[0] - 1 - x for x in line], rows, style, color=colour, linewidth=1.6, label=name)
    brain = np.flatnonzero(head.mask.any(axis=(0, 2)))
    middle = voxels.shape[0] - 1 - _crossing(image.affine, anatomical, float(brain.mean()), height)
    for one in (panel, close):
        _show(one, voxels[:, :, height])
        one.set(xlim=(0, voxels.shape[0] - 1), ylim=(0, voxels.shape[1] - 1))
    close.set(xlim=(middle - 8, middle + 8), ylim=(brain[0], brain[-1]), aspect="auto", title="the middle, stretched")
    figure.legend(*panel.get_legend_handles_labels(), loc="lower center", ncols=2, frameon=False)
    _save(figure, "two_planes.png")


def flip() -> None:
    """Draw a changed brain and its mirror image, each with what the detector says of it."""
    head = make_head(2, spacing_mm=1.5, lesion=Lesion("haemorrhage", "left", diameter_mm=16.0, contrast_sd=6.0))
    upright = upright_of(align_scan(read_scan(nib.Nifti1Image(head.image, head.affine))))
    voxels, mask, spacing_mm = upright.sides
    model = symbrain.load("asymmetry", device="cpu").model
    figure, panels = plt.subplots(2, 2, figsize=(6, 6.6))
    height = None
    for row, (name, image, brain) in enumerate((("brain", voxels, mask), ("mirrored", voxels[::-1], mask[::-1]))):
        said = model.compare(image, brain, spacing_mm)
        heat = np.asarray(said.heat)
        height = int(heat.sum(axis=(0, 1)).argmax()) if height is None else height
        for panel in panels[row]:
            _show(panel, np.where(brain, image, 0)[:, :, height])
        shown = np.ma.masked_less(heat[::-1, :, height].T, 0.5)
        panels[row, 1].imshow(shown, origin="lower", cmap="inferno", alpha=0.8, vmin=0, vmax=float(heat.max()))
        panels[row, 0].set_title("a brain with a change" if name == "brain" else "its mirror image")
        panels[row, 1].set_title(f"score {said.score:.2f}, side: {said.side}")
    _save(figure, "flip.png")


def norm() -> None:
    """Draw the norm of scores that are drawn by chance, and a scan above it."""
    rng = np.random.default_rng(3)
    ages = rng.uniform(30, 44, _DRAWN)
    logs = 0.8 + _PER_WEEK * (ages - 38) + _SPREAD * rng.standard_normal(_DRAWN)
    fitted = cast(Norm, fit_norm(logs, ages, minimum=10))
    weeks = np.linspace(ages.min(), ages.max(), 200)
    mean, spread = fitted.predict(weeks)
    new_age, new_score = 39.0, 4.2
    z = float(fitted.z(np.log(new_score), new_age))
    figure, panel = plt.subplots(figsize=(6.5, 3.8))
    panel.scatter(ages, np.exp(logs), s=12, color=GREY, label="normals (drawn by chance)")
    panel.plot(weeks, np.exp(mean), color=BLUE, label="expected at this age")
    low, high = (np.exp(mean + sign * 1.645 * spread) for sign in (-1, 1))
    panel.fill_between(weeks, low, high, color=BLUE, alpha=0.15, linewidth=0, label="90 % of new normal scans")
    panel.scatter([new_age], [new_score], marker="D", s=45, color=ORANGE, label=f"a new scan, z = {z:.1f}", zorder=3)
    panel.set(xlabel="post-menstrual age at scan (weeks)", ylabel="asymmetry score (SD)", ylim=(0, 5))
    panel.legend(frameon=False, loc="upper left", fontsize=8, ncols=2)
    _save(figure, "norm.png")


def _show(panel: Axes, pixels: NDArray[Any]) -> None:
    """Draw a slice (left to right, posterior to anterior), the subject's right on the viewer's left."""
    bright = float(np.percentile(pixels[pixels > 0], 99.5))
    panel.imshow(pixels[::-1].T, origin="lower", cmap="gray", vmin=0, vmax=bright)
    panel.set_axis_off()
    for across, letter in ((0.02, "R"), (0.94, "L")):
        panel.text(across, 0.94, letter, transform=panel.transAxes, color="white", weight="bold")


def _crossing(affine: NDArray[Any], plane: symbrain.Plane, row: float, height: int) -> float:
    """Return where (in voxels from the subject's left) a plane crosses a row of an axial slice."""
    ends = [plane.distance_mm((affine @ [column, row, height, 1])[:3]) for column in (0, 1)]
    return float(-ends[0] / (ends[1] - ends[0]))


def _save(figure: Any, name: str) -> None:
    figure.tight_layout(rect=(0, 0.06 if figure.legends else 0, 1, 1))
    figure.savefig(IMAGES / name, dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    for draw in (two_planes, flip, norm):
        draw()
