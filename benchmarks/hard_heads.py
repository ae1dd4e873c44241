"""Hard heads: turned far, cut off, thick in slices, unevenly bright, badly injured; and heads without any midline.

Each is a pure function of its seed, which draws age, contrast, skull, spacing, pose and what is done to the head. The
seeds lie far above those that anything was trained on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from scenes import Scene, render
from suites import load
from symbrain.blocks import block_means
from symbrain.phantom import Lesion, Variant, make_head
from symbrain.volume import Volume, canonical

FIRST_SEED, SEEDS_OF_A_KIND = 7_000_000, 10_000
REAL, REAL_SEED = "real anatomy, turned", 7_500_000
TURN_DEG = 45.0
_MODALITIES, _SPACINGS_MM = ("T1w", "T2w"), (1.0, 1.2, 1.5)
_SKULL_SHARE = 0.6
_THIN_MM, _THIN_SLICES = 0.8, 5  # so many thin slices make one of 4 mm
_NOISE_MM, _NOISE_MEAN, _NOISE_SD = 2.0, 1000.0, 200.0


@dataclass(frozen=True)
class HardHead(Scene):
    """A head with its truth; ``mask`` is the part of the brain that the volume shows."""

    skull: bool = True


def cut_off(head: HardHead, axis: int, keep: slice) -> HardHead:
    """Return the head in a field of view of which only some slices are kept along an axis."""
    index = tuple(keep if a == axis else slice(None) for a in range(3))
    first = [keep.indices(head.volume.shape[axis])[0] if a == axis else 0 for a in range(3)]
    affine = _from(head.volume, head.volume.to_world(first))
    return replace(head, volume=Volume(head.volume.data[index], affine), mask=head.mask[index])


def padded(head: HardHead, axis: int, upper: bool, mm: float) -> HardHead:
    """Return the head off the centre of a field of view that is wider at one end of an axis."""
    count = round(mm / float(head.volume.spacing_mm[axis]))
    pad = [((0, count) if upper else (count, 0)) if a == axis else (0, 0) for a in range(3)]
    affine = _from(head.volume, head.volume.to_world([-before for before, _ in pad]))
    return replace(head, volume=Volume(np.pad(head.volume.data, pad), affine), mask=np.pad(head.mask, pad))


def in_thick_slices(head: HardHead, axis: int, count: int) -> HardHead:
    """Return the head with so many slices of an axis averaged to one."""
    edges = np.where(np.arange(3) == axis, count, 1)
    inner = np.diag([*edges, 1.0])
    inner[:3, 3] = (np.array(head.volume.shape) % edges + edges - 1) / 2  # where ``block_means`` has its first block
    volume = Volume(block_means(head.volume.data, edges), head.volume.affine @ inner)
    return replace(head, volume=volume, mask=block_means(head.mask, edges) > 0.5)


def uneven(head: HardHead, power: float, towards: NDArray[np.float64]) -> HardHead:
    """Return the head brighter towards a direction of the grid, by exp(power) at the border of the field of view."""
    ramps = np.meshgrid(*(np.linspace(-1, 1, n) for n in head.volume.shape), indexing="ij")
    field = np.exp(power * np.tensordot(towards / np.linalg.norm(towards), ramps, 1)).astype(np.float32)
    return replace(head, volume=replace(head.volume, data=head.volume.data * field))


def _from(volume: Volume, corner_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    affine = volume.affine.copy()
    affine[:3, 3] = corner_mm
    return affine


def _usual(seed: int) -> HardHead:
    """Return a head with nothing hard; contrast and skull take turns, so that all four pairs are there."""
    rng = np.random.default_rng(seed)
    return _drawn(seed, rng, modality=_MODALITIES[seed % 2], skull=seed // 2 % 2 == 0, max_tilt_deg=15.0)


def _turned(seed: int) -> HardHead:
    rng = np.random.default_rng(seed)
    return padded(_drawn(seed, rng), int(rng.integers(3)), bool(rng.integers(2)), float(rng.uniform(10, 40)))


def _cropped(seed: int) -> HardHead:
    rng = np.random.default_rng(seed)
    return _without_a_side(_drawn(seed, rng), rng)


def _thick(seed: int) -> HardHead:
    rng = np.random.default_rng(seed)
    return in_thick_slices(_drawn(seed, rng, spacing_mm=_THIN_MM), int(rng.integers(3)), _THIN_SLICES)


def _biased(seed: int) -> HardHead:
    rng = np.random.default_rng(seed)
    return uneven(_drawn(seed, rng), float(rng.uniform(0.6, 1.2)), rng.normal(size=3))


def _injured(seed: int) -> HardHead:
    rng = np.random.default_rng(seed)
    return _drawn(seed, rng, lesion=_large_lesion(rng))


def _all_at_once(seed: int) -> HardHead:
    rng = np.random.default_rng(seed)
    head = _without_a_side(_drawn(seed, rng, lesion=_large_lesion(rng), spacing_mm=_THIN_MM), rng)
    return uneven(
        in_thick_slices(head, int(rng.integers(3)), _THIN_SLICES), float(rng.uniform(0.6, 1.2)), rng.normal(size=3)
    )


def _one_hemisphere(seed: int) -> HardHead:
    """Return an upright head in a field of view that ends within 2 mm of its midline."""
    rng = np.random.default_rng(seed)
    head = _drawn(seed, rng, max_tilt_deg=0.0)
    middle_mm = head.center_mm - head.plane.distance_mm(head.center_mm) * head.plane.unit_normal
    middle = head.volume.to_voxels(middle_mm)[0] + rng.uniform(-2, 2) / head.volume.spacing_mm[0]
    return cut_off(head, 0, slice(round(middle), None) if rng.integers(2) else slice(None, round(middle)))


def _noise(seed: int) -> HardHead:
    """Return noise that fills the shape of a brain."""
    rng = np.random.default_rng(seed)
    head = _drawn(seed, rng, skull=False)
    noise = rng.standard_normal(head.volume.shape, np.float32)
    noise = ndimage.gaussian_filter(noise, _NOISE_MM / head.volume.spacing_mm)
    values = np.float32(_NOISE_MEAN) + np.float32(_NOISE_SD) * noise / noise.std()
    return replace(head, volume=replace(head.volume, data=np.where(head.mask, values, np.float32(0))))


def _fused(seed: int) -> HardHead:
    """Return a head whose hemispheres are one: alobar holoprosencephaly."""
    return _drawn(seed, np.random.default_rng(seed), variant=Variant(fused=1.0))


def _drawn(seed: int, rng: np.random.Generator, **asked: Any) -> HardHead:
    """Return a synthetic head in any pose; what is asked for is not drawn."""
    options: dict[str, Any] = {
        "scan_age_weeks": float(rng.uniform(26, 45)),
        "modality": str(rng.choice(_MODALITIES)),
        "spacing_mm": float(rng.choice(_SPACINGS_MM)),
        "skull": bool(rng.random() < _SKULL_SHARE),
        "max_tilt_deg": TURN_DEG,
    } | asked
    head = make_head(seed, **options)
    volume, mask = (canonical(data, head.affine) for data in (head.image, head.mask))
    about = (head.plane, head.center_mm, head.scan_age_weeks, head.modality)
    return HardHead(volume, mask.data > 0.5, *about, skull=options["skull"])


def _large_lesion(rng: np.random.Generator) -> Lesion:
    side: Literal["left", "right"] = "left" if rng.integers(2) else "right"
    kind = str(rng.choice(["haemorrhage", "cyst", "ventriculomegaly"]))
    return Lesion(kind, side, float(rng.uniform(22, 34)), float(rng.uniform(4, 8)))


def _without_a_side(head: HardHead, rng: np.random.Generator) -> HardHead:
    """Return the head without 12 to 30 % of the brain's length, at either end of one of the axes."""
    axis, upper, share = int(rng.integers(3)), bool(rng.integers(2)), float(rng.uniform(0.12, 0.3))
    filled = np.flatnonzero(head.mask.any(axis=tuple(a for a in range(3) if a != axis)))
    first, end = int(filled[0]), int(filled[-1]) + 1
    lost = round(share * (end - first))
    return cut_off(head, axis, slice(None, end - lost) if upper else slice(first + lost, None))


WITH_MIDLINE: dict[str, Callable[[int], HardHead]] = {
    "usual": _usual,
    "turned": _turned,
    "cropped": _cropped,
    "thick slices": _thick,
    "strong bias": _biased,
    "large lesion": _injured,
    "all at once": _all_at_once,
}
WITHOUT_MIDLINE: dict[str, Callable[[int], HardHead]] = {
    "one hemisphere": _one_hemisphere,
    "noise in a brain's shape": _noise,
    "fused hemispheres": _fused,
}
USUAL = "usual"
IN_PART = ("cropped", "all at once", "one hemisphere")  # of the brain: masks of these are not compared
KINDS = (*WITH_MIDLINE, REAL, *WITHOUT_MIDLINE)


def make(kind: str, number: int, templates: Path | None = None) -> HardHead:
    """Return a head of a kind, by its number within the kind; real anatomy needs the folder of built templates."""
    seed = seed_of(kind, number)
    if kind != REAL:
        return (WITH_MIDLINE | WITHOUT_MIDLINE)[kind](seed)
    cases = load("templates").cases(["plane"])
    case = cases[number % len(cases)]
    scene = render(replace(case, seed=seed, options=case.options | {"max_tilt_deg": TURN_DEG}), templates)
    return HardHead(scene.volume, scene.mask, scene.plane, scene.center_mm, scene.weeks, scene.modality, skull=False)


def seed_of(kind: str, number: int) -> int:
    """Return the seed of a head."""
    if kind == REAL:
        return REAL_SEED + number
    return FIRST_SEED + [*WITH_MIDLINE, *WITHOUT_MIDLINE].index(kind) * SEEDS_OF_A_KIND + number
