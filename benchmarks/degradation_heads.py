"""Newborns' heads, and what disturbs their score: a wrong plane, thick slices, noise, a ramp of brightness, motion.

Each head is a pure function of its number, healthy and with a lesion in the same pose; what is drawn for a disturbance
is the same at all its levels. The seeds lie far above those that anything was trained on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hard_heads import HardHead, in_thick_slices
from symbrain import upright
from symbrain.phantom import Lesion, make_head
from symbrain.phantom.artefacts import bias_ramp, motion_ghosts
from symbrain.plane import Plane
from symbrain.settings import AlignSettings
from symbrain.upright_grid import upright_grid
from symbrain.volume import Volume, canonical
from symbrain.walk import Aligned, align

FIRST_SEED = 8_000_000
SETTINGS = AlignSettings(spacing_mm=2.0)
DIAMETER_MM, CONTRAST_SD = 16.0, 3.0
NOISE = 0.035  # of every head, relative to about the brightness of white matter
_KINDS = ("white_matter_injury", "haemorrhage")
_WEEKS = 34.0, 44.0
_GOLDEN = 0.618  # so that the ages of the first few heads are spread too

PLANE, WALK = "true plane", "as scanned"
"""What the levels of a disturbance are compared with: the same head on its true plane, or as the software finds it."""
LEVELS: dict[str, tuple[float, ...]] = {
    "tilt": (0.5, 1.0, 2.0, 3.0, 5.0),
    "shift": (0.5, 1.0, 2.0, 3.0, 5.0),
    "thickness": (3.0, 4.0, 5.0),
    "noise": (2.0, 4.0),
    "ramp": (10.0, 20.0, 40.0),
    "motion": (15.0, 30.0),
}
UNDISTURBED = {"tilt": 0.0, "shift": 0.0, "thickness": 1.0, "noise": 1.0, "ramp": 0.0, "motion": 0.0}
BASE = {kind: PLANE if kind in ("tilt", "shift") else WALK for kind in LEVELS}


@dataclass(frozen=True)
class Sides:
    """An upright brain as the detectors see it, and how far its plane is off."""

    image: NDArray[np.float32]
    mask: NDArray[np.bool_]
    angle_deg: float
    gap_mm: float
    confidence: float | None = None


def seed_of(number: int) -> int:
    """Return the seed of a head."""
    return FIRST_SEED + number


def make(number: int, *, lesioned: bool) -> tuple[HardHead, str]:
    """Return a head of 1 mm by its number, and its lesion's side; every third is T1w, kinds and sides take turns."""
    side = "left" if number // 2 % 2 else "right"
    lesion = Lesion(_KINDS[number % 2], side, DIAMETER_MM, CONTRAST_SD) if lesioned else None  # type: ignore[arg-type]
    weeks = _WEEKS[0] + (_WEEKS[1] - _WEEKS[0]) * (_GOLDEN * number % 1)
    modality = "T1w" if number % 3 == 2 else "T2w"
    options = {"scan_age_weeks": weeks, "modality": modality, "spacing_mm": 1.0, "noise": NOISE}
    head = make_head(seed_of(number), lesion=lesion, **options)  # type: ignore[arg-type]
    volume, mask = (canonical(data, head.affine) for data in (head.image, head.mask))
    about = (head.plane, head.center_mm, head.scan_age_weeks, head.modality)
    return HardHead(volume, mask.data > 0.5, *about), side if lesioned else "none"


def walked(head: HardHead) -> tuple[Sides, Aligned]:
    """Return a head as the software brings it upright: brain, plane and bias field are found."""
    aligned = align(head.volume, SETTINGS)
    image = _corrected(aligned.image, aligned, aligned.grid.to_scan @ aligned.grid.affine)
    errors = aligned.plane.angle_to_deg(head.plane), aligned.plane.gap_mm(head.plane, head.center_mm)
    return Sides(image, aligned.mask, *errors, aligned.confidence), aligned


def on_plane(head: HardHead, aligned: Aligned, plane: Plane) -> Sides:
    """Return a head upright on a given plane; its brain and bias field are those that were found."""
    brain = aligned.brain.data
    edges = {"spacing_mm": SETTINGS.spacing_mm, "margin_mm": SETTINGS.margin_mm}
    grid = upright_grid(head.volume, brain, plane, head.center_mm, **edges)
    image = upright.resample(head.volume, grid)
    mask = upright.resample(Volume(brain.astype(np.float32), head.volume.affine), grid) > 0.5
    errors = plane.angle_to_deg(head.plane), plane.gap_mm(head.plane, head.center_mm)
    return Sides(_corrected(image, aligned, grid.to_scan @ grid.affine), mask, *errors)


def _corrected(image: NDArray[np.float32], aligned: Aligned, affine: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return an image without the bias field, both in the scan's world."""
    if aligned.bias is None:
        return image
    field = Volume(aligned.bias.data, aligned.grid.to_scan @ aligned.bias.affine)
    return np.asarray(image / field.sampled(Volume(image, affine)), np.float32)


def wrong_plane(head: HardHead, kind: str, level: float, seed: int) -> Plane:
    """Return the true plane turned about the brain's centre, or moved; the direction is drawn."""
    rng = np.random.default_rng([seed, 1])
    turn, side = float(rng.uniform(0, 2 * np.pi)), float(rng.choice([-1.0, 1.0]))
    normal, center = head.plane.unit_normal, np.asarray(head.center_mm)
    foot = center - float(head.plane.distance_mm(center)) * normal
    if kind == "shift":
        return Plane(head.plane.normal, head.plane.offset_mm + side * level)
    _, _, across = np.linalg.svd(normal[None])
    towards = np.cos(turn) * across[1] + np.sin(turn) * across[2]
    tilted = np.cos(np.radians(level)) * normal + np.sin(np.radians(level)) * towards
    return Plane((float(tilted[0]), float(tilted[1]), float(tilted[2])), float(tilted @ foot))


def disturbed(head: HardHead, kind: str, level: float, seed: int) -> HardHead:
    """Return a head as a worse scan shows it."""
    return _DISTURBANCES[kind](head, level, np.random.default_rng([seed, 2]))


def _thick(head: HardHead, level: float, _: np.random.Generator) -> HardHead:
    return in_thick_slices(head, 2, round(level / float(head.volume.spacing_mm[2])))


def _noisy(head: HardHead, level: float, rng: np.random.Generator) -> HardHead:
    """Return a head with so many times the noise; both channels of the scanner get it (Rician)."""
    sd = NOISE * float(np.median(head.volume.data[head.mask])) * np.sqrt(level**2 - 1)
    real, imaginary = rng.standard_normal((2, *head.volume.shape), np.float32) * np.float32(sd)
    return _with(head, np.hypot(head.volume.data + real, imaginary))


def _ramped(head: HardHead, level: float, _: np.random.Generator) -> HardHead:
    """Return a head whose brightness rises by so many per cent across the brain, from left to right."""
    filled = np.flatnonzero(head.mask.any(axis=(1, 2)))
    wider = (head.mask.shape[0] - 1) / float(filled[-1] - filled[0])
    return _with(head, bias_ramp(head.volume.data, 0, level / 100 * wider))


def _moving(head: HardHead, level: float, rng: np.random.Generator) -> HardHead:
    x, y, z = (float(mm) for mm in head.volume.spacing_mm)
    return _with(head, motion_ghosts(head.volume.data, (x, y, z), 1, rng, share=level / 100))


def _with(head: HardHead, data: NDArray[np.floating]) -> HardHead:
    return replace(head, volume=Volume(np.asarray(data, np.float32), head.volume.affine))


_DISTURBANCES: dict[str, Callable[[HardHead, float, np.random.Generator], HardHead]] = {
    "thickness": _thick,
    "noise": _noisy,
    "ramp": _ramped,
    "motion": _moving,
}
