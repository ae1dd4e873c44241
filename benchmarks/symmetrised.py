"""Public templates made exactly symmetric, so that what is then made different between the sides is known exactly.

A template is turned upright by its plane of greatest symmetry and averaged with its mirror image. What is left is real
anatomy and real contrast, a little smoother, with the midline on the middle of the grid.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from suites import Suite
from symbrain.atomic import write_json
from symbrain.progress import track
from symbrain.reflection import reflect
from symbrain.volume import Volume, read_labels, read_map, read_scan, write_volume

_MARGIN_MM, _CLOSING = 12.0, 3
MANIFEST = "templates.json"


@dataclass(frozen=True)
class Template:
    """A symmetric head: image and share of brain, odd along the first axis, with the midline in its middle."""

    image: Volume
    mask: NDArray[np.float32]


def build(source: Path, out: Path) -> dict[str, dict[str, str]]:
    """Symmetrise every ``NAME.nii.gz`` of a folder that has a ``NAME_mask.nii.gz``; returns their digests."""
    names = sorted(p.name.removesuffix("_mask.nii.gz") for p in source.glob("*_mask.nii.gz"))
    names = [name for name in names if (source / f"{name}.nii.gz").exists()]
    if not names:
        msg = f"no NAME.nii.gz with a NAME_mask.nii.gz in {source}"
        raise SystemExit(msg)
    digests = {}
    for name in track(names, "template"):
        digests[name] = {
            "image": _sha256(source / f"{name}.nii.gz"),
            "mask": _sha256(source / f"{name}_mask.nii.gz"),
        }
        head = symmetrise(source / f"{name}.nii.gz", source / f"{name}_mask.nii.gz")
        write_volume(out / f"{name}.nii.gz", head.image.data, head.image.affine)
        write_volume(out / f"{name}_mask.nii.gz", head.mask, head.image.affine)
    write_json(out / MANIFEST, digests)
    return digests


def symmetrise(image: Path, mask: Path) -> Template:
    """Return a template averaged with its mirror image."""
    from symbrain.symmetry import find_symmetry_plane
    from symbrain.upright import resample
    from symbrain.upright_grid import upright_grid

    scan = read_scan(image)
    brain = read_labels(mask, scan) > 0
    found = find_symmetry_plane(scan.volume, brain)
    spacing = float(scan.volume.spacing_mm.min())
    grid = upright_grid(
        scan.volume, brain, found.plane, found.center_mm, spacing_mm=round(spacing, 3), margin_mm=_MARGIN_MM
    )
    turned = resample(scan.volume, grid)
    inside = resample(Volume(brain.astype(np.float32), scan.volume.affine), grid)
    share = (inside + reflect(inside)) / 2
    whole = ndimage.binary_fill_holes(ndimage.binary_closing(share > 0.5, iterations=_CLOSING))
    # A gap of a mask along the fissure would be a midline drawn in black.
    mask = np.where(whole, np.maximum(share, 0.51), share).astype(np.float32)
    return Template(Volume((turned + reflect(turned)) / 2, grid.affine), mask)


@lru_cache(maxsize=2)
def load_template(folder: Path, name: str) -> Template:
    """Read a symmetrised template."""
    image = read_map(folder / f"{name}.nii.gz")
    return Template(image, read_map(folder / f"{name}_mask.nii.gz").data)


def weeks_of(name: str) -> float:
    """Return the age in a template's name (STA35: 35 weeks)."""
    found = re.search(r"(\d{2})(?!\d)", name)
    if found is None:
        msg = f"the name {name} says no age in weeks"
        raise SystemExit(msg)
    return float(found.group(1))


def check(suite: Suite, folder: Path) -> None:
    """Refuse templates that are not those of the suite."""
    has = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    for name, digests in suite.record["templates"].items():
        if has.get(name) != digests:
            msg = f"template {name} in {folder.name} is missing or not the file that suite {suite.name} was made from"
            raise SystemExit(msg)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
