"""The walk of one scan in memory: align → slices → score, as functions on arrays and nouns.

The stages call the same functions; nothing is computed in two ways.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import cast

import numpy as np
from numpy.typing import NDArray

from symbrain.alignment import Alignment
from symbrain.deviation import Asymmetry
from symbrain.drawem import Atlas
from symbrain.fissure import trace_fissure
from symbrain.label_sides import side_warnings
from symbrain.line import Line
from symbrain.mask import BrainMask, find_brain
from symbrain.midplane import METHOD as FISSURE
from symbrain.midplane import Midplane, find_midplane
from symbrain.mirror_difference import compare_sides
from symbrain.plane import Plane
from symbrain.polyline import Polyline
from symbrain.quality import Quality, measure_quality
from symbrain.regions import Region, measure_regions
from symbrain.settings import AlignSettings, ScoreSettings, SlicesSettings
from symbrain.slice import Orientation, Slice, cut, slice_axis
from symbrain.slice_row import NetworkLine
from symbrain.symmetry import METHOD as SYMMETRY
from symbrain.symmetry import SymmetryPlane, find_symmetry_plane
from symbrain.upright_grid import UprightGrid, upright_grid
from symbrain.volume import Affine, ScanFile, Volume


@dataclass(frozen=True)
class Aligned:
    """A scan whose mid-sagittal plane is known.

    Parameters
    ----------
    symmetry
        The plane of greatest symmetry, in the scan's world.
    midplane
        The anatomical midline plane, on which the grid stands.
    brain
        Brain mask on the scan's canonical grid.
    grid
        The upright grid; ``image``, ``mask`` and ``labels`` lie on it.
    bias
        Bias field in the upright world, at coarse resolution; None where it was not asked for.
    regions
        Structures on both sides; empty without labels.
    notes
        Sentences about what is odd but harmless.
    """

    symmetry: SymmetryPlane
    midplane: Midplane
    brain: BrainMask
    grid: UprightGrid
    image: NDArray[np.float32]
    mask: NDArray[np.bool_]
    labels: NDArray[np.uint8] | None
    bias: Volume | None
    quality: Quality
    regions: tuple[Region, ...]
    notes: tuple[str, ...] = ()

    @property
    def plane(self) -> Plane:
        """The anatomical midline plane, in the scan's world."""
        return self.midplane.plane

    @property
    def confidence(self) -> float:
        """How far to trust it, 0 to 1."""
        return self.midplane.confidence(self.symmetry.confidence)


def align(
    volume: Volume,
    settings: AlignSettings,
    *,
    given_mask: NDArray[np.integer] | None = None,
    labels: NDArray[np.integer] | None = None,
    atlas: Atlas | None = None,
    restored: bool = False,
    threads: int = 1,
    name: str = "the scan",
) -> Aligned:
    """Find brain and plane of a canonical volume, and turn it upright.

    Parameters
    ----------
    given_mask, labels
        Brain mask and DrawEM labels on the volume's grid, where there are any.
    restored
        Whether the scan's bias field has been removed already.
    name
        What messages call the scan.

    Raises
    ------
    BadInput
        Where no brain is found.
    """
    from symbrain import upright

    brain = find_brain(volume, given_mask, name)
    symmetry = find_symmetry_plane(volume, brain.data, settings.max_tilt_deg)
    midplane = find_midplane(volume, brain.data, symmetry.plane, symmetry.center_mm)
    plane, center, spacing = midplane.plane, symmetry.center_mm, settings.spacing_mm
    grid = upright_grid(volume, brain.data, plane, center, spacing_mm=spacing, margin_mm=settings.margin_mm)
    image = upright.resample(volume, grid, threads=threads)
    mask = upright.resample(Volume(brain.data.astype(np.float32), volume.affine), grid, threads=threads) > 0.5
    positive = float(np.percentile(image[mask], 1)) > 0
    correct = settings.bias_correction and not restored and positive
    notes = []
    if not positive:
        notes.append("the image has negative values, so its bias field was left alone")
    if not midplane.seen:
        sure = midplane.confidence(symmetry.confidence)
        notes.append(
            "the fissure between the hemispheres is not clear, so the plane of greatest symmetry is used, with a "
            f"confidence of {sure:.2f}"
        )
    turned = None if labels is None else _upright_labels(volume, labels, grid, threads)
    if turned is not None and atlas is not None:
        notes += side_warnings(turned, atlas)
    return Aligned(
        symmetry=symmetry,
        midplane=midplane,
        brain=brain,
        grid=grid,
        image=image,
        mask=mask,
        labels=turned,
        bias=upright.bias_field(image, mask, grid, threads=threads) if correct else None,
        quality=measure_quality(volume, brain.data),
        notes=tuple(notes),
        regions=() if labels is None or atlas is None else tuple(measure_regions(volume, labels, atlas, plane)),
    )


def _upright_labels(volume: Volume, labels: NDArray[np.integer], grid: UprightGrid, threads: int) -> NDArray[np.uint8]:
    from symbrain import upright

    turned = upright.resample(Volume(labels.astype(np.float32), volume.affine), grid, nearest=True, threads=threads)
    return np.asarray(turned, np.uint8)


def alignment_of(aligned: Aligned, scan: ScanFile, warnings: tuple[str, ...] = ()) -> Alignment:
    """Return an aligned scan's plane and provenance as plain numbers."""
    symmetry = aligned.symmetry
    return Alignment(
        plane=aligned.plane,
        symmetry_plane=symmetry.plane,
        center_mm=symmetry.center_mm,
        confidence=aligned.confidence,
        symmetry_before=symmetry.symmetry_before,
        symmetry_after=symmetry.symmetry_after,
        method=FISSURE if aligned.midplane.seen else SYMMETRY,
        mask_source=aligned.brain.source,
        input_sha256=scan.sha256,
        quality=aligned.quality,
        warnings=(*scan.warnings, *aligned.notes, *warnings),
        to_scan=aligned.grid.to_scan,
        stored_affine=scan.stored_affine,
        stored_shape=scan.stored_shape,
    )


@dataclass(frozen=True)
class CutSlice:
    """A slice with the line in which the plane cuts it (None where it misses) and the traced fissure."""

    image: Slice
    line: Line | None
    curve: Polyline | None


def cut_slices(volume: Volume, brain: NDArray[np.bool_], plane: Plane, settings: SlicesSettings) -> list[CutSlice]:
    """Cut the slices at the portions of interest out of a canonical volume, in native pose, with their midlines."""
    mask = Volume(brain.astype(np.float32), volume.affine)
    slices = []
    for orientation in cast(tuple[Orientation, ...], settings.orientations):
        for fraction, index in slice_indices(brain, orientation, settings).items():
            image = cut(volume, orientation, index, fraction)
            line = image.line_of(plane)
            inside = cut(mask, orientation, index, fraction).pixels > 0.5
            curve = trace_fissure(image.pixels, inside, line, settings.band_mm) if line is not None else None
            slices.append(CutSlice(image, line, curve))
    return slices


def slice_indices(brain: NDArray[np.bool_], orientation: Orientation, settings: SlicesSettings) -> dict[float, int]:
    """Return the slice number of each portion, of the image or of the brain in it."""
    axis = slice_axis(orientation)
    first, length = 0, brain.shape[axis]
    if settings.fraction_of == "brain":
        filled = np.flatnonzero(brain.any(axis=tuple(i for i in range(3) if i != axis)))
        first, length = int(filled[0]), int(filled[-1] - filled[0] + 1)
    return {f: first + min(round(f * length), length - 1) for f in settings.fractions}


def score_upright(
    image: NDArray[np.float32], mask: NDArray[np.bool_], affine: Affine, bias: Volume | None, settings: ScoreSettings
) -> Asymmetry:
    """Score an upright image classically: correct its bias field, and compare the two sides."""
    return compare_sides(unbiased(image, affine, bias), mask, float(affine[0, 0]), settings.smoothing_mm)


def unbiased(image: NDArray[np.float32], affine: Affine, bias: Volume | None) -> NDArray[np.float32]:
    """Return an upright image without its bias field."""
    return image if bias is None else np.asarray(image / bias.sampled(Volume(image, affine)), np.float32)


def midline_agreement_deg(slices: Iterable[Slice], plane: Plane, lines: Iterable[NetworkLine | None]) -> float | None:
    """Return the angle between a plane and the network's lines, the median over the axial slices.

    Slices in which the network sees no midline, or which the plane misses, do not count; None where none is left.

    Parameters
    ----------
    lines
        What the network found in each slice; None where it was not asked.
    """
    angles = []
    for one, found in zip(slices, lines, strict=True):
        line = one.line_of(plane) if one.orientation == "axial" else None
        if line is not None and found is not None and found.p_midline >= 0.5:
            away = abs(line.angle_deg - found.angle_deg) % 180
            angles.append(min(away, 180 - away))
    return median(angles) if angles else None
